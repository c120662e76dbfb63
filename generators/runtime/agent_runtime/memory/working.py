"""Working memory: values with a time to live under the agent's keyspace, for all its processes."""

import json
from pathlib import Path
from typing import Protocol, cast

from agent_runtime.clock import Clock
from agent_runtime.database import Database
from agent_runtime.errors import InputBoundsError
from agent_runtime.jsontext import canonical_json, json_problem
from agent_runtime.memory.topology import WorkingSpec
from agent_runtime.values import JsonValue

MAX_KEY_LENGTH = 512

_TABLES = """
CREATE TABLE IF NOT EXISTS working (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS working_expiry ON working (expires_at);
"""


class WorkingMemory(Protocol):
    """Short-lived values by key; a key never leaves the agent's keyspace."""

    def put(self, key: str, value: JsonValue, *, ttl_seconds: float | None = None) -> None:
        """Store `value` for `ttl_seconds`, or for the declared time to live."""

    def add(self, key: str, value: JsonValue, *, ttl_seconds: float | None = None) -> bool:
        """Store `value` only if `key` is free; tell whether it was (one winner among processes)."""

    def get(self, key: str) -> JsonValue:
        """Return the live value of `key`, or None."""

    def delete(self, key: str) -> bool:
        """Forget `key`; tell whether it held a live value."""

    def keys(self, prefix: str = "") -> tuple[str, ...]:
        """List the live keys that start with `prefix`, sorted, without the keyspace."""

    def purge(self) -> int:
        """Remove expired values and return how many there were."""

    def close(self) -> None:
        """Release what the layer holds open."""


class SqliteWorkingMemory:
    """Working memory in a SQLite file; every key is stored under the declared keyspace."""

    def __init__(self, path: Path, spec: WorkingSpec, clock: Clock) -> None:
        """Open the store.

        Raises:
            MemoryLayerError: the file cannot be opened.
        """
        self._database = Database(path, _TABLES)
        self._spec = spec
        self._clock = clock

    def put(self, key: str, value: JsonValue, *, ttl_seconds: float | None = None) -> None:
        """Store `value`, replacing what was there.

        Raises:
            InputBoundsError: the key is empty or too long, the value null or not finite JSON, or
                the time to live not above 0.
            MemoryLayerError: the store failed.
        """
        row = self._row(key, value, ttl_seconds)
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO working VALUES (?, ?, ?)", row)

    def add(self, key: str, value: JsonValue, *, ttl_seconds: float | None = None) -> bool:
        """Store `value` if no live value is there, and tell whether it was stored.

        Raises:
            InputBoundsError: as for `put`.
            MemoryLayerError: the store failed.
        """
        row = self._row(key, value, ttl_seconds)
        with self._database.write() as connection:
            written = connection.execute(
                "INSERT INTO working VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                "value = excluded.value, expires_at = excluded.expires_at "
                "WHERE working.expires_at <= ?",
                (*row, self._clock()),
            )
            return written.rowcount == 1

    def get(self, key: str) -> JsonValue:
        """Return the live value of `key`, or None; a value is gone the moment its time is up.

        Raises:
            InputBoundsError: the key is empty or too long.
            MemoryLayerError: the store failed.
        """
        rows = self._database.rows(
            "SELECT value FROM working WHERE key = ? AND expires_at > ?",
            (self._full(key), self._clock()),
        )
        return cast("JsonValue", json.loads(str(rows[0][0]))) if rows else None

    def delete(self, key: str) -> bool:
        """Forget `key` and tell whether it held a live value.

        Raises:
            InputBoundsError: the key is empty or too long.
            MemoryLayerError: the store failed.
        """
        full = self._full(key)
        with self._database.write() as connection:
            found = connection.execute(
                "DELETE FROM working WHERE key = ? RETURNING expires_at", (full,)
            ).fetchall()
        return any(row[0] > self._clock() for row in found)

    def keys(self, prefix: str = "") -> tuple[str, ...]:
        """List the live keys that start with `prefix`, sorted, without the keyspace.

        Raises:
            MemoryLayerError: the store failed.
        """
        start = self._spec.prefix + prefix
        rows = self._database.rows(
            "SELECT key FROM working WHERE substr(key, 1, ?) = ? AND expires_at > ? ORDER BY key",
            (len(start), start, self._clock()),
        )
        return tuple(str(row[0]).removeprefix(self._spec.prefix) for row in rows)

    def purge(self) -> int:
        """Remove expired values and return how many there were.

        Raises:
            MemoryLayerError: the store failed.
        """
        with self._database.write() as connection:
            return connection.execute(
                "DELETE FROM working WHERE expires_at <= ?", (self._clock(),)
            ).rowcount

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _full(self, key: str) -> str:
        if not 0 < len(key) <= MAX_KEY_LENGTH or not key.isprintable():
            raise InputBoundsError(
                f"a working memory key has 1 to {MAX_KEY_LENGTH} printable characters"
            )
        return self._spec.prefix + key

    def _row(self, key: str, value: JsonValue, ttl_seconds: float | None) -> tuple[str, str, float]:
        if value is None:
            raise InputBoundsError("null cannot be told from absent: delete the key instead")
        problem = json_problem(value, where=f"value of {key!r}")
        if problem is not None:
            raise InputBoundsError(problem)
        ttl = self._spec.ttl_seconds if ttl_seconds is None else ttl_seconds
        if not ttl > 0:
            raise InputBoundsError(f"ttl_seconds must be above 0: {ttl}")
        return self._full(key), canonical_json(value), self._clock() + ttl
