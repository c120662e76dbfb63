"""The decision log is written once and found by field, time, words and likeness."""

import sqlite3

import numpy as np
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.memory.episodic import Episode
from agent_runtime.memory.topology import EpisodicSpec
from agent_runtime.memory.vectors import unit_vector

from tests.contracts.backends import EPISODIC

DAY = 86_400.0
SPEC = EpisodicSpec(index_by=("domain", "model_version", "confidence_score"), retention_days=90)


@pytest.fixture(params=sorted(EPISODIC))
def open_store(request):
    return EPISODIC[request.param]


@pytest.fixture
def clock():
    return ManualClock(1_000_000.0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "episodic.db"


@pytest.fixture
def memory(open_store, path, clock):
    opened = open_store(path, SPEC, clock)
    yield opened
    opened.close()


def episode(decision_id="d-1", **changes):
    values = {
        "agent_id": "tensoraios",
        "decision_data": {"domain": "PlastOS", "model_version": 3},
        "confidence_score": 0.75,
        "trace_id": "t-1",
        "governance_status": "approved",
        **changes,
    }
    return Episode(decision_id=decision_id, **values)


def ids(episodes):
    return [found.decision_id for found in episodes]


@pytest.mark.positive
def test_an_episode_is_logged_with_the_time_of_the_store(memory):
    assert memory.log(episode()) is True
    found = memory.get("d-1")
    assert found == Episode(
        decision_id="d-1",
        agent_id="tensoraios",
        decision_data={"domain": "PlastOS", "model_version": 3},
        confidence_score=0.75,
        trace_id="t-1",
        governance_status="approved",
        timestamp=1_000_000.0,
    )


def test_the_table_has_the_columns_of_the_contract(memory, path):
    columns = [row[1] for row in sqlite3.connect(path).execute("PRAGMA table_info(decision_logs)")]
    assert set(columns) == {
        "episode",
        "decision_id",
        "agent_id",
        "timestamp",
        "decision_data",
        "confidence_score",
        "trace_id",
        "governance_status",
    }


def test_an_unknown_decision_is_none(memory):
    assert memory.get("d-1") is None


def test_a_decision_without_confidence_has_none(memory):
    memory.log(episode(confidence_score=None))
    assert memory.get("d-1").confidence_score is None


def test_logging_the_same_again_is_the_same_episode(memory, clock):
    memory.log(episode(), vector=(1.0, 0.0))
    clock.advance(60)
    assert memory.log(episode(), vector=(1.0, 0.0)) is False
    assert memory.get("d-1").timestamp == 1_000_000.0
    assert len(memory.find()) == 1
    assert len(memory.search("PlastOS")) == 1
    assert len(memory.nearest((1.0, 0.0))) == 1


@pytest.mark.negative
@pytest.mark.parametrize(
    "change",
    [
        {"agent_id": "other"},
        {"decision_data": {}},
        {"confidence_score": 0.5},
        {"confidence_score": None},
        {"trace_id": "t-2"},
        {"governance_status": "escalated"},
    ],
)
def test_an_id_cannot_be_logged_with_other_content(memory, change):
    memory.log(episode())
    with pytest.raises(InputBoundsError, match="'d-1' is already logged with other content"):
        memory.log(episode(**change))
    assert memory.get("d-1").agent_id == "tensoraios"


@pytest.mark.negative
@pytest.mark.parametrize("name", ["decision_id", "agent_id", "trace_id", "governance_status"])
def test_an_episode_without_its_names_is_refused(memory, name):
    with pytest.raises(InputBoundsError, match=f"an episode needs its {name}"):
        memory.log(episode("") if name == "decision_id" else episode(**{name: ""}))


@pytest.mark.negative
@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan")])
def test_confidence_outside_0_to_1_is_refused(memory, confidence):
    with pytest.raises(InputBoundsError, match="confidence_score must be from 0 to 1"):
        memory.log(episode(confidence_score=confidence))


def test_confidence_may_be_0_or_1(memory):
    memory.log(episode("low", confidence_score=0))
    memory.log(episode("high", confidence_score=1))
    assert memory.get("low").confidence_score == 0.0
    assert memory.get("high").confidence_score == 1.0


@pytest.mark.negative
def test_data_that_json_cannot_carry_is_refused(memory):
    with pytest.raises(InputBoundsError, match=r"decision_data\.x is not a finite number"):
        memory.log(episode(decision_data={"x": float("inf")}))


def test_episodes_are_found_by_declared_fields_newest_first(memory, clock):
    for number, domain in enumerate(["PlastOS", "MortgageOS", "PlastOS"]):
        memory.log(
            episode(f"d-{number}", decision_data={"domain": domain, "model_version": number})
        )
        clock.advance(1)
    assert ids(memory.find({"domain": "PlastOS"})) == ["d-2", "d-0"]
    assert ids(memory.find({"domain": "PlastOS", "model_version": 0})) == ["d-0"]
    assert ids(memory.find({"domain": "ForgeOS"})) == []
    assert ids(memory.find()) == ["d-2", "d-1", "d-0"]


def test_episodes_of_one_moment_are_found_last_logged_first(memory):
    for name in ("a", "b", "c"):
        memory.log(episode(name))
    assert ids(memory.find()) == ["c", "b", "a"]
    assert ids(memory.find(limit=2)) == ["c", "b"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("decision_id", "d-1"),
        ("agent_id", "main"),
        ("trace_id", "t-9"),
        ("governance_status", "escalated"),
        ("confidence_score", 0.25),
        ("timestamp", 1_000_000.0),
    ],
)
def test_the_columns_of_the_log_can_be_asked_for(memory, clock, field, value):
    memory.log(
        episode(
            agent_id="main", trace_id="t-9", governance_status="escalated", confidence_score=0.25
        )
    )
    clock.advance(1)
    memory.log(episode("d-2"))
    assert ids(memory.find({field: value})) == ["d-1"]


