"""A window on another agent through which one can look and never reach."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from agent_runtime.auditing.observed import ObservedEvent, ObservedEvents
from agent_runtime.errors import GovernanceError
from agent_runtime.values import JsonObject
from agent_runtime.watch import AuditTrail

REFUSED: Final = "observer.refused"

Look = Callable[[str, Mapping[str, str]], JsonObject]
"""Reads a path of the agent with query parameters; does nothing else."""


class Observer:
    """Observes one agent: its events, and what it shows to anybody who looks.

    Whatever is not an observation is refused and audited; the refusal reaches nobody but the
    caller.
    """

    def __init__(
        self,
        target: str,
        *,
        observed: ObservedEvents,
        audit: AuditTrail,
        actor: str,
        views: Mapping[str, str],
        look: Look | None = None,
    ) -> None:
        """Observe `target`.

        Args:
            target: id of the agent.
            observed: its events are among these.
            audit: where refusals are recorded.
            actor: who observes.
            views: path of each operation that only shows, by its name.
            look: reads a path; None if only events are observed.
        """
        self.target = target
        self._observed = observed
        self._audit = audit
        self._actor = actor
        self._views = dict(views)
        self._look = look

    def events(self, *, types: Iterable[str] = (), limit: int = 1_000) -> tuple[ObservedEvent, ...]:
        """Return the newest events of the agent, oldest first; of `types` only, if any is named."""
        wanted = frozenset(types)
        seen = self._observed.of(self.target, limit=limit)
        return tuple(each for each in seen if not wanted or each.event.event_type in wanted)

    def decision(self, decision_id: str) -> tuple[ObservedEvent, ...]:
        """Return what the agent told about one of its decisions, oldest first."""
        about = self._observed.about(decision_id)
        return tuple(each for each in about if each.event.agent == self.target)

    def view(
        self, operation: str, query: Mapping[str, str] | None = None, *, trace_id: str
    ) -> JsonObject:
        """Return what an operation of the agent shows.

        Raises:
            GovernanceError: the operation does more than show, or the agent has none such; nothing
                is sent, and the attempt is audited.
        """
        path = self._views.get(operation)
        if path is None or self._look is None:
            reason = f"{self._actor} observes {self.target}: {operation} is no observation"
            self._audit.append(
                REFUSED,
                actor=self._actor,
                subject=self.target,
                detail={"operation": operation, "reason": reason},
                trace_id=trace_id,
            )
            raise GovernanceError(reason)
        return self._look(path, dict(query or {}))
