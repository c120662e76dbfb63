"""What integration tests are told of agents: where their code is, and how an edge is walked."""

from generators.engine.patterns.context import Edge, Sibling, SystemContext
from generators.engine.plan.edges import server_role
from generators.engine.sources.canonical import Plain


def code_of(context: SystemContext, agent: str) -> dict[str, Plain]:
    """Return where the application and the settings of an agent are."""
    roles = context.siblings[agent]
    config = roles["config_manager"]
    return {
        "agent": agent,
        "app": f"{roles[server_role(roles)].module}:create_app",
        "settings": f"{config.module}:{config.class_name}",
    }


def client_of(context: SystemContext, edge: Edge) -> Sibling:
    """Return the module by which the caller of an edge speaks to the callee."""
    found = [
        sibling
        for sibling in context.siblings[edge.caller].values()
        if sibling.target is not None and edge.callee in sibling.target.agents
    ]
    return min(found, key=lambda sibling: (len(sibling.target.agents) if sibling.target else 0))


def edge_params(context: SystemContext) -> dict[str, Plain]:
    """Return what every test of an edge of calls or packets declares.

    Raises:
        ValueError: the file is about no edge.
    """
    edge = _edge(context)
    client = client_of(context, edge)
    return {**pair_params(context), "client": f"{client.module}:{client.class_name}"}


def pair_params(context: SystemContext) -> dict[str, Plain]:
    """Return what every test of an edge declares, whether the caller has a client or not.

    Raises:
        ValueError: the file is about no edge.
    """
    edge = _edge(context)
    return {
        "config": f"{context.collection.name}_config.yaml",
        "caller": edge.caller,
        "callee": edge.callee,
        "names": [*edge.names],
        "codes": [code_of(context, name) for name in (edge.callee, edge.caller)],
    }


def _edge(context: SystemContext) -> Edge:
    if context.edge is None:
        raise ValueError("a test of an edge is about a wiring of the glue")
    return context.edge
