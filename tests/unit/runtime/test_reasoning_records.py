"""Traces in episodic memory, typed records in the graph, influences in causal memory."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.memory.episodic import Episode
from agent_runtime.memory.topology import CausalSpec, EpisodicSpec, MemoryTopology, SemanticSpec
from agent_runtime.reasoning.case import Draft, Enrichment
from agent_runtime.reasoning.engine import StagedReasoning
from agent_runtime.reasoning.entities import (
    entity_facts,
    lesson_facts,
    link_facts,
    merge_decision,
)
from agent_runtime.reasoning.graph import merge_edge, merge_node
from agent_runtime.reasoning.influences import InfluenceLog, read_influence
from agent_runtime.reasoning.modes import TensorMode
from agent_runtime.reasoning.synthesis import Synthesizer
from agent_runtime.reasoning.traces import PREFIX, ReasoningLog, Vote, trace_from, trace_of
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_reasoning import case, draft, outcome, tensors, verdict
from agent_runtime.values import JsonObject

FACTORS = {
    "signal": {"tensor_score": "tensor", "risk_assessment": "risk", "match": "confidence"},
    "context": {"market_condition": "market", "temporal_pattern": "temporal", "all": "world"},
    "constraint": {"escalation_decision": "escalation", "human_override": "override"},
    "consistency": {"decision_validity": "validity", "sync": "memory"},
}


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    topology = MemoryTopology(
        agent="main_agent",
        episodic=EpisodicSpec(index_by=("domain", "packet_id", "governance_escalation")),
        semantic=SemanticSpec(node_types=("material",), edge_types=("tensor_prediction",)),
        causal=CausalSpec(factors={name: tuple(read) for name, read in FACTORS.items()}),
    )
    return AgentBench(tmp_path, agent="main_agent", topology=topology)


def reasoned() -> Draft:
    engine = StagedReasoning(
        {"tensor": TensorMode("tensor")}, Synthesizer(), None, lambda: 1.0, budget_ms=1.0
    )
    world = Enrichment(factors={"market.trend": 0.4, "season.level": -0.1, "policy": 0.2})
    return engine.decide(case(2), world, tensors(0.2, 0.9, anomalies={"b": 0.3}))


def test_a_trace_comes_back_as_it_was_logged(bench: AgentBench) -> None:
    log = ReasoningLog(bench.layers.require_episodic(), "main_agent")
    made, result = reasoned(), outcome("d-1", "escalated", at=5.0)
    assert log.record(made, result)
    assert not log.record(made, result)
    assert log.trace("d-1") == trace_of(made, result)
    assert log.trace("d-1").votes == {"tensor": Vote(support=0.9, confidence=0.8)}
    assert log.trace("d-1").escalated
    assert log.trace("d-2") is None


def test_traces_are_found_by_declared_fields_and_time(bench: AgentBench) -> None:
    memory = bench.layers.require_episodic()
    log = ReasoningLog(memory, "main_agent")
    log.record(reasoned(), outcome("d-1"))
    found = memory.find({"domain": "PlastOS", "packet_id": "p-1", "governance_escalation": False})
    assert [each.decision_id for each in found] == [f"{PREFIX}d-1"]
    bench.clock.advance(10)
    log.record(reasoned(), outcome("d-2"))
    assert [each.decision_id for each in log.recent(bench.clock())] == ["d-2"]
    assert [each.decision_id for each in log.recent(0.0)] == ["d-2", "d-1"]


def test_another_draft_under_the_same_decision_is_refused(bench: AgentBench) -> None:
    log = ReasoningLog(bench.layers.require_episodic(), "main_agent")
    log.record(draft(verdict("a", 0.9)), outcome("d"))
    with pytest.raises(InputBoundsError, match="other content"):
        log.record(draft(verdict("a", 0.8)), outcome("d"))


def test_a_draft_that_recommends_nothing_is_logged_without_votes(bench: AgentBench) -> None:
    log = ReasoningLog(bench.layers.require_episodic(), "main_agent")
    made = draft(verdict("rules", 0.0, objections=("r",)))
    log.record(made, outcome("d"))
    trace = log.trace("d")
    assert trace is not None
    assert (trace.votes, trace.objections) == ({}, ("r",))


@pytest.mark.parametrize("data", [{}, {"votes": 1}, {"votes": {"a": 3}, "objections": "x"}])
def test_an_episode_of_another_kind_is_no_trace_and_odd_fields_do_no_harm(data: JsonObject) -> None:
    episode = Episode(
        decision_id=f"{PREFIX}d", agent_id="a", decision_data=data, confidence_score=None,
        trace_id=TRACE, governance_status="proceeded",
    )  # fmt: skip
    trace = trace_from(episode)
    assert trace is None or (trace.votes, trace.objections) == ({}, ())


@dataclass(frozen=True)
class Material:
    grade: str | None = None
    trust: float | None = None

    def properties(self) -> JsonObject:
        return {"grade": self.grade, "trust": self.trust}


def test_a_node_is_merged_and_what_is_not_stated_stays(bench: AgentBench) -> None:
    graph = bench.layers.require_semantic()
    merge_node(graph, "material", "pp", Material(grade="A", trust=0.5))
    node = merge_node(graph, "material", "pp", Material(trust=0.7))
    assert node.properties == {"grade": "A", "trust": 0.7}
    assert len(graph.nodes("material")) == 1


def test_an_edge_makes_its_missing_ends_and_is_one_a_kind(bench: AgentBench) -> None:
    graph = bench.layers.require_semantic()
    graph.merge_node("material", "pp")
    for trust in (0.1, 0.2):
        merge_edge(graph, "tensor_prediction", "b", "pp", Material(trust=trust), kind="BUYS")
    merge_edge(graph, "tensor_prediction", "b", "pp", Material(trust=0.9), kind="SELLS")
    merge_edge(graph, "tensor_prediction", "b", "pp", Material(trust=0.3))
    edges = [edge for edge, _ in graph.neighbours("b")]
    assert sorted(edge.properties["trust"] for edge in edges) == [0.2, 0.3, 0.9]
    assert graph.node("b").node_type == "domain_entity"


@pytest.mark.parametrize(("source", "target"), [("", "b"), ("a", "")])
def test_an_edge_without_an_end_is_refused(bench: AgentBench, source: str, target: str) -> None:
    with pytest.raises(InputBoundsError, match="both its ends"):
        merge_edge(bench.layers.require_semantic(), "tensor_prediction", source, target, Material())


def test_influences_are_linked_to_the_decision_and_explained(bench: AgentBench) -> None:
    log = InfluenceLog(bench.layers.require_causal(), FACTORS)
    made, result = reasoned(), outcome("d", "overridden")
    links = log.record(made, result)
    assert len(links) == len(FACTORS) + 1
    assert log.record(made, result) == links
    explained = log.explain("d")
    weights = {share.factor: share.weight for share in explained.factors}
    assert weights["tensor_score"] == pytest.approx(0.8 + made.factors["tensor_score"])
    assert weights["market_condition"] == pytest.approx(0.4)
    assert weights["temporal_pattern"] == pytest.approx(0.4 - 0.1)
    assert weights["all"] == pytest.approx(0.5)
    assert weights["risk_assessment"] == -0.3
    assert weights["human_override"] == weights["escalation_decision"] == 1.0
    assert "factor:signal" in {each.atom_id for each in explained.background}


def test_what_is_not_known_is_no_influence(bench: AgentBench) -> None:
    made = draft(verdict("rules", 0.0, objections=("r",)), verdict("a", 0.5))
    readings = {
        reading: read_influence(reading, made, outcome("d"))
        for reading in ("tensor", "risk", "market", "world", "validity", "memory", "override")
    }
    assert readings == {
        "tensor": None, "risk": None, "market": None, "world": None, "validity": 0.5,
        "memory": 1.0, "override": 0.0,
    }  # fmt: skip
    assert read_influence("tensor", draft(verdict("a", 0.5)), outcome("d")) is None
    silent = InfluenceLog(bench.layers.require_causal(), {"signal": {"risk": "risk"}})
    assert silent.record(draft(verdict("a", 0.5, confidence=0.0)), outcome("d")) == ()
    assert silent.explain("d") is None


def test_a_decision_says_what_entities_and_links_are() -> None:
    made = replace(reasoned(), tensors=tensors(0.2, 0.9, embeddings={"b": (1.0, 2.0)}))
    entities = list(entity_facts(made, outcome("d", at=0.0)))
    assert [each.uid for each in entities] == ["b", "s0", "s1"]
    assert [each.embedding for each in entities] == [(1.0, 2.0), None, None]
    assert entities[0].at == "1970-01-01T00:00:00.000+00:00"
    links = list(link_facts(made, outcome("d")))
    assert [(each.target, each.confidence) for each in links] == [("s0", 0.2), ("s1", 0.9)]
    assert {each.model_version for each in links} == {"m1"}


def test_only_precedents_of_other_domains_are_lessons() -> None:
    made = draft(
        verdict("a", 0.9, factors={"precedents_of_mortgageos": 1.0}, reasons=("alike",)),
        verdict("b", 0.9, factors={"precedents_of_forgeos": 1.0}, confidence=0.0),
        verdict(
            "c", 0.9, factors={"precedents_of_other": 1.0, "precedents_of_plastos": 1.0, "x": 1.0}
        ),
    )
    found = list(lesson_facts(made, outcome("d")))
    assert [(each.source, each.target) for each in found] == [
        ("domain:mortgageos", "domain:PlastOS"),
        ("domain:other", "domain:PlastOS"),
    ]
    assert [each.description for each in found] == ["alike", "c"]


def test_a_decision_is_a_node_with_its_entities_and_escalations(bench: AgentBench) -> None:
    graph = bench.layers.require_semantic()
    result = replace(outcome("d", "escalated"), escalations=("e-1",))
    for _ in range(2):
        merge_decision(graph, reasoned(), result, "main_agent")
    found = sorted((edge.edge_type, node.uid) for edge, node in graph.neighbours("decision:d"))
    assert found == [
        ("ESCALATED_TO", "policy:e-1"),
        *(("INFLUENCES", uid) for uid in ("b", "s0", "s1")),
    ]
