"""Time as a value that callers pass in, so that tests and replays own it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Returns seconds since the Unix epoch."""

system_clock: Clock = time.time


class ManualClock:
    """A clock that moves only when told to; for tests and replays."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def __call__(self) -> float:
        """Return the current time in seconds since the epoch."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds` (never backward).

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot go back by {-seconds} s")
        self._now += seconds


def isoformat(seconds: float) -> str:
    """Render `seconds` since the epoch as an ISO 8601 string in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
