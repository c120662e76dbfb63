"""What `L9.example.module` promises.

Expected by the schema and by audit_sampling_engine@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.findings import Finding, ViolationKind
from agent_runtime.auditing.trail import Violation, ViolationTrail
from agent_runtime.bus import SqliteBus
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.events import new_event
from agent_runtime.scheduler import TaskScheduler
from agent_runtime.testing import TRACE

from L9.governance.tensor_auditor.audit_sampling_engine import (
    INTERVAL_SECONDS,
    JOB,
    PLAN,
    AuditSamplingEngine,
)
from L9.governance.tensor_auditor.event_subscriber import EventSubscriber

OF, DRAWN = 400, 100


class Accuser:
    """Finds something wrong with each drawn decision; fails if told to."""

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
                agent=each.event.agent,
                subject=each.event.event_data.decision_id,
                reason="r",
                evidence={"decisions": [each.event.event_data.decision_id]},
                trace_id=TRACE,
            )
            for each in batch.drawn
        )


class Street:
    """Everything around the engine; it records and carries violations itself."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.bus = SqliteBus(folder / "bus.db", self.clock)
        self.subscriber = EventSubscriber.open(self.bus, folder, self.clock)
        self.trail = ViolationTrail(folder / "violations.jsonl", self.clock, actor="tensor_auditor")
        self.scheduler = TaskScheduler(folder / "jobs.db", self.clock)
        self.engine = AuditSamplingEngine.open(folder, self.clock)
        self.carried: list[str] = []
        self.resent = 0

    def record(self, finding: Finding) -> tuple[Violation, bool]:
        declared = ViolationKind(name="broken", severity="low", measured=False, source="schema")
        return self.trail.record(finding, declared)

    def report(self, violation: Violation) -> None:
        self.carried.append(violation.subject)

    def resend(self) -> None:
        self.resent += 1

    def see(self, count: int, kind: str = "score", *, first: int = 0) -> None:
        for number in range(first, first + count):
            event = new_event(
                kind,
                "scorer",
                decision_id=f"{kind}-{number}",
                confidence=0.5,
                result={},
                trace_id=TRACE,
                clock=self.clock,
            )
            self.subscriber.observed.take(event, f"m-{kind}-{number}")

    def close(self) -> None:
        self.scheduler.close()
        self.engine.close()
        self.subscriber.close()
        self.bus.close()


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    made.close()


@pytest.mark.positive
def test_0_25_of_the_decisions_of_each_kind_are_drawn(street: Street) -> None:
    street.see(OF, "score")
    street.see(OF, "train")
    drawn = street.engine.draw(street.subscriber.observed.after(0))
    counts = [
        sum(each.stratum == kind for each in drawn) for kind in ("scorer.score", "scorer.train")
    ]
    assert counts == [DRAWN, DRAWN]
    assert {each.probability for each in drawn} == {DRAWN / OF}


@pytest.mark.positive
def test_of_a_rare_kind_at_least_5_are_drawn(street: Street) -> None:
    street.see(PLAN.least + 1, "rare")
    drawn = street.engine.draw(street.subscriber.observed.after(0))
    assert len(drawn) == max(PLAN.least, round(PLAN.rate * (PLAN.least + 1)))


@pytest.mark.positive
def test_the_same_decisions_are_drawn_each_time(street: Street) -> None:
    street.see(OF)
    events = street.subscriber.observed.after(0)
    assert street.engine.draw(events) == street.engine.draw(events[::-1])


@pytest.mark.positive
def test_the_plan_is_that_of_the_schema() -> None:
    assert (PLAN.rate, PLAN.least, PLAN.seed) == (0.25, 5, "tensor_auditor")
    assert (PLAN.window_seconds, INTERVAL_SECONDS) == (86400, 60)


@pytest.mark.positive
def test_each_check_is_given_the_round_and_its_findings_are_recorded_and_carried(
    street: Street,
) -> None:
    street.see(OF)
    checks = [Accuser() for _ in range(5)]
    conduct, bias, drift, fraud, policies = checks
    rounds = street.engine.rounds(
        street.subscriber,
        street,
        conduct=conduct,
        bias=bias,
        drift=drift,
        fraud=fraud,
        policies=policies,
        escalations=street,
    )
    result = rounds.run(trace_id=TRACE)
    assert (result.events, result.sampled, result.findings) == (OF, DRAWN, 5 * DRAWN)
    assert [len(check.batches) for check in checks] == [1] * 5
    assert len(result.recorded) == len(street.trail.select()) == DRAWN
    assert set(street.carried) == {violation.subject for violation in result.recorded}
    assert street.resent == 1


@pytest.mark.positive
def test_what_was_drawn_is_kept_with_its_chance(street: Street) -> None:
    street.see(OF)
    street.engine.rounds(street.subscriber, street).run(trace_id=TRACE)
    now = street.clock()
    sampled = street.engine.sampled(now, now + 1)
    assert len(sampled) == DRAWN
    assert {each.drawn.probability for each in sampled} == {DRAWN / OF}
    assert street.engine.sampled(now + 1, now + 2) == ()


@pytest.mark.positive
def test_rounds_run_on_the_declared_schedule(street: Street) -> None:
    state = street.engine.register(street.scheduler, street.subscriber, street, conduct=Accuser())
    assert state.name == JOB
    street.see(OF)
    street.clock.advance(INTERVAL_SECONDS - 1)
    assert street.scheduler.run_due() == ()
    street.clock.advance(1)
    assert [outcome.result for outcome in street.scheduler.run_due()] == ["succeeded"]
    assert len(street.trail.select()) == DRAWN


@pytest.mark.negative
def test_a_check_that_fails_has_its_events_again(street: Street) -> None:
    street.see(OF)
    accuser = Accuser()
    accuser.fails = True
    rounds = street.engine.rounds(street.subscriber, street, conduct=accuser)
    assert rounds.run(trace_id=TRACE).failed == ("Accuser: cannot",)
    accuser.fails = False
    assert rounds.run(trace_id=TRACE).events == OF
    assert rounds.run(trace_id=TRACE).events == 0


@pytest.mark.negative
def test_comparisons_do_not_look_back_further_than_declared(street: Street) -> None:
    street.see(1)
    street.clock.advance(PLAN.window_seconds + 1)
    street.see(1, first=1)
    accuser = Accuser()
    street.engine.rounds(street.subscriber, street, bias=accuser).run(trace_id=TRACE)
    assert [len(batch.recent) for batch in accuser.batches] == [1]
    assert [len(batch.fresh) for batch in accuser.batches] == [2]


@pytest.mark.negative
def test_rounds_cannot_be_scheduled_twice(street: Street) -> None:
    street.engine.register(street.scheduler, street.subscriber, street)
    with pytest.raises(ConfigError, match=JOB):
        street.engine.register(street.scheduler, street.subscriber, street)
