"""Episodic memory: the decision log, found again by field, time, words or likeness."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from agent_runtime.clock import Clock
from agent_runtime.database import Database, SqlValue
from agent_runtime.errors import InputBoundsError
from agent_runtime.jsontext import canonical_json, checked_object, parse_object
from agent_runtime.memory.topology import EpisodicSpec
from agent_runtime.memory.vectors import VECTOR_TABLES, VectorIndex, unit_vector
from agent_runtime.values import JsonObject, JsonValue

Scalar = str | int | float | bool
"""What an indexed field can be compared with."""

SECONDS_A_DAY: Final = 86_400.0
MAX_LIMIT: Final = 10_000

_LOOKUP_COLUMNS: Final = frozenset(
    ("decision_id", "agent_id", "timestamp", "confidence_score", "trace_id", "governance_status")
)
_SELECT: Final = (
    "SELECT decision_id, agent_id, decision_data, confidence_score, trace_id, governance_status, "
    "timestamp FROM decision_logs"
)
_INSERT: Final = (
    "INSERT INTO decision_logs (decision_id, agent_id, decision_data, confidence_score, trace_id, "
    "governance_status, timestamp) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (decision_id) DO NOTHING"
)

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS decision_logs (
    episode INTEGER PRIMARY KEY AUTOINCREMENT,
    decision_id TEXT NOT NULL UNIQUE,
    agent_id TEXT NOT NULL,
    timestamp REAL NOT NULL,
    decision_data TEXT NOT NULL,
    confidence_score REAL,
    trace_id TEXT NOT NULL,
    governance_status TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS decision_logs_time ON decision_logs (timestamp);
CREATE INDEX IF NOT EXISTS decision_logs_trace ON decision_logs (trace_id);
CREATE VIRTUAL TABLE IF NOT EXISTS decision_words USING fts5 (words);
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """One row of the decision log.

    Attributes:
        decision_id: unique; logging it again is the same episode, not a second one.
        agent_id: who decided.
        decision_data: what was decided and upon what, any JSON object.
        confidence_score: from 0 to 1, or None where the decision has none.
        trace_id: joins the records of one causal chain.
        governance_status: e.g. ``approved``, ``escalated``, ``not_required``.
        timestamp: seconds since the epoch; the store sets it when it logs the episode.
    """

    decision_id: str
    agent_id: str
    decision_data: JsonObject
    confidence_score: float | None
    trace_id: str
    governance_status: str
    timestamp: float = 0.0


class EpisodicMemory(Protocol):
    """The decision log of one agent."""

    def log(self, episode: Episode, *, vector: Sequence[float] | None = None) -> bool:
        """Log the episode once; False if it was there already."""

    def get(self, decision_id: str) -> Episode | None:
        """Return one episode, or None."""

    def find(
        self,
        where: Mapping[str, Scalar] | None = None,
        *,
        since: float | None = None,
        until: float | None = None,
        limit: int = 100,
    ) -> tuple[Episode, ...]:
        """Return episodes whose declared fields equal `where`, newest first."""

    def search(self, text: str, *, limit: int = 10) -> tuple[Episode, ...]:
        """Return episodes that contain all words of `text`, best match first."""

    def nearest(self, vector: Sequence[float], *, k: int = 10) -> tuple[tuple[Episode, float], ...]:
        """Return the episodes whose vectors are most like `vector`, with their cosines."""

    def nearest_each(
        self, vectors: Sequence[Sequence[float]], *, k: int = 10
    ) -> tuple[tuple[tuple[Episode, float], ...], ...]:
        """Return what `nearest` returns for each of many vectors, reading each episode once."""

    def purge(self) -> int:
        """Remove episodes past the declared retention and return how many there were."""

    def close(self) -> None:
        """Release what the layer holds open."""


class SqliteEpisodicMemory:
    """The decision log in a SQLite file: expression indexes, full-text search, exact kNN."""

    def __init__(self, path: Path, spec: EpisodicSpec, clock: Clock) -> None:
        """Open the store and index each declared field, also for rows that are there already.

        Raises:
            MemoryLayerError: the file cannot be opened.
        """
        self._expressions = {name: name for name in _LOOKUP_COLUMNS}
        self._expressions.update({name: _expression(name) for name in spec.index_by})
        indexes = "".join(
            f'CREATE INDEX IF NOT EXISTS "by_{name}" ON decision_logs ({_expression(name)});\n'
            for name in spec.index_by
        )
        self._database = Database(path, _TABLES + VECTOR_TABLES + indexes)
        self._vectors = VectorIndex(self._database)
        self._spec = spec
        self._clock = clock

    def log(self, episode: Episode, *, vector: Sequence[float] | None = None) -> bool:
        """Log `episode` at the present time, with an optional vector (d,) to find it by.

        Returns:
            True if it was logged now, False if the same episode was logged before.

        Raises:
            InputBoundsError: the data is not finite JSON, the confidence not within [0, 1], the
                vector has no direction, or another episode already has this id.
            MemoryLayerError: the store failed.
        """
        row = _row(episode)
        unit = None if vector is None else unit_vector(vector)
        with self._database.write() as connection:
            placed = connection.execute(_INSERT, (*row, self._clock()))
            if placed.rowcount == 0:
                known = connection.execute(
                    f"{_SELECT} WHERE decision_id = ?", (episode.decision_id,)
                ).fetchone()
                if known[:-1] != row:
                    raise InputBoundsError(
                        f"decision {episode.decision_id!r} is already logged with other content"
                    )
                return False
            connection.execute(
                "INSERT INTO decision_words (rowid, words) VALUES (?, ?)",
                (placed.lastrowid, _words(episode)),
            )
            if unit is not None:
                connection.execute(
                    "INSERT INTO vectors VALUES (?, ?, ?)",
                    (placed.lastrowid, unit.size, unit.astype("<f4").tobytes()),
                )
        return True

    def get(self, decision_id: str) -> Episode | None:
        """Return the episode of `decision_id`, or None.

        Raises:
            MemoryLayerError: the store failed.
        """
        rows = self._database.rows(f"{_SELECT} WHERE decision_id = ?", (decision_id,))
        return _episode(rows[0]) if rows else None

    def find(
        self,
        where: Mapping[str, Scalar] | None = None,
        *,
        since: float | None = None,
        until: float | None = None,
        limit: int = 100,
    ) -> tuple[Episode, ...]:
        """Return episodes, newest first.

        Args:
            where: required values by field: a declared `index_by` field, or a column of the log.
            since: earliest time, included, in seconds since the epoch.
            until: latest time, excluded.
            limit: most episodes to return, 1 to `MAX_LIMIT`.

        Raises:
            InputBoundsError: a field is neither declared nor a column, or the limit out of range.
            MemoryLayerError: the store failed.
        """
        clauses = ["timestamp >= ?", "timestamp < ?"]
        values: list[SqlValue] = [_or(since, -math.inf), _or(until, math.inf)]
        for name, value in (where or {}).items():
            clauses.append(f"{self._indexed(name)} = ?")
            values.append(value)
        query = " ".join(
            (
                _SELECT,
                "WHERE",
                " AND ".join(clauses),
                "ORDER BY timestamp DESC, episode DESC LIMIT ?",
            )
        )
        rows = self._database.rows(query, (*values, _limit(limit)))
        return tuple(_episode(row) for row in rows)

    def search(self, text: str, *, limit: int = 10) -> tuple[Episode, ...]:
        """Return episodes whose data contains all the words of `text`, best match first.

        Raises:
            InputBoundsError: `text` has no word, or the limit is out of range.
            MemoryLayerError: the store failed.
        """
        words = re.findall(r"\w+", text)
        if not words:
            raise InputBoundsError("a text search needs at least one word")
        rows = self._database.rows(
            f"{_SELECT} JOIN decision_words ON decision_words.rowid = episode "
            "WHERE decision_words MATCH ? ORDER BY rank, episode LIMIT ?",
            (" ".join(f'"{word}"' for word in words), _limit(limit)),
        )
        return tuple(_episode(row) for row in rows)

    def nearest(self, vector: Sequence[float], *, k: int = 10) -> tuple[tuple[Episode, float], ...]:
        """Return the `k` episodes whose vectors point most like `vector` (d,), with their cosines.

        Raises:
            InputBoundsError: the vector has no direction, or `k` is below 1.
            MemoryLayerError: the store failed.
        """
        return self.nearest_each((vector,), k=k)[0]

    def nearest_each(
        self, vectors: Sequence[Sequence[float]], *, k: int = 10
    ) -> tuple[tuple[tuple[Episode, float], ...], ...]:
        """Return what `nearest` returns for each of many vectors; each episode is read once.

        Raises:
            InputBoundsError: a vector has no direction, or `k` is below 1.
            MemoryLayerError: the store failed.
        """
        read: dict[int, tuple[Episode, ...]] = {}
        found: list[tuple[tuple[Episode, float], ...]] = []
        for vector in vectors:
            near: list[tuple[Episode, float]] = []
            for number, cosine in self._vectors.nearest(vector, k):
                if number not in read:
                    rows = self._database.rows(f"{_SELECT} WHERE episode = ?", (number,))
                    read[number] = tuple(_episode(row) for row in rows)
                near.extend((episode, cosine) for episode in read[number])
            found.append(tuple(near))
        return tuple(found)

    def purge(self) -> int:
        """Remove what is older than the declared retention and return how many episodes that was.

        Raises:
            MemoryLayerError: the store failed.
        """
        if self._spec.retention_days is None:
            return 0
        oldest = self._clock() - self._spec.retention_days * SECONDS_A_DAY
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM decision_words WHERE rowid IN "
                "(SELECT episode FROM decision_logs WHERE timestamp < ?)",
                (oldest,),
            )
            return connection.execute(
                "DELETE FROM decision_logs WHERE timestamp < ?", (oldest,)
            ).rowcount

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _indexed(self, name: str) -> str:
        if name not in self._expressions:
            raise InputBoundsError(
                f"{name!r} is not indexed; use one of {', '.join(sorted(self._expressions))}"
            )
        return self._expressions[name]


def _expression(name: str) -> str:
    """Say where SQLite finds the field; `EpisodicSpec` admits identifiers only."""
    return name if name in _LOOKUP_COLUMNS else f"json_extract(decision_data, '$.{name}')"


def _row(episode: Episode) -> tuple[SqlValue, ...]:
    for name in ("decision_id", "agent_id", "trace_id", "governance_status"):
        if not getattr(episode, name):
            raise InputBoundsError(f"an episode needs its {name}")
    confidence = episode.confidence_score
    if confidence is not None and not 0.0 <= confidence <= 1.0:
        raise InputBoundsError(f"confidence_score must be from 0 to 1: {confidence}")
    data = checked_object(episode.decision_data, name="decision_data", refuse=InputBoundsError)
    return (
        episode.decision_id,
        episode.agent_id,
        canonical_json(data),
        None if confidence is None else float(confidence),
        episode.trace_id,
        episode.governance_status,
    )


def _episode(row: tuple[SqlValue, ...]) -> Episode:
    return Episode(
        decision_id=str(row[0]),
        agent_id=str(row[1]),
        decision_data=parse_object(row[2]),
        confidence_score=None if row[3] is None else float(row[3]),
        trace_id=str(row[4]),
        governance_status=str(row[5]),
        timestamp=float(row[6] or 0.0),
    )


def _words(episode: Episode) -> str:
    """Gather the texts of an episode that a reader would search for."""
    found = [episode.agent_id, episode.governance_status]
    pending: list[JsonValue] = [episode.decision_data]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            found.append(value.encode("utf-8", "replace").decode("utf-8"))
        elif isinstance(value, Mapping):
            pending.extend(value.values())
        elif isinstance(value, Sequence):
            pending.extend(value)
    return "\n".join(found)


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _limit(limit: int) -> int:
    if not 1 <= limit <= MAX_LIMIT:
        raise InputBoundsError(f"limit must be from 1 to {MAX_LIMIT}: {limit}")
    return limit
