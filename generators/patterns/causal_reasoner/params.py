"""Parameters of a causal reasoner: its mode, and the declared influences it can trace back."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import entries, texts
from generators.patterns.imports import import_groups
from generators.patterns.modes import modes_of

_IMPORTS: Final = (
    ("collections.abc", ("Mapping",)),
    ("typing", ("Final",)),
    ("agent_runtime.kernels.causal", ("Counterfactual",)),
    ("agent_runtime.memory.causal", ("Ancestor",)),
    ("agent_runtime.reasoning.case", ("Case", "Enrichment", "TensorResults", "Verdict")),
    ("agent_runtime.reasoning.causal", ("WorldFactorReasoner",)),
    ("agent_runtime.reasoning.modes", ("Mode",)),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the mode, and one declared influence for the tests.

    Raises:
        RefusalError: no declared mode is causal.
    """
    declared = entries(context, "memorytopology", "causalmemory", "schema")
    pairs = [
        (str(entry.get("factor", "")), influenced)
        for entry in declared
        for influenced in texts(entry.get("influences"))
    ]
    factor, influenced = pairs[0] if pairs else ("context", "trend")
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "mode": modes_of(context, "causal_reasoner")[0],
        "factor": factor,
        "influenced": influenced,
        "imports": import_groups(
            context.namespace,
            [
                *_IMPORTS,
                (context.source("memorymanager", "agent_runtime.memory"), ["MemoryLayers"]),
            ],
        ),
    }
