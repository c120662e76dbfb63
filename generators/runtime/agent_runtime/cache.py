"""Answers kept in working memory: computed once, then served until their time to live is over."""

from collections.abc import Callable
from typing import Protocol

from agent_runtime.guards import identifier
from agent_runtime.values import JsonValue


class CacheStore(Protocol):
    """Where answers are kept; the memory bridge of an agent with working memory is one."""

    def cache(self, key: str, value: JsonValue) -> None:
        """Keep `value` for the declared time to live."""

    def cached(self, key: str) -> JsonValue:
        """Return the live value of `key`, or None."""


class ReadThroughCache:
    """Serves from the store what is there, and computes and keeps what is not."""

    def __init__(self, store: CacheStore, *, prefix: str) -> None:
        """Keep answers in `store`, under keys that begin with `prefix`."""
        self._store = store
        self._prefix = prefix
        self._hits = 0
        self._misses = 0

    def fetch(self, key: str, compute: Callable[[], JsonValue]) -> JsonValue:
        """Return the answer kept under `key`, else that of `compute`, which is then kept.

        None is no answer and is not kept.

        Raises:
            InputBoundsError: the key is no identifier.
            MemoryLayerError: the store failed.
        """
        place = f"{self._prefix}{identifier(key, name='key')}"
        known = self._store.cached(place)
        if known is not None:
            self._hits += 1
            return known
        self._misses += 1
        value = compute()
        if value is not None:
            self._store.cache(place, value)
        return value

    def hit_rate(self) -> float:
        """Return the share of answers that came from the store, 0 to 1; 0 before the first."""
        asked = self._hits + self._misses
        return self._hits / asked if asked else 0.0
