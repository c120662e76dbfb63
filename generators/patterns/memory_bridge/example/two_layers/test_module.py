"""What `L9.example.module` promises.

Expected by the schema and by memory_bridge@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.decisions import Decision
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.flags import MEMORY_SUBSTRATE_VALIDATION, Flags
from agent_runtime.testing import TRACE, AgentBench

from L9.agents.sensor_watch.memory_bridge import TOPOLOGY, MemoryBridge
from L9.core.memorymanager import MemoryLayers

DECLARED = ("working", "episodic")
DAY = 86_400
DATA = {"sensor_id": "sensor_id 1"}
INDEXED = ("sensor_id", "timestamp")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[AgentBench]:
    made = AgentBench(tmp_path, agent="sensor_watch", topology=TOPOLOGY)
    yield made
    made.layers.close()


@pytest.fixture
def memory(bench: AgentBench) -> MemoryBridge:
    return MemoryBridge(bench.layers)


def decision(decision_id: str = "d-1", criticality: float = 0.0) -> Decision:
    return Decision(
        decision_id=decision_id,
        agent_id="sensor_watch",
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
    assert topics == ["events." + "sensor_watch" + ".decided"]


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


PERSONAL = [
    ("buyer_id", ("contact_name", "contact_email")),
]


@pytest.mark.positive
@pytest.mark.parametrize(("subject", "fields"), PERSONAL)
def test_personal_data_is_sealed_and_goes_with_its_person(
    bench: AgentBench, tmp_path: Path, subject: str, fields: tuple[str, ...]
) -> None:
    record = {subject: "person-1", **{field: f"secret {field}" for field in fields}}
    remembered(bench, replace(decision(criticality=1.0), result=record))
    layers, vault = bench.layers, bench.layers.vault
    assert vault is not None
    stored = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not [field for field in fields for data in stored if f"secret {field}".encode() in data]
    sealed = layers.sealed(record)
    assert layers.opened(sealed) == record
    assert vault.erase("person-1")
    assert layers.opened(sealed) == {**dict.fromkeys(record, "erased"), subject: "person-1"}


@pytest.mark.negative
@pytest.mark.parametrize(("subject", "fields"), PERSONAL)
def test_nothing_of_an_erased_person_is_recorded_again(
    bench: AgentBench, subject: str, fields: tuple[str, ...]
) -> None:
    record = {subject: "person-1", **dict.fromkeys(fields, "secret")}
    bench.layers.sealed(record)
    assert bench.layers.vault is not None
    bench.layers.vault.erase("person-1")
    with pytest.raises(InputBoundsError, match="this person was erased"):
        remembered(bench, replace(decision(), result=record))
    assert bench.actions() == []


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
            agent_id="sensor_watch",
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
    bench.clock.advance(600 - 0.5)
    assert memory.cached("k") == {"scores": [0.5, 1]}
    assert memory.purge() == 0
    bench.clock.advance(0.5)
    assert memory.cached("k") is None
    assert memory.purge() == 1


@pytest.mark.positive
def test_keys_stay_in_the_declared_keyspace(bench: AgentBench) -> None:
    assert TOPOLOGY.working is not None
    assert TOPOLOGY.working.keyspace == "l9_sensor_watch:sensor_watch:working:*"
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
    assert (episode.decision_id, episode.agent_id) == ("e-1", "sensor_watch")
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
    found = memory.recall({"agent_id": "sensor_watch"}, limit=2)
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
    bench.clock.advance(30 * DAY)
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
