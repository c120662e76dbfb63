"""Parameters of a context enricher: the declared factors, each with the models it is made of."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import event_signal
from generators.patterns.imports import import_groups
from generators.patterns.pipeline_stages import entries_of

_SHORTEST_WORD: Final = 4


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the factors, the use case that asks for them, and the imports.

    Factors are those that a stage of `reasoningpipeline` queries; without any, each declared model
    is a factor. A factor is made of the models that share a word with it, else of all.
    """
    siblings, world = context.siblings, context.agent.world_model
    bridge = siblings.get("world_model_bridge")
    builder = siblings.get("domain_context_builder")
    governance = siblings["governance_bridge"]
    names, source = entries_of(context, "factors")
    factors = [
        {"name": name, "models": [*_models(name, world.active_models)]}
        for name in names or world.active_models
    ]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "source": source or "worldmodelintegration.activemodels",
        "factors": [*factors],
        "names": [each["name"] for each in factors],
        "tells": bool(event_signal(context.ruling, "world", "unreachable")),
        "use_case": _use_case(world.use_cases) if bridge is not None else "",
        "unreachable": event_signal(context.ruling, "world", "unreachable"),
        "governance_class": governance.class_name,
        "world_class": bridge.class_name if bridge is not None else "",
        "builder_class": builder.class_name if builder is not None else "",
        "has": {"world": bridge is not None, "builder": builder is not None},
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ["Final"]),
                ("agent_runtime.clock", ["Clock", "system_clock"]),
                ("agent_runtime.routing.enrichment", ["Enricher", "FactorSource"]),
                ("agent_runtime.routing.work", ["Enriched", "Received"]),
                (governance.module, [governance.class_name]),
                *((each.module, [each.class_name]) for each in (bridge, builder) if each),
            ],
        ),
        "test_imports": import_groups(context.namespace, _test_imports(context)),
    }


def _use_case(use_cases: tuple[str, ...]) -> str:
    """Return the use case that speaks of enrichment or context, else the first."""
    spoken = [name for name in use_cases if "enrich" in name or "context" in name]
    return (spoken or [*use_cases])[0]


def _models(factor: str, models: tuple[str, ...]) -> tuple[str, ...]:
    words = [word for word in factor.split("_") if len(word) >= _SHORTEST_WORD]
    stems = [word.rstrip("s") for word in words if word not in ("context", "factors", "model")]
    found = tuple(name for name in models if any(stem in name for stem in stems))
    return found or models


def _test_imports(context: PatternContext) -> list[tuple[str, list[str]]]:
    governance = context.siblings["governance_bridge"]
    lines = [
        ("agent_runtime.routing.cases", ["read_case"]),
        ("agent_runtime.routing.work", ["Received"]),
        ("agent_runtime.shapes.base", ["Call"]),
        ("agent_runtime.shapes.transactions", ["TransactionPayload"]),
        ("agent_runtime.testing", ["AgentBench", "TRACE"]),
        ("agent_runtime.testing_routing", ["asking", "trade"]),
        (governance.module, ["POLICY", "RULES", "SIGNALS", governance.class_name]),
        (context.module, ["FACTORS", context.class_name]),
    ]
    if "world_model_bridge" in context.siblings:
        bridge = context.siblings["world_model_bridge"]
        interface = context.source("interface", "agent_runtime.worldmodel")
        lines += [
            ("agent_runtime.errors", ["MemoryLayerError"]),
            (interface, ["SqliteSource", "WorldContext", "WorldModel"]),
            (bridge.module, ["WORLD", bridge.class_name]),
        ]
    if "domain_context_builder" in context.siblings:
        builder = context.siblings["domain_context_builder"]
        lines.append((builder.module, [builder.class_name]))
    return lines
