"""A read-through cache: computes once, expires with the store, counts what it served."""

import pytest
from agent_runtime.cache import ReadThroughCache
from agent_runtime.errors import InputBoundsError
from agent_runtime.values import JsonValue


class Shelf:
    def __init__(self) -> None:
        self.kept: dict[str, JsonValue] = {}

    def cache(self, key: str, value: JsonValue) -> None:
        self.kept[key] = value

    def cached(self, key: str) -> JsonValue:
        return self.kept.get(key)


def test_an_answer_is_computed_once_and_kept_under_the_prefix() -> None:
    shelf = Shelf()
    cache = ReadThroughCache(shelf, prefix="cache:")
    answers = iter([1, 2])
    assert cache.fetch("a", lambda: next(answers)) == 1
    assert cache.fetch("a", lambda: next(answers)) == 1
    assert shelf.kept == {"cache:a": 1}
    assert cache.hit_rate() == 0.5
    shelf.kept.clear()
    assert cache.fetch("a", lambda: next(answers)) == 2
    assert cache.hit_rate() == pytest.approx(1 / 3)


def test_before_the_first_question_the_rate_is_zero() -> None:
    assert ReadThroughCache(Shelf(), prefix="").hit_rate() == 0.0


def test_what_is_falsy_is_an_answer_and_none_is_not() -> None:
    shelf = Shelf()
    cache = ReadThroughCache(shelf, prefix="")
    assert cache.fetch("none", lambda: None) is None
    assert cache.fetch("zero", lambda: 0) == 0
    assert cache.fetch("zero", lambda: 1) == 0
    assert shelf.kept == {"zero": 0}


@pytest.mark.parametrize("key", ["", "a b", "../x", "x" * 200])
def test_a_key_that_is_no_identifier_is_refused_before_anything_is_computed(key: str) -> None:
    computed: list[str] = []
    cache = ReadThroughCache(Shelf(), prefix="")
    with pytest.raises(InputBoundsError, match="key"):
        cache.fetch(key, lambda: computed.append(key))
    assert computed == []
