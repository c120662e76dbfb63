"""The threads that operations run in."""

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack

from agent_runtime.errors import OverloadedError


class Workers:
    """A pool of threads that knows what it still works on. Thread-safe."""

    def __init__(self, threads: int, slots: AbstractContextManager[object]) -> None:
        """Make a pool.

        Args:
            threads: how many operations run at the same time; further ones wait.
            slots: entered for every operation from its acceptance to its very end, which may come
                later than the answer: an operation that exceeds its time-out still runs.
        """
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="operation")
        self._slots = slots
        self._lock = threading.Lock()
        self._running: set[Future[bytes]] = set()

    @property
    def running(self) -> int:
        """How many operations were accepted and have not ended."""
        with self._lock:
            return len(self._running)

    def submit(self, work: Callable[[], bytes]) -> Future[bytes]:
        """Run `work` in a thread, under the context variables of the caller.

        Raises:
            OverloadedError: all slots are taken, or the pool is stopping.
        """
        context = contextvars.copy_context()
        with ExitStack() as stack:
            stack.enter_context(self._slots)
            try:
                future = self._pool.submit(context.run, work)
            except RuntimeError:
                raise OverloadedError("the agent is stopping") from None
            with self._lock:
                self._running.add(future)
            slot = stack.pop_all()
        future.add_done_callback(lambda done: self._ended(done, slot))
        return future

    def stop(self, seconds: float) -> int:
        """Accept nothing more, drop what did not begin, and wait for the rest.

        Returns:
            How many operations still run after `seconds`.
        """
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            running = set(self._running)
        return len(wait(running, seconds).not_done)

    def _ended(self, future: Future[bytes], slot: ExitStack) -> None:
        slot.close()
        with self._lock:
            self._running.discard(future)
