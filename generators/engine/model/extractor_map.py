"""An extractor map, read for comparison: the order, counts and edges that it expects."""

import re
from dataclasses import dataclass

from generators.engine.findings import Place
from generators.engine.sources.canonical import normal_key
from generators.engine.sources.foreign import find
from generators.engine.sources.nodes import Map, Node, Scalar, Seq

_COUNT = re.compile(r"(?P<count>\d+)\s+(?P<kind>Python modules?|documentation files?)", re.I)
_ROOT = re.compile(r"Output_Root:\s*(?P<path>\S+)")
_EDGE = re.compile(r"(?P<start>[^(]*?)\s*-+>+\s*(?P<end>[^(]*?)\s*(?:\(.*)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What a map says of one agent; None where it says nothing."""

    agent: str
    place: Place
    rootpath: str | None
    modules: tuple[int, Place] | None
    documents: tuple[int, Place] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """One arrow of a map: agent names as written."""

    start: str
    end: str
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractorMap:
    """The agents of a map in its order, its arrows, and its anchors."""

    agents: tuple[Expected, ...]
    edges: tuple[Edge, ...]
    anchors: tuple[str, ...]


def read_map(node: Map) -> ExtractorMap:
    """Read what can be compared; anything of another shape is left out."""
    order = find(node, "extractionsequence", "order")
    values: tuple[Node, ...] = ()
    if isinstance(order, Map):
        values = tuple(entry.value for entry in order.entries)
    elif isinstance(order, Seq):
        values = order.items
    edges = find(node, "dependencygraph", "edges")
    anchors = find(node, "sharedconfiguration", "governanceanchors")
    return ExtractorMap(
        agents=tuple(_expected(value) for value in values if isinstance(value, Map | Scalar)),
        edges=tuple(
            edge
            for item in (edges.items if isinstance(edges, Seq) else ())
            if isinstance(item, Scalar) and (edge := _edge(item)) is not None
        ),
        anchors=tuple(
            text
            for item in (anchors.items if isinstance(anchors, Seq) else ())
            if (text := _text(find(item, "name") if isinstance(item, Map) else item))
        ),
    )


def _expected(value: Map | Scalar) -> Expected:
    if isinstance(value, Scalar):
        name, place = value.text, value.place
        return Expected(agent=name, place=place, rootpath=None, modules=None, documents=None)
    agent = find(value, "agent")
    command = _ROOT.search(_text(find(value, "extractcommand")))
    counts: dict[str, tuple[int, Place]] = {}
    artifacts = find(value, "expectedartifacts")
    for item in artifacts.items if isinstance(artifacts, Seq) else ():
        match = _COUNT.match(_text(item))
        if match:
            kind = "modules" if "module" in match["kind"].lower() else "documents"
            counts[kind] = (int(match["count"]), item.place)
    return Expected(
        agent=_text(agent),
        place=agent.place if agent is not None else value.place,
        rootpath=command["path"].rstrip("/") if command else None,
        modules=counts.get("modules"),
        documents=counts.get("documents"),
    )


def _edge(item: Scalar) -> Edge | None:
    match = _EDGE.fullmatch(item.text.strip())
    if match is None:
        return None
    return Edge(start=match["start"].strip(), end=match["end"].strip(), place=item.place)


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


def key_of(text: str) -> str:
    """Return a name as it is compared."""
    return normal_key(text.replace(" ", ""))
