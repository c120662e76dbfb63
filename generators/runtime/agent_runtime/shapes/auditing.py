"""What operations of an auditor take and answer."""

from typing import Literal

from pydantic import Field

from agent_runtime.shapes.base import DecisionShape, Shape

MOST_RESULTS = 1_000

Severity = Literal["low", "medium", "high", "critical"]


class ViolationQuery(Shape):
    """Which violations are asked for; a field that is left out does not narrow the choice."""

    kind: str | None = Field(default=None, max_length=128, description="Kind of violation")
    severity: Severity | None = Field(default=None, description="How severe it is")
    agent: str | None = Field(default=None, max_length=64, description="Whose conduct it is about")
    since: str | None = Field(
        default=None, max_length=40, description="Recorded at or after, ISO 8601 with its offset"
    )
    until: str | None = Field(
        default=None, max_length=40, description="Recorded before, ISO 8601 with its offset"
    )


class AuditResultsRequest(ViolationQuery):
    """Which violations are to be shown."""

    limit: int = Field(default=100, ge=1, le=MOST_RESULTS, description="Most that are shown")


class AuditResult(Shape):
    """One recorded violation."""

    violation_id: str = Field(description="The same however often it is found")
    sequence: int = Field(ge=1, description="Place in the trail")
    recorded_at: str = Field(description="ISO 8601 in UTC")
    kind: str = Field(description="Kind of violation")
    severity: Severity = Field(description="How severe it is")
    agent: str = Field(description="Whose conduct it is about")
    subject: str = Field(description="Decision, comparison or transactions it is about")
    reason: str = Field(description="Why it is a violation, with the numbers")
    level: float = Field(description="How much there is of it")
    decisions: tuple[str, ...] = Field(description="Decisions it was concluded from")
    trace_id: str = Field(description="Trace of the decision or the audit")
    digest: str = Field(description="Digest of its record in the trail")


class AuditResultsResponse(Shape):
    """Violations, newest first, and how many there are in all."""

    results: tuple[AuditResult, ...] = Field(description="Newest first")
    total: int = Field(ge=0, description="How many fit the query")
    trace_id: str = Field(description="Trace of the call")


class ViolationCountResponse(Shape):
    """How many violations fit a query, and how they divide."""

    count: int = Field(ge=0, description="How many fit the query")
    by_kind: dict[str, int] = Field(description="Count by kind; declared kinds show a 0")
    by_severity: dict[str, int] = Field(description="Count by severity")
    by_agent: dict[str, int] = Field(description="Count by agent")
    trail_intact: bool = Field(description="Whether the chain of records holds")
    trace_id: str = Field(description="Trace of the call")


class ComplianceReportRequest(Shape):
    """The span of time that a report is about."""

    since: str | None = Field(
        default=None, max_length=40, description="From, ISO 8601 with its offset; else the start"
    )
    until: str | None = Field(
        default=None, max_length=40, description="To before, ISO 8601 with its offset; else now"
    )


class ReportFigure(Shape):
    """One figure with all that it was computed from."""

    name: str = Field(description="What was counted or estimated")
    value: float = Field(description="The figure")
    low: float | None = Field(default=None, description="Low end of its interval, if estimated")
    high: float | None = Field(default=None, description="High end of its interval, if estimated")
    basis: str = Field(description="How it was computed")
    violations: tuple[str, ...] = Field(description="Violations it counts, by id")


class ComplianceReportResponse(DecisionShape):
    """A compliance report in which every figure names its violations."""

    since: str = Field(description="From, ISO 8601 in UTC")
    until: str = Field(description="To before, ISO 8601 in UTC")
    observed: dict[str, int] = Field(description="Decisions observed by agent and kind")
    sampled: dict[str, int] = Field(description="Of these, checked one by one")
    figures: tuple[ReportFigure, ...] = Field(description="The figures, each traced")
    violations: tuple[AuditResult, ...] = Field(description="What the figures name")
    trail_head: str = Field(description="Digest of the last record of the trail")
    trail_intact: bool = Field(description="Whether the chain of records holds")
