"""Escalations: what the agent must not decide alone, waiting for a human across crashes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, cast

from agent_runtime.clock import Clock, isoformat
from agent_runtime.database import Database, SqlValue
from agent_runtime.errors import GovernanceError

State = Literal["pending", "approved", "refused", "overridden", "expired"]
Answer = Literal["approved", "refused", "overridden"]

ANSWERS: Final = ("approved", "refused", "overridden")
_RELEASING: Final = frozenset({"approved", "overridden"})

_TABLES = """
CREATE TABLE IF NOT EXISTS escalations (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    escalation_id TEXT NOT NULL UNIQUE,
    agent TEXT NOT NULL,
    subject TEXT NOT NULL,
    condition TEXT NOT NULL,
    reason TEXT NOT NULL,
    severity TEXT NOT NULL,
    rule_ids TEXT NOT NULL,
    targets TEXT NOT NULL,
    raised_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    trace_id TEXT NOT NULL,
    state TEXT NOT NULL,
    answered_by TEXT,
    answer TEXT,
    closed_at REAL
);
CREATE INDEX IF NOT EXISTS escalations_by_state ON escalations (state, expires_at);
CREATE INDEX IF NOT EXISTS escalations_by_subject ON escalations (subject, state);
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Escalation:
    """One question to the anchors.

    Attributes:
        escalation_id: Unique.
        agent: Who asks.
        subject: What it is about, e.g. a decision id.
        condition: What made it necessary: a rule's expression, or a free reason.
        reason: The same with the values that were seen.
        severity: One of `rules.SEVERITIES`.
        rule_ids: The rules that fired on this condition; empty if asked for directly.
        targets: Anchors and teams to tell.
        raised_at: Seconds since the epoch.
        expires_at: From this moment on it counts as refused.
        trace_id: Of the request that led to it.
        state: `pending`, or how it ended.
        answered_by: Who answered; None while pending, or if it expired.
        answer: The decision in words.
        closed_at: Seconds since the epoch; None while pending.
    """

    escalation_id: str
    agent: str
    subject: str
    condition: str
    reason: str
    severity: str
    rule_ids: tuple[str, ...]
    targets: tuple[str, ...]
    raised_at: float
    expires_at: float
    trace_id: str
    state: State = "pending"
    answered_by: str | None = None
    answer: str | None = None
    closed_at: float | None = None

    @property
    def releases(self) -> bool:
        """Whether the answer lets the subject go on; waiting, refusal and expiry do not."""
        return self.state in _RELEASING

    def to_json(self) -> dict[str, str | list[str] | None]:
        """Return the escalation for an answer to a caller; times as ISO 8601 in UTC."""
        return {
            "escalation_id": self.escalation_id,
            "agent": self.agent,
            "subject": self.subject,
            "condition": self.condition,
            "reason": self.reason,
            "severity": self.severity,
            "rule_ids": list(self.rule_ids),
            "targets": list(self.targets),
            "raised_at": isoformat(self.raised_at),
            "expires_at": isoformat(self.expires_at),
            "trace_id": self.trace_id,
            "state": self.state,
            "answered_by": self.answered_by,
            "answer": self.answer,
            "closed_at": None if self.closed_at is None else isoformat(self.closed_at),
        }


class Escalations(Protocol):
    """Where escalations wait. Every method is atomic over all callers."""

    def put(self, escalation: Escalation) -> Escalation:
        """Store it, or return the one that already waits for the same subject and condition."""
        ...

    def get(self, escalation_id: str) -> Escalation:
        """Return one; `GovernanceError` if there is none."""
        ...

    def pending(self) -> tuple[Escalation, ...]:
        """Return those still to be answered, oldest first."""
        ...

    def about(self, subject: str) -> tuple[Escalation, ...]:
        """Return all that were ever raised about `subject`, oldest first."""
        ...

    def resolve(self, escalation_id: str, *, state: Answer, by: str, answer: str) -> Escalation:
        """Close a pending one; `GovernanceError` if it is closed or its time is over."""
        ...

    def expire(self) -> tuple[Escalation, ...]:
        """Close those whose time is over and return them, each to one caller only."""
        ...


