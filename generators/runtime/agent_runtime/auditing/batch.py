"""What each check of an audit round is given, and what a check is."""

from dataclasses import dataclass, field
from typing import Protocol

from agent_runtime.auditing.findings import Finding
from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.kernels.sampling import Drawn


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditBatch:
    """The subject matter of one audit round.

    Attributes:
        fresh: events that no round has seen yet, in order of arrival.
        sample: which of them were drawn to be checked one by one, by message id.
        recent: all events of the window that ends now, the fresh ones included.
        period: names the period the round falls in; comparisons over `recent` are found once a
            period.
        trace_id: of the round.
    """

    fresh: tuple[ObservedEvent, ...]
    sample: tuple[Drawn, ...]
    recent: tuple[ObservedEvent, ...]
    period: str
    trace_id: str
    drawn: tuple[ObservedEvent, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Look up the events that were drawn."""
        keys = {each.key for each in self.sample}
        drawn = tuple(observed for observed in self.fresh if observed.message_id in keys)
        object.__setattr__(self, "drawn", drawn)


class AuditCheck(Protocol):
    """One kind of examination; detectors, checkers and validators are such."""

    def examine(self, batch: AuditBatch) -> tuple[Finding, ...]:
        """Return what is wrong in `batch`, with evidence; it changes nothing."""
        ...
