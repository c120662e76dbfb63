"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by cache_manager@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Callable
from typing import Final

from agent_runtime.cache import ReadThroughCache
from agent_runtime.values import JsonValue

from acme.agents.line_watch.memory_bridge import MemoryBridge

PREFIX: Final = "cache:"
TTL_SECONDS: Final = 600  # memorytopology.workingmemory


class CacheManager:
    """Answers that were computed within the last 600 seconds, for all processes of the agent."""

    def __init__(self, memory: MemoryBridge) -> None:
        self._cache = ReadThroughCache(memory, prefix=PREFIX)

    def fetch(self, key: str, compute: Callable[[], JsonValue]) -> JsonValue:
        """Return the answer kept under `key`, else that of `compute`, which is then kept.

        Raises:
            InputBoundsError: the key is no identifier.
            MemoryLayerError: working memory failed.
        """
        return self._cache.fetch(key, compute)

    def hit_rate(self) -> float:
        """Return the share of answers that were kept, 0 to 1, since the agent started."""
        return self._cache.hit_rate()
