"""The record book: what an adapter knows of each record, in its newest form, without persons."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.database import Database, SqlValue
from agent_runtime.jsontext import canonical_json, parse_object
from agent_runtime.observations import CandidatePair
from agent_runtime.translation.fields import Scalar
from agent_runtime.translation.records import CanonicalRecord
from agent_runtime.values import JsonValue

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS records (
    record TEXT NOT NULL,
    key TEXT NOT NULL,
    entity TEXT,
    content TEXT NOT NULL,
    noted_at REAL NOT NULL,
    PRIMARY KEY (record, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_entity ON records (entity);
"""


class RecordBook:
    """Durable; safe for threads and processes. Personal fields are never written to it."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open or create the book at `path`; `clock` stamps what is noted."""
        self._database = Database(path, _TABLES, durable=True)
        self._clock = clock

    def note(self, records: Iterable[CanonicalRecord]) -> int:
        """Keep `records` in place of what was known of them; return how many there were.

        Raises:
            MemoryLayerError: the store failed; then none is kept.
        """
        now = self._clock()
        rows = [(each.record, each.key, each.entity, _content(each), now) for each in records]
        with self._database.write() as connection:
            connection.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", rows)
        return len(rows)

    def get(self, record: str, key: str) -> CanonicalRecord | None:
        """Return what is known of one record, or None."""
        rows = self._database.rows(
            "SELECT record, key, entity, content FROM records WHERE record = ? AND key = ?",
            (record, key),
        )
        return _record(rows[0]) if rows else None

    def of_type(self, record: str) -> tuple[CanonicalRecord, ...]:
        """Return all records of a type, by key."""
        rows = self._database.rows(
            "SELECT record, key, entity, content FROM records WHERE record = ? ORDER BY key",
            (record,),
        )
        return tuple(_record(row) for row in rows)

    def entity(self, name: str) -> CanonicalRecord | None:
        """Return the record of an entity, or None."""
        rows = self._database.rows(
            "SELECT record, key, entity, content FROM records WHERE entity = ?", (name,)
        )
        return _record(rows[0]) if rows else None

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _content(record: CanonicalRecord) -> str:
    links: list[JsonValue] = [list(link) for link in record.links]
    return canonical_json(
        {
            "attributes": dict(record.attributes),
            "references": dict(record.references),
            "links": links,
        }
    )


def _record(row: tuple[SqlValue, ...]) -> CanonicalRecord:
    content = parse_object(row[3])
    attributes, references, links = (
        content["attributes"],
        content["references"],
        content["links"],
    )
    return CanonicalRecord(
        record=str(row[0]),
        key=str(row[1]),
        entity=None if row[2] is None else str(row[2]),
        attributes=_scalars(attributes),
        references={name: str(value) for name, value in _scalars(references).items()},
        links=tuple(_pair(link) for link in links) if isinstance(links, list) else (),
    )


def _scalars(value: JsonValue) -> dict[str, Scalar]:
    items = value.items() if isinstance(value, dict) else ()
    return {name: item for name, item in items if isinstance(item, str | int | float | bool)}


def _pair(value: JsonValue) -> CandidatePair:
    subject, relation, target = value if isinstance(value, list) else ("", "", "")
    return CandidatePair(str(subject), str(relation), str(target))