class EscalationQueue:
    """Escalations in a file that several processes may share; a commit survives a power cut."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open the queue, or create it.

        Raises:
            MemoryLayerError: the file is no database.
        """
        self._database = Database(path, _TABLES, durable=True)
        self._clock = clock

    def put(self, escalation: Escalation) -> Escalation:
        """Store `escalation` and return it, or its twin.

        The twin is the one that already waits for the same agent, subject and condition: a repeated
        request does not ask the anchors twice.

        Raises:
            MemoryLayerError: it could not be stored.
        """
        with self._database.write() as connection:
            found = connection.execute(
                "SELECT * FROM escalations WHERE agent = ? AND subject = ? AND condition = ?"
                " AND state = 'pending' AND expires_at > ?",
                (escalation.agent, escalation.subject, escalation.condition, self._clock()),
            ).fetchone()
            if found is not None:
                return _read(found)
            connection.execute(
                "INSERT INTO escalations VALUES"
                " (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                _row(escalation),
            )
        return escalation

    def get(self, escalation_id: str) -> Escalation:
        """Return one escalation.

        Raises:
            GovernanceError: there is none with this id.
        """
        rows = self._read(
            "SELECT * FROM escalations WHERE escalation_id = ?",
            escalation_id,
        )
        if not rows:
            raise GovernanceError(f"there is no escalation {escalation_id!r}")
        return rows[0]

    def pending(self) -> tuple[Escalation, ...]:
        """Return those that can still be answered, oldest first."""
        return self._read(
            "SELECT * FROM escalations WHERE state = 'pending' AND expires_at > ?"
            " ORDER BY sequence",
            self._clock(),
        )

    def about(self, subject: str) -> tuple[Escalation, ...]:
        """Return all that were ever raised about `subject`, oldest first."""
        return self._read("SELECT * FROM escalations WHERE subject = ? ORDER BY sequence", subject)

    def resolve(self, escalation_id: str, *, state: Answer, by: str, answer: str) -> Escalation:
        """Close a pending escalation; of two that try at once, one succeeds.

        Args:
            escalation_id: Which one.
            state: How it ends.
            by: Who answered.
            answer: The decision in words.

        Raises:
            GovernanceError: there is none, it is closed, or its time is over.
        """
        now = self._clock()
        with self._database.write() as connection:
            updated = connection.execute(
                "UPDATE escalations SET state = ?, answered_by = ?, answer = ?, closed_at = ?"
                " WHERE escalation_id = ? AND state = 'pending' AND expires_at > ?",
                (state, by, answer, now, escalation_id, now),
            ).rowcount
        escalation = self.get(escalation_id)
        if not updated:
            ended = "expired" if escalation.state == "pending" else escalation.state
            raise GovernanceError(f"escalation {escalation_id} is closed: {ended}")
        return escalation

    def expire(self) -> tuple[Escalation, ...]:
        """Close those whose time is over; each is returned to one caller only, oldest first."""
        now = self._clock()
        with self._database.write() as connection:
            rows = connection.execute(
                "UPDATE escalations SET state = 'expired', closed_at = ?"
                " WHERE state = 'pending' AND expires_at <= ? RETURNING *",
                (now, now),
            ).fetchall()
        return tuple(_read(row) for row in sorted(rows, key=_sequence))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _read(self, sql: str, parameter: SqlValue) -> tuple[Escalation, ...]:
        return tuple(_read(row) for row in self._database.rows(sql, (parameter,)))


def _sequence(row: Sequence[SqlValue]) -> int:
    return cast("int", row[0])


def _row(escalation: Escalation) -> tuple[SqlValue, ...]:
    """Return the values of the columns after `sequence`, in their order."""
    return (
        escalation.escalation_id,
        escalation.agent,
        escalation.subject,
        escalation.condition,
        escalation.reason,
        escalation.severity,
        json.dumps(escalation.rule_ids),
        json.dumps(escalation.targets),
        escalation.raised_at,
        escalation.expires_at,
        escalation.trace_id,
        escalation.state,
        escalation.answered_by,
        escalation.answer,
        escalation.closed_at,
    )


def _read(row: Sequence[SqlValue]) -> Escalation:
    """Rebuild an escalation from a row of the table, whose types are our own."""
    return Escalation(
        escalation_id=cast("str", row[1]),
        agent=cast("str", row[2]),
        subject=cast("str", row[3]),
        condition=cast("str", row[4]),
        reason=cast("str", row[5]),
        severity=cast("str", row[6]),
        rule_ids=tuple(json.loads(cast("str", row[7]))),
        targets=tuple(json.loads(cast("str", row[8]))),
        raised_at=cast("float", row[9]),
        expires_at=cast("float", row[10]),
        trace_id=cast("str", row[11]),
        state=cast("State", row[12]),
        answered_by=cast("str | None", row[13]),
        answer=cast("str | None", row[14]),
        closed_at=cast("float | None", row[15]),
    )
