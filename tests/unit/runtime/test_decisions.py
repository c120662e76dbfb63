"""A decision is in every declared layer under one trace id, or its failure is on record."""

import json

import pytest
from agent_runtime.audit import AuditLog
from agent_runtime.bus import SqliteBus
from agent_runtime.clock import ManualClock
from agent_runtime.decisions import Decision, archive_batch, record_decision
from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.events import parse_event
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
from agent_runtime.memory.episodic import MAX_LIMIT

TRACE_ID = "0a2b3c4d-1111-4222-8333-444455556666"
NOON = 1_763_899_200.0  # 2025-11-23T12:00:00Z
MIDNIGHT = 1_763_856_000.0


def decision(**changes):
    values = {
        "decision_id": "d-1",
        "agent_id": "tensoraios",
        "confidence": 0.75,
        "criticality": 0.5,
        "result": {"score": 0.9},
        "factors": {"price": 0.6, "distance": -0.2},
        "entities": ("buyer:1", "supplier:2"),
        "governance_status": "approved",
        "trace_id": TRACE_ID,
        "attributes": {"domain": "PlastOS"},
        **changes,
    }
    return Decision(**values)


@pytest.fixture
def clock():
    return ManualClock(NOON)


@pytest.fixture
def layers(tmp_path, clock):
    topology = MemoryTopology(
        agent="tensoraios",
        working=WorkingSpec(keyspace="tensoraios:working:*"),
        episodic=EpisodicSpec(index_by=("domain",)),
        semantic=SemanticSpec(),
        causal=CausalSpec(),
        archive=ArchiveSpec(prefix="tensoraios"),
    )
    opened = open_embedded(tmp_path / "memory", topology, clock)
    yield opened
    opened.close()


@pytest.fixture
def audit(tmp_path, clock):
    return AuditLog(tmp_path / "audit.jsonl", clock=clock)


@pytest.fixture
def events(tmp_path, clock):
    return Listener(SqliteBus(tmp_path / "bus.db", clock))


class Listener:
    """A bus with a subscriber that keeps the events."""

    def __init__(self, bus):
        self.bus = bus
        self.seen = []
        bus.subscribe("events.*", "listener", self.seen.append)

    def heard(self):
        self.bus.pump()
        return self.seen


class FailingLayer:
    """A layer whose every write fails until it is repaired."""

    def __init__(self, layer):
        self.layer = layer
        self.broken = True

    def __getattr__(self, name):
        if self.broken:

            def fail(*_, **__):
                raise MemoryLayerError("server gone")

            return fail
        return getattr(self.layer, name)


def record(decision, layers, audit, events, clock, **options):
    return record_decision(decision, layers, audit, events.bus, clock=clock, **options)


@pytest.mark.positive
def test_every_layer_holds_the_decision_under_one_trace(layers, audit, events, clock):
    written = record(decision(criticality=0.9), layers, audit, events, clock)
    episode = layers.episodic.get("d-1")
    assert (episode.agent_id, episode.confidence_score) == ("tensoraios", 0.75)
    assert (episode.governance_status, episode.trace_id) == ("approved", TRACE_ID)
    assert layers.episodic.find({"domain": "PlastOS"}) == (episode,)
    assert layers.working.get("decision:d-1")["trace_id"] == TRACE_ID
    node = layers.semantic.node("decision:d-1")
    assert node.node_type == "agent_decision"
    assert node.properties == {
        "agent": "tensoraios",
        "confidence": 0.75,
        "governance_status": "approved",
        "trace_id": TRACE_ID,
    }
    assert [factor.factor for factor in layers.causal.explain("d-1").factors] == [
        "price",
        "distance",
    ]
    assert json.loads(layers.archive.get("decisions/d-1.json"))["trace_id"] == TRACE_ID
    assert (written.action, written.actor, written.subject) == (
        "decision_recorded",
        "tensoraios",
        "d-1",
    )
    assert written.trace_id == TRACE_ID
    assert written.detail == {
        "layers": ["episodic", "working", "semantic", "causal", "archive"],
        "confidence": 0.75,
        "criticality": 0.9,
        "governance_status": "approved",
    }
    (delivery,) = events.heard()
    assert parse_event(delivery.message).trace_id == TRACE_ID


def test_the_episode_holds_what_was_decided_upon_what(layers, audit, events, clock):
    record(decision(), layers, audit, events, clock)
    assert layers.episodic.get("d-1").decision_data == {
        "domain": "PlastOS",
        "decision_id": "d-1",
        "agent_id": "tensoraios",
        "confidence": 0.75,
        "criticality": 0.5,
        "result": {"score": 0.9},
        "factors": {"price": 0.6, "distance": -0.2},
        "entities": ["buyer:1", "supplier:2"],
        "governance_status": "approved",
        "trace_id": TRACE_ID,
    }


