"""Parameters of the test of packets: both agents, the client between them, and what it asks."""

from collections.abc import Mapping

from generators.engine.patterns.context import SystemContext
from generators.engine.plan.interface import routed_types
from generators.engine.sources.canonical import Plain
from generators.patterns.integration import edge_params


def params(context: SystemContext) -> Mapping[str, Plain]:
    """Return the two agents and, for each packet type, the method that sends and awaits it.

    What an endpoint or a declared chain answers is recorded as a decision; the rest is audited.
    """
    params = edge_params(context)
    names = context.edge.names if context.edge else ()
    callee = context.collection.agent(str(params["callee"]))
    recorded = {*routed_types(callee, "inbound"), *(str(each.name) for each in callee.endpoints)}
    return {
        **params,
        "names": [f"ask_{name}" for name in names],
        "recorded": [f"ask_{name}" for name in names if name in recorded],
    }
