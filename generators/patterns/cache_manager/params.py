"""Parameters of a cache over working memory: how long answers live, and what the tests need."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups, number

_PREFIX: Final = "cache:"


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the time to live, and the memory bridge that keeps the answers.

    Raises:
        RefusalError: the agent declares no working memory, or none with a time to live.
    """
    layer = context.agent.layer("workingmemory")
    if layer is None or layer.ttl_seconds is None:
        raise RefusalError(
            "memorytopology.workingmemory declares no time to live for what is cached",
            "declare the layer, with its time to live in the purpose, for example TTL=10min",
        )
    memory = context.siblings["memory_bridge"]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "prefix": _PREFIX,
        "ttl_seconds": number(layer.ttl_seconds),
        "memory_class": memory.class_name,
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Callable"]),
                ("typing", ["Final"]),
                ("agent_runtime.cache", ["ReadThroughCache"]),
                ("agent_runtime.values", ["JsonValue"]),
                (memory.module, [memory.class_name]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.errors", ["InputBoundsError"]),
                ("agent_runtime.testing", ["AgentBench"]),
                (context.module, ["PREFIX", "TTL_SECONDS", context.class_name]),
                (memory.module, ["TOPOLOGY", memory.class_name]),
            ],
        ),
    }
