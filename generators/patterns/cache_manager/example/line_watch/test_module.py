"""What `L9.example.module` promises.

Expected by the schema and by cache_manager@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.testing import AgentBench

from acme.agents.line_watch.cache_manager import PREFIX, TTL_SECONDS, CacheManager
from acme.agents.line_watch.memory_bridge import TOPOLOGY, MemoryBridge


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[AgentBench]:
    made = AgentBench(tmp_path, agent="line_watch", topology=TOPOLOGY)
    yield made
    made.layers.close()


@pytest.fixture
def cache(bench: AgentBench) -> CacheManager:
    return CacheManager(MemoryBridge(bench.layers))


@pytest.mark.positive
def test_an_answer_lives_for_the_declared_time(bench: AgentBench, cache: CacheManager) -> None:
    assert TTL_SECONDS == 600
    assert cache.fetch("k", lambda: "first") == "first"
    bench.clock.advance(600 - 1)
    assert cache.fetch("k", lambda: "second") == "first"
    bench.clock.advance(2)
    assert cache.fetch("k", lambda: "third") == "third"


@pytest.mark.positive
def test_an_answer_serves_another_process(bench: AgentBench, cache: CacheManager) -> None:
    cache.fetch("k", lambda: 1)
    other = CacheManager(MemoryBridge(bench.layers))
    assert other.fetch("k", lambda: 2) == 1
    assert other.hit_rate() == 1.0


@pytest.mark.positive
def test_the_rate_counts_what_was_kept(cache: CacheManager) -> None:
    assert cache.hit_rate() == 0.0
    for _ in range(4):
        cache.fetch("k", lambda: 1)
    assert cache.hit_rate() == 0.75


@pytest.mark.positive
def test_answers_are_kept_apart_from_other_working_memory(
    bench: AgentBench, cache: CacheManager
) -> None:
    memory = MemoryBridge(bench.layers)
    memory.cache("k", "not a cached answer")
    assert cache.fetch("k", lambda: "computed") == "computed"
    assert memory.cached(f"{PREFIX}k") == "computed"


@pytest.mark.positive
def test_each_key_has_its_own_answer(cache: CacheManager) -> None:
    assert cache.fetch("a", lambda: 1) == 1
    assert cache.fetch("b", lambda: 2) == 2


@pytest.mark.negative
def test_nothing_is_kept_where_there_is_no_answer(cache: CacheManager) -> None:
    assert cache.fetch("k", lambda: None) is None
    assert cache.fetch("k", lambda: 1) == 1
    assert cache.hit_rate() == 0.0


@pytest.mark.negative
@pytest.mark.parametrize("key", ["", "with space", "../up"])
def test_a_key_that_is_no_identifier_is_refused(cache: CacheManager, key: str) -> None:
    with pytest.raises(InputBoundsError, match="key"):
        cache.fetch(key, lambda: 1)


@pytest.mark.negative
def test_a_failure_is_not_kept(cache: CacheManager) -> None:
    with pytest.raises(ZeroDivisionError):
        cache.fetch("k", lambda: 1 // 0)
    assert cache.fetch("k", lambda: 2) == 2
