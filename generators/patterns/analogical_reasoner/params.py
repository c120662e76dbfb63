"""Parameters of an analogical reasoner: its modes, and whose past cases each may look at."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups
from generators.patterns.modes import modes_of

_IMPORTS: Final = (
    ("collections.abc", ("Mapping",)),
    ("typing", ("Final",)),
    ("agent_runtime.reasoning.analogy", ("CaseReasoner", "OutcomeSource", "Precedent", "Reach")),
    ("agent_runtime.reasoning.case", ("Case", "Enrichment", "TensorResults")),
    ("agent_runtime.reasoning.modes", ("Mode",)),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the modes: one that transfers looks at other domains only, any other at all.

    Raises:
        RefusalError: no declared mode is analogical, or the agent keeps no episodes to compare.
    """
    if context.agent.layer("episodicmemory") is None:
        raise RefusalError(
            "memorytopology.episodicmemory is not declared: there are no past cases to compare",
            f"declare memorytopology.episodicmemory, or drop {context.stem}.py",
        )
    modes = [
        {"name": name, "reach": "others" if "analog" in name or "transfer" in name else "all"}
        for name in modes_of(context, "analogical_reasoner")
    ]
    memory = (context.source("memorymanager", "agent_runtime.memory"), ["MemoryLayers"])
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "modes": [*modes],
        "first": modes[0],
        "imports": import_groups(context.namespace, [*_IMPORTS, memory]),
    }
