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
SERVERS: Final = ("api_server", "controller")
"""Ids of the patterns whose module may have the factory of an agent's application; the first that
an agent has makes it."""

_SETTINGS: Final = "config_manager"
_POINTER: Final = "glue#/wirings/"


def served_agents(units: Iterable[UnitPlan]) -> tuple[str, ...]:
    """Return the ids of the agents that are built and have an application to serve."""
    return tuple(
        unit.unit_id
        for unit in units
        if unit.kind == "agent"
        and unit.buildable
        and server_role(file.pattern.split("@")[0] for file in unit.files)
    )


def server_role(roles: Iterable[str]) -> str:
    """Return which of an agent's modules makes its application; empty if none does.

    A controller needs a config manager to be opened with.
    """
    known = {*roles}
    servers = SERVERS if _SETTINGS in known else SERVERS[:1]
    return next((name for name in servers if name in known), "")


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
