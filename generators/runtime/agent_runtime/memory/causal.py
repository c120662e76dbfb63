"""Causal memory: weighted n-ary links between atoms, where a link is itself an atom.

The data model is HyperGraphDB's: a link joins any number of atoms and may be the target of
another link. Influence along links follows Wright's path-tracing rule (S. Wright, "The method of
path coefficients", 1934): the sum over directed paths of the product of the weights on each.
"""

import hashlib
import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from agent_runtime.database import Database, SqlValue
from agent_runtime.errors import InputBoundsError
from agent_runtime.jsontext import canonical_json
from agent_runtime.memory.topology import CausalSpec

MAX_DEPTH: Final = 8
INFLUENCES: Final = "INFLUENCES"
DECLARED_WEIGHT: Final = 1.0
"""The schema says that a factor influences another, not how much."""

FACTOR: Final = "factor:"
DECISION: Final = "decision:"
_DECLARED: Final = "declared:"

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS atoms (
    atom_id TEXT PRIMARY KEY, kind TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hyperedges (
    link_id TEXT PRIMARY KEY REFERENCES atoms (atom_id),
    relation TEXT NOT NULL,
    content TEXT NOT NULL,
    trace_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS incidence (
    link_id TEXT NOT NULL REFERENCES hyperedges (link_id),
    role TEXT NOT NULL CHECK (role IN ('source', 'target')),
    atom_id TEXT NOT NULL REFERENCES atoms (atom_id),
    weight REAL NOT NULL,
    PRIMARY KEY (link_id, role, atom_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS incidence_atom ON incidence (atom_id, role);
"""

_INTO: Final = """
SELECT t.atom_id, t.link_id, s.atom_id, s.weight
FROM incidence t JOIN incidence s ON s.link_id = t.link_id AND s.role = 'source'
WHERE t.role = 'target' AND t.atom_id IN (SELECT value FROM json_each(?))
ORDER BY t.atom_id, t.link_id, s.atom_id
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ancestor:
    """An atom from which influence reaches another.

    Attributes:
        atom_id: the atom.
        kind: its kind, e.g. ``factor`` or ``decision``.
        depth: links on the shortest way, at least 1.
        influence: sum over the directed paths looked at of the product of their weights.
    """

    atom_id: str
    kind: str
    depth: int
    influence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FactorShare:
    """A factor of a decision: its weight, and its part of the sum of absolute weights."""

    factor: str
    weight: float
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Why a decision was made: its factors, heaviest first, and what stands behind them."""

    decision_id: str
    factors: tuple[FactorShare, ...]
    background: tuple[Ancestor, ...]


class CausalMemory(Protocol):
    """A hypergraph of causes."""

    def merge_atom(self, atom_id: str, *, kind: str) -> None:
        """Make sure that the atom exists."""

    def link(
        self,
        relation: str,
        *,
        sources: Mapping[str, float],
        targets: Sequence[str],
        link_id: str | None = None,
        trace_id: str = "",
    ) -> str:
        """Join weighted sources to targets and return the id of the link, itself an atom."""

    def record_factors(
        self, decision_id: str, factors: Mapping[str, float], *, trace_id: str
    ) -> str:
        """Link a decision to the weighted factors that led to it, in one transaction."""

    def ancestors(self, atom_id: str, *, depth: int = 3) -> tuple[Ancestor, ...]:
        """Return what influences an atom over at most `depth` links, nearest first."""

    def explain(self, decision_id: str, *, depth: int = 3) -> Explanation | None:
        """Return why a decision was made, or None if none of its factors was recorded."""

    def close(self) -> None:
        """Release what the layer holds open."""


class SqliteCausalMemory:
    """The hypergraph in a SQLite file: atoms, hyperedges, incidence."""

    def __init__(self, path: Path, spec: CausalSpec) -> None:
        """Open the hypergraph and lay down the influences that the schema declares.

        Raises:
            MemoryLayerError: the file cannot be opened.
        """
        self._database = Database(path, _TABLES)
        with self._database.write() as connection:
            _declare(connection, spec)

    def merge_atom(self, atom_id: str, *, kind: str) -> None:
        """Make sure that atom `atom_id` exists.

        Raises:
            InputBoundsError: a text is empty, or the atom exists with another kind.
            MemoryLayerError: the store failed.
        """
        with self._database.write() as connection:
            _merge_atom(connection, atom_id, kind)

    def link(
        self,
        relation: str,
        *,
        sources: Mapping[str, float],
        targets: Sequence[str],
        link_id: str | None = None,
        trace_id: str = "",
    ) -> str:
        """Join `sources` to `targets`; linking the same again changes nothing.

        Args:
            relation: what the link says, e.g. ``INFLUENCES``.
            sources: at least one existing atom, each with a finite weight; negative inhibits.
            targets: at least one existing atom that is no source.
            link_id: names the link; derived from its content by default.
            trace_id: the chain that the link belongs to.

        Returns:
            The id of the link, which other links may have as source or target.

        Raises:
            InputBoundsError: an end is missing, unknown or on both sides, a weight is not finite,
                or `link_id` names a link of other content.
            MemoryLayerError: the store failed.
        """
        with self._database.write() as connection:
            return _merge_link(
                connection, relation, sources, targets, link_id=link_id, trace_id=trace_id
            )

    def record_factors(
        self, decision_id: str, factors: Mapping[str, float], *, trace_id: str
    ) -> str:
        """Record that `factors` led to the decision; recording the same again changes nothing.

        Raises:
            InputBoundsError: there is no factor, a weight is not finite, or other factors were
                recorded for this decision.
            MemoryLayerError: the store failed.
        """
        target = f"{DECISION}{decision_id}"
        with self._database.write() as connection:
            _merge_atom(connection, target, "decision")
            for name in factors:
                _merge_atom(connection, f"{FACTOR}{name}", "factor")
            sources = {f"{FACTOR}{name}": weight for name, weight in factors.items()}
            link_id = f"factors-of:{decision_id}"
            return _merge_link(
                connection, INFLUENCES, sources, [target], link_id=link_id, trace_id=trace_id
            )

    def ancestors(self, atom_id: str, *, depth: int = 3) -> tuple[Ancestor, ...]:
        """Return what influences `atom_id`, nearest and then strongest first.

        A link passed on the way stands for its target: what influences the link is an ancestor
        one step further out. Cycles are cut by `depth`.

        Args:
            atom_id: where to start; an unknown atom has no ancestors.
            depth: most links on a path, 1 to `MAX_DEPTH`.

        Raises:
            InputBoundsError: the depth is out of range.
            MemoryLayerError: the store failed.
        """
        if not 1 <= depth <= MAX_DEPTH:
            raise InputBoundsError(f"depth must be from 1 to {MAX_DEPTH}: {depth}")
        totals: dict[str, float] = {}
        first: dict[str, int] = {}
        level = {atom_id: 1.0}
        for distance in range(1, depth + 1):
            level, links = self._one_step_back(level)
            for name, influence in level.items():
                first.setdefault(name, distance)
                totals[name] = totals.get(name, 0.0) + influence
            level = {**level, **links}
        totals.pop(atom_id, None)
        kinds = self._kinds(totals)
        found = [
            Ancestor(atom_id=name, kind=kinds[name], depth=first[name], influence=total)
            for name, total in totals.items()
        ]
        return tuple(sorted(found, key=lambda a: (a.depth, -abs(a.influence), a.atom_id)))

    def explain(self, decision_id: str, *, depth: int = 3) -> Explanation | None:
        """Return the factors of a decision and what influences those within `depth` links.

        Raises:
            InputBoundsError: the depth is out of range.
            MemoryLayerError: the store failed.
        """
        reached = self.ancestors(f"{DECISION}{decision_id}", depth=depth)
        direct = [ancestor for ancestor in reached if ancestor.depth == 1]
        if not direct:
            return None
        total = sum(abs(ancestor.influence) for ancestor in direct)
        return Explanation(
            decision_id=decision_id,
            factors=tuple(
                FactorShare(
                    factor=ancestor.atom_id.removeprefix(FACTOR),
                    weight=ancestor.influence,
                    share=abs(ancestor.influence) / total if total else 0.0,
                )
                for ancestor in direct
            ),
            background=tuple(ancestor for ancestor in reached if ancestor.depth > 1),
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _one_step_back(
        self, level: Mapping[str, float]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Return the influence of the sources one link back, and that of the links between."""
        sources: dict[str, float] = {}
        links: dict[str, float] = {}
        through: dict[str, set[str]] = {}
        for target, link, source, weight in self._database.rows(
            _INTO, (canonical_json(list(level)),)
        ):
            reached = level[str(target)]
            sources[str(source)] = sources.get(str(source), 0.0) + reached * float(weight or 0.0)
            if str(target) not in through.setdefault(str(link), set()):
                through[str(link)].add(str(target))
                links[str(link)] = links.get(str(link), 0.0) + reached
        return sources, links

    def _kinds(self, atom_ids: Mapping[str, float]) -> dict[str, str]:
        rows = self._database.rows(
            "SELECT atom_id, kind FROM atoms WHERE atom_id IN (SELECT value FROM json_each(?))",
            (canonical_json(list(atom_ids)),),
        )
        return {str(atom_id): str(kind) for atom_id, kind in rows}


def _declare(connection: sqlite3.Connection, spec: CausalSpec) -> None:
    """Make the declared links those of `spec`: what an older schema declared is dropped."""
    connection.execute("DELETE FROM incidence WHERE substr(link_id, 1, 9) = ?", (_DECLARED,))
    connection.execute("DELETE FROM hyperedges WHERE substr(link_id, 1, 9) = ?", (_DECLARED,))
    for factor, influenced in spec.factors.items():
        names = [f"{FACTOR}{name}" for name in influenced if name != factor]
        for atom_id in (f"{FACTOR}{factor}", *names):
            _merge_atom(connection, atom_id, "factor")
        if names:
            _merge_link(
                connection,
                INFLUENCES,
                {f"{FACTOR}{factor}": DECLARED_WEIGHT},
                names,
                link_id=f"{_DECLARED}{factor}",
                trace_id="",
            )


def _merge_atom(connection: sqlite3.Connection, atom_id: str, kind: str) -> None:
    if not atom_id or not kind:
        raise InputBoundsError("an atom needs its id and its kind")
    row = connection.execute(
        "INSERT INTO atoms VALUES (?, ?) ON CONFLICT (atom_id) DO UPDATE SET kind = kind "
        "RETURNING kind",
        (atom_id, kind),
    ).fetchone()
    if row[0] != kind:
        raise InputBoundsError(f"atom {atom_id!r} is a {row[0]}, not a {kind}")


def _merge_link(
    connection: sqlite3.Connection,
    relation: str,
    sources: Mapping[str, float],
    targets: Sequence[str],
    *,
    link_id: str | None,
    trace_id: str,
) -> str:
    _check_ends(connection, relation, sources, targets)
    weighted = {atom_id: float(weight) for atom_id, weight in sources.items()}
    content = canonical_json([relation, weighted, sorted(set(targets))])
    name = f"link:{hashlib.sha256(content.encode()).hexdigest()}" if link_id is None else link_id
    known = connection.execute(
        "SELECT content FROM hyperedges WHERE link_id = ?", (name,)
    ).fetchone()
    if known is not None:
        if known[0] != content:
            raise InputBoundsError(f"link {name!r} exists with other content")
        return name
    _merge_atom(connection, name, "link")
    connection.execute(
        "INSERT INTO hyperedges VALUES (?, ?, ?, ?)", (name, relation, content, trace_id)
    )
    ends: list[tuple[SqlValue, ...]] = [
        (name, "source", atom_id, weight) for atom_id, weight in weighted.items()
    ]
    ends.extend((name, "target", atom_id, 1.0) for atom_id in sorted(set(targets)))
    connection.executemany("INSERT INTO incidence VALUES (?, ?, ?, ?)", ends)
    return name


def _check_ends(
    connection: sqlite3.Connection,
    relation: str,
    sources: Mapping[str, float],
    targets: Sequence[str],
) -> None:
    if not relation or not sources or not targets:
        raise InputBoundsError("a link needs a relation, a source and a target")
    for atom_id, weight in sources.items():
        if not math.isfinite(weight):
            raise InputBoundsError(f"the weight of {atom_id!r} is not finite")
        if atom_id in targets:
            raise InputBoundsError(f"atom {atom_id!r} cannot be on both sides of a link")
    for atom_id in (*sources, *targets):
        if not connection.execute("SELECT 1 FROM atoms WHERE atom_id = ?", (atom_id,)).fetchone():
            raise InputBoundsError(f"no atom {atom_id!r}: merge it before it is linked")