def test_truth_values_and_numbers_match_their_kind(memory):
    memory.log(episode("yes", decision_data={"domain": True, "model_version": 1.5}))
    memory.log(episode("no", decision_data={"domain": False, "model_version": 2}))
    assert ids(memory.find({"domain": True})) == ["yes"]
    assert ids(memory.find({"model_version": 1.5})) == ["yes"]
    assert ids(memory.find({"model_version": 2.0})) == ["no"]
    assert ids(memory.find({"model_version": "2"})) == []


def test_since_is_included_and_until_is_not(memory, clock):
    for name in ("a", "b", "c"):
        memory.log(episode(name))
        clock.advance(10)
    assert ids(memory.find(since=1_000_010.0)) == ["c", "b"]
    assert ids(memory.find(until=1_000_010.0)) == ["a"]
    assert ids(memory.find(since=1_000_010.0, until=1_000_020.0)) == ["b"]


@pytest.mark.negative
def test_a_field_that_is_not_declared_cannot_be_asked_for(memory):
    with pytest.raises(InputBoundsError, match="'colour' is not indexed; use one of agent_id, "):
        memory.find({"colour": "red"})
    with pytest.raises(InputBoundsError, match="is not indexed"):
        memory.find({"decision_data": "{}"})


@pytest.mark.negative
@pytest.mark.parametrize("limit", [0, 10_001])
def test_limits_are_bounded(memory, limit):
    for ask in (lambda: memory.find(limit=limit), lambda: memory.search("x", limit=limit)):
        with pytest.raises(InputBoundsError, match="limit must be from 1 to 10000"):
            ask()
    assert memory.find(limit=10_000) == ()


@pytest.mark.parametrize("field", ["domain", "model_version", "confidence_score", "trace_id"])
def test_a_declared_field_is_looked_up_through_an_index(memory, path, field):
    expression = {
        "domain": "json_extract(decision_data, '$.domain')",
        "model_version": "json_extract(decision_data, '$.model_version')",
    }.get(field, field)
    plan = sqlite3.connect(path).execute(
        f"EXPLAIN QUERY PLAN SELECT * FROM decision_logs WHERE {expression} = 'x'"  # noqa: S608 - our own text
    )
    assert "USING INDEX" in plan.fetchone()[3]


def test_a_field_declared_later_also_finds_what_is_there_already(open_store, path, clock):
    before = open_store(path, EpisodicSpec(), clock)
    before.log(episode())
    before.close()
    after = open_store(path, EpisodicSpec(index_by=("domain",)), clock)
    assert ids(after.find({"domain": "PlastOS"})) == ["d-1"]
    after.close()


def test_words_anywhere_in_the_data_find_an_episode(memory):
    memory.log(episode("a", decision_data={"why": "late freight to Hamburg", "n": 1}))
    memory.log(episode("b", decision_data={"deep": [{"note": "Freight was on time"}]}))
    memory.log(episode("c", decision_data={"why": "nothing"}, governance_status="escalated"))
    assert set(ids(memory.search("freight"))) == {"a", "b"}
    assert ids(memory.search("FREIGHT hamburg")) == ["a"]
    assert ids(memory.search("escalated")) == ["c"]
    assert (
        ids(memory.search("tensoraios", limit=1)) == ["c"] or len(memory.search("tensoraios")) == 3
    )
    assert memory.search("hamburg nothing") == ()


@pytest.mark.negative
def test_search_syntax_in_a_text_is_only_words(memory):
    memory.log(episode("a", decision_data={"why": "alpha beta"}))
    assert ids(memory.search('"alpha" AND* (beta)')) == []
    assert ids(memory.search('"alpha* (beta^')) == ["a"]
    for text in ("", "  ", '"*^()-'):
        with pytest.raises(InputBoundsError, match="at least one word"):
            memory.search(text)


def test_half_a_character_does_not_stop_the_log(memory):
    memory.log(episode(decision_data={"why": "\ud800 broken"}))
    assert ids(memory.search("broken")) == ["d-1"]
    assert memory.get("d-1").decision_data == {"why": "\ud800 broken"}


