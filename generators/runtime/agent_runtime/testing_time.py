"""Time for tests of time-outs: a batch is held up for good, and its callers' waits pass at once."""

import threading
from typing import Final

from agent_runtime.clock import ManualClock

PATIENCE_SECONDS: Final = 10.0
"""After so much real time a test that hangs gives up; none that passes waits for it."""


class HeldTime:
    """A `wait` for batches of one, and a function that holds such a batch up.

    The clock then shows exactly how long a caller would have waited.
    """

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._held = threading.Event()
        self._released = threading.Event()

    def hold(self) -> None:
        """Block the batch that calls this until `release`."""
        self._held.set()
        self._released.wait(PATIENCE_SECONDS)

    def release(self) -> None:
        """Let held batches go on, now and from now on."""
        self._released.set()

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        """Wait for an arrival, or let the `seconds` of a caller pass once its batch is held."""
        if seconds is None:
            condition.wait(PATIENCE_SECONDS)
            return
        condition.release()
        try:
            self._held.wait(PATIENCE_SECONDS)
        finally:
            condition.acquire()
        self._clock.advance(seconds)
