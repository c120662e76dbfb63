"""Parameters of the test of calls: both agents, the client between them, and its methods."""

from collections.abc import Mapping

from generators.engine.patterns.context import SystemContext
from generators.engine.sources.canonical import Plain
from generators.patterns.integration import edge_params


def params(context: SystemContext) -> Mapping[str, Plain]:
    """Return the two agents and what the one asks of the other."""
    return edge_params(context)