def test_the_event_tells_decision_confidence_and_result(layers, audit, events, clock):
    record(decision(), layers, audit, events, clock)
    (delivery,) = events.heard()
    assert delivery.topic == "events.tensoraios.decision_recorded"
    assert delivery.key == "d-1"
    assert delivery.message_id == "tensoraios:d-1:decision_recorded"
    event = parse_event(delivery.message)
    assert event.timestamp == "2025-11-23T12:00:00.000+00:00"
    assert event.event_data.decision_id == "d-1"
    assert event.event_data.confidence == 0.75
    assert event.event_data.result == {"score": 0.9}


def test_an_event_may_be_named_by_the_operation_that_decided(layers, audit, events, clock):
    record(decision(), layers, audit, events, clock, event_type="score_candidates")
    (delivery,) = events.heard()
    assert delivery.topic == "events.tensoraios.score_candidates"
    assert delivery.message_id == "tensoraios:d-1:score_candidates"


def test_entities_influence_the_decision_in_the_graph(layers, audit, events, clock):
    record(decision(), layers, audit, events, clock)
    around = layers.semantic.neighbours("decision:d-1")
    assert [(edge.edge_type, edge.source, node.node_type) for edge, node in around] == [
        ("INFLUENCES", "buyer:1", "domain_entity"),
        ("INFLUENCES", "supplier:2", "domain_entity"),
    ]
    assert around[0][0].properties == {"trace_id": TRACE_ID}


def test_an_escalated_decision_points_to_its_policies(layers, audit, events, clock):
    record(decision(escalated_to=("R-1",)), layers, audit, events, clock)
    ((edge, node),) = layers.semantic.neighbours("decision:d-1", edge_types=("ESCALATED_TO",))
    assert (edge.source, edge.target) == ("decision:d-1", "policy:R-1")
    assert node.node_type == "governance_policy"
    assert edge.properties == {"trace_id": TRACE_ID}


def test_a_decision_with_a_vector_is_found_by_likeness(layers, audit, events, clock):
    record(decision(vector=(1.0, 0.0)), layers, audit, events, clock)
    assert layers.episodic.nearest((1.0, 0.1))[0][0].decision_id == "d-1"


def test_a_decision_at_the_criticality_threshold_waits_for_its_days_batch(
    layers, audit, events, clock
):
    record(decision(criticality=0.8), layers, audit, events, clock)
    assert layers.archive.keys() == ()
    record(decision(decision_id="d-2", criticality=0.801), layers, audit, events, clock)
    assert layers.archive.keys() == ("decisions/d-2.json",)
    record(
        decision(decision_id="d-3", criticality=0.3),
        layers,
        audit,
        events,
        clock,
        archive_above=0.2,
    )
    assert layers.archive.keys() == ("decisions/d-2.json", "decisions/d-3.json")


def test_a_decision_without_factors_has_no_causal_record(layers, audit, events, clock):
    written = record(decision(factors={}), layers, audit, events, clock)
    assert written.detail["layers"] == ["episodic", "working", "semantic"]
    assert layers.causal.explain("d-1") is None


def test_undeclared_layers_and_a_missing_bus_are_skipped(audit, clock):
    written = record_decision(decision(), MemoryLayers(), audit, None, clock=clock)
    assert written.detail["layers"] == []


def test_recording_again_doubles_nothing(layers, audit, events, clock):
    record(decision(criticality=0.9), layers, audit, events, clock)
    clock.advance(5)
    record(decision(criticality=0.9), layers, audit, events, clock)
    assert len(layers.episodic.find()) == 1
    assert len(layers.archive.versions("decisions/d-1.json")) == 1
    assert len(layers.semantic.nodes("agent_decision")) == 1
    assert len(events.heard()) == 1
    assert len(list(audit.records())) == 2


@pytest.mark.negative
@pytest.mark.parametrize("broken", ["working", "episodic", "semantic", "causal", "archive"])
def test_a_failing_layer_is_audited_raised_and_completed_later(
    layers, audit, events, clock, broken
):
    stores = {
        name: getattr(layers, name)
        for name in ("working", "episodic", "semantic", "causal", "archive")
    }
    failing = stores[broken] = FailingLayer(stores[broken])
    partial = MemoryLayers(**stores)
    critical = decision(criticality=0.9)
    with pytest.raises(MemoryLayerError, match=f"^decision d-1: {broken}: server gone$") as caught:
        record(critical, partial, audit, events, clock)
    assert caught.value.status == 503
    (failure,) = audit.records()
    assert failure.action == "memory_write_failed"
    assert failure.detail == {"layer": broken, "error": "server gone"}
    assert failure.trace_id == TRACE_ID
    assert events.heard() == [], "nobody hears of a decision that is not complete"
    if broken != "episodic":
        assert layers.episodic.get("d-1") is not None, "the other layers are written"
    failing.broken = False
    record(critical, partial, audit, events, clock)
    assert len(events.heard()) == 1
    assert layers.causal.explain("d-1") is not None
    assert layers.archive.keys() == ("decisions/d-1.json",)
    assert audit.verify().intact


