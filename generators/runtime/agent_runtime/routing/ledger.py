"""The cases behind decisions, so that a decision can be found and made again.

A decision is live until another one supersedes it. Links that a human rejected are kept for their
domain: no later decision of the domain recommends them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.database import Database, SqlValue
from agent_runtime.domains import domain_key
from agent_runtime.errors import InputBoundsError
from agent_runtime.jsontext import canonical_json, parse_object
from agent_runtime.observations import CandidatePair
from agent_runtime.packets import PacketEnvelope, parse_packet
from agent_runtime.routing.domain_context import entities_of
from agent_runtime.routing.work import Decided

MOST_AFFECTED: Final = 100
"""Most decisions that one correction makes again; the latest ones."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS cases (
    decision_id TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    packet TEXT NOT NULL,
    status TEXT NOT NULL,
    decided_at REAL NOT NULL,
    superseded_by TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cases_time ON cases (decided_at);
CREATE TABLE IF NOT EXISTS ranked (
    decision_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    subject TEXT NOT NULL,
    relation TEXT NOT NULL,
    object TEXT NOT NULL,
    PRIMARY KEY (decision_id, place)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ranked_links ON ranked (subject, relation, object);
CREATE TABLE IF NOT EXISTS about (
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    PRIMARY KEY (name, kind, decision_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejected (
    domain TEXT NOT NULL,
    subject TEXT NOT NULL,
    relation TEXT NOT NULL,
    object TEXT NOT NULL,
    rejected_by TEXT NOT NULL,
    PRIMARY KEY (domain, subject, relation, object)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptCase:
    """A decision of the ledger.

    Attributes:
        decision_id: names it.
        domain: whose case it was.
        packet: the packet that asked.
        status: how governance left it.
        ranking: the links that it ranked, best first.
        superseded_by: the decision that replaced it; None while it is live.
    """

    decision_id: str
    domain: str
    packet: PacketEnvelope
    status: str
    ranking: tuple[CandidatePair, ...]
    superseded_by: str | None


class CaseLedger:
    """The ledger of one agent; safe for threads and processes."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open the ledger.

        Raises:
            MemoryLayerError: the file cannot be opened.
        """
        self._database = Database(path, _TABLES, durable=True)
        self._clock = clock

    def keep(self, decided: Decided) -> None:
        """Keep a decision with its case; the one that it supersedes is live no longer.

        Raises:
            MemoryLayerError: it could not be kept.
        """
        received, outcome = decided.received, decided.outcome
        case, name = received.case, outcome.decision_id
        packet = canonical_json(received.packet.to_json())
        about = [(case.domain, "domain", name)]
        about += [(entity, "entity", name) for entity in entities_of(case)]
        about += [(resource, "resource", name) for resource in received.reserves]
        ranked = [
            (name, place, *case.candidates[index])
            for place, index in enumerate(decided.draft.ranking)
        ]
        row = (name, case.domain, packet, outcome.governance_status, outcome.decided_at)
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO cases VALUES (?, ?, ?, ?, ?, NULL)", row)
            connection.executemany("INSERT OR REPLACE INTO ranked VALUES (?, ?, ?, ?, ?)", ranked)
            connection.executemany("INSERT OR REPLACE INTO about VALUES (?, ?, ?)", about)
            connection.execute(
                "UPDATE cases SET superseded_by = ? WHERE decision_id = ?",
                (name, outcome.supersedes),
            )

    def get(self, decision_id: str) -> KeptCase:
        """Return a decision.

        Raises:
            InputBoundsError: there is none of this id.
            MemoryLayerError: the ledger could not be read.
        """
        rows = self._database.rows(
            "SELECT domain, packet, status, superseded_by FROM cases WHERE decision_id = ?",
            (decision_id,),
        )
        if not rows:
            raise InputBoundsError(f"no decision {decision_id!r} was made here")
        domain, packet, status, superseded_by = rows[0]
        ranked = self._database.rows(
            "SELECT subject, relation, object FROM ranked WHERE decision_id = ? ORDER BY place",
            (decision_id,),
        )
        return KeptCase(
            decision_id=decision_id,
            domain=str(domain),
            packet=parse_packet(parse_object(packet)),
            status=str(status),
            ranking=tuple(CandidatePair(*(str(part) for part in row)) for row in ranked),
            superseded_by=None if superseded_by is None else str(superseded_by),
        )

    def set_status(self, decision_id: str, status: str) -> None:
        """Note how governance left a decision in the end.

        Raises:
            MemoryLayerError: it could not be noted.
        """
        with self._database.write() as connection:
            connection.execute(
                "UPDATE cases SET status = ? WHERE decision_id = ?", (status, decision_id)
            )

    def reject(self, domain: str, links: Iterable[CandidatePair], *, by: str) -> None:
        """Keep from now on that `domain` is not to be recommended `links`, on the word of `by`.

        Raises:
            MemoryLayerError: it could not be kept.
        """
        rows = [(domain_key(domain), *link, by) for link in links]
        with self._database.write() as connection:
            connection.executemany("INSERT OR REPLACE INTO rejected VALUES (?, ?, ?, ?, ?)", rows)

    def rejected(self, domain: str) -> frozenset[CandidatePair]:
        """Return the links that a human rejected for `domain`.

        Raises:
            MemoryLayerError: the ledger could not be read.
        """
        rows = self._database.rows(
            "SELECT subject, relation, object FROM rejected WHERE domain = ?",
            (domain_key(domain),),
        )
        return frozenset(CandidatePair(*(str(part) for part in row)) for row in rows)

    def recommending(self, link: CandidatePair) -> tuple[str, ...]:
        """Return the live decisions that put `link` first, latest first.

        Raises:
            MemoryLayerError: the ledger could not be read.
        """
        clause = "place = 0 AND subject = ? AND relation = ? AND object = ?"
        return self._live("ranked", clause, tuple(link))

    def about(self, name: str) -> tuple[str, ...]:
        """Return the live decisions about an entity or a domain, latest first.

        Raises:
            MemoryLayerError: the ledger could not be read.
        """
        return self._live("about", "name = ? AND kind IN ('domain', 'entity')", (name,))

    def rivals(self, domain: str, resources: Sequence[str]) -> tuple[str, ...]:
        """Return the live decisions of other domains that reserve one of `resources`.

        Raises:
            MemoryLayerError: the ledger could not be read.
        """
        marks = ", ".join("?" * len(resources))
        clause = f"kind = 'resource' AND name IN ({marks}) AND domain <> ?"
        return self._live("about", clause, (*resources, domain))

    def purge(self, days: float) -> int:
        """Forget the decisions made more than `days` ago; return how many.

        Raises:
            MemoryLayerError: they could not be forgotten.
        """
        oldest = self._clock() - days * 86_400.0
        with self._database.write() as connection:
            for table in ("ranked", "about"):
                connection.execute(
                    f"DELETE FROM {table} WHERE decision_id IN "  # noqa: S608 - of two literals
                    "(SELECT decision_id FROM cases WHERE decided_at < ?)",
                    (oldest,),
                )
            return connection.execute("DELETE FROM cases WHERE decided_at < ?", (oldest,)).rowcount

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _live(self, table: str, clause: str, values: tuple[SqlValue, ...]) -> tuple[str, ...]:
        query = (
            "SELECT DISTINCT decision_id, decided_at FROM cases "  # noqa: S608 - of literals
            f"JOIN {table} USING (decision_id) WHERE superseded_by IS NULL AND {clause} "
            f"ORDER BY decided_at DESC, decision_id LIMIT {MOST_AFFECTED}"
        )
        return tuple(str(row[0]) for row in self._database.rows(query, values))
