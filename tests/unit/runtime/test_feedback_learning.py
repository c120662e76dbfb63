"""Learning: rewards, weights, the loop; that it helps where there is something to learn."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import fmean, stdev

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.feedback.learning import LearningPlan, WeightLearner
from agent_runtime.feedback.reward import Judge, RewardFunction
from agent_runtime.feedback.weights import FLOOR, even, pooled_loss, shift, updated
from agent_runtime.reasoning.case import Verdict
from agent_runtime.reasoning.synthesis import Synthesizer
from agent_runtime.reasoning.traces import DecisionTrace, Vote, trace_of
from agent_runtime.testing import TRACE
from agent_runtime.testing_reasoning import case, outcome, verdict

MEANINGS = {
    "accepts": "accepted", "rejects": "rejected", "correct": "correct",
    "approves": "approved", "escalated": "escalated", "slow": "slow",
}  # fmt: skip
DECLARED = RewardFunction(
    reward="accepts && (correct || approves)",
    penalty="rejects || escalated || slow",
    meanings=MEANINGS,
    slow_above_ms=2000.0,
)
CALM = {"escalated": False, "slow": False}


@pytest.mark.parametrize(
    ("facts", "target"),
    [
        ({"accepted": True, "rejected": False, "correct": True, **CALM}, 1.0),
        ({"accepted": True, "rejected": False, "approved": True, **CALM}, 1.0),
        ({"accepted": True, "rejected": False, "correct": False, "approved": False, **CALM}, 0.0),
        ({"accepted": False, "rejected": True, "escalated": False}, 0.0),
        ({"accepted": True, "correct": True, "escalated": True, "slow": False}, 0.5),
        ({"accepted": True, "correct": True, "escalated": False, "slow": True}, 0.5),
        ({"accepted": True, "rejected": False, **CALM}, None),
        ({"accepted": True, "rejected": False, "correct": False, **CALM}, None),
        ({"accepted": True, "correct": True}, None),
        ({}, None),
    ],
)
def test_a_decision_is_judged_once_nothing_unknown_can_change_it(
    facts: dict[str, bool], target: float | None
) -> None:
    assert Judge(DECLARED).judge(facts) == target


def test_a_penalty_alone_can_be_declared() -> None:
    only = RewardFunction(reward="", penalty="rejects", meanings=MEANINGS, slow_above_ms=1.0)
    assert Judge(only).judge({"rejected": True}) == 0.0


@pytest.mark.parametrize(("reward", "penalty"), [("", ""), ("accepts &&", ""), ("mood", "")])
def test_a_function_that_says_nothing_or_does_not_compile_is_refused(
    reward: str, penalty: str
) -> None:
    with pytest.raises(ConfigError):
        Judge(RewardFunction(reward=reward, penalty=penalty, meanings=MEANINGS, slow_above_ms=1.0))


HALF = {"a": 0.5, "b": 0.5}


def votes(**support: float) -> dict[str, Vote]:
    return {mode: Vote(support=value, confidence=1.0) for mode, value in support.items()}


def test_one_step_is_the_documented_formula() -> None:
    after = updated(HALF, votes(a=0.9, b=0.2), 1.0, most_shift=1.0)
    a, b = 0.5 * math.exp(-(0.1**2)), 0.5 * math.exp(-(0.8**2))
    expected = (1 - FLOOR) * a / (a + b) + FLOOR / 2
    assert after["a"] == pytest.approx(expected)
    assert sum(after.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("threshold", [0.03, 0.01])
def test_one_outcome_moves_the_weights_by_no_more_than_the_threshold(threshold: float) -> None:
    after = updated(HALF, votes(a=1.0, b=0.0), 1.0, most_shift=threshold)
    assert shift(HALF, after) == pytest.approx(threshold)
    assert after["a"] > after["b"]


def test_a_mode_without_an_opinion_keeps_its_weight_but_for_the_floor() -> None:
    weights = even(("a", "b", "c"))
    said = votes(a=1.0, b=0.0, unknown=0.3) | {"c": Vote(support=0.0, confidence=0.0)}
    after = updated(weights, said, 1.0, most_shift=1.0)
    assert after["c"] == pytest.approx(1 / 3)
    assert updated(weights, votes(a=1.0), 0.0, most_shift=1.0) == weights


def test_no_mode_ever_dies() -> None:
    weights = dict(HALF)
    for _ in range(2000):
        weights = updated(weights, votes(a=1.0, b=0.0), 1.0, most_shift=0.03)
    assert weights["b"] >= FLOOR / 2 * 0.9
    assert weights["a"] > 0.95


def test_equal_weights_and_equal_losses_stay_equal() -> None:
    assert updated(HALF, votes(a=0.4, b=0.4), 1.0, most_shift=0.03) == pytest.approx(HALF)


@pytest.mark.parametrize(("target", "most"), [(1.1, 0.1), (-0.1, 0.1), (0.5, 0.0), (0.5, 1.1)])
def test_a_target_or_threshold_out_of_bounds_is_refused(target: float, most: float) -> None:
    with pytest.raises(InputBoundsError):
        updated(HALF, votes(a=0.5, b=0.5), target, most_shift=most)
    with pytest.raises(InputBoundsError):
        even(())


def test_without_opinions_there_is_no_loss() -> None:
    assert pooled_loss(HALF, votes(unknown=0.5), 1.0) is None
    assert pooled_loss(HALF, votes(a=0.5, b=0.5), 1.0) == pytest.approx(0.25)


MODES = ("good", "noise", "flat")
PLAN = LearningPlan(modes=MODES, stability_threshold=0.03, rollback=True)


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[WeightLearner]:
    made = WeightLearner(tmp_path / "learning.db", PLAN, ManualClock())
    yield made
    made.close()


def trace(name: str, domain: str = "PlastOS", **support: float) -> DecisionTrace:
    return DecisionTrace(
        decision_id=name, trace_id=TRACE, domain=domain, confidence=0.5,
        governance_status="proceeded", latency_ms=1.0, decided_at=0.0, votes=votes(**support),
    )  # fmt: skip


def test_a_lesson_says_what_moved_and_is_learnt_once(learner: WeightLearner) -> None:
    lesson = learner.learn(trace("d", good=0.9, noise=0.1), 1.0)
    assert lesson is not None
    assert lesson.before == pytest.approx(dict.fromkeys(MODES, 1 / 3))
    assert lesson.after["good"] > lesson.after["noise"]
    assert 0.0 < lesson.shifted <= 0.03 + 1e-12
    assert learner.learn(trace("d", good=0.9, noise=0.1), 1.0) is None
    assert learner.state("PlastOS").seen == 1
    assert learner.target_of("d") == 1.0
    assert learner.target_of("other") is None


def test_what_was_learnt_survives_a_restart(tmp_path: Path, learner: WeightLearner) -> None:
    learner.learn(trace("d", good=0.9, noise=0.1), 1.0)
    again = WeightLearner(tmp_path / "learning.db", PLAN, ManualClock())
    assert again.weights("plast_os") == learner.weights("PlastOS")
    assert again.weights("PlastOS")["good"] > 1 / 3
    again.close()


def test_a_new_domain_starts_from_what_all_domains_taught(learner: WeightLearner) -> None:
    learner.learn(trace("d", good=0.9, noise=0.1), 1.0)
    assert learner.weights("ForgeOS")["good"] > 1 / 3
    learner.learn(trace("e", "ForgeOS", good=0.1, noise=0.9), 1.0)
    assert learner.weights("PlastOS")["good"] > learner.weights("ForgeOS")["good"]


def test_modes_that_come_and_go_share_what_there_is(tmp_path: Path, learner: WeightLearner) -> None:
    learner.learn(trace("d", good=0.9, noise=0.1), 1.0)
    plan = LearningPlan(modes=("good", "fresh"), stability_threshold=0.03, rollback=True)
    other = WeightLearner(tmp_path / "learning.db", plan, ManualClock())
    weights = other.weights("PlastOS")
    assert set(weights) == {"good", "fresh"}
    assert sum(weights.values()) == pytest.approx(1.0)
    other.close()


@pytest.mark.parametrize("rollback", [True, False])
def test_weights_that_predict_worse_are_taken_back_if_that_is_declared(
    tmp_path: Path, rollback: bool
) -> None:
    plan = LearningPlan(
        modes=("a", "b"), stability_threshold=0.1, rollback=rollback, review_every=3
    )
    learner = WeightLearner(tmp_path / "l.db", plan, ManualClock())
    learner.learn(trace("1", a=1.0, b=0.0), 1.0)
    learner.learn(trace("2", a=1.0, b=0.0), 1.0)
    assert learner.weights("x")["a"] == pytest.approx(0.7)
    lesson = learner.learn(trace("3", a=1.0, b=0.0), 0.0)  # far worse than even weights
    assert lesson is not None
    assert lesson.rolled_back is rollback
    assert learner.weights("x")["a"] == pytest.approx(0.5 if rollback else 0.6)
    assert learner.state("x").since == 0
    learner.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"modes": ()},
        {"stability_threshold": 0.0},
        {"stability_threshold": 1.1},
        {"review_every": 0},
    ],
)
def test_a_plan_that_cannot_learn_is_refused(wrong: dict[str, object]) -> None:
    fields: dict[str, object] = {"modes": ("a",), "stability_threshold": 0.03, "rollback": True}
    with pytest.raises(ConfigError):
        LearningPlan(**{**fields, **wrong})


# That learning changes later decisions for the better: planted data, and data without structure.

CANDIDATES, ROUNDS, HELD_OUT = 4, 250, 400


def _planted(random: Random, *, informative: bool) -> tuple[int, list[Verdict]]:
    """Draw a case: which candidate is right, and what modes say; only `good` can know."""
    right = random.randrange(CANDIDATES)

    def guess() -> list[float]:
        return [random.uniform(0.05, 0.95) for _ in range(CANDIDATES)]

    good = [random.uniform(0.05, 0.5) for _ in range(CANDIDATES)]
    good[right] = random.uniform(0.4, 0.9)
    modes = {"good": good if informative else guess(), "noise": guess(), "flat": guess()}
    return right, [verdict(mode, *support) for mode, support in modes.items()]


def _hits(learner: WeightLearner, draw: Callable[[], tuple[int, list[Verdict]]]) -> float:
    """Share of held-out cases whose first recommendation is right."""
    synthesizer = Synthesizer(learner)
    found = []
    for _ in range(HELD_OUT):
        right, verdicts = draw()
        found.append(synthesizer.combine(case(CANDIDATES), verdicts).ranking[0] == right)
    return fmean(found)


def _gain(tmp_path: Path, seed: int, *, informative: bool) -> float:
    """Return how much more often held-out decisions are right after learning than before."""
    name = f"{informative}-{seed}.db"
    learner = WeightLearner(tmp_path / name, PLAN, ManualClock())

    def held_out() -> Callable[[], tuple[int, list[Verdict]]]:
        random = Random(1_000 + seed)  # noqa: S311 - data for a test
        return lambda: _planted(random, informative=informative)

    before = _hits(learner, held_out())
    random = Random(seed)  # noqa: S311 - data for a test
    for n in range(ROUNDS):
        right, verdicts = _planted(random, informative=informative)
        made = Synthesizer(learner).combine(case(CANDIDATES), verdicts)
        learner.learn(trace_of(made, outcome(f"d-{n}")), float(made.ranking[0] == right))
    after = _hits(learner, held_out())
    learner.close()
    return after - before


def _interval(gains: list[float]) -> tuple[float, float]:
    """95 % interval of the mean of 6 seeds (Student's t, 5 degrees of freedom)."""
    half = 2.571 * stdev(gains) / math.sqrt(len(gains))
    return fmean(gains) - half, fmean(gains) + half


def test_learning_makes_later_decisions_better_on_planted_data(tmp_path: Path) -> None:
    low, high = _interval([_gain(tmp_path, seed, informative=True) for seed in range(6)])
    assert low > 0.05, (low, high)


def test_learning_gains_nothing_where_there_is_nothing_to_learn(tmp_path: Path) -> None:
    low, high = _interval([_gain(tmp_path, seed, informative=False) for seed in range(6)])
    assert low <= 0.0 <= high
    assert high < 0.05
