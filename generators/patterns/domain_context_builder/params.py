"""Parameters of a domain context builder: the declared domains."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.rules.quantities import parse_note
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups

_ANY = "any"


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the domains of the schema, announced ones included, and the imports."""
    notes = [parse_note(text).value for text in context.agent.shared_domains]
    domains = [name for name in notes if name.lower().split()[0] != _ANY]
    return {
        "class_name": context.class_name,
        "domains": [*domains],
        "first": domains[0] if domains else "",
        "has": {"domains": bool(domains)},
        "imports": import_groups(
            context.namespace,
            [
                ("dataclasses", ["replace"]),
                ("typing", ["Final"]),
                ("agent_runtime.domains", ["domain_key"]),
                ("agent_runtime.reasoning.case", ["Case"]),
                (
                    "agent_runtime.routing.domain_context",
                    ["DomainContext", "EntityMemory", "build_context"],
                ),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.errors", ["MemoryLayerError"]),
                ("agent_runtime.memory.semantic", ["Edge", "Node"]),
                ("agent_runtime.observations", ["CandidatePair"]),
                ("agent_runtime.reasoning.case", ["Case"]),
                ("agent_runtime.testing", ["TRACE"]),
                (context.module, ["DOMAINS", context.class_name]),
            ],
        ),
    }
