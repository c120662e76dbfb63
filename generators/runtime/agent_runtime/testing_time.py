"""Time for tests of batches: waits that pass at once, and waits that only an event ends."""

import threading
from typing import Final

from agent_runtime.clock import ManualClock

PATIENCE_SECONDS: Final = 10.0
"""After so much real time a test that hangs gives up; none that passes waits for it."""


def until_notified(condition: threading.Condition, _seconds: float | None) -> bool:
    """Wait for a notification however little time was meant for it: a batch starts only full."""
    return condition.wait(PATIENCE_SECONDS)


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

    def wait(self, condition: threading.Condition, seconds: float | None) -> bool:
        """Wait for an arrival, or let the `seconds` of a caller pass once its batch is held."""
        if seconds is None:
            return condition.wait(PATIENCE_SECONDS)
        condition.release()
        try:
            self._held.wait(PATIENCE_SECONDS)
        finally:
            condition.acquire()
        self._clock.advance(seconds)
        return True