@pytest.mark.negative
def test_all_failing_layers_are_named(layers, audit, events, clock):
    partial = MemoryLayers(
        working=FailingLayer(layers.working), episodic=FailingLayer(layers.episodic)
    )
    with pytest.raises(MemoryLayerError, match=r"episodic: server gone; working: server gone$"):
        record(decision(), partial, audit, events, clock)
    assert [failure.detail["layer"] for failure in audit.records()] == ["episodic", "working"]


@pytest.mark.negative
def test_another_decision_under_the_same_id_is_refused(layers, audit, events, clock):
    record(decision(), layers, audit, events, clock)
    with pytest.raises(InputBoundsError, match="already logged with other content"):
        record(decision(confidence=0.1), layers, audit, events, clock)
    assert layers.working.get("decision:d-1")["confidence"] == 0.75


@pytest.mark.negative
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"confidence": 1.01}, "confidence must be a number from 0 to 1"),
        ({"confidence": float("nan")}, "confidence must be a number from 0 to 1"),
        ({"criticality": -0.01}, "criticality must be a number from 0 to 1"),
        ({"trace_id": "t-1"}, "trace_id must be a UUID"),
        ({"agent_id": "a b"}, "agent_id must be an agent's name"),
        ({"decision_id": "a/b"}, "decision_id 'a/b' is no plain name"),
        ({"decision_id": "x" * 96}, f"decision_id '{'x' * 96}' is no plain name"),
        ({"governance_status": ""}, "must not be empty texts"),
        ({"entities": ("a", "")}, "must not be empty texts"),
        ({"escalated_to": ("",)}, "must not be empty texts"),
        ({"factors": {"": 1.0}}, "the weight of factor '' is not finite, or it has no name"),
        ({"factors": {"a": float("inf")}}, "the weight of factor 'a' is not finite"),
        ({"confidence": 2, "trace_id": ""}, "trace_id must be a UUID; confidence must be a number"),
    ],
)
def test_a_decision_that_no_layer_could_keep_cannot_be_made(changes, message):
    with pytest.raises(InputBoundsError) as caught:
        decision(**changes)
    assert message in str(caught.value)


def test_the_longest_id_is_accepted_by_every_layer(layers, audit, events, clock):
    longest = "x" * 95
    record(decision(decision_id=longest, criticality=1), layers, audit, events, clock)
    assert layers.archive.keys() == (f"decisions/{longest}.json",)


@pytest.mark.positive
def test_a_days_episodes_are_archived_as_one_batch_in_order(layers, audit, events, clock):
    for number in range(3):
        record(decision(decision_id=f"d-{number}"), layers, audit, events, clock)
        clock.advance(6 * 3600)
    assert archive_batch(layers, MIDNIGHT) == 2
    lines = layers.archive.get("batches/2025-11-23T000000.jsonl").splitlines()
    assert [json.loads(line)["decision_id"] for line in lines] == ["d-0", "d-1"]
    assert json.loads(lines[0]) == {
        "decision_id": "d-0",
        "agent_id": "tensoraios",
        "timestamp": NOON,
        "decision_data": dict(decision(decision_id="d-0").to_json()),
        "confidence_score": 0.75,
        "trace_id": TRACE_ID,
        "governance_status": "approved",
    }
    assert archive_batch(layers, MIDNIGHT + 86_400) == 1
    assert archive_batch(layers, NOON, hours=6) == 1
    assert archive_batch(layers, NOON, hours=6.01) == 2
    assert archive_batch(layers, MIDNIGHT) == 2
    assert len(layers.archive.versions("batches/2025-11-23T000000.jsonl")) == 1


def test_a_day_without_episodes_makes_no_batch(layers):
    assert archive_batch(layers, MIDNIGHT) == 0
    assert layers.archive.keys() == ()


def test_without_log_or_archive_there_is_no_batch(layers):
    assert archive_batch(MemoryLayers(episodic=layers.episodic), MIDNIGHT) == 0
    assert archive_batch(MemoryLayers(archive=layers.archive), MIDNIGHT) == 0


@pytest.mark.negative
def test_a_day_that_does_not_fit_one_batch_is_not_cut_in_silence(layers):
    class Full:
        def find(self, *, since, until, limit):
            assert (since, until) == (MIDNIGHT, MIDNIGHT + 86_400)
            return (None,) * limit

    with pytest.raises(
        MemoryLayerError, match=f"batch 2025-11-23T000000 has {MAX_LIMIT} episodes or more"
    ):
        archive_batch(MemoryLayers(episodic=Full(), archive=layers.archive), MIDNIGHT)
