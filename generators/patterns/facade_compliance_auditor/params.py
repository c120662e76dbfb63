"""Parameters of the shared link of a compliance auditor: none, its names are fixed."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain


def params(_context: PatternContext) -> Mapping[str, Plain]:
    """Return no parameters: every agent that links such a path finds the same names."""
    return {}
