"""One build at a time: a lock that its process cannot outlive."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path


class LockedError(RuntimeError):
    """Another build holds the lock and did not end in time."""


class BuildLock:
    """A lock on a file. It is a POSIX record lock: a killed process, or a fork, does not hold it.

    Args:
        path: the lock file; it holds the id of the process that has the lock.
        patience_seconds: how long to wait for another build to end.
        notify: called once with a message if there is need to wait.
    """

    def __init__(
        self, path: str, *, patience_seconds: float, notify: Callable[[str], object]
    ) -> None:
        self._path = path
        self._patience = patience_seconds
        self._notify = notify
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Tell whether this object has the lock."""
        return self._handle is not None

    def acquire(self) -> None:
        """Take the lock, waiting for it if another process has it; harmless if held already.

        Raises:
            LockedError: it was not free in time.
        """
        if self._handle is not None:
            return
        Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        deadline = time.monotonic() + self._patience
        waiting = False
        while not _try_lock(handle):
            owner = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            if time.monotonic() >= deadline:
                os.close(handle)
                raise LockedError(
                    f"another build (process {owner}) is running in this folder; wait for it to end"
                )
            if not waiting:
                self._notify(f"waiting for another build (process {owner}) in this folder to end\n")
                waiting = True
            time.sleep(0.05)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle

    def release(self) -> None:
        """Give the lock back; harmless if it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _try_lock(handle: int) -> bool:
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
