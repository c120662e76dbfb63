"""The graph of agents as a drawing: boxes in columns by depth, curves for hard dependencies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BOX_WIDTH = 178
BOX_HEIGHT = 58
_GAP_X = 74
_GAP_Y = 20
_MARGIN = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphNode:
    """A box; `x` and `y` are its upper left corner in pixels."""

    name: str
    state: str
    detail: str
    x: int
    y: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphEdge:
    """A curve from what is needed to what needs it; `implied` if a longer path says it too."""

    needed: str
    by: str
    path: str
    implied: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentGraph:
    """A drawing with its size in pixels."""

    width: int
    height: int
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]


def draw_graph(
    needs: Mapping[str, Sequence[str]], states: Mapping[str, tuple[str, str]]
) -> AgentGraph:
    """Place agents and their dependencies.

    Args:
        needs: what each agent needs, agents in build order; others than the keys are left out.
        states: state and detail of each agent, to be written into its box.
    """
    edges = {name: [n for n in needed if n in needs] for name, needed in needs.items()}
    depth: dict[str, int] = {}
    for name in needs:
        depth[name] = 1 + max((depth[n] for n in edges[name] if n in depth), default=-1)
    columns: dict[int, list[str]] = {}
    for name in needs:
        columns.setdefault(depth[name], []).append(name)
    tallest = max((len(names) for names in columns.values()), default=0)
    height = max(tallest * (BOX_HEIGHT + _GAP_Y) - _GAP_Y, 0) + 2 * _MARGIN
    places: dict[str, tuple[int, int]] = {}
    for level, names in columns.items():
        used = len(names) * (BOX_HEIGHT + _GAP_Y) - _GAP_Y
        top = (height - used) // 2
        for index, name in enumerate(names):
            left = _MARGIN + level * (BOX_WIDTH + _GAP_X)
            places[name] = (left, top + index * (BOX_HEIGHT + _GAP_Y))
    width = max(len(columns) * (BOX_WIDTH + _GAP_X) - _GAP_X, 0) + 2 * _MARGIN
    return AgentGraph(
        width=width,
        height=height,
        nodes=tuple(
            GraphNode(name=name, state=states[name][0], detail=states[name][1], x=x, y=y)
            for name, (x, y) in places.items()
        ),
        edges=tuple(
            GraphEdge(
                needed=needed,
                by=name,
                path=_curve(places[needed], places[name]),
                implied=_implied(needed, name, edges),
            )
            for name in needs
            for needed in edges[name]
        ),
    )


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT // 2
    x2, y2 = end[0], end[1] + BOX_HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1},{y1} C{middle},{y1} {middle},{y2} {x2},{y2}"


def _implied(needed: str, by: str, edges: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether `by` needs `needed` through another one as well."""
    waiting = [name for name in edges[by] if name != needed]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name == needed:
            return True
        if name not in seen:
            seen.add(name)
            waiting += edges[name]
    return False
