"""Parameters of a causal tracer: the declared factors, and how each influence is measured."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import entries, texts
from generators.patterns.imports import import_groups

_FIELD: Final = "memorytopology.causalmemory.schema"
_READINGS: Final = (
    ("override", ("override",)),
    ("escalation", ("escalat",)),
    ("memory", ("sync", "memory", "complete")),
    ("validity", ("valid", "consisten", "complian")),
    ("confidence", ("confidence",)),
    ("risk", ("risk", "anomal", "fraud")),
    ("tensor", ("tensor", "score", "prediction", "embedding")),
    ("market", ("market", "price", "supply", "demand")),
    ("temporal", ("temporal", "season", "time", "trend")),
    ("world", ("causal", "context", "world", "geograph", "policy")),
)
"""How an influence is measured, by words in its name; the first that fits."""
_IMPORTS: Final = (
    ("collections.abc", ("Mapping",)),
    ("typing", ("Final",)),
    ("agent_runtime.reasoning.case", ("Draft",)),
    ("agent_runtime.reasoning.contracts", ("Outcome",)),
    ("agent_runtime.reasoning.influences", ("InfluenceLog", "Reading")),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the declared factors with a reading for each influence.

    Raises:
        RefusalError: no factor is declared, or nothing measures an influence.
    """
    factors = [
        _factor(entry) for entry in entries(context, "memorytopology", "causalmemory", "schema")
    ]
    if not factors:
        raise RefusalError(
            f"{_FIELD} declares no factor that could be traced",
            "write for example `- factor: world_model_context` with its `influences` there",
        )
    memory = context.source("memorymanager", "agent_runtime.memory")
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "factors": [*factors],
        "imports": import_groups(
            context.namespace, [*_IMPORTS, (memory, ["Explanation", "MemoryLayers"])]
        ),
    }


def _factor(entry: Mapping[str, Plain]) -> dict[str, Plain]:
    factor = str(entry.get("factor", ""))
    influences = texts(entry.get("influences"))
    if not factor or not influences:
        raise RefusalError(
            f"{_FIELD}: an entry lacks its factor or its influences",
            "write for example `- factor: world_model_context` with its `influences`",
        )
    return {
        "name": factor,
        "influences": [{"name": name, "reading": _reading(name)} for name in influences],
    }


def _reading(name: str) -> str:
    plain = name.lower()
    found = next((reading for reading, words in _READINGS if any(w in plain for w in words)), "")
    if not found:
        raise RefusalError(
            f"{_FIELD}: nothing measures the influence {name}",
            "name it by what it is: a tensor score, risk, confidence, market condition, temporal "
            "pattern, causal factor, escalation, override, validity or memory sync",
        )
    return found
