"""The tables under the embedded bus: messages, subscriptions, and one delivery a consumer.

A delivery is ``due``, ``leased`` to a process, ``done`` or ``dead``. Fan-out happens in the
transaction that publishes; the acknowledgement and what the handler sent are one transaction.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runtime.database import Database
from agent_runtime.errors import InputBoundsError, OverloadedError
from agent_runtime.jsontext import canonical_json, parse_object
from agent_runtime.values import JsonObject

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    published_at REAL NOT NULL,
    deadline REAL
);
CREATE TABLE IF NOT EXISTS subscriptions (
    pattern TEXT NOT NULL, consumer TEXT NOT NULL, PRIMARY KEY (pattern, consumer)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (
    consumer TEXT NOT NULL,
    seq INTEGER NOT NULL REFERENCES messages (seq),
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'leased', 'done', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL,
    error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (consumer, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveries_open ON deliveries (consumer, topic, key, seq)
    WHERE state IN ('due', 'leased');
CREATE INDEX IF NOT EXISTS deliveries_message ON deliveries (seq);
CREATE TABLE IF NOT EXISTS replies (
    message_id TEXT PRIMARY KEY, body TEXT NOT NULL, replied_at REAL NOT NULL
) WITHOUT ROWID;
"""

_NEXT: Final = """
SELECT d.consumer, d.seq, d.attempts, m.message_id, m.topic, m.key, m.body, m.deadline
FROM deliveries d JOIN messages m ON m.seq = d.seq
WHERE d.consumer IN (SELECT value FROM json_each(?1))
  AND d.state IN ('due', 'leased') AND d.due_at <= ?2
  AND NOT EXISTS (
    SELECT 1 FROM deliveries e
    WHERE e.consumer = d.consumer AND e.topic = d.topic AND e.key = d.key
      AND e.seq < d.seq AND e.state IN ('due', 'leased'))
ORDER BY d.seq, d.consumer LIMIT 1
"""
# A lease is a due time in the future: when it passes, the message is due for anyone again.

EXPIRED: Final = "the requester stopped waiting"
ABANDONED: Final = "never acknowledged: its handlers died or outlived their leases"


