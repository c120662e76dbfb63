"""What `L9.example.module` promises.

Expected by the schema and by reasoning_engine@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.errors import DeadlineExceededError
from agent_runtime.reasoning.case import Case, Draft, Enrichment, TensorResults
from agent_runtime.testing import AgentBench
from agent_runtime.testing_reasoning import KnownOutcomes, case, reasoning_bench, tensors

from L9.agents.main.analogical_reasoner import AnalogicalReasoner
from L9.agents.main.causal_reasoner import CausalReasoner
from L9.agents.main.decision_synthesizer import DecisionSynthesizer
from L9.agents.main.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.main.reasoning_engine import BUDGET_MS, MODES, STEPS, ReasoningEngine
from L9.agents.main.reflective_auditor import ReflectiveAuditor
from L9.agents.main.symbolic_reasoner import SymbolicReasoner


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return reasoning_bench(
        tmp_path, agent="main_agent", signals=SIGNALS, rules=RULES, policy=POLICY
    )


def engine(bench: AgentBench) -> ReasoningEngine:
    governance = GovernanceBridge(bench.governance)
    return ReasoningEngine(
        DecisionSynthesizer(),
        governance,
        bench.clock,
        symbolic=SymbolicReasoner(),
        causal=CausalReasoner(bench.layers),
        analogical=AnalogicalReasoner(bench.layers, KnownOutcomes()),
        critic=ReflectiveAuditor(governance, bench.clock),
    )


def decided(bench: AgentBench, at_hand: Case, scores: TensorResults, **factors: float) -> Draft:
    return engine(bench).decide(at_hand, Enrichment(factors=factors), scores)


def heard(made: Draft) -> set[str]:
    return {verdict.mode for verdict in made.verdicts if verdict.confidence > 0.0}


@pytest.mark.positive
def test_every_declared_mode_is_asked_in_its_order(bench: AgentBench) -> None:
    made = decided(bench, case(2), tensors(0.4, 0.6))
    assert tuple(verdict.mode for verdict in made.verdicts) == MODES
    assert made.skipped == {}


@pytest.mark.positive
def test_the_likeliest_candidate_of_the_tensor_layer_comes_first(bench: AgentBench) -> None:
    made = decided(bench, case(3), tensors(0.2, 0.9, 0.4))
    assert made.ranking[0] == 1
    assert "tensor_guided_scoring" in heard(made)


@pytest.mark.positive
def test_doubtful_scores_make_a_doubtful_draft(bench: AgentBench) -> None:
    sure = decided(bench, case(2), tensors(0.9, 0.1, deviation=0.01))
    unsure = decided(bench, case(2), tensors(0.9, 0.1, deviation=0.4))
    assert unsure.confidence < sure.confidence


@pytest.mark.positive
def test_the_world_model_moves_support_both_ways(bench: AgentBench) -> None:
    scores = tensors(0.5, 0.5)
    good = decided(bench, case(2), scores, demand=0.8).support[0]
    bad = decided(bench, case(2), scores, demand=-0.8).support[0]
    assert good > 0.5 > bad


@pytest.mark.positive
def test_a_draft_carries_what_it_rests_on(bench: AgentBench) -> None:
    made = decided(bench, case(2), tensors(0.4, 0.6), demand=0.5)
    assert made.enrichment.factors == {"demand": 0.5}
    assert made.tensors.model_version == "m1"
    assert 0.0 <= made.confidence <= 1.0


@pytest.mark.positive
def test_the_same_case_gives_the_same_draft(bench: AgentBench) -> None:
    first, second = (decided(bench, case(3), tensors(0.3, 0.6, 0.5), demand=0.2) for _ in range(2))
    assert (first.ranking, first.support) == (second.ranking, second.support)


@pytest.mark.negative
def test_a_deadline_that_passed_is_an_error(bench: AgentBench) -> None:
    late = case(2, deadline=bench.clock() - 0.001)
    with pytest.raises(DeadlineExceededError):
        decided(bench, late, tensors(0.4, 0.6))


@pytest.mark.negative
def test_without_any_information_nothing_is_sure(bench: AgentBench) -> None:
    made = decided(bench, case(2), TensorResults())
    assert made.confidence == 0.0
    assert made.ranking == ()


@pytest.mark.negative
def test_a_mode_that_fails_is_named_and_the_others_go_on(bench: AgentBench) -> None:
    made = decided(bench, case(2), tensors(0.2, 0.9), demand=7.0)
    assert len(made.skipped) == 1
    assert len(made.verdicts) == len(MODES) - 1


@pytest.mark.negative
def test_a_case_without_candidates_recommends_nothing(bench: AgentBench) -> None:
    assert decided(bench, case(0), TensorResults()).ranking == ()


@pytest.mark.regression
def test_modes_and_budget_are_the_declared_ones() -> None:
    assert MODES == (
        "symbolic_rule_application",
        "tensor_guided_scoring",
        "causal_context_enrichment",
        "multi_domain_pattern_matching",
        "governance_constraint_satisfaction",
        "analogical_transfer",
    )
    assert BUDGET_MS == 2000


@pytest.mark.regression
def test_every_step_of_the_declared_stage_is_done_by_a_module_in_its_role() -> None:
    assert [*STEPS.items()] == [
        ("apply_domain_specific_rules", "symbolic_reasoner"),
        ("apply_causal_reasoning", "causal_reasoner"),
        ("apply_analogical_reasoning", "analogical_reasoner"),
        ("apply_reflective_reasoning", "reflective_auditor"),
        ("synthesize_into_decision", "decision_synthesizer"),
    ]
