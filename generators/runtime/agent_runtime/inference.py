"""Answer one kind of request in batches, each within the time-out of its endpoint."""

import math
import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from agent_runtime.batching import Batcher, Wait
from agent_runtime.clock import Clock, system_clock
from agent_runtime.errors import InputBoundsError
from agent_runtime.shapes.base import Call

Request = TypeVar("Request")
Result = TypeVar("Result")

WAITING_SHARE: Final = 0.02
"""Share of an endpoint's time-out that a request may wait for others to join it."""


class InferenceLane(Generic[Request, Result]):
    """A queue of like requests before a batch function; thread-safe."""

    def __init__(
        self,
        run_batch: Callable[[Sequence[Request]], Sequence[Result]],
        *,
        timeout_ms: int,
        max_batch: int,
        max_pending: int,
        max_wait_ms: float | None = None,
        clock: Clock = system_clock,
        wait: Wait = threading.Condition.wait,
    ) -> None:
        """Open the lane.

        Args:
            run_batch: computes one result for each request, in order; it may be called again for
                parts of a batch that failed, so it must not act on the world.
            timeout_ms: time-out of the endpoint.
            max_batch: most requests a batch.
            max_pending: most requests waiting; beyond it load is shed.
            max_wait_ms: longest wait for others; 2 % of the time-out if None.
            clock: what deadlines are measured by.
            wait: how threads wait, see `Batcher`.

        Raises:
            InputBoundsError: the time-out is not positive, or another bound is out of range.
        """
        if timeout_ms <= 0:
            raise InputBoundsError(f"a time-out of {timeout_ms} ms leaves no time to answer")
        self._timeout_seconds = timeout_ms / 1000.0
        self._clock = clock
        self._batcher = Batcher(
            run_batch,
            max_batch=max_batch,
            max_wait_ms=timeout_ms * WAITING_SHARE if max_wait_ms is None else max_wait_ms,
            max_pending=max_pending,
            clock=clock,
            wait=wait,
        )

    def run(self, request: Request, call: Call) -> Result:
        """Return the result for `request` by the deadline of `call` or the lane's time-out.

        Raises:
            DeadlineExceededError: neither was kept.
            OverloadedError: too many requests wait, or the lane is closed.
            Exception: whatever the batch function raised on this request.
        """
        latest = math.inf if call.deadline is None else call.deadline
        return self._batcher.submit(request, min(latest, self._clock() + self._timeout_seconds))

    def close(self, timeout_seconds: float | None = None) -> bool:
        """Answer what waits and take no more; tell whether that was done in time."""
        return self._batcher.close(timeout_seconds)
