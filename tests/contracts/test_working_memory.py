"""Working memory forgets exactly when its time is up and stays in its keyspace."""

import sqlite3
import threading

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.memory.topology import WorkingSpec
from agent_runtime.memory.working import MAX_KEY_LENGTH

from tests.contracts.backends import WORKING

SPEC = WorkingSpec(keyspace="tensoraios:working:*", ttl_seconds=3600)


@pytest.fixture(params=sorted(WORKING))
def open_store(request):
    return WORKING[request.param]


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "working.db"


@pytest.fixture
def memory(open_store, path, clock):
    opened = open_store(path, SPEC, clock)
    yield opened
    opened.close()


@pytest.mark.positive
@pytest.mark.parametrize("value", ["x", 0, 1.5, False, [], {"scores": [1, None]}])
def test_a_value_comes_back_as_it_was_put(memory, value):
    memory.put("k", value)
    found = memory.get("k")
    assert found == value
    assert type(found) is type(value)


def test_an_unknown_key_holds_nothing(memory):
    assert memory.get("k") is None


def test_a_second_put_replaces_value_and_time(memory, clock):
    memory.put("k", 1)
    clock.advance(3000)
    memory.put("k", 2)
    clock.advance(3599)
    assert memory.get("k") == 2


def test_a_value_is_gone_the_moment_the_declared_hour_is_over(memory, clock):
    memory.put("k", 1)
    clock.advance(3599.5)
    assert memory.get("k") == 1
    assert memory.keys() == ("k",)
    clock.advance(0.5)
    assert memory.get("k") is None
    assert memory.keys() == ()


def test_a_writer_may_set_its_own_time_to_live(memory, clock):
    memory.put("short", 1, ttl_seconds=0.5)
    memory.put("long", 1, ttl_seconds=7200)
    clock.advance(0.5)
    assert memory.keys() == ("long",)
    clock.advance(7199)
    assert memory.get("long") == 1


def test_keys_are_stored_under_the_declared_keyspace(memory, path):
    memory.put("k", 1)
    assert sqlite3.connect(path).execute("SELECT key FROM working").fetchall() == [
        ("tensoraios:working:k",)
    ]


def test_agents_that_share_a_store_do_not_see_each_other(open_store, memory, path, clock):
    other = open_store(path, WorkingSpec(keyspace="main:working:*"), clock)
    memory.put("k", 1)
    other.put("k", 2)
    assert (memory.get("k"), other.get("k")) == (1, 2)
    assert memory.keys() == other.keys() == ("k",)
    other.close()


def test_keys_are_listed_in_order_by_prefix_without_wildcards(memory):
    for key in ("b:2", "a:1", "b:1", "b%", "B:3"):
        memory.put(key, 1)
    assert memory.keys("b") == ("b%", "b:1", "b:2")
    assert memory.keys("b%") == ("b%",)
    assert memory.keys() == ("B:3", "a:1", "b%", "b:1", "b:2")


def test_only_the_first_to_add_a_key_gets_it_until_it_expires(memory, clock):
    assert memory.add("lock", "one", ttl_seconds=10) is True
    assert memory.add("lock", "two", ttl_seconds=10) is False
    assert memory.get("lock") == "one"
    clock.advance(9.999)
    assert memory.add("lock", "two", ttl_seconds=10) is False
    clock.advance(0.001)
    assert memory.add("lock", "two", ttl_seconds=10) is True
    clock.advance(9.999)
    assert memory.get("lock") == "two"


def test_of_many_threads_one_gets_the_key(memory):
    won = []

    def run(name):
        if memory.add("lock", name):
            won.append(name)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert memory.get("lock") == won[0]


def test_delete_tells_whether_there_was_a_live_value(memory, clock):
    memory.put("k", 1)
    assert memory.delete("k") is True
    assert memory.get("k") is None
    assert memory.delete("k") is False
    memory.put("k", 1)
    clock.advance(3600)
    assert memory.delete("k") is False


def test_purge_removes_and_counts_what_expired(memory, clock, path):
    memory.put("a", 1, ttl_seconds=1)
    memory.put("b", 1, ttl_seconds=2)
    clock.advance(1)
    assert memory.purge() == 1
    assert sqlite3.connect(path).execute("SELECT count(*) FROM working").fetchone() == (1,)
    assert memory.get("b") == 1


@pytest.mark.negative
@pytest.mark.parametrize("key", ["", "x" * (MAX_KEY_LENGTH + 1), "a\nb", "\x00"])
def test_a_key_that_is_empty_too_long_or_unprintable_is_refused(memory, key):
    for use in (
        memory.get,
        memory.delete,
        lambda key: memory.put(key, 1),
        lambda key: memory.add(key, 1),
    ):
        with pytest.raises(InputBoundsError, match="1 to 512 printable characters"):
            use(key)


def test_a_key_may_be_as_long_as_the_limit(memory):
    memory.put("x" * 512, 1)
    assert memory.get("x" * 512) == 1


@pytest.mark.negative
def test_null_and_what_json_cannot_carry_are_refused(memory):
    with pytest.raises(InputBoundsError, match="null cannot be told from absent"):
        memory.put("k", None)
    with pytest.raises(InputBoundsError, match=r"value of 'k'\[0\] is not a finite number"):
        memory.put("k", [float("nan")])


@pytest.mark.negative
@pytest.mark.parametrize("ttl", [0, -1, float("nan")])
def test_a_time_to_live_must_be_above_zero(memory, ttl):
    with pytest.raises(InputBoundsError, match="ttl_seconds must be above 0"):
        memory.put("k", 1, ttl_seconds=ttl)


@pytest.mark.negative
def test_a_store_that_fails_is_a_memory_error(memory, path):
    sqlite3.connect(path).execute("DROP TABLE working")
    with pytest.raises(MemoryLayerError, match=r"working\.db: no such table"):
        memory.get("k")
