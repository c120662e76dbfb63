"""What `L9.example.module` promises.

Expected by the schema and by report_generator@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.findings import Finding
from agent_runtime.clock import isoformat
from agent_runtime.errors import InputBoundsError
from agent_runtime.events import new_event
from agent_runtime.shapes.auditing import (
    AuditResultsRequest,
    ComplianceReportRequest,
    ComplianceReportResponse,
    ReportFigure,
    ViolationQuery,
)
from agent_runtime.shapes.base import Call
from agent_runtime.testing import TRACE, AgentBench

from L9.governance.tensor_auditor.audit_sampling_engine import AuditSamplingEngine
from L9.governance.tensor_auditor.event_subscriber import EventSubscriber
from L9.governance.tensor_auditor.memory_bridge import TOPOLOGY, MemoryBridge
from L9.governance.tensor_auditor.report_generator import CONDUCT, ReportGenerator
from L9.governance.tensor_auditor.violation_recorder import KINDS, ViolationRecorder

CALL = Call(trace_id=TRACE, caller="officer")
DAY = 86_400.0
OTHERS = [kind for kind in KINDS if kind != CONDUCT]


class Accuser:
    """Finds that each drawn decision with an odd number breaks a rule."""

    def examine(self, batch: AuditBatch) -> tuple[Finding, ...]:
        return tuple(
            finding(CONDUCT, each.event.event_data.decision_id)
            for each in batch.drawn
            if int(each.event.event_data.decision_id) % 2
        )


class Office:
    """The generator over real stores."""

    def __init__(self, folder: Path) -> None:
        self.bench = AgentBench(folder, agent="tensor_auditor", topology=TOPOLOGY)
        self.clock = self.bench.clock
        self.subscriber = EventSubscriber.open(self.bench.bus, folder, self.clock)
        self.sampling = AuditSamplingEngine.open(folder, self.clock)
        self.memory = MemoryBridge(self.bench.layers)
        self.recorder = ViolationRecorder.open(folder, self.memory, self.clock)
        self.reports = ReportGenerator(
            self.subscriber, self.sampling, self.recorder, self.memory, self.clock
        )
        self.start = self.clock()

    def audit(self, decisions: int) -> None:
        """Observe decisions, and have a round of audit over them."""
        for number in range(decisions):
            event = new_event(
                "score",
                "scorer",
                decision_id=str(number),
                confidence=0.5,
                result={},
                trace_id=TRACE,
                clock=self.clock,
            )
            self.subscriber.observed.take(event, f"m{number}")
        rounds = self.sampling.rounds(self.subscriber, self.recorder, conduct=Accuser())
        rounds.run(trace_id=TRACE)
        self.clock.advance(1)

    def report(self) -> ComplianceReportResponse:
        return self.reports.report_call(ComplianceReportRequest(), CALL)

    def close(self) -> None:
        self.subscriber.close()
        self.sampling.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


def finding(kind: str, subject: str, agent: str = "scorer") -> Finding:
    return Finding(
        kind=kind,
        agent=agent,
        subject=subject,
        reason="it was so",
        evidence={"decisions": [subject]},
        trace_id=TRACE,
    )


def figures(report: ComplianceReportResponse) -> dict[str, ReportFigure]:
    return {figure.name: figure for figure in report.figures}


@pytest.mark.positive
def test_every_figure_counts_violations_that_the_report_shows(office: Office) -> None:
    office.audit(400)
    for number, kind in enumerate(KINDS):
        office.recorder.record(finding(kind, f"of-its-own-{number}"))
    report = office.reports.report_call(
        ComplianceReportRequest(until=isoformat(office.clock() + 1)), CALL
    )
    shown = {violation.violation_id: violation for violation in report.violations}
    assert {violation.violation_id for violation in office.recorder.select()} == set(shown)
    for kind in KINDS:
        figure = figures(report)[f"violations.{kind}"]
        assert figure.value == len(figure.violations) > 0
        assert {shown[each].kind for each in figure.violations} == {kind}


@pytest.mark.positive
def test_the_share_of_decisions_that_break_a_rule_is_estimated_from_the_sample(
    office: Office,
) -> None:
    office.audit(400)
    score = figures(office.report())["compliance_score"]
    sampled = office.sampling.sampled(office.start, office.clock())
    odd = sum(int(each.decision_id) % 2 for each in sampled)
    assert score.value == pytest.approx(1 - odd / len(sampled))
    assert score.low is not None
    assert score.high is not None
    assert score.low <= score.value <= score.high
    assert office.reports.compliance_score() == pytest.approx(score.value)


@pytest.mark.positive
def test_a_report_is_archived_as_it_was_answered(office: Office) -> None:
    office.audit(8)
    report = office.report()
    stored = office.memory.archived(f"reports/{report.decision_id}.json")
    assert ComplianceReportResponse.model_validate_json(stored) == report
    assert report.trace_id == TRACE
    assert report.confidence == 0.99


@pytest.mark.positive
def test_a_report_is_about_the_span_that_was_asked_for(office: Office) -> None:
    office.audit(8)
    later = ComplianceReportRequest(
        since=isoformat(office.clock()), until=isoformat(office.clock() + DAY)
    )
    report = office.reports.report_call(later, CALL)
    assert (report.observed, report.sampled, report.violations) == ({}, {}, ())
    assert office.report().observed == {"scorer.score": 8}


@pytest.mark.positive
def test_results_are_shown_newest_first_up_to_the_limit(office: Office) -> None:
    for number in range(3):
        office.recorder.record(finding(CONDUCT, f"d{number}"))
    answer = office.reports.results_call(AuditResultsRequest(limit=2), CALL)
    assert [each.subject for each in answer.results] == ["d2", "d1"]
    assert (answer.total, answer.trace_id) == (3, TRACE)


@pytest.mark.positive
def test_violations_are_counted_by_kind_and_agent(office: Office) -> None:
    office.recorder.record(finding(CONDUCT, "d1"))
    office.recorder.record(finding(CONDUCT, "d2", agent="trainer"))
    answer = office.reports.count_call(ViolationQuery(), CALL)
    assert answer.by_kind == {CONDUCT: 2, **dict.fromkeys(OTHERS, 0)}
    assert answer.by_agent == {"scorer": 1, "trainer": 1}
    assert answer.trail_intact
    assert office.reports.count_call(ViolationQuery(agent="trainer"), CALL).count == 1


@pytest.mark.positive
def test_while_nothing_was_sampled_there_is_no_score(office: Office) -> None:
    assert math.isnan(office.reports.compliance_score())


@pytest.mark.negative
def test_a_report_says_that_the_trail_was_rewritten(office: Office, tmp_path: Path) -> None:
    office.recorder.record(finding(CONDUCT, "d1"))
    office.clock.advance(1)
    trail = tmp_path / "violations.jsonl"
    trail.write_text(trail.read_text("utf-8").replace("it was so", "it was an"), "utf-8")
    assert not office.report().trail_intact
    assert not office.reports.count_call(ViolationQuery(), CALL).trail_intact


@pytest.mark.negative
@pytest.mark.parametrize("since", ["yesterday", "2026-01-01T00:00:00"])
def test_a_time_that_is_none_is_refused(office: Office, since: str) -> None:
    with pytest.raises(InputBoundsError, match="since"):
        office.reports.report_call(ComplianceReportRequest(since=since), CALL)
    with pytest.raises(InputBoundsError, match="since"):
        office.reports.count_call(ViolationQuery(since=since), CALL)
    with pytest.raises(InputBoundsError, match="since"):
        office.reports.results_call(AuditResultsRequest(since=since), CALL)


@pytest.mark.negative
def test_an_empty_span_is_refused_and_nothing_is_archived(office: Office) -> None:
    asked = ComplianceReportRequest(since=isoformat(office.clock()), until=isoformat(office.start))
    with pytest.raises(InputBoundsError, match="is empty"):
        office.reports.report_call(asked, CALL)
    assert office.bench.layers.require_archive().keys("reports/") == ()
