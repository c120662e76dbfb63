"""Parameters of an embedding processor: its imports; what it does is the same for every agent."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the class and the imports."""
    return {
        "class_name": context.class_name,
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Mapping", "Sequence"]),
                (
                    "agent_runtime.routing.embeddings",
                    ["EmbeddingDesk", "Vector", "VectorMemory", "groups", "similarity"],
                ),
                ("agent_runtime.routing.tensors", ["TensorLayer"]),
                ("agent_runtime.shapes.base", ["Call"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.errors", ["InputBoundsError", "NoModelError"]),
                ("agent_runtime.shapes.base", ["Call"]),
                ("agent_runtime.testing", ["TRACE"]),
                ("agent_runtime.testing_routing", ["KeptMemory", "PlainTensors"]),
                (context.module, [context.class_name]),
            ],
        ),
    }
