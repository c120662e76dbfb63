"""One SQLite file shared by threads and processes: WAL, one connection a thread."""

import contextlib
import fcntl
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent_runtime.errors import InputBoundsError, MemoryLayerError

SqlValue = str | int | float | bytes | None
"""What SQLite can store in a column."""

BUSY_TIMEOUT_MS = 5000
"""How long a writer waits for another process before it gives up."""


class Database:
    """A SQLite file opened with its tables.

    Reads see the last committed state; writes are serialised by ``BEGIN IMMEDIATE`` over all
    threads and processes. A SQLite failure leaves as `MemoryLayerError`, the transaction undone.
    """

    def __init__(self, path: Path, tables: str, *, durable: bool = False, version: int = 1) -> None:
        """Create the file and its tables if they are missing.

        Args:
            path: the database file; its folder is created.
            tables: idempotent DDL (``CREATE ... IF NOT EXISTS``).
            durable: True syncs each commit to the disk, so that not even a power cut loses it;
                False may lose the last commits in a power cut, never in a crash of the process.
            version: the layout written by this release; a file of a newer one is refused.

        Raises:
            MemoryLayerError: the file cannot be opened, is no database, or has a newer layout.
        """
        self._path = path
        self._synchronous = "FULL" if durable else "NORMAL"
        self._local = threading.local()
        self._guard = threading.Lock()
        self._connections: list[sqlite3.Connection] = []
        with self._faults():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.with_name(f"{path.name}.lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # switching to WAL ignores the busy time-out
                self._create(tables, version)

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction; it commits at the end and rolls back on any exception.

        Raises:
            InputBoundsError: a text is no valid Unicode, or an integer exceeds 64 bits.
            MemoryLayerError: the database failed or stayed locked for the busy time-out.
        """
        with self._faults():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, parameters: Sequence[SqlValue] = ()) -> list[tuple[SqlValue, ...]]:
        """Run a query outside a transaction and return all its rows.

        Raises:
            MemoryLayerError: the database failed.
        """
        with self._faults():
            return self._connection().execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Close the connections of all threads; a later call opens new ones."""
        with self._guard:
            connections, self._connections = self._connections, []
            self._local = threading.local()
        for connection in connections:
            connection.close()

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise MemoryLayerError(f"{self._path.name}: {error}") from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise InputBoundsError(f"a value cannot be stored: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path,
                timeout=BUSY_TIMEOUT_MS / 1000,
                isolation_level=None,
                check_same_thread=False,  # close() ends the connections of other threads
            )
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
            with self._guard:
                self._connections.append(connection)
        return connection

    def _create(self, tables: str, version: int) -> None:
        connection = self._connection()
        connection.execute("PRAGMA journal_mode = WAL")
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if found > version:
            raise MemoryLayerError(
                f"{self._path.name}: written by a newer release (layout {found}, ours {version})"
            )
        connection.executescript(tables)
        connection.execute(f"PRAGMA user_version = {version:d}")
