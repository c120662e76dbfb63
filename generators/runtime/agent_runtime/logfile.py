"""A file that whole lines are appended to, by several threads and processes at once."""

import os
import threading
from pathlib import Path

from agent_runtime.errors import ConfigError


class LogFile:
    """An append-only file, opened anew when a rotation moved it away. Thread-safe.

    A line is one `write` to a file opened for appending, so lines of several processes do not mix.
    """

    def __init__(self, path: Path) -> None:
        """Open `path`; it and its folder are created if they are missing.

        Raises:
            ConfigError: the file cannot be written.
        """
        self._path = path
        self._lock = threading.Lock()
        self._lost = 0
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = self._open()
        except OSError as error:
            raise ConfigError(f"the log file cannot be written: {path}") from error

    @property
    def lost(self) -> int:
        """How many lines could not be written, for example because the disk is full."""
        return self._lost

    def msg(self, message: str) -> None:
        """Append one line. A failure is counted, not raised: a log must not stop the work."""
        line = message.encode("ascii", "backslashreplace") + b"\n"
        with self._lock:
            if self._closed:
                self._lost += 1
                return
            try:
                self._follow()
                os.write(self._descriptor, line)
            except OSError:
                self._lost += 1

    debug = info = warning = error = msg  # the names that structlog calls

    def close(self) -> None:
        """Close the file; later lines are counted as lost."""
        with self._lock:
            if not self._closed:
                os.close(self._descriptor)
            self._closed = True

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)

    def _follow(self) -> None:
        """Open the file anew if its name no longer leads to the one that is open."""
        try:
            moved = not os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            moved = True
        if moved:
            fresh = self._open()
            os.close(self._descriptor)
            self._descriptor = fresh
