"""What `L9.example.module` promises.

Expected by the schema and by memory_bridge@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.decisions import Decision
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.flags import MEMORY_SUBSTRATE_VALIDATION, Flags
from agent_runtime.testing import TRACE, AgentBench

from L9.core.memorymanager import MemoryLayers
from L9.core.tensoraios.memorybridge import ARCHIVE_ABOVE, BATCH_HOURS, TOPOLOGY, MemoryBridge

DECLARED = ("working", "episodic", "semantic", "causal", "archive")
DAY = 86_400
DATA = {
    "domain": "domain 1",
    "model_version": "model_version 1",
    "inference_timestamp": "inference_timestamp 1",
}
INDEXED = ("domain", "model_version", "inference_timestamp")
RELATIONS = ("MATCHES", "INFLUENCES", "ESCALATED_TO")
NODE_TYPES = ("domain_entity", "agent_decision", "governance_policy")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[AgentBench]:
    made = AgentBench(tmp_path, agent="tensoraios", topology=TOPOLOGY)
    yield made
    made.layers.close()


@pytest.fixture
def memory(bench: AgentBench) -> MemoryBridge:
    return MemoryBridge(bench.layers)


def decision(decision_id: str = "d-1", criticality: float = 0.0) -> Decision:
    return Decision(
        decision_id=decision_id,
        agent_id="tensoraios",
        confidence=0.75,
        criticality=criticality,
        result={"score": 0.5},
        factors={"price": 0.6, "distance": -0.2},
        entities=("buyer:1", "supplier:2"),
        governance_status="proceeded",
        trace_id=TRACE,
    )


def remembered(bench: AgentBench, *decisions: Decision) -> list[str]:
    """Record the decisions, and return in which layers the last of them was written."""
    memory = MemoryBridge(bench.layers)
    for each in decisions:
        record = memory.remember(
            each, audit=bench.audit, bus=bench.bus, clock=bench.clock, event_type="decided"
        )
    layers = record.detail["layers"]
    assert isinstance(layers, list)
    return layers


@pytest.mark.positive
def test_a_decision_is_in_every_declared_layer_under_one_trace(bench: AgentBench) -> None:
    assert set(remembered(bench, decision(criticality=1.0))) == set(DECLARED)
    assert {record.trace_id for record in bench.audit.records()} == {TRACE}
    assert bench.actions() == ["decision_recorded"]


@pytest.mark.positive
def test_a_decision_is_told_under_the_name_of_what_decided(bench: AgentBench) -> None:
    topics: list[str] = []
    bench.bus.subscribe("*", "listener", lambda delivery: topics.append(delivery.topic))
    remembered(bench, decision())
    bench.bus.pump()
    assert topics == ["events." + "tensoraios" + ".decided"]


@pytest.mark.positive
def test_a_decision_recorded_twice_is_one_decision(bench: AgentBench) -> None:
    heard: list[str] = []
    bench.bus.subscribe("*", "listener", lambda delivery: heard.append(delivery.message_id))
    remembered(bench, decision(), decision())
    bench.bus.pump()
    assert len(heard) == 1


@pytest.mark.positive
def test_purging_fresh_memory_removes_nothing(bench: AgentBench) -> None:
    remembered(bench, decision(criticality=1.0))
    assert MemoryBridge(bench.layers).purge() == 0


@pytest.mark.positive
def test_without_validation_the_bridge_starts_and_fails_where_a_layer_is_missing() -> None:
    off = Flags(off=frozenset({MEMORY_SUBSTRATE_VALIDATION}))
    assert MemoryBridge(MemoryLayers(), off).purge() == 0


@pytest.mark.negative
def test_a_bridge_without_its_layers_does_not_start() -> None:
    with pytest.raises(ConfigError, match="the working layer of memory is needed"):
        MemoryBridge(MemoryLayers())


@pytest.mark.negative
@pytest.mark.parametrize("missing", DECLARED)
def test_every_declared_layer_must_be_there(bench: AgentBench, missing: str) -> None:
    others = {name: getattr(bench.layers, name) for name in DECLARED if name != missing}
    with pytest.raises(ConfigError, match=f"the {missing} layer of memory is needed"):
        MemoryBridge(MemoryLayers(**others))


@pytest.mark.negative
@pytest.mark.parametrize("confidence", [-0.01, 1.01])
def test_a_decision_that_is_surer_than_sure_cannot_be_made(confidence: float) -> None:
    with pytest.raises(InputBoundsError, match="confidence must be a number from 0 to 1"):
        Decision(
            decision_id="d-1",
            agent_id="tensoraios",
            confidence=confidence,
            criticality=0.0,
            result=None,
            factors={},
            entities=(),
            governance_status="proceeded",
            trace_id=TRACE,
        )


@pytest.mark.positive
def test_a_cached_value_lives_for_the_declared_seconds(
    bench: AgentBench, memory: MemoryBridge
) -> None:
    memory.cache("k", {"scores": [0.5, 1]})
    bench.clock.advance(3600 - 0.5)
    assert memory.cached("k") == {"scores": [0.5, 1]}
    assert memory.purge() == 0
    bench.clock.advance(0.5)
    assert memory.cached("k") is None
    assert memory.purge() == 1


@pytest.mark.positive
def test_keys_stay_in_the_declared_keyspace(bench: AgentBench) -> None:
    assert TOPOLOGY.working is not None
    assert TOPOLOGY.working.keyspace == "l9_tensoraios:tensoraios:working:*"
    bench.layers.require_working().put("k", 1)
    assert bench.layers.require_working().keys() == ("k",)


@pytest.mark.negative
def test_nothing_and_what_is_no_number_cannot_be_cached(memory: MemoryBridge) -> None:
    with pytest.raises(InputBoundsError, match="null cannot be told from absent"):
        memory.cache("k", None)
    with pytest.raises(InputBoundsError, match="not a finite number"):
        memory.cache("k", [float("nan")])
    with pytest.raises(InputBoundsError, match="printable characters"):
        memory.cached("")


@pytest.mark.positive
def test_an_episode_is_logged_once_with_all_its_columns(
    bench: AgentBench, memory: MemoryBridge
) -> None:
    assert memory.log_episode(
        "e-1", DATA, trace_id=TRACE, confidence=0.75, governance_status="escalated"
    )
    assert not memory.log_episode(
        "e-1", DATA, trace_id=TRACE, confidence=0.75, governance_status="escalated"
    )
    (episode,) = memory.recall()
    assert (episode.decision_id, episode.agent_id) == ("e-1", "tensoraios")
    assert episode.decision_data == DATA
    assert (episode.confidence_score, episode.trace_id) == (0.75, TRACE)
    assert (episode.governance_status, episode.timestamp) == ("escalated", bench.clock())


@pytest.mark.positive
def test_an_episode_without_confidence_has_proceeded(memory: MemoryBridge) -> None:
    memory.log_episode("e-1", {}, trace_id=TRACE)
    (episode,) = memory.recall()
    assert (episode.confidence_score, episode.governance_status) == (None, "proceeded")


@pytest.mark.positive
def test_the_declared_fields_are_indexed_and_no_others() -> None:
    assert TOPOLOGY.episodic is not None
    assert TOPOLOGY.episodic.index_by == INDEXED


@pytest.mark.positive
@pytest.mark.parametrize("field", INDEXED)
def test_episodes_are_found_by_each_declared_index(
    bench: AgentBench, memory: MemoryBridge, field: str
) -> None:
    memory.log_episode("e-1", DATA, trace_id=TRACE, confidence=0.75)
    bench.clock.advance(1)
    memory.log_episode("e-2", dict.fromkeys(DATA, "another"), trace_id=TRACE[::-1], confidence=0.5)
    wanted = DATA.get(field) or getattr(memory.recall({"decision_id": "e-1"})[0], field)
    assert [episode.decision_id for episode in memory.recall({field: wanted})] == ["e-1"]


@pytest.mark.positive
def test_the_newest_episodes_come_first(bench: AgentBench, memory: MemoryBridge) -> None:
    for number in range(3):
        memory.log_episode(f"e-{number}", {}, trace_id=TRACE)
        bench.clock.advance(1)
    found = memory.recall({"agent_id": "tensoraios"}, limit=2)
    assert [episode.decision_id for episode in found] == ["e-2", "e-1"]


@pytest.mark.positive
def test_episodes_are_found_by_likeness(memory: MemoryBridge) -> None:
    memory.log_episode("east", {}, trace_id=TRACE, vector=(1.0, 0.0))
    memory.log_episode("north", {}, trace_id=TRACE, vector=(0.0, 1.0))
    ((episode, cosine),) = memory.alike((0.1, 2.0), k=1)
    assert episode.decision_id == "north"
    assert cosine == pytest.approx(2.0 / (2.0**2 + 0.1**2) ** 0.5)
    assert len(memory.alike((0.1, 2.0))) == 2


@pytest.mark.positive
def test_unless_told_otherwise_a_hundred_episodes_are_recalled_and_ten_alike(
    memory: MemoryBridge,
) -> None:
    for number in range(101):
        memory.log_episode(f"e-{number}", {}, trace_id=TRACE, vector=(1.0, number / 100))
    assert len(memory.recall()) == 100
    assert len(memory.alike((1.0, 0.0))) == 10


@pytest.mark.positive
def test_an_episode_is_kept_for_the_declared_days_and_no_longer(
    bench: AgentBench, memory: MemoryBridge
) -> None:
    memory.log_episode("e-1", {}, trace_id=TRACE)
    bench.clock.advance(90 * DAY)
    assert memory.purge() == 0
    assert len(memory.recall()) == 1
    bench.clock.advance(1)
    assert memory.purge() == 1
    assert memory.recall() == ()


@pytest.mark.negative
def test_a_field_that_is_not_indexed_cannot_be_asked_for(memory: MemoryBridge) -> None:
    with pytest.raises(InputBoundsError, match="'undeclared' is not indexed"):
        memory.recall({"undeclared": 1})


@pytest.mark.negative
def test_an_episode_cannot_be_rewritten(memory: MemoryBridge) -> None:
    memory.log_episode("e-1", {"n": 1}, trace_id=TRACE)
    with pytest.raises(InputBoundsError, match="already logged with other content"):
        memory.log_episode("e-1", {"n": 2}, trace_id=TRACE)


@pytest.mark.negative
def test_a_vector_without_direction_is_refused(memory: MemoryBridge) -> None:
    with pytest.raises(InputBoundsError, match="no direction"):
        memory.log_episode("e-1", {}, trace_id=TRACE, vector=(0.0, 0.0))
    assert memory.recall() == ()


@pytest.mark.positive
def test_a_relation_stated_twice_is_one_relation(memory: MemoryBridge) -> None:
    memory.link_entities("buyer:1", "supplier:2", properties={"score": 0.5, "model": "m1"})
    edge = memory.link_entities("buyer:1", "supplier:2", properties={"score": 0.9})
    assert (edge.edge_type, edge.source, edge.target) == ("MATCHES", "buyer:1", "supplier:2")
    assert edge.properties == {"score": 0.9, "model": "m1"}
    ((found, node),) = memory.related("buyer:1")
    assert (found, node.uid, node.node_type) == (edge, "supplier:2", "domain_entity")


@pytest.mark.positive
@pytest.mark.parametrize("relation", RELATIONS)
def test_each_declared_relation_can_be_stated(memory: MemoryBridge, relation: str) -> None:
    assert memory.link_entities("a", "b", relation=relation).edge_type == relation


@pytest.mark.positive
@pytest.mark.parametrize("node_type", NODE_TYPES)
def test_each_declared_node_type_is_known(bench: AgentBench, node_type: str) -> None:
    assert bench.layers.require_semantic().merge_node(node_type, "x").node_type == node_type


@pytest.mark.negative
def test_a_relation_that_is_not_declared_is_refused(memory: MemoryBridge) -> None:
    with pytest.raises(InputBoundsError, match="edge type 'UNDECLARED' is not declared"):
        memory.link_entities("a", "b", relation="UNDECLARED")
    assert memory.related("a") == ()


@pytest.mark.positive
def test_a_decision_is_explained_by_its_factors_heaviest_first(memory: MemoryBridge) -> None:
    link = memory.trace_cause("d-1", {"price": 0.25, "distance": -0.75}, trace_id=TRACE)
    assert link == "factors-of:d-1"
    explanation = memory.explain("d-1")
    assert explanation is not None
    assert [(f.factor, f.weight, f.share) for f in explanation.factors] == [
        ("distance", -0.75, 0.75),
        ("price", 0.25, 0.25),
    ]
    assert memory.explain("unknown") is None


@pytest.mark.negative
def test_a_cause_without_factors_or_with_other_ones_is_refused(memory: MemoryBridge) -> None:
    with pytest.raises(InputBoundsError, match="needs a relation, a source and a target"):
        memory.trace_cause("d-1", {}, trace_id=TRACE)
    memory.trace_cause("d-1", {"price": 0.25}, trace_id=TRACE)
    with pytest.raises(InputBoundsError, match="exists with other content"):
        memory.trace_cause("d-1", {"price": 0.5}, trace_id=TRACE)


@pytest.mark.positive
def test_every_version_of_what_is_archived_stays(memory: MemoryBridge) -> None:
    first = memory.archive("models/m", b"one")
    memory.archive("models/m", b"two")
    assert memory.archived("models/m") == b"two"
    assert memory.archived("models/m", first.version) == b"one"


@pytest.mark.positive
def test_archives_lie_under_the_prefix_of_the_agent(tmp_path: Path, memory: MemoryBridge) -> None:
    stored = memory.archive("report", b"one")
    folder = tmp_path / "archive" / "tensoraios_ecosystem/tensoraios" / "report"
    assert (folder / stored.version).read_bytes() == b"one"


@pytest.mark.positive
def test_a_decision_above_the_declared_criticality_is_archived_at_once(bench: AgentBench) -> None:
    assert ARCHIVE_ABOVE == 0.8
    assert "archive" not in remembered(bench, decision("at", 0.8))
    assert "archive" in remembered(bench, decision("above", 0.9))
    assert bench.layers.require_archive().keys() == ("decisions/above.json",)


@pytest.mark.positive
def test_what_is_archived_is_kept_indefinitely(bench: AgentBench, memory: MemoryBridge) -> None:
    memory.archive("report", b"one")
    bench.clock.advance(100 * 365 * 86_400)
    assert memory.purge() == 0
    assert memory.archived("report") == b"one"


@pytest.mark.negative
@pytest.mark.parametrize("key", ["../outside", "/absolute", "a//b", ""])
def test_a_key_that_leaves_the_prefix_is_refused(memory: MemoryBridge, key: str) -> None:
    with pytest.raises(InputBoundsError, match="no relative path of plain names"):
        memory.archive(key, b"x")


@pytest.mark.negative
def test_what_was_never_archived_is_a_clear_error(memory: MemoryBridge) -> None:
    with pytest.raises(InputBoundsError, match="nothing is archived under 'missing'"):
        memory.archived("missing")


@pytest.mark.positive
def test_episodes_are_archived_in_batches_of_the_declared_hours(
    bench: AgentBench, memory: MemoryBridge
) -> None:
    assert BATCH_HOURS == 24
    start = bench.clock()
    memory.log_episode("e-1", {}, trace_id=TRACE)
    bench.clock.advance(24 * 3600)
    memory.log_episode("e-2", {}, trace_id=TRACE)
    assert memory.archive_batch(start) == 1
    assert memory.archive_batch(bench.clock()) == 1
    assert memory.archive_batch(bench.clock() + 1) == 0
    assert len(bench.layers.require_archive().keys("batches/")) == 2