@dataclass(frozen=True, kw_only=True, slots=True)
class OutMessage:
    """A checked message on its way onto the bus."""

    topic: str
    message: JsonObject
    key: str
    message_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A checked answer to a request."""

    message: JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A delivery leased to this process; `attempt` says which lease it is."""

    consumer: str
    seq: int
    attempt: int
    message_id: str
    topic: str
    key: str
    message: JsonObject
    wants_reply: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """A delivery that was given up, with the last error."""

    consumer: str
    message_id: str
    topic: str
    key: str
    message: JsonObject
    attempts: int
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A message that the bus keeps; `place` grows with each message that is published."""

    place: int
    message: JsonObject


class BusQueue:
    """Transactions on the tables of the bus; times are seconds since the epoch."""

    def __init__(
        self, path: Path, *, lease_seconds: float, capacity: int, max_attempts: int
    ) -> None:
        """Open the tables.

        Raises:
            MemoryLayerError: the file cannot be opened.
        """
        self._database = Database(path, _TABLES, durable=True)
        self._lease_seconds = lease_seconds
        self._capacity = capacity
        self._max_attempts = max_attempts

    def publish(self, out: OutMessage, *, now: float, deadline: float | None = None) -> None:
        """Store a message and its deliveries, unless its id is known.

        Raises:
            OverloadedError: `capacity` deliveries are open.
            MemoryLayerError: the store failed.
        """
        with self._database.write() as connection:
            waiting = connection.execute(
                "SELECT count(*) FROM (SELECT 1 FROM deliveries "
                "WHERE state IN ('due', 'leased') LIMIT ?)",
                (self._capacity,),
            ).fetchone()[0]
            if waiting >= self._capacity:
                raise OverloadedError(f"the bus holds {waiting} undelivered messages")
            _insert(connection, out, now, deadline)

    def subscribe(self, pattern: str, consumer: str) -> None:
        """Have messages published from now on under `pattern` wait for `consumer`.

        Raises:
            MemoryLayerError: the store failed.
        """
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO subscriptions VALUES (?, ?)", (pattern, consumer)
            )

    def claim(self, consumers: tuple[str, ...], *, now: float) -> Claim | None:
        """Lease the oldest delivery that is due to one of `consumers`, or return None.

        A request whose requester has stopped waiting becomes a dead letter on the way, and so
        does a message that outlived its leases `max_attempts` times (it may kill its handlers).

        Raises:
            MemoryLayerError: the store failed.
        """
        names = canonical_json(list(consumers))
        with self._database.write() as connection:
            while True:
                row = connection.execute(_NEXT, (names, now)).fetchone()
                if row is None:
                    return None
                consumer, seq, attempts, message_id, topic, key, body, deadline = row
                if deadline is not None and now >= deadline:
                    _settle(connection, consumer, seq, "dead", EXPIRED, due=now)
                elif attempts >= self._max_attempts:
                    _settle(connection, consumer, seq, "dead", ABANDONED, due=now)
                else:
                    break
            connection.execute(
                "UPDATE deliveries SET state = 'leased', attempts = attempts + 1, due_at = ? "
                "WHERE consumer = ? AND seq = ?",
                (now + self._lease_seconds, consumer, seq),
            )
        return Claim(
            consumer=consumer,
            seq=seq,
            attempt=attempts + 1,
            message_id=message_id,
            topic=topic,
            key=key,
            message=parse_object(body),
            wants_reply=deadline is not None,
        )

    def acknowledge(
        self, claim: Claim, sent: Iterable[OutMessage], reply: Reply | None, *, now: float
    ) -> bool:
        """Mark the delivery done together with what its handler sent.

        Returns:
            False, and nothing is sent, if the lease ran out and another process took over.

        Raises:
            MemoryLayerError: the store failed; the message will be delivered again.
        """
        with self._database.write() as connection:
            if not _holds(connection, claim):
                return False
            _settle(connection, claim.consumer, claim.seq, "done", "", due=now)
            for out in sent:
                _insert(connection, out, now, None)
            if reply is not None:
                connection.execute(
                    "INSERT OR IGNORE INTO replies VALUES (?, ?, ?)",
                    (claim.message_id, canonical_json(reply.message), now),
                )
        return True

    def give_back(self, claim: Claim, error: str, *, due: float) -> None:
        """Make the delivery due again at `due`, unless another process took over.

        Raises:
            MemoryLayerError: the store failed.
        """
        self._end(claim, "due", error, due)

    def give_up(self, claim: Claim, error: str, *, now: float) -> None:
        """Make the delivery a dead letter, unless another process took over.

        Raises:
            MemoryLayerError: the store failed.
        """
        self._end(claim, "dead", error, now)

    def reply_to(self, message_id: str) -> tuple[float, JsonObject | None]:
        """Return the deadline of a request and its reply, if there is one by now.

        Raises:
            InputBoundsError: no such request was made.
            MemoryLayerError: the store failed.
        """
        rows = self._database.rows(
            "SELECT m.deadline, r.body FROM messages m LEFT JOIN replies r USING (message_id) "
            "WHERE m.message_id = ? AND m.deadline IS NOT NULL",
            (message_id,),
        )
        if not rows:
            raise InputBoundsError(f"{message_id!r} is no request")
        deadline, body = rows[0]
        return float(deadline or 0.0), None if body is None else parse_object(body)

    def dead_letters(self, consumer: str | None) -> tuple[DeadLetter, ...]:
        """List dead letters, oldest message first.

        Raises:
            MemoryLayerError: the store failed.
        """
        rows = self._database.rows(
            "SELECT d.consumer, m.message_id, m.topic, m.key, m.body, d.attempts, d.error "
            "FROM deliveries d JOIN messages m ON m.seq = d.seq "
            "WHERE d.state = 'dead' AND (?1 IS NULL OR d.consumer = ?1) "
            "ORDER BY d.seq, d.consumer",
            (consumer,),
        )
        return tuple(
            DeadLetter(
                consumer=str(row[0]),
                message_id=str(row[1]),
                topic=str(row[2]),
                key=str(row[3]),
                message=parse_object(row[4]),
                attempts=int(row[5] or 0),
                error=str(row[6]),
            )
            for row in rows
        )

    def published(self, topic: str, *, after: int, limit: int) -> tuple[Published, ...]:
        """List up to `limit` messages of `topic` that are kept beyond place `after`, oldest first.

        Raises:
            MemoryLayerError: the store failed.
        """
        rows = self._database.rows(
            "SELECT seq, body FROM messages WHERE topic = ? AND seq > ? ORDER BY seq LIMIT ?",
            (topic, after, limit),
        )
        return tuple(
            Published(place=int(row[0] or 0), message=parse_object(row[1])) for row in rows
        )

    def replay(self, consumer: str, message_id: str | None, *, now: float) -> int:
        """Make dead letters due with a fresh count of attempts; return how many.

        Raises:
            MemoryLayerError: the store failed.
        """
        with self._database.write() as connection:
            return connection.execute(
                "UPDATE deliveries SET state = 'due', attempts = 0, due_at = ?1 "
                "WHERE state = 'dead' AND consumer = ?2 AND (?3 IS NULL OR seq = "
                "(SELECT seq FROM messages WHERE message_id = ?3))",
                (now, consumer, message_id),
            ).rowcount

    def purge(self, *, before: float) -> int:
        """Forget messages published before `before` that are done everywhere; return how many.

        Raises:
            MemoryLayerError: the store failed.
        """
        with self._database.write() as connection:
            gone = connection.execute(
                "SELECT seq, message_id FROM messages m WHERE published_at < ?1 "
                "AND (deadline IS NULL OR deadline < ?1) AND NOT EXISTS "
                "(SELECT 1 FROM deliveries d WHERE d.seq = m.seq AND d.state <> 'done')",
                (before,),
            ).fetchall()
            for seq, message_id in gone:
                connection.execute("DELETE FROM deliveries WHERE seq = ?", (seq,))
                connection.execute("DELETE FROM replies WHERE message_id = ?", (message_id,))
                connection.execute("DELETE FROM messages WHERE seq = ?", (seq,))
        return len(gone)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _end(self, claim: Claim, state: str, error: str, due: float) -> None:
        with self._database.write() as connection:
            if _holds(connection, claim):
                _settle(connection, claim.consumer, claim.seq, state, error, due=due)


def _holds(connection: sqlite3.Connection, claim: Claim) -> bool:
    """Tell whether the lease is still this claim's: each lease counts an attempt."""
    row = connection.execute(
        "SELECT 1 FROM deliveries WHERE consumer = ? AND seq = ? AND state = 'leased' "
        "AND attempts = ?",
        (claim.consumer, claim.seq, claim.attempt),
    ).fetchone()
    return row is not None


def _settle(
    connection: sqlite3.Connection, consumer: str, seq: int, state: str, error: str, *, due: float
) -> None:
    connection.execute(
        "UPDATE deliveries SET state = ?, error = ?, due_at = ? WHERE consumer = ? AND seq = ?",
        (state, error, due, consumer, seq),
    )


def _insert(
    connection: sqlite3.Connection, out: OutMessage, now: float, deadline: float | None
) -> None:
    placed = connection.execute(
        "INSERT INTO messages (message_id, topic, key, body, published_at, deadline) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (message_id) DO NOTHING",
        (out.message_id, out.topic, out.key, canonical_json(out.message), now, deadline),
    )
    if placed.rowcount == 0:
        return
    connection.execute(
        "INSERT INTO deliveries (consumer, seq, topic, key, due_at) "
        "SELECT DISTINCT consumer, ?1, ?2, ?3, ?4 FROM subscriptions "
        "WHERE pattern = ?2 OR pattern = '*' OR (substr(pattern, -2) = '.*' "
        "AND substr(?2, 1, length(pattern) - 1) = substr(pattern, 1, length(pattern) - 1))",
        (placed.lastrowid, out.topic, out.key, now),
    )
