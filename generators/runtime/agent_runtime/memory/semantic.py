"""Semantic memory: a property graph in which a node or an edge is merged, never duplicated."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from agent_runtime.clock import Clock
from agent_runtime.database import Database, SqlValue
from agent_runtime.errors import InputBoundsError
from agent_runtime.jsontext import canonical_json, json_problem, parse_object
from agent_runtime.memory.topology import SHARED_EDGE_TYPES, SHARED_NODE_TYPES, SemanticSpec
from agent_runtime.values import JsonObject, JsonValue

Direction = Literal["out", "in", "both"]
"""Which way edges are followed: from source to target, back, or either."""

MAX_HOPS: Final = 6
MAX_EXPANSIONS: Final = 10_000
"""Partial paths a search may look at before it stops and says so."""

_RESERVED: Final = frozenset(("id", "title", "type", "uid", "rid"))
_PROPERTY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_NODE: Final = "SELECT uid, kind, properties FROM nodes"
_EDGE: Final = "SELECT rid, kind, source, target, properties FROM edges"
_STEP: Final[Mapping[Direction, str]] = {
    "out": f"{_EDGE} WHERE source = ?1 ORDER BY kind, rid",
    "in": f"{_EDGE} WHERE target = ?1 ORDER BY kind, rid",
    "both": f"{_EDGE} WHERE source = ?1 OR target = ?1 ORDER BY kind, rid",
}

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS nodes (
    uid TEXT PRIMARY KEY, kind TEXT NOT NULL, properties TEXT NOT NULL, updated_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nodes_kind ON nodes (kind, uid);
CREATE TABLE IF NOT EXISTS edges (
    rid TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    source TEXT NOT NULL REFERENCES nodes (uid),
    target TEXT NOT NULL REFERENCES nodes (uid),
    properties TEXT NOT NULL,
    updated_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS edges_source ON edges (source, kind);
CREATE INDEX IF NOT EXISTS edges_target ON edges (target, kind);
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A typed node; `uid` is unique in the whole graph."""

    uid: str
    node_type: str
    properties: JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A typed, directed edge; `rid` is unique in the whole graph."""

    rid: str
    edge_type: str
    source: str
    target: str
    properties: JsonObject

    def other_end(self, uid: str) -> str:
        """Return the node at the end that is not `uid`."""
        return self.target if uid == self.source else self.source


@dataclass(frozen=True, kw_only=True, slots=True)
class PathSearch:
    """Paths found, shortest first; `complete` is False if the search stopped at its bounds."""

    paths: tuple[tuple[Edge, ...], ...]
    complete: bool


class SemanticMemory(Protocol):
    """A property graph of typed nodes and edges."""

    def merge_node(self, node_type: str, uid: str, properties: JsonObject | None = None) -> Node:
        """Create the node or update its properties; null removes a property."""

    def merge_edge(
        self,
        edge_type: str,
        source: str,
        target: str,
        properties: JsonObject | None = None,
        *,
        rid: str | None = None,
    ) -> Edge:
        """Create the edge or update its properties; one edge a type and pair unless `rid` says."""

    def node(self, uid: str) -> Node | None:
        """Return one node, or None."""

    def nodes(self, node_type: str, *, limit: int = 100) -> tuple[Node, ...]:
        """Return nodes of a type in the order of their uids."""

    def neighbours(
        self,
        uid: str,
        *,
        edge_types: tuple[str, ...] = (),
        direction: Direction = "both",
        limit: int = 100,
    ) -> tuple[tuple[Edge, Node], ...]:
        """Return the edges at a node, each with the node at its other end."""

    def paths(
        self,
        source: str,
        target: str,
        *,
        max_hops: int = 3,
        edge_types: tuple[str, ...] = (),
        direction: Direction = "out",
        limit: int = 10,
    ) -> PathSearch:
        """Return paths without repeated nodes, shortest first."""

    def close(self) -> None:
        """Release what the layer holds open."""


class SqliteSemanticMemory:
    """The property graph in a SQLite file."""

    def __init__(self, path: Path, spec: SemanticSpec, clock: Clock) -> None:
        """Open the graph.

        Raises:
            MemoryLayerError: the file cannot be opened.
        """
        self._database = Database(path, _TABLES)
        self._node_types = frozenset(SHARED_NODE_TYPES + spec.node_types)
        self._edge_types = frozenset(SHARED_EDGE_TYPES + spec.edge_types)
        self._clock = clock

    def merge_node(self, node_type: str, uid: str, properties: JsonObject | None = None) -> Node:
        """Create node `uid`, or merge `properties` into it; a property of null is removed.

        Raises:
            InputBoundsError: the type is not declared, `uid` is empty or belongs to a node of
                another type, or a property is reserved or no scalar nor list of scalars.
            MemoryLayerError: the store failed.
        """
        _check_declared("node type", node_type, self._node_types)
        if not uid:
            raise InputBoundsError("a node needs its uid")
        patch = _patch(properties)
        with self._database.write() as connection:
            row = connection.execute(
                "INSERT INTO nodes VALUES (?, ?, json_patch('{}', ?), ?) "
                "ON CONFLICT (uid) DO UPDATE SET "
                "properties = json_patch(nodes.properties, ?), updated_at = excluded.updated_at "
                "WHERE nodes.kind = excluded.kind RETURNING uid, kind, properties",
                (uid, node_type, patch, self._clock(), patch),
            ).fetchone()
            if row is None:
                raise InputBoundsError(f"node {uid!r} exists with another type than {node_type!r}")
        return _node(row)

    def merge_edge(
        self,
        edge_type: str,
        source: str,
        target: str,
        properties: JsonObject | None = None,
        *,
        rid: str | None = None,
    ) -> Edge:
        """Create the edge from `source` to `target`, or merge `properties` into it.

        Args:
            edge_type: a declared type.
            source: uid of a node.
            target: uid of a node.
            properties: scalars or lists of scalars; null removes a property.
            rid: names the edge, for parallel edges of one type between two nodes.

        Raises:
            InputBoundsError: the type is not declared, an end does not exist, `rid` belongs to
                another edge, or a property is reserved or no scalar nor list of scalars.
            MemoryLayerError: the store failed.
        """
        _check_declared("edge type", edge_type, self._edge_types)
        patch = _patch(properties)
        name = canonical_json([edge_type, source, target]) if rid is None else rid
        with self._database.write() as connection:
            for uid in (source, target):
                if not connection.execute("SELECT 1 FROM nodes WHERE uid = ?", (uid,)).fetchone():
                    raise InputBoundsError(f"no node {uid!r}: merge both ends before their edge")
            row = connection.execute(
                "INSERT INTO edges VALUES (?, ?, ?, ?, json_patch('{}', ?), ?) "
                "ON CONFLICT (rid) DO UPDATE SET "
                "properties = json_patch(edges.properties, ?), updated_at = excluded.updated_at "
                "WHERE (edges.kind, edges.source, edges.target) = "
                "(excluded.kind, excluded.source, excluded.target) "
                "RETURNING rid, kind, source, target, properties",
                (name, edge_type, source, target, patch, self._clock(), patch),
            ).fetchone()
            if row is None:
                raise InputBoundsError(f"edge {name!r} exists with another type or other ends")
        return _edge(row)

    def node(self, uid: str) -> Node | None:
        """Return node `uid`, or None.

        Raises:
            MemoryLayerError: the store failed.
        """
        rows = self._database.rows(f"{_NODE} WHERE uid = ?", (uid,))
        return _node(rows[0]) if rows else None

    def nodes(self, node_type: str, *, limit: int = 100) -> tuple[Node, ...]:
        """Return at most `limit` nodes of a declared type in the order of their uids.

        Raises:
            InputBoundsError: the type is not declared, or the limit below 1.
            MemoryLayerError: the store failed.
        """
        _check_declared("node type", node_type, self._node_types)
        rows = self._database.rows(
            f"{_NODE} WHERE kind = ? ORDER BY uid LIMIT ?", (node_type, _at_least_one(limit))
        )
        return tuple(_node(row) for row in rows)

    def neighbours(
        self,
        uid: str,
        *,
        edge_types: tuple[str, ...] = (),
        direction: Direction = "both",
        limit: int = 100,
    ) -> tuple[tuple[Edge, Node], ...]:
        """Return the edges at `uid` by type and name, each with the node at its other end.

        Args:
            uid: where to stand; an unknown node has no neighbours.
            edge_types: follow only these; all if empty.
            direction: which way to look along edges.
            limit: most neighbours to return.

        Raises:
            InputBoundsError: an edge type is not declared, or the limit below 1.
            MemoryLayerError: the store failed.
        """
        edges = self._step(uid, self._followed(edge_types), direction)[: _at_least_one(limit)]
        found: list[tuple[Edge, Node]] = []
        for edge in edges:
            rows = self._database.rows(f"{_NODE} WHERE uid = ?", (edge.other_end(uid),))
            found.extend((edge, _node(row)) for row in rows)
        return tuple(found)

    def paths(
        self,
        source: str,
        target: str,
        *,
        max_hops: int = 3,
        edge_types: tuple[str, ...] = (),
        direction: Direction = "out",
        limit: int = 10,
    ) -> PathSearch:
        """Search breadth-first for paths from `source` to `target` that visit no node twice.

        Args:
            source: uid of the first node.
            target: uid of the last node.
            max_hops: longest path in edges, 1 to `MAX_HOPS`.
            edge_types: follow only these; all if empty.
            direction: which way to follow edges.
            limit: most paths to return.

        Raises:
            InputBoundsError: `max_hops` or `limit` is out of range, or a type not declared.
            MemoryLayerError: the store failed.
        """
        if not 1 <= max_hops <= MAX_HOPS:
            raise InputBoundsError(f"max_hops must be from 1 to {MAX_HOPS}: {max_hops}")
        wanted = _at_least_one(limit)
        followed = self._followed(edge_types)
        found: list[tuple[Edge, ...]] = []
        open_paths: deque[tuple[tuple[str, ...], tuple[Edge, ...]]] = deque([((source,), ())])
        expansions = 0
        while open_paths:
            if expansions == MAX_EXPANSIONS:
                return PathSearch(paths=tuple(found), complete=False)
            expansions += 1
            visited, path = open_paths.popleft()
            for edge in self._step(visited[-1], followed, direction):
                uid = edge.other_end(visited[-1])
                if uid == target and uid not in visited:
                    if len(found) == wanted:
                        return PathSearch(paths=tuple(found), complete=False)
                    found.append((*path, edge))
                elif uid not in visited and len(path) + 1 < max_hops:
                    open_paths.append(((*visited, uid), (*path, edge)))
        return PathSearch(paths=tuple(found), complete=True)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _followed(self, edge_types: tuple[str, ...]) -> frozenset[str]:
        for edge_type in edge_types:
            _check_declared("edge type", edge_type, self._edge_types)
        return frozenset(edge_types) or self._edge_types

    def _step(self, uid: str, followed: frozenset[str], direction: Direction) -> list[Edge]:
        edges = [_edge(row) for row in self._database.rows(_STEP[direction], (uid,))]
        return [edge for edge in edges if edge.edge_type in followed]


def _check_declared(what: str, name: str, declared: frozenset[str]) -> None:
    if name not in declared:
        raise InputBoundsError(f"{what} {name!r} is not declared: {', '.join(sorted(declared))}")


def _patch(properties: JsonObject | None) -> str:
    for name, value in (properties or {}).items():
        if not _PROPERTY.fullmatch(name) or name in _RESERVED:
            raise InputBoundsError(f"property {name!r} is reserved or no identifier")
        if not _is_flat(value):
            raise InputBoundsError(f"property {name!r} is neither a scalar nor a list of scalars")
        problem = json_problem(value, where=f"property {name!r}")
        if problem is not None:
            raise InputBoundsError(problem)
    return canonical_json(properties or {})


def _is_flat(value: JsonValue) -> bool:
    items = value if isinstance(value, list | tuple) else (value,)
    return all(item is None or isinstance(item, str | int | float) for item in items)


def _at_least_one(limit: int) -> int:
    if limit < 1:
        raise InputBoundsError(f"limit must be at least 1: {limit}")
    return limit


def _node(row: tuple[SqlValue, ...]) -> Node:
    return Node(uid=str(row[0]), node_type=str(row[1]), properties=parse_object(row[2]))


def _edge(row: tuple[SqlValue, ...]) -> Edge:
    return Edge(
        rid=str(row[0]),
        edge_type=str(row[1]),
        source=str(row[2]),
        target=str(row[3]),
        properties=parse_object(row[4]),
    )
