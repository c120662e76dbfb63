"""What `L9.example.module` promises.

Expected by the schema and by semantic_updater@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.memory.layers import MemoryLayers
from agent_runtime.memory.topology import SemanticSpec
from agent_runtime.reasoning.case import Draft
from agent_runtime.testing import AgentBench
from agent_runtime.testing_reasoning import (
    DOMAIN,
    draft,
    outcome,
    reasoning_bench,
    tensors,
    told_by_tensors,
    verdict,
)

from L9.agents.main.semantic_updater import (
    CrossDomainPattern,
    DomainEntity,
    SemanticUpdater,
    TensorPrediction,
)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    spec = SemanticSpec(
        node_types=("domain_entity",), edge_types=("tensor_prediction", "cross_domain_pattern")
    )
    return reasoning_bench(tmp_path, agent="main_agent", semantic=spec)


@pytest.fixture
def updater(bench: AgentBench) -> SemanticUpdater:
    return SemanticUpdater(bench.layers)


def reasoned() -> Draft:
    made = told_by_tensors(0.3, 0.8)
    return replace(made, tensors=tensors(0.3, 0.8, embeddings={"b": (1.0, 2.0)}))


@pytest.mark.positive
def test_domain_entity_is_merged_and_what_is_not_stated_stays(updater: SemanticUpdater) -> None:
    full = DomainEntity(
        entity_id="entity_id",
        domain="known",
        entity_type="known",
        embedding_vector=(0.5, 0.25),
        trust_score=0.75,
        last_updated="known",
    )
    first = updater.merge_domain_entity(full)
    again = updater.merge_domain_entity(
        DomainEntity(
            entity_id="entity_id",
        )
    )
    assert again == first
    assert (
        set(first.properties)
        == {
            "domain": "known",
            "entity_type": "known",
            "embedding_vector": (0.5, 0.25),
            "trust_score": 0.75,
            "last_updated": "known",
        }.keys()
    )


@pytest.mark.negative
def test_domain_entity_without_a_key_is_refused(updater: SemanticUpdater) -> None:
    with pytest.raises(InputBoundsError, match="needs its uid"):
        updater.merge_domain_entity(DomainEntity(entity_id=""))


@pytest.mark.positive
def test_tensor_prediction_is_merged_and_what_is_not_stated_stays(updater: SemanticUpdater) -> None:
    full = TensorPrediction(
        source_entity_id="source_entity_id",
        target_entity_id="target_entity_id",
        relationship_type="known",
        prediction_score=0.75,
        confidence=0.75,
        model_version="known",
        timestamp="known",
    )
    first = updater.merge_tensor_prediction(full)
    again = updater.merge_tensor_prediction(
        TensorPrediction(
            source_entity_id="source_entity_id",
            target_entity_id="target_entity_id",
            relationship_type="known",
        )
    )
    assert again == first
    assert (
        set(first.properties)
        == {
            "relationship_type": "known",
            "prediction_score": 0.75,
            "confidence": 0.75,
            "model_version": "known",
            "timestamp": "known",
        }.keys()
    )
    assert "known" in first.rid


@pytest.mark.negative
def test_tensor_prediction_without_an_end_is_refused(updater: SemanticUpdater) -> None:
    with pytest.raises(InputBoundsError, match="both its ends"):
        updater.merge_tensor_prediction(TensorPrediction(source_entity_id="a", target_entity_id=""))


@pytest.mark.positive
def test_cross_domain_pattern_is_merged_and_what_is_not_stated_stays(
    updater: SemanticUpdater,
) -> None:
    full = CrossDomainPattern(
        source_domain="source_domain",
        target_domain="target_domain",
        pattern_description="known",
        confidence=0.75,
        learned_from_count=3,
    )
    first = updater.merge_cross_domain_pattern(full)
    again = updater.merge_cross_domain_pattern(
        CrossDomainPattern(
            source_domain="source_domain",
            target_domain="target_domain",
        )
    )
    assert again == first
    assert (
        set(first.properties)
        == {"pattern_description": "known", "confidence": 0.75, "learned_from_count": 3}.keys()
    )


@pytest.mark.negative
def test_cross_domain_pattern_without_an_end_is_refused(updater: SemanticUpdater) -> None:
    with pytest.raises(InputBoundsError, match="both its ends"):
        updater.merge_cross_domain_pattern(CrossDomainPattern(source_domain="a", target_domain=""))


@pytest.mark.positive
def test_a_decision_is_linked_to_what_it_is_about(
    bench: AgentBench, updater: SemanticUpdater
) -> None:
    updater.record(reasoned(), outcome("d"))
    graph = bench.layers.require_semantic()
    found = {node.uid for _, node in graph.neighbours("decision:d", edge_types=("INFLUENCES",))}
    assert found == {"b", "s0", "s1"}


@pytest.mark.positive
def test_an_escalation_is_an_edge_of_its_own(bench: AgentBench, updater: SemanticUpdater) -> None:
    updater.record(reasoned(), replace(outcome("d", "escalated"), escalations=("e-1",)))
    graph = bench.layers.require_semantic()
    ((_, node),) = graph.neighbours("decision:d", edge_types=("ESCALATED_TO",))
    assert node.uid == "policy:e-1"


@pytest.mark.positive
def test_recording_again_doubles_nothing(bench: AgentBench, updater: SemanticUpdater) -> None:
    graph = bench.layers.require_semantic()
    updater.record(reasoned(), outcome("d"))
    once = [graph.neighbours(uid) for uid in ("b", "s0", "s1")]
    updater.record(reasoned(), outcome("d"))
    assert [graph.neighbours(uid) for uid in ("b", "s0", "s1")] == once


@pytest.mark.positive
def test_two_decisions_about_one_entity_share_its_node(
    bench: AgentBench, updater: SemanticUpdater
) -> None:
    for name in ("d", "e"):
        updater.record(reasoned(), outcome(name))
    edges = bench.layers.require_semantic().neighbours("s0", edge_types=("INFLUENCES",))
    assert {node.uid for _, node in edges} == {"decision:d", "decision:e"}


@pytest.mark.positive
def test_what_another_domain_taught_is_kept_as_cross_domain_pattern(
    bench: AgentBench, updater: SemanticUpdater
) -> None:
    alike = verdict("analogy", 0.9, reasons=("alike",), factors={"precedents_of_forgeos": 1.0})
    updater.record(draft(alike), outcome("d"))
    graph = bench.layers.require_semantic()
    ((edge, node),) = graph.neighbours("domain:forgeos", edge_types=("cross_domain_pattern",))
    assert node.uid == f"domain:{DOMAIN}"
    assert {"pattern_description": "alike", "confidence": 1.0}.items() <= edge.properties.items()


@pytest.mark.negative
def test_without_semantic_memory_it_cannot_start() -> None:
    with pytest.raises(ConfigError, match="semantic"):
        SemanticUpdater(MemoryLayers())


@pytest.mark.negative
def test_an_entity_that_nobody_named_is_not_there(
    bench: AgentBench, updater: SemanticUpdater
) -> None:
    updater.record(reasoned(), outcome("d"))
    assert bench.layers.require_semantic().node("nobody") is None
