"""Digests of files, remembered by what `stat` says, so that none is read twice."""

import hashlib
import json
import os
import time

from generators.engine.shell.files import read_bytes, read_optional, write_if_changed

RACY_NS = 20_000_000
"""How old a file must be when it is hashed for its time stamp to be trusted (git's racy rule).

A second write within one tick of the file system's clock leaves size and time as they were; file
systems tick every 4 to 10 ms.
"""

_VERSION = 1


class StatMemo:
    """The sha256 of files by path, with the time, size and inode that they had when read.

    Args:
        path: JSON file to keep the memory in; None keeps it in the process only.
    """

    def __init__(self, path: str | None = None) -> None:
        self._path = path
        self._entries: dict[str, tuple[int, int, int, int, str]] = {}
        self._dirty = False
        self.reads = 0
        if path is not None:
            self._entries = _load(path)

    def digest(self, path: str) -> str:
        """Return the sha256 of `path`.

        Raises:
            OSError: it cannot be read.
        """
        found = os.stat(path)
        entry = self._entries.get(path)
        if (
            entry is not None
            and entry[0] == found.st_mtime_ns
            and entry[1] == found.st_size
            and entry[2] == found.st_ino
            and entry[0] + RACY_NS < entry[3]
        ):
            return entry[4]
        hashed_at = time.time_ns()
        digest = hashlib.sha256(read_bytes(path)).hexdigest()
        self.reads += 1
        self._entries[path] = (found.st_mtime_ns, found.st_size, found.st_ino, hashed_at, digest)
        self._dirty = True
        return digest

    def optional(self, path: str) -> str | None:
        """Return the sha256 of `path`, or None if it is not there."""
        try:
            return self.digest(path)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def save(self) -> None:
        """Write what was learnt; losing it costs time, never correctness."""
        if self._path is None or not self._dirty:
            return
        content = {"version": _VERSION, "files": self._entries}
        write_if_changed(self._path, json.dumps(content, separators=(",", ":")).encode())
        self._dirty = False


def _load(path: str) -> dict[str, tuple[int, int, int, int, str]]:
    content = read_optional(path)
    if content is None:
        return {}
    try:
        data = json.loads(content)
        if data["version"] != _VERSION:
            return {}
        return {name: tuple(entry) for name, entry in data["files"].items()}
    except (ValueError, KeyError, TypeError):
        return {}
