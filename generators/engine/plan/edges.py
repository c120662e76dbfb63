"""The declared edges of a system that its integration tests walk: those between served agents."""

from collections.abc import Iterable, Mapping
from typing import Final

from generators.engine.patterns.context import Edge
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.sources.canonical import Plain

_NAMES: Final = {
    "api_call": "method_names",
    "packet_send": "packet_types",
    "event_observe": "event_subscriptions",
}
_SERVER: Final = "api_server"
_POINTER: Final = "glue#/wirings/"


def served_agents(units: Iterable[UnitPlan]) -> tuple[str, ...]:
    """Return the ids of the agents that are built and have an application to serve."""
    return tuple(
        unit.unit_id
        for unit in units
        if unit.kind == "agent"
        and unit.buildable
        and any(file.pattern.split("@")[0] == _SERVER for file in unit.files)
    )


def wired_edges(glue: Mapping[str, Plain], units: Iterable[UnitPlan]) -> tuple[Edge, ...]:
    """Return the wirings of the glue between agents that are served, in their order.

    A wiring of calls or packets whose caller has no client of the callee is no edge: nothing of
    the caller could walk it.

    Args:
        glue: the glue of the collection.
        units: the plans of the agents.
    """
    planned = tuple(units)
    served = served_agents(planned)
    asked = {
        unit.unit_id: {agent for target in unit.targets.values() for agent in target.agents}
        for unit in planned
    }
    wirings = glue.get("wirings")
    found = []
    for index, wiring in enumerate(wirings if isinstance(wirings, list) else ()):
        edge = _edge(index, wiring)
        if (
            edge is not None
            and {edge.caller, edge.callee} <= {*served}
            and (edge.connection == "event_observe" or edge.callee in asked[edge.caller])
        ):
            found.append(edge)
    return tuple(found)


def edge_at(glue: Mapping[str, Plain], pointer: str) -> Edge | None:
    """Return the edge of a pointer into the glue; None if it points at anything else."""
    wirings = glue.get("wirings")
    if not pointer.startswith(_POINTER) or not isinstance(wirings, list):
        return None
    index = int(pointer.removeprefix(_POINTER))
    return _edge(index, wirings[index])


def _edge(index: int, wiring: Plain) -> Edge | None:
    if not isinstance(wiring, dict) or wiring.get("connection_type") not in _NAMES:
        return None
    connection = str(wiring["connection_type"])
    names = wiring.get(_NAMES[connection])
    return Edge(
        pointer=f"{_POINTER}{index}",
        caller=str(wiring.get("from_agent")),
        callee=str(wiring.get("to_agent")),
        connection=connection,
        names=tuple(str(name) for name in names) if isinstance(names, list) else (),
    )
