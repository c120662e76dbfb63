"""A window on other agents through which one can look and never reach."""

from collections.abc import Iterable
from typing import Final, NoReturn

from agent_runtime.auditing.observed import ObservedEvent, ObservedEvents
from agent_runtime.errors import GovernanceError
from agent_runtime.watch import AuditTrail

REFUSED: Final = "observer.refused"


class Observer:
    """Observes the events of some agents; it holds no address, token or topic of theirs.

    Whatever is not an observation is refused and audited; the refusal reaches nobody but the
    caller.
    """

    def __init__(
        self,
        agents: Iterable[str],
        *,
        observed: ObservedEvents,
        audit: AuditTrail,
        actor: str,
    ) -> None:
        """Observe `agents`.

        Args:
            agents: their ids.
            observed: their events are among these.
            audit: where refusals are recorded.
            actor: who observes.
        """
        self.agents = tuple(agents)
        self._observed = observed
        self._audit = audit
        self._actor = actor

    def events(self, event_type: str = "", *, limit: int = 1_000) -> tuple[ObservedEvent, ...]:
        """Return the newest events of each agent, of one type if named, in order of arrival."""
        seen = [each for agent in self.agents for each in self._observed.of(agent, limit=limit)]
        return tuple(
            sorted(
                (each for each in seen if event_type in ("", each.event.event_type)),
                key=lambda each: each.sequence,
            )
        )

    def decision(self, decision_id: str) -> tuple[ObservedEvent, ...]:
        """Return what the agents told about one of their decisions, in order of arrival."""
        about = self._observed.about(decision_id)
        return tuple(each for each in about if each.event.agent in self.agents)

    def reach(self, operation: str, *, trace_id: str) -> NoReturn:
        """Refuse to act on an agent: nothing is sent, and the attempt is audited.

        Raises:
            GovernanceError: always.
        """
        reason = f"{self._actor} only observes {', '.join(self.agents)}: {operation} is refused"
        self._audit.append(
            REFUSED,
            actor=self._actor,
            subject=self.agents[0],
            detail={"operation": operation, "reason": reason},
            trace_id=trace_id,
        )
        raise GovernanceError(reason)
