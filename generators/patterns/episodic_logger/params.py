"""Parameters of an episodic logger: the fields by which decisions are found again."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups

_WRITTEN: Final = (
    ("packet_id", "p-1"),
    ("packet_type", "transaction_batch"),
    ("domain", "PlastOS"),
    ("source", "plastos_adapter"),
    ("governance_escalation", False),
)
"""Fields of a trace that a test can look for, with their values in the runtime's test case."""
_IMPORTS: Final = (
    ("typing", ("Final",)),
    ("agent_runtime.memory.episodic", ("Episode", "Scalar")),
    ("agent_runtime.reasoning.case", ("Draft",)),
    ("agent_runtime.reasoning.contracts", ("Outcome",)),
    ("agent_runtime.reasoning.traces", ("DecisionTrace", "ReasoningLog")),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the declared index and which of its fields a trace holds.

    Raises:
        RefusalError: episodic memory is not declared.
    """
    layer = context.agent.layer("episodicmemory")
    if layer is None:
        raise RefusalError(
            "memorytopology.episodicmemory is not declared: there is nowhere to log to",
            f"declare memorytopology.episodicmemory, or drop {context.stem}.py",
        )
    memory = (context.source("memorymanager", "agent_runtime.memory"), ["MemoryLayers"])
    found = {name: value for name, value in _WRITTEN if name in layer.index_by}
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "index": [*dict.fromkeys(layer.index_by)],
        "found": found,
        "finds": bool(found),
        "imports": import_groups(context.namespace, [*_IMPORTS, memory]),
    }
