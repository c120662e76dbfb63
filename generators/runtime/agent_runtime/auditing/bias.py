"""Measure how unequally predictions treat declared groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.findings import Finding
from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.reading import EntrySource, entries, text_at, verdict_at
from agent_runtime.errors import ConfigError
from agent_runtime.kernels.fairness import (
    DEFAULT_LEVEL,
    Gap,
    Judged,
    demographic_parity,
    equalised_odds,
)

LEAST_IN_GROUP: Final = 30
"""Fewer cases say nothing about a group."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """Where it is learnt what turned out: a field of entries that share a key with predictions."""

    source: EntrySource
    key: str
    field: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Groups that are to be treated alike.

    Attributes:
        name: unique.
        source: entries that hold predictions.
        group: dotted name of the field that tells the group.
        outcome: dotted name of the prediction, true or false or a number.
        above: a number above it is favourable.
        tolerance: gap that is accepted, 0 to below 1.
        key: dotted name of the field that `truth` is joined by.
        truth: where it is learnt what turned out; None if it never is.
        level: confidence with which a gap must exceed the tolerance.
        least: groups with fewer cases are left out.
    """

    name: str
    source: EntrySource
    group: str
    outcome: str
    above: float = 0.5
    tolerance: float = 0.1
    key: str = "decision_id"
    truth: Truth | None = None
    level: float = DEFAULT_LEVEL
    least: int = LEAST_IN_GROUP

    def __post_init__(self) -> None:
        """Check the declaration.

        Raises:
            ConfigError: a name is empty, or the tolerance or level out of bounds.
        """
        named = all((self.name, self.source.event, self.group, self.outcome))
        if not named or not 0.0 <= self.tolerance < 1.0 or not 0.0 < self.level < 1.0:
            raise ConfigError(f"comparison {self.name or '?'} of groups is not usable")


@dataclass(frozen=True, kw_only=True, slots=True)
class BiasMeasurement:
    """What one comparison showed.

    Attributes:
        comparison: what was compared.
        cases: how many predictions could be read.
        gaps: widest gap by measure; empty if no two groups had enough cases.
        decisions: decisions that the cases belong to.
    """

    comparison: Comparison
    cases: int
    gaps: tuple[Gap, ...]
    decisions: tuple[str, ...]

    @property
    def score(self) -> float:
        """The widest gap, 0 to 1; 0 if none could be measured."""
        return max((gap.value for gap in self.gaps), default=0.0)

    @property
    def beyond(self) -> tuple[Gap, ...]:
        """The gaps that exceed the tolerance by more than chance."""
        return tuple(gap for gap in self.gaps if gap.exceeds(self.comparison.tolerance))


def measure_bias(comparison: Comparison, events: Sequence[ObservedEvent]) -> BiasMeasurement:
    """Compare the groups over `events`; entries without group or outcome do not count."""
    truths = _truths(comparison.truth, events)
    cases: list[Judged] = []
    decisions: dict[str, None] = {}
    for entry in entries(events, comparison.source):
        group = text_at(entry.fields, comparison.group)
        favourable = verdict_at(entry.fields, comparison.outcome, above=comparison.above)
        if group and favourable is not None:
            truth = truths.get(text_at(entry.fields, comparison.key))
            cases.append(Judged(group=group, favourable=favourable, truth=truth))
            decisions[entry.observed.event.event_data.decision_id] = None
    parity = demographic_parity(cases, level=comparison.level, least=comparison.least)
    odds = equalised_odds(cases, level=comparison.level, least=comparison.least)
    return BiasMeasurement(
        comparison=comparison,
        cases=len(cases),
        gaps=(*((parity,) if parity else ()), *odds),
        decisions=tuple(decisions),
    )


def bias_findings(
    kind: str, measurements: Sequence[BiasMeasurement], batch: AuditBatch
) -> tuple[Finding, ...]:
    """Return a finding for each comparison whose gap exceeds its tolerance by more than chance."""
    return tuple(
        Finding(
            kind=kind,
            agent=measured.comparison.source.event.partition(".")[0],
            subject=f"bias:{measured.comparison.name}:{batch.period}",
            reason="; ".join(_told(gap, measured.comparison) for gap in measured.beyond),
            evidence={
                "comparison": measured.comparison.name,
                "cases": measured.cases,
                "decisions": list(measured.decisions),
                "gaps": [_shown(gap) for gap in measured.gaps],
            },
            trace_id=batch.trace_id,
            level=measured.score,
        )
        for measured in measurements
        if measured.beyond
    )


def _truths(truth: Truth | None, events: Sequence[ObservedEvent]) -> dict[str, bool]:
    known: dict[str, bool] = {}
    if truth is None:
        return known
    for entry in entries(events, truth.source):
        key = text_at(entry.fields, truth.key)
        turned_out = verdict_at(entry.fields, truth.field, above=0.5)
        if key and turned_out is not None:
            known[key] = turned_out
    return known


def _told(gap: Gap, comparison: Comparison) -> str:
    return (
        f"{gap.measure}: {gap.ahead.group} {gap.ahead.rate:.3f}, {gap.behind.group}"
        f" {gap.behind.rate:.3f}; the difference is at least {gap.interval.low:.3f}, and"
        f" {comparison.tolerance:g} is tolerated"
    )


def _shown(gap: Gap) -> dict[str, str | float | int]:
    return {
        "measure": gap.measure,
        "ahead": gap.ahead.group,
        "ahead_hits": gap.ahead.hits,
        "ahead_total": gap.ahead.total,
        "behind": gap.behind.group,
        "behind_hits": gap.behind.hits,
        "behind_total": gap.behind.total,
        "value": gap.value,
        "low": gap.interval.low,
        "high": gap.interval.high,
    }