@pytest.mark.positive
def test_the_most_alike_vectors_come_first_with_their_cosines(memory):
    memory.log(episode("east"), vector=(2.0, 0.0))
    memory.log(episode("north"), vector=(0.0, 5.0))
    memory.log(episode("northeast"), vector=(1.0, 1.0))
    memory.log(episode("none"))
    found = memory.nearest((3.0, 0.0), k=2)
    assert ids(each for each, _ in found) == ["east", "northeast"]
    assert [cosine for _, cosine in found] == pytest.approx([1.0, 2**-0.5], abs=1e-6)
    assert ids(each for each, _ in memory.nearest((0.0, -1.0))) == ["east", "northeast", "north"]


def test_ten_neighbours_ten_matches_and_a_hundred_episodes_are_the_defaults(memory):
    for number in range(101):
        memory.log(episode(f"d-{number}"), vector=(1.0, float(number)))
    assert len(memory.nearest((1.0, 0.0))) == 10
    assert len(memory.search("PlastOS")) == 10
    assert len(memory.find()) == 100


def test_equal_vectors_keep_the_order_of_writing(memory):
    for name in ("c", "a", "b"):
        memory.log(episode(name), vector=(1.0, 2.0))
    assert ids(each for each, _ in memory.nearest((1.0, 2.0), k=3)) == ["c", "a", "b"]


def test_vectors_of_another_length_are_not_compared(memory):
    memory.log(episode("two"), vector=(1.0, 0.0))
    memory.log(episode("three"), vector=(1.0, 0.0, 0.0))
    assert ids(each for each, _ in memory.nearest((1.0, 0.0, 0.0))) == ["three"]
    assert memory.nearest((1.0,)) == ()


def test_likeness_agrees_with_a_full_computation(memory):
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(60, 8))
    for number, vector in enumerate(vectors):
        memory.log(episode(f"d-{number}"), vector=tuple(vector))
    query = rng.normal(size=8)
    cosines = vectors @ query / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(query))
    expected = [f"d-{number}" for number in np.argsort(-cosines)[:5]]
    found = memory.nearest(tuple(query), k=5)
    assert ids(each for each, _ in found) == expected
    assert [cosine for _, cosine in found] == pytest.approx(np.sort(cosines)[::-1][:5], abs=1e-5)


def test_vectors_added_and_purged_by_another_process_are_seen(open_store, memory, path, clock):
    other = open_store(path, SPEC, clock)
    memory.log(episode("a"), vector=(1.0, 0.0))
    assert len(memory.nearest((1.0, 0.0))) == 1
    other.log(episode("b"), vector=(1.0, 0.1))
    assert ids(each for each, _ in memory.nearest((1.0, 0.0))) == ["a", "b"]
    clock.advance(90 * DAY)
    other.log(episode("c"), vector=(0.5, 0.1))
    clock.advance(0.001)
    assert other.purge() == 2
    assert ids(each for each, _ in memory.nearest((1.0, 0.0))) == ["c"]
    other.close()


@pytest.mark.negative
@pytest.mark.parametrize("vector", [(), (0.0, 0.0), (1.0, float("nan")), ((1.0,), (2.0,))])
def test_a_vector_without_direction_is_refused(memory, vector):
    with pytest.raises(InputBoundsError, match="vector"):
        memory.log(episode(), vector=vector)
    with pytest.raises(InputBoundsError, match="vector"):
        memory.nearest(vector)
    assert memory.get("d-1") is None


@pytest.mark.negative
def test_k_must_be_at_least_1(memory):
    with pytest.raises(InputBoundsError, match="k must be at least 1: 0"):
        memory.nearest((1.0,), k=0)


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_huge_and_tiny_vectors_keep_their_direction(scale):
    assert unit_vector((3.0 * scale, 4.0 * scale)) == pytest.approx([0.6, 0.8], abs=1e-6)


def test_an_episode_is_kept_for_the_declared_90_days_and_no_longer(memory, clock):
    memory.log(episode("old", decision_data={"why": "word"}), vector=(1.0,))
    clock.advance(1)
    memory.log(episode("new", decision_data={"why": "word"}), vector=(1.0,))
    clock.advance(90 * DAY - 1)
    assert memory.purge() == 0
    clock.advance(1)
    assert memory.purge() == 1
    assert ids(memory.find()) == ["new"]
    assert ids(memory.search("word")) == ["new"]
    assert ids(each for each, _ in memory.nearest((1.0,))) == ["new"]


def test_indefinite_retention_keeps_all(open_store, path, clock):
    memory = open_store(path, EpisodicSpec(), clock)
    memory.log(episode())
    clock.advance(100_000 * DAY)
    assert memory.purge() == 0
    assert ids(memory.find()) == ["d-1"]
    memory.close()


@pytest.mark.negative
def test_a_damaged_row_is_a_memory_error(memory, path):
    memory.log(episode())
    with sqlite3.connect(path) as connection:
        connection.execute("DROP INDEX by_domain")
        connection.execute("DROP INDEX by_model_version")
        connection.execute("UPDATE decision_logs SET decision_data = '['")
    with pytest.raises(MemoryLayerError, match="stored JSON is damaged"):
        memory.get("d-1")
