"""The links an agent has observed, each with when it was last seen: what its models learn from."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from agent_runtime.clock import Clock
from agent_runtime.database import Database
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.datasets import Triple, check_triples

MOST_PAIRS: Final = 200_000
SECONDS_A_DAY: Final = 86_400.0

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS links (
    subject TEXT NOT NULL,
    relation TEXT NOT NULL,
    object TEXT NOT NULL,
    seen_at REAL NOT NULL,
    PRIMARY KEY (subject, relation, object)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS links_seen ON links (seen_at);
CREATE TABLE IF NOT EXISTS first_sightings (
    subject TEXT NOT NULL,
    relation TEXT NOT NULL,
    object TEXT NOT NULL,
    first_at REAL NOT NULL,
    PRIMARY KEY (subject, relation, object)
) WITHOUT ROWID;
"""


class CandidatePair(NamedTuple):
    """Two entities and the relation that may hold between them."""

    subject: str
    relation: str
    object: str


def candidate_pairs(
    rows: Iterable[tuple[str, str, str]], *, most: int = MOST_PAIRS
) -> tuple[CandidatePair, ...]:
    """Check rows of subject, relation, object and return them, each once, in their order.

    Raises:
        InputBoundsError: there is no row or more than `most`, or a name is unusable.
    """
    triples = check_triples(rows)
    if not 1 <= len(triples) <= most:
        raise InputBoundsError(f"{len(triples)} candidate pairs; 1 to {most} are accepted")
    return tuple(CandidatePair(*triple) for triple in triples)


class ObservedLinks:
    """A durable set of links; safe for threads and processes."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open or create the set at `path`; `clock` stamps what is observed."""
        self._database = Database(path, _TABLES, durable=True)
        self._clock = clock

    def observe(self, links: Iterable[Triple]) -> int:
        """Note that `links` hold now; return how many distinct ones were named.

        Raises:
            InputBoundsError: a name is unusable; then nothing is noted.
        """
        checked = check_triples(links)
        now = self._clock()
        with self._database.write() as connection:
            connection.executemany(  # not for links that were kept before there was this table
                "INSERT INTO first_sightings SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 "
                "FROM links WHERE subject = ?1 AND relation = ?2 AND object = ?3)",
                [(*link, now) for link in checked],
            )
            connection.executemany(
                "INSERT INTO links VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
                "SET seen_at = max(seen_at, excluded.seen_at)",
                [(*link, now) for link in checked],
            )
        return len(checked)

    def recent(self, days: float | None = None) -> tuple[Triple, ...]:
        """Return the links last seen at most `days` ago (all of them if None), sorted."""
        since = -1.0 if days is None else self._clock() - days * SECONDS_A_DAY
        rows = self._database.rows(
            "SELECT subject, relation, object FROM links WHERE seen_at >= ? "
            "ORDER BY subject, relation, object",
            (since,),
        )
        return tuple((str(subject), str(relation), str(obj)) for subject, relation, obj in rows)

    def first_seen_after(self, moment: float) -> tuple[Triple, ...]:
        """Return the links that were unknown until after `moment` (epoch seconds), sorted.

        A model that was trained by then did not learn from them.
        """
        rows = self._database.rows(
            "SELECT subject, relation, object FROM first_sightings WHERE first_at > ? "
            "ORDER BY subject, relation, object",
            (moment,),
        )
        return tuple((str(subject), str(relation), str(obj)) for subject, relation, obj in rows)

    def forget(self, days: float) -> int:
        """Delete the links last seen more than `days` ago; return how many."""
        with self._database.write() as connection:
            cursor = connection.execute(
                "DELETE FROM links WHERE seen_at < ?", (self._clock() - days * SECONDS_A_DAY,)
            )
            forgotten = cursor.rowcount
            connection.execute(
                "DELETE FROM first_sightings WHERE NOT EXISTS (SELECT 1 FROM links WHERE "
                "links.subject = first_sightings.subject AND links.relation = "
                "first_sightings.relation AND links.object = first_sightings.object)"
            )
            return forgotten

    def close(self) -> None:
        """Close the file."""
        self._database.close()
