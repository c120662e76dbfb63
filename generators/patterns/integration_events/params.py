"""Parameters of the test of events: both agents, and what the one tells the other."""

from collections.abc import Mapping

from generators.engine.patterns.context import SystemContext
from generators.engine.sources.canonical import Plain
from generators.patterns.integration import pair_params


def params(context: SystemContext) -> Mapping[str, Plain]:
    """Return the two agents and the observed event types."""
    return pair_params(context)
