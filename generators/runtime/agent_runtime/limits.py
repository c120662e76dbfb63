"""Load limits that refuse at once instead of queueing: request rate by key, and parallelism."""

import math
import threading
from collections import OrderedDict
from types import TracebackType
from typing import Final, Self

from agent_runtime.clock import Clock
from agent_runtime.errors import ConfigError, OverloadedError, RateLimitedError

_MOST_KEYS: Final = 10_000


class RateLimiter:
    """A token bucket a key: `burst` requests at once, then `rate_per_second`. Thread-safe.

    Memory is bounded: beyond `most_keys` the key that asked longest ago is forgotten, which can
    only be to its advantage.
    """

    def __init__(
        self, rate_per_second: float, burst: int, clock: Clock, *, most_keys: int = _MOST_KEYS
    ) -> None:
        if not (math.isfinite(rate_per_second) and rate_per_second > 0):
            raise ConfigError(f"rate_per_second must be positive, not {rate_per_second}")
        if burst < 1 or most_keys < 1:
            raise ConfigError(f"burst and most_keys must be at least 1, not {burst}, {most_keys}")
        self._rate = rate_per_second
        self._burst = float(burst)
        self._clock = clock
        self._most_keys = most_keys
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, key: str) -> None:
        """Count one request of `key`.

        Raises:
            RateLimitedError: the bucket of `key` is empty; the message says how long to wait.
        """
        with self._lock:
            now = self._clock()
            level = self._level(key, now)
            allowed = level >= 1.0
            self._buckets[key] = (level - 1.0 if allowed else level, now)
            self._buckets.move_to_end(key)
            if len(self._buckets) > self._most_keys:
                self._buckets.popitem(last=False)
        if not allowed:
            wait = (1.0 - level) / self._rate
            raise RateLimitedError(f"too many requests; try again in {wait:.3f} s")

    def retry_after(self, key: str) -> float:
        """Return the seconds until `key` may ask again; 0.0 if it may now."""
        with self._lock:
            level = self._level(key, self._clock())
        return max(0.0, (1.0 - level) / self._rate)

    def _level(self, key: str, now: float) -> float:
        level, since = self._buckets.get(key, (self._burst, now))
        return min(self._burst, level + max(0.0, now - since) * self._rate)


class Parallelism:
    """A context manager that lets `limit` tasks in at a time and refuses the next. Thread-safe."""

    def __init__(self, limit: int | None) -> None:
        """Allow `limit` tasks at a time; None means without limit.

        Raises:
            ConfigError: `limit` is below 1.
        """
        if limit is not None and limit < 1:
            raise ConfigError(f"a task limit must be at least 1, not {limit}")
        self._limit = limit
        self._lock = threading.Lock()
        self._in_use = 0

    @property
    def limit(self) -> int | None:
        """How many tasks may run at a time; None means without limit."""
        return self._limit

    @property
    def in_use(self) -> int:
        """How many tasks run now."""
        with self._lock:
            return self._in_use

    def __enter__(self) -> Self:
        """Take a slot.

        Raises:
            OverloadedError: all slots are taken; nothing waits.
        """
        with self._lock:
            if self._limit is not None and self._in_use >= self._limit:
                raise OverloadedError(f"{self._in_use} of {self._limit} tasks are running")
            self._in_use += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the slot back, whatever happened."""
        with self._lock:
            self._in_use -= 1
