"""The outcomes an agent has taken in, each exactly once, and what it refused."""

import json
import math
import sqlite3
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.database import Database, SqlValue
from agent_runtime.datasets.records import OutcomeRecord, read_outcome
from agent_runtime.errors import InputBoundsError
from agent_runtime.jsontext import canonical_json

SECONDS_A_DAY: Final = 86_400.0

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS outcomes (
    source TEXT NOT NULL,
    record_id TEXT NOT NULL,
    domain TEXT NOT NULL,
    digest TEXT NOT NULL,
    occurred_at REAL NOT NULL,
    taken_at REAL NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (source, record_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outcomes_by_time ON outcomes (occurred_at);
CREATE TABLE IF NOT EXISTS tallies (
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (source, kind)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refusals (source TEXT NOT NULL, refused_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS refusals_by_time ON refusals (refused_at);
CREATE TABLE IF NOT EXISTS cursors (source TEXT PRIMARY KEY, position TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestionCounts:
    """What became of the outcomes that were reported: kept, known before, refused."""

    taken: int = 0
    repeated: int = 0
    refused: int = 0


class OutcomeLedger:
    """Durable outcomes by source and id; safe for threads and processes."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open or create the ledger at `path`; `clock` stamps what is taken in."""
        self._database = Database(path, _TABLES, durable=True)
        self._clock = clock

    def take(self, record: OutcomeRecord) -> bool:
        """Keep `record`; False if it was kept before.

        Raises:
            InputBoundsError: its source reported something else under the same id.
        """
        row: tuple[SqlValue, ...] = (
            record.source,
            record.record_id,
            record.domain,
            record.digest,
            record.occurred_at,
            self._clock(),
            canonical_json(record.to_json()),
        )
        with self._database.write() as connection:
            known = connection.execute(
                "SELECT digest FROM outcomes WHERE source = ? AND record_id = ?", row[:2]
            ).fetchone()
            if known is not None and known[0] != record.digest:
                raise InputBoundsError(
                    f"{record.source} reported another outcome as {record.record_id} before"
                )
            if known is None:
                connection.execute("INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            _count(connection, record.source, "taken" if known is None else "repeated")
        return known is None

    def refuse(self, source: str) -> None:
        """Count a report of `source` that could not be taken in."""
        with self._database.write() as connection:
            _count(connection, source, "refused")
            connection.execute("INSERT INTO refusals VALUES (?, ?)", (source, self._clock()))

    def refused(self, *, days: float | None = None, sources: Collection[str] | None = None) -> int:
        """Return how many reports could not be taken in.

        Args:
            days: only those of so many days; all if None.
            sources: only those of these agents; of all if None.
        """
        rows = self._database.rows(
            "SELECT source, count(*) FROM refusals WHERE refused_at >= ? GROUP BY source",
            (self._since(days),),
        )
        return sum(int(str(n)) for source, n in rows if sources is None or source in sources)

    def counts(self) -> IngestionCounts:
        """Return what became of all reports so far."""
        rows = self._database.rows("SELECT kind, sum(number) FROM tallies GROUP BY kind")
        return IngestionCounts(**{str(kind): int(str(number)) for kind, number in rows})

    def records(
        self, *, days: float | None = None, domain: str | None = None
    ) -> tuple[OutcomeRecord, ...]:
        """Return outcomes by source and id.

        Args:
            days: only what occurred at most so many days ago; all if None.
            domain: only of this domain; all if None.
        """
        rows = self._database.rows(
            "SELECT document, source FROM outcomes WHERE occurred_at >= ?1 "
            "AND (?2 IS NULL OR domain = ?2) ORDER BY source, record_id",
            (self._since(days), domain),
        )
        return _read(rows)

    def taken_after(self, moment: float) -> tuple[OutcomeRecord, ...]:
        """Return the outcomes taken in after `moment`: nothing trained by then learnt from them."""
        return _read(
            self._database.rows(
                "SELECT document, source FROM outcomes WHERE taken_at > ? "
                "ORDER BY source, record_id",
                (moment,),
            )
        )

    def latency(self, *, days: float) -> float:
        """Return the mean seconds from an outcome to its intake, of those of so many days.

        NaN if none was taken in.
        """
        rows = self._database.rows(
            "SELECT avg(max(taken_at - occurred_at, 0.0)) FROM outcomes WHERE taken_at >= ?",
            (self._since(days),),
        )
        return math.nan if rows[0][0] is None else float(rows[0][0])

    def cursor(self, source: str) -> str:
        """Return how far pulling from `source` has come; empty before the first time."""
        rows = self._database.rows("SELECT position FROM cursors WHERE source = ?", (source,))
        return str(rows[0][0]) if rows else ""

    def advance(self, source: str, position: str) -> None:
        """Note how far pulling from `source` has come."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO cursors VALUES (?, ?) ON CONFLICT DO UPDATE "
                "SET position = excluded.position",
                (source, position),
            )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _since(self, days: float | None) -> float:
        return -sys.float_info.max if days is None else self._clock() - days * SECONDS_A_DAY


def _count(connection: sqlite3.Connection, source: str, kind: str) -> None:
    connection.execute(
        "INSERT INTO tallies VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET number = number + 1",
        (source, kind),
    )


def _read(rows: Iterable[tuple[SqlValue, ...]]) -> tuple[OutcomeRecord, ...]:
    return tuple(
        read_outcome(json.loads(str(document)), source=str(source)) for document, source in rows
    )
