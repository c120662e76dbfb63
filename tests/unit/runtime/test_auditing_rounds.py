"""Rounds examine what arrived since the last, record it once, and reports trace every figure."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.findings import Finding, ViolationKind
from agent_runtime.auditing.observed import ObservedEvents
from agent_runtime.auditing.observer import REFUSED, Observer
from agent_runtime.auditing.reports import (
    checked_report,
    compliance_report,
    counts,
    figure_of,
    moment,
    report_bytes,
    results,
    span_of,
    untraced,
)
from agent_runtime.auditing.rounds import (
    AuditRound,
    SampleLedger,
    SamplingPlan,
    schedule_rounds,
)
from agent_runtime.auditing.trail import Violation, ViolationTrail
from agent_runtime.clock import isoformat
from agent_runtime.errors import (
    ConfigError,
    GovernanceError,
    InputBoundsError,
    OutputBoundsError,
)
from agent_runtime.events import new_event
from agent_runtime.scheduler import TaskScheduler
from agent_runtime.shapes.auditing import (
    AuditResultsRequest,
    ComplianceReportRequest,
    ComplianceReportResponse,
    ViolationQuery,
)
from agent_runtime.shapes.base import Call
from agent_runtime.testing import TRACE, AgentBench

PLAN = SamplingPlan(rate=0.5, least=1, seed="s", window_seconds=3600.0)
CALL = Call(trace_id=TRACE)
KINDS = ("broken", "bias")


class Odd:
    """Finds something wrong with each drawn decision of an odd number; fails if told to."""

    def __init__(self) -> None:
        self.batches: list[AuditBatch] = []
        self.fails = False

    def examine(self, batch: AuditBatch) -> tuple[Finding, ...]:
        self.batches.append(batch)
        if self.fails:
            raise InputBoundsError("cannot")
        return tuple(
            Finding(
                kind="broken",
                agent="scorer",
                subject=each.event.event_data.decision_id,
                reason="odd",
                evidence={"decisions": [each.event.event_data.decision_id]},
                trace_id=TRACE,
            )
            for each in batch.drawn
            if int(each.message_id[1:]) % 2
        )


class Always:
    """Finds the same thing each period."""

    def examine(self, batch: AuditBatch) -> tuple[Finding, ...]:
        return (
            Finding(
                kind="bias", agent="main", subject=f"bias:{batch.period}", reason="r",
                evidence={"cases": 1}, trace_id=TRACE,
            ),
        )  # fmt: skip


class Auditor:
    """Stores, a recorder and a carrier that notes what it is given."""

    def __init__(self, folder: Path) -> None:
        self.bench = AgentBench(folder, agent="auditor")
        self.bench_folder = folder
        self.observed = ObservedEvents(folder / "observed.db", self.bench.clock)
        self.samples = SampleLedger(folder / "samples.db")
        self.trail = ViolationTrail(folder / "violations.jsonl", self.bench.clock, actor="auditor")
        self.reported: list[str] = []
        self.resent = 0
        self.odd = Odd()

    def record(self, finding: Finding) -> tuple[Violation, bool]:
        kind = ViolationKind(name=finding.kind, severity="high", measured=False, source="s")
        return self.trail.record(finding, kind)

    def report(self, violation: Violation) -> None:
        self.reported.append(violation.violation_id)

    def resend(self) -> None:
        self.resent += 1

    def round(self, *, carries: bool = True) -> AuditRound:
        return AuditRound(
            self.observed,
            self.samples,
            plan=PLAN,
            checks=[self.odd, Always()],
            recorder=self,
            carrier=self if carries else None,
            clock=self.bench.clock,
        )

    def see(self, *numbers: int) -> None:
        for number in numbers:
            event = new_event(
                "score", "scorer", decision_id=f"d{number}", confidence=0.5, result={},
                trace_id=TRACE, clock=self.bench.clock,
            )  # fmt: skip
            self.observed.take(event, f"m{number}")


@pytest.fixture
def auditor(tmp_path: Path) -> Iterator[Auditor]:
    made = Auditor(tmp_path)
    yield made
    made.observed.close()
    made.samples.close()


def test_a_round_examines_a_sample_of_what_arrived_since_the_last(auditor: Auditor):
    auditor.see(*range(1, 21))
    audit = auditor.round()
    first = audit.run(trace_id=TRACE)
    assert (first.events, first.sampled, first.failed) == (20, 10, ())
    auditor.see(21)
    second = audit.run(trace_id=TRACE)
    assert (second.events, second.sampled) == (1, 1)
    assert [len(batch.recent) for batch in auditor.odd.batches] == [20, 21]
    assert len(auditor.odd.batches[0].drawn) == 10


def test_what_is_found_again_is_recorded_and_reported_once_a_period(auditor: Auditor):
    audit = auditor.round()
    assert len(audit.run(trace_id=TRACE).recorded) == 1
    again = audit.run(trace_id=TRACE)
    assert (again.findings, again.recorded) == (1, ())
    auditor.bench.clock.advance(3600.0)
    assert len(audit.run(trace_id=TRACE).recorded) == 1
    assert len(auditor.trail.select()) == 2
    assert len(set(auditor.reported)) == 2
    assert auditor.resent == 3


def test_a_check_that_fails_keeps_the_others_from_nothing_and_has_its_events_again(
    auditor: Auditor,
):
    auditor.see(1)
    auditor.odd.fails = True
    audit = auditor.round()
    failed = audit.run(trace_id=TRACE)
    assert failed.failed == ("Odd: cannot",)
    assert [violation.kind for violation in failed.recorded] == ["bias"]
    auditor.odd.fails = False
    assert [v.kind for v in audit.run(trace_id=TRACE).recorded] == ["broken"]
    assert audit.run(trace_id=TRACE).events == 0


def test_without_a_carrier_violations_are_recorded_only(auditor: Auditor):
    auditor.round(carries=False).run(trace_id=TRACE)
    assert len(auditor.trail.select()) == 1
    assert auditor.reported == []


def test_events_older_than_the_window_are_not_compared(auditor: Auditor):
    auditor.see(1)
    auditor.bench.clock.advance(3601.0)
    auditor.see(2)
    auditor.round().run(trace_id=TRACE)
    assert [each.message_id for each in auditor.odd.batches[0].recent] == ["m2"]
    assert len(auditor.odd.batches[0].fresh) == 2


@pytest.mark.parametrize(
    "change", [{"rate": 0.0}, {"rate": 1.5}, {"least": -1}, {"window_seconds": 0.0}, {"seed": ""}]
)
def test_a_plan_that_cannot_be_followed_is_refused(change: dict[str, object]):
    fields = {"rate": 0.5, "least": 1, "seed": "s", "window_seconds": 1.0, **change}
    with pytest.raises(ConfigError, match="sampling plan"):
        SamplingPlan(**fields)


def audited(auditor: Auditor) -> None:
    auditor.see(*range(1, 41))
    auditor.round().run(trace_id=TRACE)


def test_results_are_chosen_and_shown_newest_first(auditor: Auditor):
    audited(auditor)
    everything = results(auditor.trail, AuditResultsRequest(), CALL)
    assert everything.total == len(everything.results)
    order = [each.sequence for each in everything.results]
    assert order == sorted(order, reverse=True)
    one = results(auditor.trail, AuditResultsRequest(kind="broken", limit=1), CALL)
    assert one.total == everything.total - 1
    assert len(one.results) == 1
    assert one.results[0].decisions == (one.results[0].subject,)
    assert one.trace_id == TRACE


def test_counts_divide_the_violations_and_check_the_trail(auditor: Auditor):
    audited(auditor)
    found = counts(auditor.trail, ViolationQuery(), CALL, kinds=(*KINDS, "fraud"))
    assert found.by_kind["fraud"] == 0
    assert sum(found.by_kind.values()) == sum(found.by_agent.values()) == found.count
    assert found.by_severity == {"low": 0, "medium": 0, "high": found.count, "critical": 0}
    assert found.by_agent["main"] == 1
    assert found.trail_intact
    other = counts(auditor.trail, ViolationQuery(severity="low"), CALL, kinds=KINDS)
    assert other.count == 0
    assert counts(auditor.trail, ViolationQuery(agent="main"), CALL, kinds=KINDS).count == 1


def test_times_bound_a_query(auditor: Auditor):
    audited(auditor)
    now = auditor.bench.clock()
    for since, until, some in (
        (now, None, True),
        (now + 1, None, False),
        (None, now, False),
        (None, now + 1, True),
    ):
        query = ViolationQuery(
            since=None if since is None else isoformat(since),
            until=None if until is None else isoformat(until),
        )
        assert bool(counts(auditor.trail, query, CALL, kinds=KINDS).count) is some


@pytest.mark.parametrize("text", ["yesterday", "2026-01-01T00:00:00", ""])
def test_a_time_that_is_none_is_refused(auditor: Auditor, text: str):
    with pytest.raises(InputBoundsError, match="since"):
        counts(auditor.trail, ViolationQuery(since=text), CALL, kinds=KINDS)
    assert moment("1970-01-01T00:00:01+00:00", name="x") == 1.0


def report(auditor: Auditor, *, conduct: str = "broken"):
    span = (auditor.bench.clock() - 10.0, auditor.bench.clock() + 10.0)
    return compliance_report(
        auditor.trail,
        auditor.observed.since(span[0]),
        auditor.samples.between(*span),
        CALL,
        kinds=KINDS,
        conduct=conduct,
        span=span,
    )


def test_every_figure_of_a_report_is_traced(auditor: Auditor):
    audited(auditor)
    made = report(auditor)
    assert untraced(made) == ()
    figures = {figure.name: figure for figure in made.figures}
    broken = figures["violations.broken"]
    assert broken.value == len(broken.violations) > 0
    assert figures["violations.high"].value == broken.value + 1
    assert made.observed == {"scorer.score": 40}
    assert made.sampled == {"scorer.score": 20}
    assert figures["decisions_breaking_rules"].value == pytest.approx(2 * broken.value)
    score = figures["compliance_score"]
    assert score.value == pytest.approx(1 - 2 * broken.value / 40)
    assert score.low < score.value < score.high
    assert set(score.violations) == set(broken.violations)
    assert made.criticality == 1.0
    assert made.trail_head == auditor.trail.head().digest
    assert sum(made.factors.values()) == pytest.approx(-1.0)


def test_a_figure_that_names_what_is_not_there_is_found(auditor: Auditor):
    audited(auditor)
    made = report(auditor)
    forged = made.figures[0].model_copy(update={"value": 99.0})
    strange = made.figures[1].model_copy(update={"violations": ("x",)})
    changed = made.model_copy(update={"figures": (forged, strange)})
    assert untraced(changed) == ("violations.broken", "violations.bias")
    with pytest.raises(OutputBoundsError, match=r"not traced to violations: violations\.broken"):
        checked_report(changed)
    assert checked_report(made) is made


def test_a_report_is_kept_as_it_was_answered(auditor: Auditor):
    audited(auditor)
    made = report(auditor)
    assert ComplianceReportResponse.model_validate_json(report_bytes(made)) == made
    assert figure_of(made, "violations.bias") == 1.0
    assert figure_of(made, "nothing") != figure_of(made, "nothing")


def test_the_span_of_a_report_is_everything_until_now_unless_asked_otherwise():
    assert span_of(ComplianceReportRequest(), 100.0) == (0.0, 100.0)
    asked = ComplianceReportRequest(since=isoformat(10.0), until=isoformat(20.0))
    assert span_of(asked, 100.0) == (10.0, 20.0)
    with pytest.raises(InputBoundsError, match="is empty"):
        span_of(asked.model_copy(update={"until": isoformat(10.0)}), 100.0)


def test_a_report_about_nothing_says_so(auditor: Auditor):
    made = report(auditor)
    assert made.violations == ()
    assert made.factors == {"no_violation": 1.0}
    assert made.criticality == 0.0
    assert {figure.value for figure in made.figures} == {0}
    with pytest.raises(InputBoundsError, match="is empty"):
        compliance_report(
            auditor.trail, (), (), CALL, kinds=KINDS, conduct="broken", span=(5.0, 5.0)
        )


def observer(auditor: Auditor) -> Observer:
    return Observer(
        ["scorer", "main"],
        observed=auditor.observed,
        audit=auditor.bench.audit,
        actor="auditor",
    )


def test_an_observer_sees_the_events_of_its_agents_only(auditor: Auditor):
    auditor.see(1, 2)
    for agent in ("trainer", "main"):
        other = new_event(
            "train", agent, decision_id="d1", confidence=0.5, result={}, trace_id=TRACE,
            clock=auditor.bench.clock,
        )  # fmt: skip
        auditor.observed.take(other, agent)
    watch = observer(auditor)
    assert [each.message_id for each in watch.events()] == ["m1", "m2", "main"]
    assert [each.message_id for each in watch.events("train")] == ["main"]
    assert [each.message_id for each in watch.events(limit=1)] == ["m2", "main"]
    assert [each.message_id for each in watch.decision("d1")] == ["m1", "main"]


def test_whatever_is_no_observation_is_refused_and_audited(auditor: Auditor):
    with pytest.raises(GovernanceError, match="auditor only observes scorer, main"):
        observer(auditor).reach("trigger_retraining", trace_id=TRACE)
    (record,) = auditor.bench.audit.records()
    assert (record.action, record.subject) == (REFUSED, "scorer")
    assert record.detail["operation"] == "trigger_retraining"


def test_a_scheduled_round_whose_checks_fail_fails(auditor: Auditor):
    tasks = TaskScheduler(auditor.bench_folder / "jobs.db", auditor.bench.clock)
    schedule_rounds(auditor.round(), tasks, name="audit", seconds=60.0)
    auditor.bench.clock.advance(60.0)
    assert [each.result for each in tasks.run_due()] == ["succeeded"]
    auditor.odd.fails = True
    auditor.bench.clock.advance(60.0)
    assert [each.result for each in tasks.run_due()] == ["failed"]
    tasks.close()
