"""How many requests were answered a second, over the time that just passed."""

import threading
from collections import deque
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.errors import InputBoundsError

WINDOW_SECONDS: Final = 60.0


class Throughput:
    """Counts answers over a sliding window. Thread-safe."""

    def __init__(self, clock: Clock, *, seconds: float = WINDOW_SECONDS) -> None:
        """Begin with none.

        Raises:
            InputBoundsError: the window is not positive.
        """
        if not seconds > 0.0:
            raise InputBoundsError(f"a window of {seconds} s")
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._answered: deque[float] = deque()

    def count(self) -> None:
        """Note that a request was answered now."""
        with self._lock:
            self._answered.append(self._clock())
            self._forget()

    def rate(self) -> float:
        """Return the answers a second over the whole window; an answer just as old still counts."""
        with self._lock:
            self._forget()
            return len(self._answered) / self._seconds

    def _forget(self) -> None:
        """Drop what is older than the window; the lock is held."""
        since = self._clock() - self._seconds
        while self._answered and self._answered[0] < since:
            self._answered.popleft()
