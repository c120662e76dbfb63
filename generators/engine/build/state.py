"""doit's memory of finished tasks: SQLite, committed a task at a time, one build at a time."""

import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from generators.engine.shell.locks import BuildLock

_PATIENCE_SECONDS = 600.0
_LAST_KEY = "deps:"
"""The key that doit sets last when it saves a task."""


class Codec(Protocol):
    """How doit turns a task's data into text and back."""

    def encode(self, data: object) -> str:
        """Return `data` as text."""
        ...

    def decode(self, data: str) -> object:
        """Return the data of a text."""
        ...


class JournalState:
    """A doit back end that survives SIGKILL: each finished task is on disk before the next begins.

    Args:
        name: path of the database.
        codec: doit's codec.
        module_name: unused; doit passes it to every back end.
    """

    desc = "SQLite, committed per task"

    def __init__(self, name: str, codec: Codec, *, module_name: str | None = None) -> None:
        del module_name
        self.name = name
        self._codec = codec
        self._tasks: dict[str, dict[str, object]] = {}
        self._dirty: set[str] = set()
        self._lock = BuildLock(
            f"{name}.lock", patience_seconds=_PATIENCE_SECONDS, notify=sys.stderr.write
        )
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        self._database = _open(name)

    def begin(self) -> None:
        """Take the build's lock, and forget what was read before it was ours.

        Raises:
            LockedError: another build did not end in time.
        """
        if not self._lock.held:
            self._lock.acquire()
            self._tasks.clear()

    def get(self, task_id: str, dependency: str) -> object:
        """Return one value of a task, or None."""
        return self._task(task_id).get(dependency)

    def set(self, task_id: str, dependency: str, value: object) -> None:
        """Remember one value of a task; the last one of a finished task commits it."""
        self.begin()
        self._task(task_id)[dependency] = value
        self._dirty.add(task_id)
        if dependency == _LAST_KEY:
            self._flush()

    def in_(self, task_id: str) -> bool:
        """Tell whether anything is known of a task."""
        return bool(self._task(task_id))

    def remove(self, task_id: str) -> None:
        """Forget a task."""
        self.begin()
        self._tasks[task_id] = {}
        self._dirty.discard(task_id)
        self._database.execute("delete from tasks where id = ?", (task_id,))

    def remove_all(self) -> None:
        """Forget all tasks."""
        self.begin()
        self._tasks.clear()
        self._dirty.clear()
        self._database.execute("delete from tasks")

    def dump(self) -> None:
        """Write what is left, and close."""
        self._flush()
        self._database.close()
        self._lock.release()

    def _flush(self) -> None:
        for task_id in sorted(self._dirty):
            self._database.execute(
                "insert or replace into tasks values (?, ?)",
                (task_id, self._codec.encode(self._tasks[task_id])),
            )
        self._dirty.clear()

    def _task(self, task_id: str) -> dict[str, object]:
        known = self._tasks.get(task_id)
        if known is None:
            row = self._database.execute(
                "select data from tasks where id = ?", (task_id,)
            ).fetchone()
            data = self._codec.decode(row[0]) if row else {}
            known = dict(data) if isinstance(data, Mapping) else {}
            self._tasks[task_id] = known
        return known


def _open(name: str) -> sqlite3.Connection:
    """Open the database; one that is damaged is put aside, which costs a rebuild and no more."""
    try:
        return _connect(name)
    except sqlite3.DatabaseError as error:
        Path(name).replace(f"{name}.damaged")
        sys.stderr.write(
            f"the build state {name} cannot be read ({error}); it was put aside as {name}.damaged "
            "and everything is built again\n"
        )
        return _connect(name)


def _connect(name: str) -> sqlite3.Connection:
    database = sqlite3.connect(name, timeout=30.0, isolation_level=None)
    try:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = normal")
        database.execute(
            "create table if not exists tasks (id text primary key, data text not null)"
        )
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
