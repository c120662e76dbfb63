"""Parameters of an input validator: the declared operations with their request shapes."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the shape of each operation.

    Raises:
        RefusalError: the agent declares no endpoint, so that there is nothing to check against.
    """
    if not context.operations:
        raise RefusalError(
            "deployment.endpoints declares no operation that a document could be meant for",
            "declare at least one endpoint, or drop the validator",
        )
    shapes = [(use.request.module, [use.request.name]) for use in context.operations]
    operations: list[Plain] = [
        {"name": str(use.endpoint.name), "shape": use.request.name} for use in context.operations
    ]
    return {
        "class_name": context.class_name,
        "operations": operations,
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Mapping"]),
                ("typing", ["Final"]),
                ("agent_runtime.requests", ["RequestValidator"]),
                ("pydantic", ["BaseModel"]),
                *shapes,
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.errors", ["InputBoundsError"]),
                ("agent_runtime.examples", ["example_of"]),
                (context.module, ["SHAPES", context.class_name]),
            ],
        ),
    }
