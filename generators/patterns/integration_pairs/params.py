"""Parameters of the test of all agents together: where their code is, and which pairs are wired."""

from collections.abc import Mapping

from generators.engine.patterns.context import SystemContext
from generators.engine.plan.edges import edge_at, server_role
from generators.engine.sources.canonical import Plain
from generators.patterns.integration import code_of


def params(context: SystemContext) -> Mapping[str, Plain]:
    """Return the agents that are served, in start-up order, and the wirings among them."""
    served = [name for name in context.starts if server_role(context.siblings.get(name, {}))]
    return {
        "config": f"{context.collection.name}_config.yaml",
        "codes": [code_of(context, name) for name in served],
        "edges": [
            each for each in _edges(context.glue) if {each["caller"], each["callee"]} <= {*served}
        ],
    }


def _edges(glue: Mapping[str, Plain]) -> list[dict[str, Plain]]:
    """Return each way in which an agent speaks to another once, in the order of the glue."""
    wirings = glue.get("wirings")
    found = (
        edge_at(glue, f"glue#/wirings/{index}")
        for index in range(len(wirings) if isinstance(wirings, list) else 0)
    )
    known = dict.fromkeys((e.caller, e.callee, e.connection) for e in found if e is not None)
    return [
        {"caller": caller, "callee": callee, "connection": connection}
        for caller, callee, connection in known
    ]
