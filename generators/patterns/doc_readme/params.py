"""Parameters of README.md: what an agent is, does, needs and offers."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import (
    document_names,
    endpoint_rows,
    heading,
    memory_rows,
    module_edges,
    module_rows,
    port_of,
    start_command,
    status_path,
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the facts of the agent for its front page."""
    agent = context.agent
    command = start_command(context)
    return {
        **heading(context),
        "command": command,
        "startable": bool(command),
        "status_url": f"http://127.0.0.1:{port_of(context)}{status_path(agent)}",
        "modules": module_rows(context),
        "edges": module_edges(context),
        "endpoints": endpoint_rows(context),
        "memory": memory_rows(agent),
        "documents": [name for name in document_names(agent) if name != "README.md"],
        "anchors": [*agent.governance.anchors],
        "mode": agent.governance.mode,
        "rules": len(context.ruling.rules),
        "domains": [*agent.shared_domains],
        "links": [str(link.path) for link in agent.instructions.link_existing],
        "hard": [*agent.depends_on.hard],
        "soft": [*agent.depends_on.soft],
        "partners": [*agent.partners],
        "logs": [
            {"path": str(log.path), "purpose": log.purpose} for log in agent.instructions.logging
        ],
        "metrics": [*agent.metrics],
        "pointer": f"{agent.name}#",
    }
