"""Parameters of a package's `__init__`: who the agent is, and which modules it has."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the agent's id and version, and its modules with their classes."""
    others = [s for s in context.siblings.values() if s.stem != "__init__"]
    return {
        "agent": str(context.agent.agent_id),
        "version": context.agent.version,
        "modules": [
            {"module": s.module, "class_name": s.class_name} for s in others if s.class_name
        ],
        "has_modules": any(s.class_name for s in others),
    }
