"""What a schema declares is checked when it is declared, and opened layer by layer."""

import sqlite3

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, MemoryLayerError
from agent_runtime.memory import (
    ArchiveSpec,
    CausalSpec,
    EpisodicSpec,
    MemoryLayers,
    MemoryTopology,
    SemanticSpec,
    WorkingSpec,
    open_embedded,
)
from agent_runtime.memory.episodic import Episode

LAYERS = ("working", "episodic", "semantic", "causal", "archive")
TOPOLOGY = MemoryTopology(
    agent="tensoraios",
    working=WorkingSpec(keyspace="tensoraios:working:*", ttl_seconds=3600),
    episodic=EpisodicSpec(index_by=("domain",), retention_days=90),
    semantic=SemanticSpec(),
    causal=CausalSpec(factors={"latent": ("score",)}),
    archive=ArchiveSpec(prefix="tensoraios", retention_days=365),
)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("spec", "arguments", "message"),
    [
        (WorkingSpec, {"keyspace": "*"}, "keyspace"),
        (WorkingSpec, {"keyspace": "a b:*"}, "keyspace"),
        (WorkingSpec, {"keyspace": "a:*:b*"}, "keyspace"),
        (WorkingSpec, {"keyspace": "a:*", "ttl_seconds": 0}, "ttl_seconds must be above 0: 0"),
        (WorkingSpec, {"keyspace": "a:*", "ttl_seconds": float("nan")}, "ttl_seconds"),
        (EpisodicSpec, {"index_by": ("x'); DROP TABLE t; --",)}, "episodic index_by"),
        (EpisodicSpec, {"index_by": ("a-b",)}, "'a-b' is no identifier"),
        (EpisodicSpec, {"index_by": ("a" * 64,)}, "is no identifier"),
        (EpisodicSpec, {"retention_days": 0}, "episodic retention_days must be above 0: 0"),
        (SemanticSpec, {"node_types": ("a b",)}, "semantic node type 'a b'"),
        (SemanticSpec, {"edge_types": ("",)}, "semantic edge type ''"),
        (CausalSpec, {"factors": {"a b": ()}}, "causal factor 'a b'"),
        (CausalSpec, {"factors": {"a": ("b c",)}}, "causal factor 'b c'"),
        (ArchiveSpec, {"prefix": "a//b"}, "archive prefix 'a//b' is no path of plain names"),
        (ArchiveSpec, {"prefix": "a/b/c/d/e"}, "is no path of plain names"),
        (ArchiveSpec, {"prefix": "a/"}, "is no path of plain names"),
        (ArchiveSpec, {"prefix": ".."}, "archive prefix"),
        (ArchiveSpec, {"prefix": "a", "retention_days": -1}, "archive retention_days"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(spec, arguments, message):
    with pytest.raises(ConfigError) as caught:
        spec(**arguments)
    assert message in str(caught.value)


def test_the_defaults_are_those_of_the_shared_topology():
    assert WorkingSpec(keyspace="a:*").ttl_seconds == 3600.0
    assert WorkingSpec(keyspace="tensoraios:working:*").prefix == "tensoraios:working:"
    assert EpisodicSpec().retention_days is None
    assert ArchiveSpec(prefix="a").retention_days is None
    assert ArchiveSpec(prefix="collection/agent/x/y").prefix == "collection/agent/x/y"
    assert EpisodicSpec(index_by=("a" * 63,), retention_days=1).retention_days == 1


def test_only_the_declared_layers_are_opened(tmp_path):
    layers = open_embedded(
        tmp_path, MemoryTopology(agent="a", semantic=SemanticSpec()), ManualClock()
    )
    assert layers.semantic is not None
    assert (layers.working, layers.episodic, layers.causal, layers.archive) == (None,) * 4
    assert layers.purge() == 0
    layers.close()
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.stem == "semantic") == [".db"]


def test_without_any_layer_there_is_nothing_to_purge_or_close(tmp_path):
    layers = open_embedded(tmp_path, MemoryTopology(agent="a"), ManualClock())
    assert layers == MemoryLayers()
    assert layers.purge() == 0
    layers.close()


@pytest.mark.parametrize("name", ["working", "episodic", "semantic", "causal", "archive"])
def test_a_layer_that_is_needed_is_there_or_the_wiring_is_wrong(tmp_path, name):
    layers = open_embedded(tmp_path, TOPOLOGY, ManualClock())
    assert getattr(layers, f"require_{name}")() is getattr(layers, name)
    layers.close()
    with pytest.raises(ConfigError, match=f"the {name} layer of memory is needed"):
        getattr(MemoryLayers(), f"require_{name}")()


@pytest.mark.parametrize("name", ["working", "episodic", "semantic", "causal", "archive"])
def test_validation_asks_every_declared_layer(tmp_path, name):
    layers = open_embedded(tmp_path, TOPOLOGY, ManualClock())
    layers.validate(TOPOLOGY)
    layers.validate(MemoryTopology(agent="a"))
    MemoryLayers().validate(MemoryTopology(agent="a"))
    missing = MemoryLayers(**{other: getattr(layers, other) for other in LAYERS if other != name})
    with pytest.raises(ConfigError, match=f"the {name} layer of memory is needed"):
        missing.validate(TOPOLOGY)
    layers.close()


@pytest.mark.negative
@pytest.mark.parametrize("name", ["working", "episodic", "semantic", "causal"])
def test_validation_finds_a_layer_that_does_not_answer(tmp_path, name):
    layers = open_embedded(tmp_path, TOPOLOGY, ManualClock())
    with sqlite3.connect(tmp_path / f"{name}.db") as connection:
        for table in ("working", "vectors", "decision_words", "decision_logs", "edges", "nodes"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        for table in ("incidence", "hyperedges", "atoms"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
    with pytest.raises(MemoryLayerError, match="no such table"):
        layers.validate(TOPOLOGY)
    layers.close()


def test_purge_applies_every_layers_retention_and_closing_keeps_the_data(tmp_path):
    clock = ManualClock()
    layers = open_embedded(tmp_path, TOPOLOGY, clock)
    layers.working.put("k", 1)
    layers.episodic.log(
        Episode(
            decision_id="d",
            agent_id="a",
            decision_data={},
            confidence_score=None,
            trace_id="t",
            governance_status="approved",
        )
    )
    layers.archive.put("x", b"1")
    assert layers.causal.ancestors("factor:score")[0].atom_id == "factor:latent"
    layers.close()
    layers = open_embedded(tmp_path, TOPOLOGY, clock)
    clock.advance(3600)
    assert layers.purge() == 1
    clock.advance(90 * 86_400)
    assert layers.purge() == 1
    clock.advance(276 * 86_400)
    assert layers.purge() == 1
    assert layers.archive.keys() == ()
    layers.close()


@pytest.mark.negative
def test_a_root_that_is_no_folder_is_a_memory_error(tmp_path):
    (tmp_path / "file").write_text("")
    for topology in (
        MemoryTopology(agent="a", working=TOPOLOGY.working),
        MemoryTopology(agent="a", archive=TOPOLOGY.archive),
    ):
        with pytest.raises(MemoryLayerError):
            open_embedded(tmp_path / "file", topology, ManualClock())
