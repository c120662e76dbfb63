"""Feedback collected, performance measured, drift watched, telemetry fed."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError
from agent_runtime.feedback.collection import Feedback, FeedbackLog, feedback_topic, parse_feedback
from agent_runtime.feedback.drift import DriftWatch
from agent_runtime.feedback.learning import LearningPlan, WeightLearner
from agent_runtime.feedback.performance import Performance
from agent_runtime.feedback.reward import Judge, RewardFunction
from agent_runtime.memory.topology import CausalSpec, EpisodicSpec, MemoryTopology, SemanticSpec
from agent_runtime.reasoning.case import Draft
from agent_runtime.reasoning.influences import InfluenceLog
from agent_runtime.reasoning.traces import DecisionTrace, ReasoningLog, Vote
from agent_runtime.telemetry import DecisionTelemetry
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_reasoning import draft, outcome, tensors, verdict

CHANNELS = ("acceptance", "outcomes", "audit")
FUNCTION = RewardFunction(
    reward="accepts && (correct || approves)",
    penalty="rejects || escalated || slow",
    meanings={
        "accepts": "accepted", "rejects": "rejected", "correct": "correct",
        "approves": "approved", "escalated": "escalated", "slow": "slow",
    },
    slow_above_ms=2000.0,
)  # fmt: skip


class Known(dict[str, DecisionTrace]):
    def trace(self, decision_id: str) -> DecisionTrace | None:
        return self.get(decision_id)


def trace(name: str = "d", status: str = "proceeded", **fields: object) -> DecisionTrace:
    values: dict[str, object] = {
        "decision_id": name, "trace_id": TRACE, "domain": "PlastOS", "confidence": 0.8,
        "governance_status": status, "latency_ms": 10.0, "decided_at": 0.0,
        "votes": {"a": Vote(support=0.9, confidence=1.0), "b": Vote(support=0.1, confidence=1.0)},
    }  # fmt: skip
    return DecisionTrace(**{**values, **fields})


def said(name: str, decision_id: str = "d", channel: str = "acceptance", **words: bool) -> Feedback:
    return Feedback(feedback_id=name, decision_id=decision_id, channel=channel, **words)


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[WeightLearner]:
    plan = LearningPlan(modes=("a", "b"), stability_threshold=0.03, rollback=True)
    made = WeightLearner(tmp_path / "learning.db", plan, ManualClock())
    yield made
    made.close()


def log(tmp_path: Path, known: Known, learner: WeightLearner | None = None) -> FeedbackLog:
    return FeedbackLog(
        tmp_path / "feedback.db",
        channels=CHANNELS,
        judge=Judge(FUNCTION),
        slow_above_ms=FUNCTION.slow_above_ms,
        traces=known,
        learner=learner,
        clock=ManualClock(),
    )


def test_acceptance_and_outcome_together_are_a_lesson(
    tmp_path: Path, learner: WeightLearner
) -> None:
    book = log(tmp_path, Known(d=trace()), learner)
    first = book.collect(said("1", accepted=True))
    assert (first.fresh, first.target, first.lesson) == (True, None, None)
    second = book.collect(said("2", channel="outcomes", correct=True))
    assert second.target == 1.0
    assert second.lesson is not None
    assert learner.weights("PlastOS")["a"] > 0.5
    assert book.outcome("d") == 1.0


def test_the_same_feedback_counts_once(tmp_path: Path, learner: WeightLearner) -> None:
    book = log(tmp_path, Known(d=trace()), learner)
    assert book.collect(said("1", accepted=False)).lesson is not None
    again = book.collect(said("1", accepted=False))
    assert (again.fresh, again.target, again.lesson) == (False, 0.0, None)
    assert learner.state("PlastOS").seen == 1


@pytest.mark.parametrize(
    ("decision", "words", "target"),
    [
        (trace(), {"accepted": True, "correct": False}, 0.0),
        (trace(status="escalated"), {"accepted": True, "correct": False}, None),
        (trace(status="escalated"), {"accepted": True, "approved": True}, 0.5),
        (trace(latency_ms=2000.0), {"accepted": True, "correct": True}, 1.0),
        (trace(latency_ms=2000.1), {"accepted": True, "correct": True}, 0.5),
    ],
)
def test_what_is_known_of_the_decision_counts_as_well(
    tmp_path: Path, decision: DecisionTrace, words: dict[str, bool], target: float | None
) -> None:
    assert log(tmp_path, Known(d=decision)).collect(said("1", **words)).target == target


def test_a_later_word_replaces_an_earlier_one(tmp_path: Path) -> None:
    clock = ManualClock()
    book = FeedbackLog(
        tmp_path / "f.db", channels=CHANNELS, judge=Judge(FUNCTION), slow_above_ms=2000.0,
        traces=Known(d=trace()), learner=None, clock=clock,
    )  # fmt: skip
    book.collect(said("9", accepted=True))
    clock.advance(1)
    book.collect(said("1", accepted=False))
    assert book.standing(trace()).accepted is False
    book.close()


def test_nothing_is_known_of_what_nobody_spoke_of(tmp_path: Path) -> None:
    book = log(tmp_path, Known(d=trace(status="escalated")))
    assert book.outcome("d") is None
    assert book.outcome("unknown") is None


@pytest.mark.parametrize(
    ("feedback", "message"),
    [
        (said("1", channel="gossip", accepted=True), "no feedback channel"),
        (said("1", decision_id="x", accepted=True), "no decision 'x'"),
    ],
)
def test_undeclared_channels_and_unknown_decisions_are_refused(
    tmp_path: Path, feedback: Feedback, message: str
) -> None:
    with pytest.raises(InputBoundsError, match=message):
        log(tmp_path, Known(d=trace())).collect(feedback)


def test_one_id_cannot_say_two_things(tmp_path: Path) -> None:
    book = log(tmp_path, Known(d=trace()))
    book.collect(said("1", accepted=True))
    with pytest.raises(InputBoundsError, match="something else before"):
        book.collect(said("1", accepted=False))


def test_feedback_travels_as_json() -> None:
    feedback = said("1", accepted=True, correct=False)
    assert parse_feedback(feedback.to_json()) == feedback
    assert feedback.negative
    assert not said("1", accepted=True).negative
    assert feedback_topic("main_agent") == "feedback.main_agent"


@pytest.mark.parametrize("wrong", [{"accepted": 1}, {"channel": None}, {"decision_id": ""}])
def test_feedback_with_a_wrong_field_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputBoundsError, match=next(iter(wrong))):
        parse_feedback({**said("1").to_json(), **wrong})


METRICS = {
    "reasoning_accuracy": "accuracy", "compliance_rate": "compliance",
    "acceptance_rate": "acceptance", "memory_consistency": "consistency",
    "tensor_efficiency": "tensors", "learning_transfer": "transfer",
    "escalation_necessity": "escalation",
}  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    topology = MemoryTopology(
        agent="main_agent", episodic=EpisodicSpec(), causal=CausalSpec(), semantic=SemanticSpec()
    )
    return AgentBench(tmp_path / "bench", agent="main_agent", topology=topology)


def test_performance_is_computed_from_what_was_recorded(tmp_path: Path, bench: AgentBench) -> None:
    known = Known(
        right=trace("right", votes={"lent": Vote(support=0.9, confidence=0.5)}),
        wrong=trace("wrong", status="escalated", objections=("r",), confidence=0.4),
        open=trace("open", missing=("links",)),
    )
    book = log(tmp_path, known)
    book.collect(said("1", "right", accepted=True, correct=True))
    book.collect(said("2", "wrong", accepted=False, correct=False))
    performance = Performance(
        METRICS, standings=book, layers=bench.layers, transferring=("lent", "absent")
    )
    report = performance.report(known.values())
    assert (report.decisions, report.judged) == (3, 2)
    assert report.scores == {
        "reasoning_accuracy": 0.5,
        "compliance_rate": pytest.approx(2 / 3),
        "acceptance_rate": 0.5,
        "memory_consistency": 0.0,
        "tensor_efficiency": pytest.approx(2 / 3),
        "learning_transfer": pytest.approx(1 - 0.01 / 0.25),
        "escalation_necessity": 1.0,
    }
    assert report.calibration is not None
    assert report.calibration.brier == pytest.approx((0.2**2 + 0.4**2) / 2)


def test_what_was_not_recorded_is_unknown_and_not_bad(tmp_path: Path, bench: AgentBench) -> None:
    performance = Performance(METRICS, standings=log(tmp_path, Known()), layers=bench.layers)
    report = performance.report([])
    assert set(report.scores.values()) == {None}
    assert report.calibration is None


def test_a_decision_in_every_layer_is_consistent(tmp_path: Path, bench: AgentBench) -> None:
    made, result = draft(verdict("a", 0.9)), outcome("d")
    ReasoningLog(bench.layers.require_episodic(), "main_agent").record(made, result)
    InfluenceLog(bench.layers.require_causal(), {}).record(made, result)
    performance = Performance(METRICS, standings=log(tmp_path, Known()), layers=bench.layers)
    assert performance.report([trace()]).scores["memory_consistency"] == 0.0
    bench.layers.require_semantic().merge_node("agent_decision", "decision:d")
    assert performance.report([trace()]).scores["memory_consistency"] == 1.0


def rows(mean: float, count: int = 100, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 1.0, size=(count, 2))


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[DriftWatch]:
    made = DriftWatch(tmp_path / "drift.db", window=50)
    yield made
    made.close()


def test_a_shift_of_two_deviations_is_drift_and_another_sample_is_none(watch: DriftWatch) -> None:
    watch.set_baseline("model", rows(0.0), names=("x", "y"))
    assert watch.check("model", rows(2.0, seed=2)).drifted == ("x", "y")
    assert watch.check("model", rows(0.0, seed=3)).drifted == ()


def test_the_first_window_is_the_baseline_and_survives_a_restart(
    tmp_path: Path, watch: DriftWatch
) -> None:
    feed = [{"x": float(a), "y": float(b)} for a, b in rows(0.0, 50)]
    assert [watch.observe("s", each) for each in feed] == [None] * 50
    again = DriftWatch(tmp_path / "drift.db", window=50)
    shifted = [{"x": float(a), "y": float(b)} for a, b in rows(3.0, 50)]
    reports = [again.observe("s", each) for each in shifted]
    assert reports[:-1] == [None] * 49
    assert reports[-1] is not None
    assert reports[-1].drifted == ("x", "y")
    again.close()


def test_drift_without_baseline_or_of_other_measures_is_refused(
    tmp_path: Path, watch: DriftWatch
) -> None:
    with pytest.raises(InputBoundsError, match="no baseline"):
        watch.check("s", rows(0.0))
    watch.set_baseline("s", rows(0.0), names=("x", "y"))
    with pytest.raises(InputBoundsError, match="measured by x, y"):
        watch.observe("s", {"x": 1.0, "z": 1.0})
    with pytest.raises(InputBoundsError, match="not finite"):
        watch.observe("s", {"x": 1.0, "y": math.nan})
    with pytest.raises(InputBoundsError, match="two rows"):
        watch.set_baseline("s", rows(0.0, 1), names=("x", "y"))
    with pytest.raises(InputBoundsError, match="window of 1"):
        DriftWatch(tmp_path / "w.db", window=1)


@pytest.fixture
def told() -> DecisionTelemetry:
    return DecisionTelemetry(ManualClock(), quantiles=(0.5, 0.99))


def _draft(latency_ms: float, **fields: object) -> Draft:
    made = draft(verdict("a", 0.9, confidence=0.75))
    return replace(made, latency_ms=latency_ms, **fields)


def test_shares_are_of_the_decisions_so_far(told: DecisionTelemetry) -> None:
    for latency in range(1, 101):
        told.decided(_draft(float(latency)), escalated=latency > 95)
    told.decided(_draft(1.0, tensors=tensors(missing={"links": "late"})), escalated=False)
    assert told.throughput() == pytest.approx(101 / 60)
    assert told.tensor_share() == pytest.approx(100 / 101)
    assert told.escalation_rate() == pytest.approx(5 / 101)
    assert told.count == 101


def test_sinks_take_quantiles_confidence_and_failures(told: DecisionTelemetry) -> None:
    latencies: dict[str, float] = {}
    failures: list[str] = []
    confidences: list[float] = []
    told.feed_latency(lambda value, *, labels: latencies.update({labels["quantile"]: value}))
    told.feed_failures(lambda value, *, labels: failures.append(labels["type"] * int(value)))
    told.feed_confidence(confidences.append)
    for latency in range(1, 101):
        told.decided(_draft(float(latency)), escalated=False)
    late = _draft(1.0, tensors=tensors(missing={"links": "late"}), skipped={"causal": "no time"})
    told.decided(late, escalated=False)
    assert latencies == {"0.5": 50.0, "0.99": 99.0}
    assert failures == ["causal", "links"]
    assert confidences == [0.75] * 101


def test_a_share_of_nothing_is_unknown(told: DecisionTelemetry, tmp_path: Path) -> None:
    book = log(tmp_path, Known(d=trace()))
    shares = (told.tensor_share(), told.escalation_rate(), book.acceptance())
    assert all(math.isnan(share) for share in shares)


def test_acceptance_is_the_share_of_answers_that_accept(tmp_path: Path) -> None:
    book = log(tmp_path, Known(d=trace(), e=trace("e")))
    book.collect_json(said("1", accepted=True).to_json())
    book.collect_json(said("2", "e", accepted=False).to_json())
    book.collect_json(said("3", channel="outcomes", correct=True).to_json())
    assert book.acceptance() == 0.5


@pytest.mark.parametrize("quantile", [0.0, 1.0, math.nan])
def test_a_quantile_out_of_bounds_is_refused(quantile: float) -> None:
    with pytest.raises(InputBoundsError, match="quantiles"):
        DecisionTelemetry(ManualClock(), quantiles=(quantile,))
