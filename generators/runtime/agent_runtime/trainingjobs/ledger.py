"""The trainings of an agent: what was asked for, how far each is, and what came of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from agent_runtime.clock import Clock
from agent_runtime.database import Database, SqlValue
from agent_runtime.errors import InputBoundsError
from agent_runtime.jsontext import canonical_json

State = Literal["queued", "running", "succeeded", "failed"]

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS trainings (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    domain TEXT NOT NULL,
    dataset TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    submitted_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    detail TEXT NOT NULL DEFAULT '',
    model TEXT NOT NULL DEFAULT '',
    metrics TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS trainings_by_state ON trainings (state, number);
"""
_COLUMNS: Final = (
    "job_id, state, reason, domain, dataset, trace_id, submitted_at, started_at, finished_at, "
    "attempts, detail, model, metrics"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingRecord:
    """A training as stored; times in seconds since the epoch.

    Attributes:
        job_id: its name.
        state: queued, running, succeeded or failed.
        reason: why it was asked for.
        domain: the domain whose outcomes it learns from; empty for all.
        dataset: SHA-256 of its dataset.
        trace_id: trace of the request.
        submitted_at: when it was asked for.
        started_at: when a process last began with it.
        finished_at: when it ended.
        attempts: processes that began with it.
        detail: why it failed, or how it ended.
        model: SHA-256 of the bundle it made.
        metrics: figures of that model.
    """

    job_id: str
    state: State
    reason: str
    domain: str
    dataset: str
    trace_id: str
    submitted_at: float
    started_at: float | None = None
    finished_at: float | None = None
    attempts: int = 0
    detail: str = ""
    model: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("queued", "running")


class TrainingLedger:
    """Durable records of trainings; safe for threads and processes."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._database = Database(path, _TABLES, durable=True)
        self._clock = clock

    def add(self, record: TrainingRecord) -> None:
        """Store a training that was asked for."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO trainings (job_id, state, reason, domain, dataset, trace_id,"
                " submitted_at) VALUES (?, 'queued', ?, ?, ?, ?, ?)",
                (
                    record.job_id,
                    record.reason,
                    record.domain,
                    record.dataset,
                    record.trace_id,
                    record.submitted_at,
                ),
            )

    def begin(self, job_id: str) -> TrainingRecord:
        """Note that a process begins with a training, and return it."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE trainings SET state = 'running', started_at = ?, attempts = attempts + 1"
                " WHERE job_id = ?",
                (self._clock(), job_id),
            )
        return self.get(job_id)

    def release(self, job_id: str) -> None:
        """Queue a training again that was stopped with its agent; the attempt does not count."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE trainings SET state = 'queued', attempts = attempts - 1 WHERE job_id = ?",
                (job_id,),
            )

    def finish(
        self,
        job_id: str,
        state: State,
        *,
        detail: str,
        model: str = "",
        metrics: Mapping[str, float] | None = None,
    ) -> TrainingRecord:
        """Note how a training ended, and return it."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE trainings SET state = ?, finished_at = ?, detail = ?, model = ?,"
                " metrics = ? WHERE job_id = ?",
                (
                    state,
                    self._clock(),
                    detail,
                    model,
                    canonical_json(dict(metrics or {})),
                    job_id,
                ),
            )
        return self.get(job_id)

    def get(self, job_id: str) -> TrainingRecord:
        """Return a training.

        Raises:
            InputBoundsError: there is none of this name.
        """
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM trainings WHERE job_id = ?", (job_id,)  # noqa: S608
        )
        if not rows:
            raise InputBoundsError(f"there is no training {job_id!r}")
        return _record(rows[0])

    def open(self) -> tuple[TrainingRecord, ...]:
        """Return the trainings that have not ended, oldest first."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM trainings"  # noqa: S608 - constant columns
            " WHERE state IN ('queued', 'running') ORDER BY number"
        )
        return tuple(map(_record, rows))

    def recent(self, limit: int) -> tuple[TrainingRecord, ...]:
        """Return the last trainings, newest first."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM trainings ORDER BY number DESC LIMIT ?",  # noqa: S608
            (limit,),
        )
        return tuple(map(_record, rows))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _record(row: tuple[SqlValue, ...]) -> TrainingRecord:
    texts = [str(each) for each in row]
    return TrainingRecord(
        job_id=texts[0],
        state=_STATES[texts[1]],
        reason=texts[2],
        domain=texts[3],
        dataset=texts[4],
        trace_id=texts[5],
        submitted_at=float(texts[6]),
        started_at=None if row[7] is None else float(texts[7]),
        finished_at=None if row[8] is None else float(texts[8]),
        attempts=int(texts[9]),
        detail=texts[10],
        model=texts[11],
        metrics=json.loads(texts[12]),
    )


_STATES: Final[Mapping[str, State]] = {
    "queued": "queued",
    "running": "running",
    "succeeded": "succeeded",
    "failed": "failed",
}
