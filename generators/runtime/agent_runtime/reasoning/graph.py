"""Typed records of the semantic graph: merged by key, never doubled."""

from collections.abc import Mapping
from typing import Protocol

from agent_runtime.errors import InputBoundsError
from agent_runtime.memory.semantic import Edge, Node, SemanticMemory
from agent_runtime.values import JsonObject

Vector = tuple[float, ...]
"""An embedding, shape (d,)."""

ENTITY = "domain_entity"
"""Node type that every collection shares; ends of edges are of it unless they exist already."""


class Record(Protocol):
    """A record of a declared node or edge type."""

    def properties(self) -> JsonObject:
        """Return its fields, without those that say which node or edge it is."""
        ...


def merge_node(graph: SemanticMemory, node_type: str, uid: str, record: Record) -> Node:
    """Merge `record` into node `uid`.

    Raises:
        InputBoundsError: the key is empty, belongs to another type, or a field cannot be kept.
        MemoryLayerError: the store failed.
    """
    return graph.merge_node(node_type, uid, stated(record.properties()))


def merge_edge(
    graph: SemanticMemory,
    edge_type: str,
    source: str,
    target: str,
    record: Record,
    *,
    kind: str = "",
) -> Edge:
    """Merge `record` into the edge of its type, ends and `kind`; missing ends are made.

    Raises:
        InputBoundsError: an end is empty, or a field cannot be kept.
        MemoryLayerError: the store failed.
    """
    if not source or not target:
        raise InputBoundsError(f"an edge {edge_type} needs both its ends")
    for uid in (source, target):
        if graph.node(uid) is None:
            graph.merge_node(ENTITY, uid)
    rid = f"{edge_type}:{source}:{kind}:{target}" if kind else None
    return graph.merge_edge(edge_type, source, target, stated(record.properties()), rid=rid)


def stated(properties: Mapping[str, object]) -> JsonObject:
    """Leave out what nobody stated, so that it does not remove what is known already."""
    kept: dict[str, object] = {n: v for n, v in properties.items() if v is not None}
    return {n: v for n, v in kept.items() if isinstance(v, str | int | float | list | tuple)}
