"""What `L9.example.module` promises.

Expected by the schema and by learning_loop@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.feedback.weights import shift
from agent_runtime.reasoning.synthesis import Synthesizer
from agent_runtime.reasoning.traces import DecisionTrace
from agent_runtime.testing import AgentBench
from agent_runtime.testing_reasoning import DOMAIN, case, reasoning_bench, trace, verdict

from L9.agents.main.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.main.learning_loop import PLAN, LearningLoop

FIRST = "symbolic_rule_application"
SECOND = "tensor_guided_scoring"


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return reasoning_bench(
        tmp_path, agent="main_agent", signals=SIGNALS, rules=RULES, policy=POLICY
    )


def opened(bench: AgentBench, folder: Path) -> LearningLoop:
    return LearningLoop.open(folder, GovernanceBridge(bench.governance), bench.clock)


@pytest.fixture
def loop(bench: AgentBench, tmp_path: Path) -> LearningLoop:
    return opened(bench, tmp_path)


def said(name: str, first: float, second: float) -> DecisionTrace:
    return trace(name, {FIRST: first, SECOND: second})


def teach(loop: LearningLoop, count: int) -> None:
    for n in range(count):
        assert loop.learn(said(f"d-{n}", 0.9, 0.1), 1.0) is not None


@pytest.mark.positive
def test_before_any_outcome_all_modes_weigh_the_same(loop: LearningLoop) -> None:
    assert loop.weights(DOMAIN) == pytest.approx(dict.fromkeys(PLAN.modes, 1 / len(PLAN.modes)))


@pytest.mark.positive
def test_a_mode_that_foresaw_outcomes_gains_on_one_that_did_not(loop: LearningLoop) -> None:
    teach(loop, 10)
    weights = loop.weights(DOMAIN)
    assert weights[FIRST] > 1 / len(PLAN.modes) > weights[SECOND] > 0.0
    assert sum(weights.values()) == pytest.approx(1.0)


@pytest.mark.positive
def test_what_was_learnt_changes_the_next_decision(loop: LearningLoop) -> None:
    heard = [verdict(FIRST, 0.3, 0.7), verdict(SECOND, 0.75, 0.25)]
    assert Synthesizer(loop).combine(case(2), heard).ranking[0] == 0
    teach(loop, 20)
    assert Synthesizer(loop).combine(case(2), heard).ranking[0] == 1


@pytest.mark.positive
def test_no_outcome_moves_the_weights_by_more_than_0_3(loop: LearningLoop) -> None:
    before = loop.weights(DOMAIN)
    lesson = loop.learn(said("d", 1.0, 0.0), 1.0)
    assert lesson is not None
    assert shift(before, loop.weights(DOMAIN)) <= 0.3 + 1e-12
    assert lesson.shifted > 0.0


@pytest.mark.positive
def test_what_was_learnt_survives_a_restart(
    bench: AgentBench, loop: LearningLoop, tmp_path: Path
) -> None:
    teach(loop, 5)
    weights = loop.weights(DOMAIN)
    loop.close()
    assert opened(bench, tmp_path).weights(DOMAIN) == weights


@pytest.mark.positive
def test_a_domain_without_outcomes_starts_from_all_others(loop: LearningLoop) -> None:
    teach(loop, 5)
    assert loop.weights("a new domain")[FIRST] > loop.weights("a new domain")[SECOND]


@pytest.mark.positive
def test_every_lesson_is_remembered_with_its_outcome(loop: LearningLoop) -> None:
    loop.learn(said("d", 0.9, 0.1), 0.5)
    assert loop.target_of("d") == 0.5
    assert loop.target_of("other") is None


@pytest.mark.positive
def test_every_lesson_is_audited(bench: AgentBench, loop: LearningLoop) -> None:
    teach(loop, 3)
    assert bench.actions().count("learning_feedback_collection") == 3


@pytest.mark.negative
def test_an_outcome_is_learnt_once(loop: LearningLoop) -> None:
    teach(loop, 1)
    weights = loop.weights(DOMAIN)
    assert loop.learn(said("d-0", 0.9, 0.1), 1.0) is None
    assert loop.weights(DOMAIN) == weights


@pytest.mark.negative
@pytest.mark.parametrize("target", [-0.1, 1.1, float("nan")])
def test_an_outcome_out_of_bounds_is_refused(loop: LearningLoop, target: float) -> None:
    with pytest.raises(InputBoundsError, match="target"):
        loop.learn(said("d", 0.9, 0.1), target)


@pytest.mark.negative
def test_modes_that_said_the_same_are_not_told_apart(loop: LearningLoop) -> None:
    for n in range(10):
        loop.learn(said(f"d-{n}", 0.6, 0.6), float(n % 2))
    assert loop.weights(DOMAIN) == pytest.approx(dict.fromkeys(PLAN.modes, 1 / len(PLAN.modes)))


@pytest.mark.negative
def test_a_mode_that_is_not_declared_gets_no_weight(loop: LearningLoop) -> None:
    loop.learn(trace("d", {"hearsay": 1.0, FIRST: 0.9, SECOND: 0.1}), 1.0)
    assert "hearsay" not in loop.weights(DOMAIN)


@pytest.mark.regression
def test_the_plan_is_the_declared_one() -> None:
    assert PLAN.modes == (
        "symbolic_rule_application",
        "tensor_guided_scoring",
        "multi_domain_pattern_matching",
        "governance_constraint_satisfaction",
        "analogical_transfer",
    )
    assert PLAN.stability_threshold == 0.3
    assert PLAN.rollback is False
