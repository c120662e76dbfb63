"""What `L9.example.module` promises.

Expected by the schema and by causal_tracer@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.memory.layers import MemoryLayers, open_embedded
from agent_runtime.memory.topology import CausalSpec, MemoryTopology
from agent_runtime.reasoning.case import Draft, Enrichment
from agent_runtime.reasoning.influences import read_influence
from agent_runtime.testing_reasoning import draft, outcome, tensors, verdict

from L9.example.module import INFLUENCES, CausalTracer


@pytest.fixture
def tracer(tmp_path: Path) -> CausalTracer:
    causal = CausalSpec(factors={factor: tuple(read) for factor, read in INFLUENCES.items()})
    topology = MemoryTopology(agent="main_agent", causal=causal)
    return CausalTracer(open_embedded(tmp_path, topology, lambda: 0.0))


def reasoned(chance: float = 0.9) -> Draft:
    made = draft(verdict("tensors", chance, factors={"own_factor": 0.3}))
    world = Enrichment(factors={"market.level": 0.4, "season.trend": -0.2})
    return replace(made, enrichment=world, tensors=tensors(chance, anomalies={"b": 0.25}))


def weights(tracer: CausalTracer, decision_id: str) -> dict[str, float]:
    explained = tracer.explain(decision_id)
    assert explained is not None
    return {share.factor: share.weight for share in explained.factors}


@pytest.mark.positive
def test_every_measured_influence_is_in_the_explanation(tracer: CausalTracer) -> None:
    tracer.record(reasoned(), outcome("d", "overridden"))
    found = weights(tracer, "d")
    for readings in INFLUENCES.values():
        for name, reading in readings.items():
            assert found[name] == read_influence(reading, reasoned(), outcome("d", "overridden"))


@pytest.mark.positive
def test_the_declared_factors_stand_behind_their_influences(tracer: CausalTracer) -> None:
    tracer.record(reasoned(), outcome("d"))
    explained = tracer.explain("d")
    assert explained is not None
    behind = {each.atom_id for each in explained.background}
    assert {f"factor:{name}" for name in INFLUENCES} <= behind


@pytest.mark.positive
def test_what_drove_the_single_modes_is_linked_as_well(tracer: CausalTracer) -> None:
    tracer.record(reasoned(), outcome("d"))
    assert weights(tracer, "d")["own_factor"] == pytest.approx(0.3)


@pytest.mark.positive
def test_recording_again_doubles_nothing(tracer: CausalTracer) -> None:
    tracer.record(reasoned(), outcome("d"))
    once = weights(tracer, "d")
    tracer.record(reasoned(), outcome("d"))
    assert weights(tracer, "d") == once


@pytest.mark.positive
def test_decisions_do_not_share_their_influences(tracer: CausalTracer) -> None:
    tracer.record(reasoned(0.9), outcome("sure"))
    tracer.record(reasoned(0.2), outcome("unsure"))
    assert weights(tracer, "sure")["tensors"] == pytest.approx(0.8)
    assert weights(tracer, "unsure")["tensors"] == pytest.approx(-0.6)


@pytest.mark.positive
def test_shares_of_an_explanation_add_up_to_one(tracer: CausalTracer) -> None:
    tracer.record(reasoned(), outcome("d"))
    explained = tracer.explain("d")
    assert explained is not None
    assert sum(share.share for share in explained.factors) == pytest.approx(1.0)


@pytest.mark.negative
def test_a_decision_that_was_never_made_has_no_explanation(tracer: CausalTracer) -> None:
    assert tracer.explain("never") is None


@pytest.mark.negative
def test_other_influences_under_the_same_decision_are_refused(tracer: CausalTracer) -> None:
    tracer.record(reasoned(0.9), outcome("d"))
    with pytest.raises(InputBoundsError, match="other content"):
        tracer.record(reasoned(0.2), outcome("d"))


@pytest.mark.negative
def test_without_causal_memory_it_cannot_start() -> None:
    with pytest.raises(ConfigError, match="causal"):
        CausalTracer(MemoryLayers())


@pytest.mark.regression
def test_factors_and_influences_are_the_declared_ones() -> None:
    assert {factor: tuple(read) for factor, read in INFLUENCES.items()} == {
        "domain_transaction_signal": (
            "tensor_score",
            "risk_assessment",
            "match_confidence",
        ),
        "world_model_context": (
            "market_condition",
            "temporal_pattern",
            "causal_factor",
        ),
        "governance_constraint": (
            "escalation_decision",
            "human_override_applied",
        ),
        "memory_consistency": (
            "decision_validity",
            "cross_domain_sync_status",
        ),
    }
