"""What `L9.example.module` promises.

Expected by the schema and by causal_reasoner@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from pathlib import Path

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.memory.layers import MemoryLayers, open_embedded
from agent_runtime.memory.topology import CausalSpec, MemoryTopology
from agent_runtime.reasoning.case import Enrichment, TensorResults, Verdict
from agent_runtime.testing_reasoning import case

from L9.example.module import MODE, CausalReasoner

FACTOR = "domain_transaction_signal"
INFLUENCED = "tensor_score"


@pytest.fixture
def layers(tmp_path: Path) -> MemoryLayers:
    causal = CausalSpec(factors={FACTOR: (INFLUENCED,)})
    topology = MemoryTopology(agent="main_agent", causal=causal)
    return open_embedded(tmp_path, topology, lambda: 0.0)


def judged(layers: MemoryLayers, *gaps: str, **factors: float) -> Verdict:
    enrichment = Enrichment(factors=factors, gaps=gaps)
    return CausalReasoner(layers).reason(case(2), enrichment, TensorResults())


@pytest.mark.positive
def test_a_factor_in_favour_raises_and_one_against_lowers_support(layers: MemoryLayers) -> None:
    assert judged(layers, demand=0.5).support[0] > 0.5 > judged(layers, demand=-0.5).support[0]


@pytest.mark.positive
def test_opposite_factors_of_one_strength_cancel_out(layers: MemoryLayers) -> None:
    said = judged(layers, demand=0.5, supply=-0.5)
    assert said.support == pytest.approx((0.5, 0.5))
    assert said.factors["demand"] == pytest.approx(-said.factors["supply"])


@pytest.mark.positive
def test_the_shares_of_the_factors_add_up_to_what_they_changed(layers: MemoryLayers) -> None:
    said = judged(layers, demand=0.8, season=-0.3, policy=0.1)
    assert sum(said.factors.values()) == pytest.approx(said.support[0] - 0.5)
    assert said.reasons[0].startswith("demand speaks for it (+0.80)")


@pytest.mark.positive
def test_confidence_is_the_share_of_what_the_world_model_knew(layers: MemoryLayers) -> None:
    assert judged(layers, demand=0.1).confidence == 1.0
    assert judged(layers, "season", "policy", "supply", demand=0.1).confidence == 0.25


@pytest.mark.positive
def test_a_declared_influence_is_traced_back(layers: MemoryLayers) -> None:
    behind = CausalReasoner(layers).behind(INFLUENCED)
    assert [each.atom_id for each in behind] == [f"factor:{FACTOR}"]
    said = judged(layers, **{INFLUENCED: 0.4})
    assert said.reasons == (f"{INFLUENCED} speaks for it (+0.40), behind it {FACTOR}",)


@pytest.mark.positive
def test_a_counterfactual_tells_what_would_have_been(layers: MemoryLayers) -> None:
    enrichment = Enrichment(factors={"demand": 0.6, "season": 0.1})
    other = CausalReasoner(layers).otherwise(enrichment, {"demand": -0.6})
    assert other.effect < 0 < other.after < 0.5 < other.before


@pytest.mark.positive
def test_it_carries_out_the_declared_mode(layers: MemoryLayers) -> None:
    assert MODE == "causal_context_enrichment"
    modes = CausalReasoner(layers).modes
    assert set(modes) == {MODE}
    assert modes[MODE].reason(case(1), Enrichment(), TensorResults()).mode == MODE


@pytest.mark.negative
def test_a_world_that_says_nothing_is_no_opinion(layers: MemoryLayers) -> None:
    assert judged(layers, "demand").confidence == 0.0


@pytest.mark.negative
@pytest.mark.parametrize("strength", [1.01, -1.01, math.nan, math.inf])
def test_a_factor_out_of_bounds_is_refused(layers: MemoryLayers, strength: float) -> None:
    with pytest.raises(InputBoundsError, match="within -1 to 1: demand"):
        judged(layers, demand=strength)


@pytest.mark.negative
def test_a_counterfactual_over_an_unknown_factor_is_refused(layers: MemoryLayers) -> None:
    with pytest.raises(InputBoundsError, match="did not name season"):
        CausalReasoner(layers).otherwise(Enrichment(), {"season": 0.1})


@pytest.mark.negative
def test_without_causal_memory_nothing_stands_behind_a_factor() -> None:
    assert CausalReasoner(MemoryLayers()).behind(INFLUENCED) == ()
