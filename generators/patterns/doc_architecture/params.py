"""Parameters of ARCHITECTURE.md: modules and their uses, the way of each request, memory."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import (
    endpoint_rows,
    heading,
    memory_rows,
    module_edges,
    module_rows,
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the structure of the agent."""
    endpoints = endpoint_rows(context)
    agent = context.agent
    return {
        **heading(context),
        "modules": module_rows(context),
        "edges": module_edges(context),
        "has_edges": bool(module_edges(context)),
        "endpoints": endpoints,
        "has_endpoints": bool(endpoints),
        "memory": memory_rows(agent),
        "has_memory": bool(agent.memory),
        "links": [
            {"path": str(link.path), "used": link.path.stem in context.links}
            for link in agent.instructions.link_existing
        ],
        "has_links": bool(agent.instructions.link_existing),
    }
