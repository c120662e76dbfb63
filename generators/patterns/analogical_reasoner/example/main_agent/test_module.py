"""What `L9.example.module` promises.

Expected by the schema and by analogical_reasoner@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.errors import ConfigError
from agent_runtime.memory.layers import MemoryLayers
from agent_runtime.reasoning.case import Case, Enrichment, TensorResults, Verdict
from agent_runtime.reasoning.synthesis import Synthesizer
from agent_runtime.reasoning.traces import ReasoningLog
from agent_runtime.testing import AgentBench
from agent_runtime.testing_reasoning import (
    KnownOutcomes,
    case,
    outcome,
    reasoning_bench,
    verdict,
)

from L9.example.module import MODES, AnalogicalReasoner

MODE = "multi_domain_pattern_matching"
ELSEWHERE = "another domain"


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return reasoning_bench(tmp_path, agent="main_agent")


def remember(bench: AgentBench, decision_id: str, quality: float, domain: str) -> None:
    made = Synthesizer().combine(
        case(1, domain=domain, attributes={"quality": quality}), [verdict("mode", 0.5)]
    )
    ReasoningLog(bench.layers.require_episodic(), "main_agent").record(made, outcome(decision_id))


def judged(bench: AgentBench, known: KnownOutcomes, at_hand: Case, mode: str = MODE) -> Verdict:
    reasoner = AnalogicalReasoner(bench.layers, known)
    return reasoner.modes[mode].reason(at_hand, Enrichment(), TensorResults())


def told(bench: AgentBench) -> KnownOutcomes:
    """Remember that high quality turned out well and low quality badly, in another domain."""
    known = KnownOutcomes()
    for n in range(5):
        remember(bench, f"good-{n}", 40.0 + n, ELSEWHERE)
        remember(bench, f"bad-{n}", -40.0 - n, ELSEWHERE)
        known.update({f"good-{n}": 1.0, f"bad-{n}": 0.0})
    return known


@pytest.mark.positive
@pytest.mark.parametrize("mode", sorted(MODES))
def test_what_went_well_elsewhere_is_recommended_and_what_did_not_is_not(
    bench: AgentBench, mode: str
) -> None:
    at_hand = case(2, each=({"quality": 42.0}, {"quality": -42.0}))
    said = judged(bench, told(bench), at_hand, mode)
    assert said.support[0] > 0.75
    assert said.support[1] < 0.25
    assert said.mode == mode


@pytest.mark.positive
def test_confidence_grows_with_the_number_of_precedents(bench: AgentBench) -> None:
    remember(bench, "good", 40.0, ELSEWHERE)
    at_hand = case(1, attributes={"quality": 40.0})
    few = judged(bench, KnownOutcomes(good=1.0), at_hand)
    many = judged(bench, told(bench), at_hand)
    assert 0.0 < few.confidence < many.confidence < 1.0


@pytest.mark.positive
def test_the_nearest_precedent_is_the_reason(bench: AgentBench) -> None:
    remember(bench, "near", 40.0, ELSEWHERE)
    said = judged(bench, KnownOutcomes(near=1.0), case(1, attributes={"quality": 40.0}))
    assert said.reasons == ("decision near of another domain was alike (1.00) and turned out 1.00",)


@pytest.mark.positive
@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_mode_that_transfers_does_not_look_at_its_own_domain(
    bench: AgentBench, mode: str
) -> None:
    at_hand = case(1, attributes={"quality": 40.0})
    remember(bench, "own", 40.0, at_hand.domain)
    remember(bench, "other", 40.0, ELSEWHERE)
    reasoner = AnalogicalReasoner(bench.layers, KnownOutcomes(own=1.0, other=1.0))
    found = reasoner.precedents(mode, at_hand, 0, Enrichment(), TensorResults())
    wanted = {"other"} if MODES[mode] == "others" else {"own", "other"}
    assert {each.decision_id for each in found} == wanted


@pytest.mark.positive
def test_a_case_alike_in_kind_is_nearer_than_one_that_is_not(bench: AgentBench) -> None:
    known = told(bench)
    reasoner = AnalogicalReasoner(bench.layers, known)
    at_hand = case(1, attributes={"quality": 42.0})
    found = reasoner.precedents(MODE, at_hand, 0, Enrichment(), TensorResults())
    assert {each.outcome for each in found} == {1.0}
    assert [each.likeness for each in found] == sorted((e.likeness for e in found), reverse=True)


@pytest.mark.negative
def test_cases_whose_outcome_nobody_knows_teach_nothing(bench: AgentBench) -> None:
    told(bench)
    said = judged(bench, KnownOutcomes(), case(1, attributes={"quality": 40.0}))
    assert said.confidence == 0.0


@pytest.mark.negative
def test_without_a_past_there_is_no_opinion(bench: AgentBench) -> None:
    assert judged(bench, KnownOutcomes(), case(3)).confidence == 0.0


@pytest.mark.negative
def test_a_mode_that_is_not_declared_is_refused(bench: AgentBench) -> None:
    reasoner = AnalogicalReasoner(bench.layers, KnownOutcomes())
    with pytest.raises(KeyError):
        reasoner.precedents("hearsay", case(1), 0, Enrichment(), TensorResults())


@pytest.mark.negative
def test_without_episodic_memory_it_cannot_start() -> None:
    with pytest.raises(ConfigError, match="episodic"):
        AnalogicalReasoner(MemoryLayers(), KnownOutcomes())


@pytest.mark.regression
def test_the_modes_and_their_reach_are_the_declared_ones() -> None:
    assert MODES == {
        "multi_domain_pattern_matching": "all",
        "analogical_transfer": "others",
    }
