"""Put single requests together into batches, within each request's own deadline.

One worker thread runs every batch, so the model behind it needs no lock. Callers block in
`submit`; the service shell's thread pool is what makes several of them meet.
"""

import contextlib
import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Generic, Self, TypeVar

from agent_runtime.clock import Clock, system_clock
from agent_runtime.errors import (
    DeadlineExceededError,
    InputBoundsError,
    OutputBoundsError,
    OverloadedError,
)

Item = TypeVar("Item")
Result = TypeVar("Result")
Wait = Callable[[threading.Condition, float | None], bool]
"""Waits for a notification of a held condition; False if the given seconds passed without one."""


class Batcher(Generic[Item, Result]):
    """Collects items from many threads and runs them together.

    A batch starts when it is full, when its oldest item has waited `max_wait_ms`, or at once if
    an item's deadline would pass before that. Items past their deadline are not run. A batch that
    fails is halved and run again until the items that fail stand alone, so running an item twice
    must do no harm.
    """

    def __init__(
        self,
        run_batch: Callable[[Sequence[Item]], Sequence[Result]],
        *,
        max_batch: int,
        max_wait_ms: float,
        clock: Clock = system_clock,
        max_pending: int = 1024,
        wait: Wait = threading.Condition.wait,
    ) -> None:
        """Start the worker thread.

        Args:
            run_batch: computes one result for each item, in order.
            max_batch: most items a batch.
            max_wait_ms: longest that an item waits for others, in milliseconds.
            clock: what deadlines are measured by. Should it stand still or go back, a wait still
                ends after as many seconds of real time.
            max_pending: most items waiting; beyond it load is shed.
            wait: how a thread waits; a replay passes one that follows its own clock.

        Raises:
            InputBoundsError: fewer than one item a batch or waiting, or a negative wait.
        """
        if max_batch < 1 or max_pending < 1 or not 0.0 <= max_wait_ms < math.inf:
            raise InputBoundsError(
                f"{max_batch} items a batch, {max_pending} waiting, {max_wait_ms} ms: out of bounds"
            )
        self._run_batch = run_batch
        self._max_batch = max_batch
        self._max_wait_seconds = max_wait_ms / 1000.0
        self._clock = clock
        self._max_pending = max_pending
        self._wait = wait
        self._lock = threading.Lock()
        self._arrival = threading.Condition(self._lock)
        self._pending: deque[_Ticket[Item, Result]] = deque()
        self._closed = False
        self._worker = threading.Thread(target=self._work, name="batcher", daemon=True)
        self._worker.start()

    def submit(self, item: Item, deadline: float) -> Result:
        """Run `item` together with others and return its result.

        Args:
            item: what `run_batch` takes.
            deadline: when the answer is of no more use, in seconds of the batcher's clock.

        Raises:
            DeadlineExceededError: the deadline passed before the result was there.
            OverloadedError: too many items wait, or the batcher is closed.
            OutputBoundsError: `run_batch` gave another number of results than it got items.
            Exception: whatever `run_batch` raised on this item.
        """
        with self._lock:
            ticket = self._enqueue(item, deadline)
            in_time = True
            while not ticket.done:
                remaining = deadline - self._clock()
                if remaining <= 0.0 or not in_time:
                    self._abandon(ticket)
                in_time = self._wait(ticket.settled, min(remaining, threading.TIMEOUT_MAX))
        return ticket.outcome()

    def close(self, timeout_seconds: float | None = None) -> bool:
        """Refuse new items, run those that wait without delay, and stop the worker.

        Args:
            timeout_seconds: longest to wait for the worker, in real time; None to wait on.

        Returns:
            Whether all work is done.
        """
        with self._lock:
            self._closed = True
            self._arrival.notify_all()
        self._worker.join(timeout_seconds)
        return not self._worker.is_alive()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _enqueue(self, item: Item, deadline: float) -> "_Ticket[Item, Result]":
        """Admit `item` to the queue; the lock is held."""
        if self._closed:
            raise OverloadedError("the batcher is closed")
        now = self._clock()
        if not now < deadline:
            raise DeadlineExceededError("the deadline passed before the work began")
        if len(self._pending) >= self._max_pending:
            raise OverloadedError(f"{self._max_pending} items wait already")
        ticket: _Ticket[Item, Result] = _Ticket(item, deadline, now, self._lock)
        self._pending.append(ticket)
        self._arrival.notify()
        return ticket

    def _abandon(self, ticket: "_Ticket[Item, Result]") -> None:
        """Give up waiting for `ticket` and free its place in the queue; the lock is held."""
        with contextlib.suppress(ValueError):  # a batch may have taken it already
            self._pending.remove(ticket)
        raise DeadlineExceededError("the batch was not done before the deadline")

    def _work(self) -> None:
        """Run batches until the batcher is closed and its queue empty."""
        while batch := self._next_batch():
            self._settle(batch)

    def _next_batch(self) -> list["_Ticket[Item, Result]"]:
        """Wait until a batch should start and take it; empty when there is no more to come."""
        with self._lock:
            in_time = True
            while self._pending or not self._closed:
                delay = self._delay() if self._pending else None
                if delay is not None and (delay <= 0.0 or not in_time):
                    break
                in_time = self._wait(self._arrival, delay)
            size = min(self._max_batch, len(self._pending))
            return [self._pending.popleft() for _ in range(size)]

    def _delay(self) -> float:
        """Seconds that the waiting items may still wait for others; the lock is held."""
        if self._closed or len(self._pending) >= self._max_batch:
            return 0.0
        window_ends = self._pending[0].arrived + self._max_wait_seconds
        if min(ticket.deadline for ticket in self._pending) <= window_ends:
            return 0.0
        return min(window_ends - self._clock(), threading.TIMEOUT_MAX)

    def _settle(self, batch: Sequence["_Ticket[Item, Result]"]) -> None:
        """Give each ticket its result or its error, halving a batch that fails."""
        now = self._clock()
        wanted = [ticket for ticket in batch if now < ticket.deadline]
        if not wanted:
            return
        captured = _Captured()
        results: Sequence[Result] = ()
        with captured:
            results = self._run_batch([ticket.item for ticket in wanted])
            if len(results) != len(wanted):
                raise OutputBoundsError(f"{len(results)} results for {len(wanted)} items")
        if captured.error is None:
            with self._lock:
                for ticket, result in zip(wanted, results, strict=True):
                    ticket.succeed(result)
        elif len(wanted) == 1:
            with self._lock:
                wanted[0].fail(captured.error)
        else:
            middle = len(wanted) // 2
            self._settle(wanted[:middle])
            self._settle(wanted[middle:])


class _Captured:
    """Keeps whatever a block raises, so that the worker outlives it and its caller gets it."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.error = error
        return True


class _Ticket(Generic[Item, Result]):
    """One item on its way; read and written under the batcher's lock once it is queued."""

    def __init__(self, item: Item, deadline: float, arrived: float, lock: threading.Lock) -> None:
        self.item = item
        self.deadline = deadline
        self.arrived = arrived
        self.settled = threading.Condition(lock)
        self._results: list[Result] = []
        self._error: BaseException | None = None

    @property
    def done(self) -> bool:
        """Whether there is a result or an error."""
        return bool(self._results) or self._error is not None

    def succeed(self, result: Result) -> None:
        """Hand over the result."""
        self._results.append(result)
        self.settled.notify_all()

    def fail(self, error: BaseException) -> None:
        """Hand over the error."""
        self._error = error
        self.settled.notify_all()

    def outcome(self) -> Result:
        """Return the result, or raise the error."""
        if self._error is not None:
            raise self._error
        return self._results[0]
