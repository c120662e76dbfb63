"""What the scheduler remembers about jobs and their runs, in one SQLite file."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from agent_runtime.database import Database, SqlValue

Result = Literal["succeeded", "failed", "interrupted", "abandoned"]
"""`interrupted`: the process died in it; `abandoned`: it did so too often and was given up."""

KEPT_RUNS: Final = 500
"""Runs of a job that its history keeps."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS jobs (
    name TEXT PRIMARY KEY,
    schedule TEXT NOT NULL,
    planned REAL NOT NULL,
    started REAL,
    trace_id TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
    run_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    planned REAL NOT NULL,
    started REAL NOT NULL,
    finished REAL NOT NULL,
    result TEXT NOT NULL,
    detail TEXT NOT NULL,
    missed INTEGER NOT NULL,
    trace_id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS runs_by_job ON runs (name, run_id);
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobState:
    """A job as stored.

    Attributes:
        name: unique name.
        schedule: text of its schedule.
        planned: when it is due, seconds since the epoch.
        started: start of a run that has not ended; None if there is none.
        trace_id: trace of that run.
        attempts: how often in a row a run of this due time began and did not end.
    """

    name: str
    schedule: str
    planned: float
    started: float | None
    trace_id: str
    attempts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class JobOutcome:
    """A run that is over.

    Attributes:
        name: name of the job.
        planned: when it was due, seconds since the epoch.
        started: when it began.
        finished: when it ended.
        result: how.
        detail: the error, if there was one.
        missed: how many later due times this one run makes up for.
        trace_id: identifies the run in logs and memory layers.
    """

    name: str
    planned: float
    started: float
    finished: float
    result: Result
    detail: str
    missed: int
    trace_id: str


class JobStore:
    """Jobs and runs, shared by threads and processes."""

    def __init__(self, path: Path) -> None:
        """Open the store, or create it.

        Raises:
            MemoryLayerError: the file is no database.
        """
        self._database = Database(path, _TABLES, durable=True)
        self._locks = path.with_name(f"{path.name}.jobs")

    def put(self, name: str, schedule: str, planned: float) -> None:
        """Store a job; what is known about one with the same schedule stays."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO jobs (name, schedule, planned) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET schedule = excluded.schedule,"
                " planned = excluded.planned, attempts = 0"
                " WHERE jobs.schedule <> excluded.schedule",
                (name, schedule, planned),
            )

    def remove(self, name: str) -> None:
        """Forget a job; its history stays."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM jobs WHERE name = ?", (name,))

    def job(self, name: str) -> JobState | None:
        """Return a job, or None if it is not stored."""
        rows = self._database.rows(
            "SELECT name, schedule, planned, started, trace_id, attempts FROM jobs WHERE name = ?",
            (name,),
        )
        return _state(rows[0]) if rows else None

    def begin(self, name: str, started: float, trace_id: str) -> None:
        """Note that a run begins."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE jobs SET started = ?, trace_id = ?, attempts = attempts + 1"
                " WHERE name = ?",
                (started, trace_id, name),
            )

    def end(self, outcome: JobOutcome, planned: float | None) -> None:
        """Note that a run ended, and when the job is due next; None leaves it due as it was."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO runs (name, planned, started, finished, result, detail, missed,"
                " trace_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    outcome.name,
                    outcome.planned,
                    outcome.started,
                    outcome.finished,
                    outcome.result,
                    outcome.detail,
                    outcome.missed,
                    outcome.trace_id,
                ),
            )
            connection.execute("UPDATE jobs SET started = NULL WHERE name = ?", (outcome.name,))
            if planned is not None:
                connection.execute(
                    "UPDATE jobs SET planned = ?, attempts = 0 WHERE name = ?",
                    (planned, outcome.name),
                )
            connection.execute(
                "DELETE FROM runs WHERE name = ? AND run_id <= (SELECT run_id FROM runs"
                " WHERE name = ? ORDER BY run_id DESC LIMIT 1 OFFSET ?)",
                (outcome.name, outcome.name, KEPT_RUNS),
            )

    def history(self, name: str, limit: int) -> tuple[JobOutcome, ...]:
        """Return the last runs of a job, newest first."""
        rows = self._database.rows(
            "SELECT name, planned, started, finished, result, detail, missed, trace_id"
            " FROM runs WHERE name = ? ORDER BY run_id DESC LIMIT ?",
            (name, limit),
        )
        return tuple(_outcome(row) for row in rows)

    @contextmanager
    def exclusive(self, name: str) -> Iterator[bool]:
        """Hold the job over all threads and processes; False if another holds it.

        The kernel lets go of the lock when its holder dies, however that happens.
        """
        self._locks.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._locks / f"{name}.lock", flags, 0o640)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held = False
            else:
                held = True
            yield held
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _state(row: tuple[SqlValue, ...]) -> JobState:
    name, schedule, planned, started, trace_id, attempts = row
    return JobState(
        name=str(name),
        schedule=str(schedule),
        planned=_seconds(planned),
        started=None if started is None else _seconds(started),
        trace_id=str(trace_id),
        attempts=int(_seconds(attempts)),
    )


def _outcome(row: tuple[SqlValue, ...]) -> JobOutcome:
    name, planned, started, finished, result, detail, missed, trace_id = row
    return JobOutcome(
        name=str(name),
        planned=_seconds(planned),
        started=_seconds(started),
        finished=_seconds(finished),
        result=_RESULTS[str(result)],
        detail=str(detail),
        missed=int(_seconds(missed)),
        trace_id=str(trace_id),
    )


_RESULTS: Final[dict[str, Result]] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "interrupted": "interrupted",
    "abandoned": "abandoned",
}


def _seconds(value: SqlValue) -> float:
    return float(value if isinstance(value, int | float) else 0.0)
