"""What `L9.example.module` promises.

Expected by the schema and by retraining_scheduler@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError, NoModelError, OverloadedError
from agent_runtime.retraining import RetrainingState
from agent_runtime.retraining_store import FileRetrainingStore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.training import RetrainRequest, RetrainResponse
from agent_runtime.testing import TRACE, AgentBench

from L9.core.tensoraios.governancebridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.core.tensoraios.retrainingscheduler import (
    CHECK_SECONDS,
    DRIFT_EVENTS,
    JOB,
    RETRAINING,
    RetrainingScheduler,
)
from L9.orchestration.taskscheduler import TaskScheduler

HOUR = 3600.0
CALL = Call(trace_id=TRACE)


class Pipeline:
    """A trainer that answers as told and remembers what it was asked."""

    def __init__(self) -> None:
        self.promotes = True
        self.fails = False
        self.asked: list[tuple[RetrainRequest, Call]] = []
        self.meanwhile: list[object] = []

    def retrain_call(self, request: RetrainRequest, call: Call) -> RetrainResponse:
        self.asked.append((request, call))
        for attempt in self.meanwhile:
            assert callable(attempt)
            attempt()
        if self.fails:
            raise NoModelError("too little data")
        return RetrainResponse(
            decision_id="decision-1",
            trace_id=call.trace_id,
            confidence=1.0,
            run_id="run-1",
            outcome="completed",
            epochs=1,
            model_version="000001-aa",
            promoted=self.promotes,
            reasons=(),
            metrics={},
        )


class Wired:
    """A scheduler of retrainings on real embedded stores, its model trained just now."""

    def __init__(self, folder: Path) -> None:
        self.bench = AgentBench(
            folder, agent="tensoraios", signals=SIGNALS, rules=RULES, policy=POLICY
        )
        self.store = FileRetrainingStore(folder / "retraining.json")
        self.store.save(RetrainingState(trained_at=self.bench.clock()))
        self.tasks = TaskScheduler(folder / "jobs.db", self.bench.clock)
        self.pipeline = Pipeline()
        self.retraining = self.opened()

    def opened(self) -> RetrainingScheduler:
        return RetrainingScheduler(
            self.tasks,
            self.pipeline,
            store=self.store,
            governance=GovernanceBridge(self.bench.governance),
            clock=self.bench.clock,
        )

    def age(self, hours: float) -> None:
        self.bench.clock.advance(hours * HOUR)


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Wired]:
    made = Wired(tmp_path)
    yield made
    made.tasks.close()


def shifted(by: float, rows: int = 200) -> np.ndarray:
    return np.random.default_rng(1).normal((by, 0.0), size=(rows, 2))


@pytest.mark.positive
def test_a_model_is_retrained_once_it_is_24_hours_old(wired: Wired) -> None:
    wired.age(24 - 0.001)
    assert wired.retraining.run_due(trace_id=TRACE) is None
    assert wired.pipeline.asked == []
    wired.age(0.001)
    assert wired.retraining.run_due(trace_id=TRACE) is not None
    ((request, call),) = wired.pipeline.asked
    assert request.reason.startswith("age ")
    assert (call.trace_id, call.caller) == (TRACE, JOB)
    assert wired.retraining.run_due(trace_id=TRACE) is None


@pytest.mark.positive
def test_the_scheduler_looks_every_hour_and_trains_when_it_is_time(wired: Wired) -> None:
    told: list[RetrainResponse] = []
    job = wired.retraining.register(told.append)
    assert job.name == JOB
    assert CHECK_SECONDS == 3600.0
    assert job.planned == wired.bench.clock() + 3600.0
    wired.age(3600.0 / HOUR)
    assert [outcome.result for outcome in wired.tasks.run_due()] == ["succeeded"]
    assert (wired.pipeline.asked, told) == ([], [])
    wired.age(24)
    (outcome,) = wired.tasks.run_due()
    assert outcome.result == "succeeded"
    assert wired.pipeline.asked[0][1].trace_id == outcome.trace_id
    assert [response.trace_id for response in told] == [outcome.trace_id]


@pytest.mark.positive
def test_a_request_trains_at_once_under_its_own_trace(wired: Wired) -> None:
    request = RetrainRequest(reason="a person asked")
    response = wired.retraining.retrain_call(request, CALL)
    assert response.promoted
    assert wired.pipeline.asked == [(request, CALL)]


@pytest.mark.positive
@pytest.mark.parametrize("outcome", ["promoted", "kept out"])
def test_a_training_starts_the_age_over_whether_or_not_it_is_promoted(
    wired: Wired, outcome: str
) -> None:
    wired.pipeline.promotes = outcome == "promoted"
    wired.age(24 - 1.0)
    wired.retraining.retrain_call(RetrainRequest(), CALL)
    wired.age(24 - 0.001)
    assert not wired.retraining.decide().due
    wired.age(0.001)
    assert wired.retraining.decide().due


@pytest.mark.positive
def test_a_restart_does_not_forget_the_age_of_the_model(wired: Wired) -> None:
    wired.age(24 / 2)
    assert not wired.opened().decide().due
    assert wired.opened().decide().next_at == pytest.approx(wired.bench.clock() + 24 / 2 * HOUR)
    wired.age(24 / 2)
    assert wired.opened().decide().due


@pytest.mark.positive
def test_without_a_training_on_record_the_model_is_due(wired: Wired) -> None:
    wired.store.save(RetrainingState())
    assert wired.opened().decide().reasons == ("no training is on record",)


@pytest.mark.positive
def test_only_accuracy_that_a_rule_reads_makes_the_model_due(wired: Wired) -> None:
    assert ACCURACY_SIGNALS == ()
    assert not wired.retraining.accuracy_fell(0.0).due
    assert wired.retraining.accuracy_fell(1.0).due is False


@pytest.mark.negative
def test_a_scheduled_training_that_fails_is_not_told_and_tried_again(wired: Wired) -> None:
    told: list[RetrainResponse] = []
    wired.retraining.register(told.append)
    wired.pipeline.fails = True
    wired.age(24)
    assert [outcome.result for outcome in wired.tasks.run_due()] == ["failed"]
    assert told == []
    wired.pipeline.fails = False
    wired.age(3600.0 / HOUR)
    assert [outcome.result for outcome in wired.tasks.run_due()] == ["succeeded"]
    assert len(told) == 1


@pytest.mark.positive
def test_drift_makes_the_model_due_and_reaches_the_anchors(wired: Wired) -> None:
    report = wired.retraining.watch(
        shifted(0.0), shifted(2.0), names=("price", "weight"), trace_id=TRACE
    )
    assert report.drifted == ("price",)
    assert wired.retraining.decide().reasons == ("drift of price",)
    pending = wired.bench.escalations.pending()
    assert DRIFT_EVENTS == ()
    assert [escalation.severity for escalation in pending] == ["medium"]
    assert pending[0].reason.startswith("price: psi ")
    assert {escalation.subject for escalation in pending} == {JOB}
    assert {escalation.trace_id for escalation in pending} == {TRACE}


@pytest.mark.positive
def test_no_feedback_changes_nothing(wired: Wired) -> None:
    assert wired.retraining.observe({}) == wired.retraining.decide()
    assert not wired.retraining.decide().due


@pytest.mark.positive
def test_data_that_did_not_drift_trouble_nobody(wired: Wired) -> None:
    report = wired.retraining.watch(
        shifted(0.0), shifted(0.01), names=("price", "weight"), trace_id=TRACE
    )
    assert report.drifted == ()
    assert not wired.retraining.decide().due
    assert wired.bench.escalations.pending() == ()


@pytest.mark.negative
def test_a_failed_training_leaves_the_model_due(wired: Wired) -> None:
    wired.age(24)
    wired.pipeline.fails = True
    with pytest.raises(NoModelError, match="too little data"):
        wired.retraining.run_due(trace_id=TRACE)
    assert wired.retraining.decide().due
    wired.pipeline.fails = False
    assert wired.retraining.run_due(trace_id=TRACE) is not None


@pytest.mark.negative
def test_a_second_training_is_refused_while_one_is_under_way(wired: Wired) -> None:
    refusals: list[str] = []

    def second() -> None:
        with pytest.raises(OverloadedError) as refused:
            wired.retraining.retrain_call(RetrainRequest(), CALL)
        refusals.append(str(refused.value))

    wired.pipeline.meanwhile = [second]
    wired.retraining.retrain_call(RetrainRequest(), CALL)
    assert refusals == ["a training is under way"]
    wired.pipeline.meanwhile = []
    assert wired.retraining.retrain_call(RetrainRequest(), CALL).promoted


@pytest.mark.negative
def test_feedback_that_no_rule_reads_is_refused(wired: Wired) -> None:
    with pytest.raises(InputBoundsError, match="no retraining rule reads"):
        wired.retraining.observe({"mood_of_the_team": 1.0})


@pytest.mark.negative
def test_drift_of_what_is_not_finite_is_refused(wired: Wired) -> None:
    broken = shifted(0.0)
    broken[0, 0] = math.nan
    with pytest.raises(InputBoundsError, match="not finite"):
        wired.retraining.watch(shifted(0.0), broken, names=("price", "weight"), trace_id=TRACE)
    assert not wired.retraining.decide().due


@pytest.mark.regression
def test_the_policy_is_the_declared_one() -> None:
    assert RETRAINING.interval_hours == 24
    assert [(rule.signal, rule.kind, rule.limit) for rule in RETRAINING.rules] == []
