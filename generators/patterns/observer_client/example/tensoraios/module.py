"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by observer_client@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final, NoReturn

from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.observer import Observer
from agent_runtime.watch import AuditTrail

from L9.governance.tensor_auditor.event_subscriber import EventSubscriber

AGENTS: Final = ("tensoraios",)
EVENTS: Final = (
    "score_candidates",
    "detect_anomaly",
    "trigger_retraining",
)  # glue, wirings of event_observe


class TensorAIOSObserver:
    """Shows what `AGENTS` tell of themselves; it has no way to change or ask them anything."""

    def __init__(self, subscriber: EventSubscriber, audit: AuditTrail) -> None:
        self._observer = Observer(
            AGENTS, observed=subscriber.observed, audit=audit, actor="tensor_auditor"
        )

    def score_candidates(self, *, limit: int = 1_000) -> tuple[ObservedEvent, ...]:
        """Return those among the `limit` newest events of each agent."""
        return self._observer.events("score_candidates", limit=limit)

    def detect_anomaly(self, *, limit: int = 1_000) -> tuple[ObservedEvent, ...]:
        """Return those among the `limit` newest events of each agent."""
        return self._observer.events("detect_anomaly", limit=limit)

    def trigger_retraining(self, *, limit: int = 1_000) -> tuple[ObservedEvent, ...]:
        """Return those among the `limit` newest events of each agent."""
        return self._observer.events("trigger_retraining", limit=limit)

    def events(self, *, limit: int = 1_000) -> tuple[ObservedEvent, ...]:
        """Return the `limit` newest events of each agent, in order of arrival."""
        return self._observer.events(limit=limit)

    def decision(self, decision_id: str) -> tuple[ObservedEvent, ...]:
        """Return what was told about one decision, in order of arrival."""
        return self._observer.decision(decision_id)

    def reach(self, operation: str, *, trace_id: str) -> NoReturn:
        """Refuse to act on the agents: nothing is sent, and the attempt is audited.

        Raises:
            GovernanceError: always.
        """
        self._observer.reach(operation, trace_id=trace_id)
