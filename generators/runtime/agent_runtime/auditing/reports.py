"""Answer questions about violations, and write reports in which every figure is traced."""

import math
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.rounds import SampledDecision
from agent_runtime.auditing.trail import Violation, ViolationTrail
from agent_runtime.clock import isoformat
from agent_runtime.errors import InputBoundsError, OutputBoundsError
from agent_runtime.jsontext import canonical_json
from agent_runtime.kernels.fairness import DEFAULT_LEVEL
from agent_runtime.kernels.sampling import estimated_total
from agent_runtime.rules import SEVERITIES
from agent_runtime.shapes.auditing import (
    AuditResult,
    AuditResultsRequest,
    AuditResultsResponse,
    ComplianceReportRequest,
    ComplianceReportResponse,
    ReportFigure,
    Severity,
    ViolationCountResponse,
    ViolationQuery,
)
from agent_runtime.shapes.base import Call

_SEVERE: Final = ("high", "critical")


def moment(text: str, *, name: str) -> float:
    """Return an ISO 8601 time with its offset in seconds since the epoch.

    Raises:
        InputBoundsError: it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputBoundsError(f"{name} {text!r} is no ISO 8601 time") from None
    if found.tzinfo is None:
        raise InputBoundsError(f"{name} {text!r} lacks its offset from UTC")
    return found.timestamp()


def chosen(query: ViolationQuery) -> Callable[[Violation], bool]:
    """Return a test for the violations that a query asks for.

    Raises:
        InputBoundsError: a time is none, or the span is empty.
    """
    since = None if query.since is None else moment(query.since, name="since")
    until = None if query.until is None else moment(query.until, name="until")
    if since is not None and until is not None and since >= until:
        raise InputBoundsError(f"the span from {query.since} to {query.until} is empty")
    texts = {"kind": query.kind, "severity": query.severity, "agent": query.agent}
    wanted = {name: text for name, text in texts.items() if text is not None}

    def fits(violation: Violation) -> bool:
        at = datetime.fromisoformat(violation.recorded_at).timestamp()
        in_time = (since is None or at >= since) and (until is None or at < until)
        return in_time and all(getattr(violation, name) == text for name, text in wanted.items())

    return fits


def results(
    trail: ViolationTrail, request: AuditResultsRequest, call: Call
) -> AuditResultsResponse:
    """Return the violations that `request` asks for, newest first.

    Raises:
        InputBoundsError: a time of the request is none.
    """
    found = trail.select(chosen(request))
    shown = found[::-1][: request.limit]
    return AuditResultsResponse(
        results=tuple(shown_violation(violation) for violation in shown),
        total=len(found),
        trace_id=call.trace_id,
    )


def counts(
    trail: ViolationTrail, query: ViolationQuery, call: Call, *, kinds: Iterable[str]
) -> ViolationCountResponse:
    """Count the violations that `query` asks for; each of `kinds` is shown even if there is none.

    Raises:
        InputBoundsError: a time of the query is none.
    """
    found = trail.select(chosen(query))
    by_kind = Counter(violation.kind for violation in found)
    by_severity = Counter(violation.severity for violation in found)
    return ViolationCountResponse(
        count=len(found),
        by_kind={kind: by_kind[kind] for kind in dict.fromkeys((*kinds, *sorted(by_kind)))},
        by_severity={severity: by_severity[severity] for severity in SEVERITIES},
        by_agent=dict(sorted(Counter(violation.agent for violation in found).items())),
        trail_intact=trail.verify().intact,
        trace_id=call.trace_id,
    )


def shown_violation(violation: Violation) -> AuditResult:
    """Return a violation as callers see it."""
    decisions = violation.evidence.get("decisions", ())
    return AuditResult(
        violation_id=violation.violation_id,
        sequence=violation.sequence,
        recorded_at=violation.recorded_at,
        kind=violation.kind,
        severity=cast("Severity", violation.severity),
        agent=violation.agent,
        subject=violation.subject,
        reason=violation.reason,
        level=violation.level,
        decisions=tuple(str(each) for each in cast("Sequence[str]", decisions)),
        trace_id=violation.trace_id,
        digest=violation.digest,
    )


def compliance_report(
    trail: ViolationTrail,
    events: Sequence[ObservedEvent],
    sample: Sequence[SampledDecision],
    call: Call,
    *,
    kinds: Sequence[str],
    conduct: str,
    span: tuple[float, float],
    level: float = DEFAULT_LEVEL,
) -> ComplianceReportResponse:
    """Report on a span of time.

    Args:
        trail: the violations.
        events: what was observed in the span.
        sample: what was drawn of it.
        call: the call that asks.
        kinds: all declared kinds.
        conduct: the kind that is found by checking sampled decisions one by one.
        span: from, to before; seconds since the epoch.
        level: confidence of intervals.

    Raises:
        InputBoundsError: the span is empty.
    """
    since, until = span
    query = ViolationQuery(since=isoformat(since), until=isoformat(until))
    found = trail.select(chosen(query))
    counted = [_counted(f"violations.{kind}", found, kind=kind) for kind in kinds]
    by_severity = [
        _counted(f"violations.{severity}", found, severity=severity) for severity in SEVERITIES
    ]
    estimates = _estimates(found, events, sample, conduct=conduct, level=level)
    severe = [violation for violation in found if violation.severity in _SEVERE]
    return ComplianceReportResponse(
        decision_id=str(uuid.uuid4()),
        trace_id=call.trace_id,
        confidence=level,
        criticality=1.0 if severe else 0.0,
        factors=_factors(counted),
        since=isoformat(since),
        until=isoformat(until),
        observed=dict(sorted(Counter(each.kind for each in events).items())),
        sampled=dict(sorted(Counter(each.drawn.stratum for each in sample).items())),
        figures=(*counted, *by_severity, *estimates),
        violations=tuple(shown_violation(violation) for violation in found),
        trail_head=trail.head().digest,
        trail_intact=trail.verify().intact,
    )


def span_of(request: ComplianceReportRequest, now: float) -> tuple[float, float]:
    """Return the span that a request asks for: from the epoch to `now` where it is silent.

    Raises:
        InputBoundsError: a time is none, or the span is empty.
    """
    since = 0.0 if request.since is None else moment(request.since, name="since")
    until = now if request.until is None else moment(request.until, name="until")
    if since >= until:
        raise InputBoundsError(f"the span from {isoformat(since)} to {isoformat(until)} is empty")
    return since, until


def checked_report(report: ComplianceReportResponse) -> ComplianceReportResponse:
    """Return `report` if every figure is traced.

    Raises:
        OutputBoundsError: a figure is not; the report must be withheld.
    """
    loose = untraced(report)
    if loose:
        raise OutputBoundsError(f"not traced to violations: {', '.join(loose)}")
    return report


def figure_of(report: ComplianceReportResponse, name: str) -> float:
    """Return the figure called `name`, NaN if the report has none."""
    return next((each.value for each in report.figures if each.name == name), math.nan)


def report_bytes(report: ComplianceReportResponse) -> bytes:
    """Return the report as the archive keeps it: canonical JSON."""
    return canonical_json(report.model_dump(mode="json")).encode("ascii")


def untraced(report: ComplianceReportResponse) -> tuple[str, ...]:
    """Return the names of figures that name a violation the report does not hold, or miscount."""
    known = {violation.violation_id for violation in report.violations}
    return tuple(
        figure.name
        for figure in report.figures
        if not known.issuperset(figure.violations)
        or (figure.basis == "counted" and figure.value != len(figure.violations))
    )


def _counted(name: str, found: Sequence[Violation], **where: str) -> ReportFigure:
    fitting = [
        violation.violation_id
        for violation in found
        if all(getattr(violation, key) == text for key, text in where.items())
    ]
    return ReportFigure(name=name, value=len(fitting), basis="counted", violations=tuple(fitting))


def _factors(figures: Iterable[ReportFigure]) -> dict[str, float]:
    """Return the share of each kind in all violations; an empty report speaks of compliance."""
    total = sum(figure.value for figure in figures)
    if not total:
        return {"no_violation": 1.0}
    return {figure.name: -figure.value / total for figure in figures if figure.value}


def _estimates(
    found: Sequence[Violation],
    events: Sequence[ObservedEvent],
    sample: Sequence[SampledDecision],
    *,
    conduct: str,
    level: float,
) -> list[ReportFigure]:
    """Estimate from the sample how many of all decisions break a rule, and the compliance score."""
    if not sample:
        return []
    broken: Mapping[str, str] = {
        violation.subject: violation.violation_id
        for violation in found
        if violation.kind == conduct
    }
    hits = {each.drawn.key: 1.0 for each in sample if each.decision_id in broken}
    named = tuple(
        sorted({broken[each.decision_id] for each in sample if each.decision_id in broken})
    )
    estimate = estimated_total([each.drawn for each in sample], hits, level=level)
    total = len(events)
    low, high = min(estimate.interval.low, total), min(estimate.interval.high, total)
    value = min(estimate.total, total)
    basis = f"estimated from {len(sample)} of {total} decisions at {level:g}"
    return [
        ReportFigure(
            name="decisions_breaking_rules",
            value=value,
            low=low,
            high=high,
            basis=basis,
            violations=named,
        ),
        ReportFigure(
            name="compliance_score",
            value=1 - value / total,
            low=1 - high / total,
            high=1 - low / total,
            basis=basis,
            violations=named,
        ),
    ]
