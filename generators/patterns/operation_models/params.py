"""Parameters of the models of an agent: request and answer of each declared operation."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the shapes by operation.

    Raises:
        RefusalError: the agent declares no endpoint, so that it has no request or answer.
    """
    if not context.operations:
        raise RefusalError(
            "deployment.endpoints declares no operation that has a request or an answer",
            "declare at least one endpoint, or drop the file",
        )
    shapes = [shape for use in context.operations for shape in (use.request, use.response)]
    operations: list[Plain] = [
        {
            "name": str(use.endpoint.name),
            "request": use.request.name,
            "response": use.response.name,
            "decides": use.decides,
        }
        for use in context.operations
    ]
    names = sorted({shape.name for shape in shapes})
    return {
        "operations": operations,
        "exports": ["REQUESTS", "RESPONSES", *names],
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Mapping"]),
                ("typing", ["Final"]),
                ("pydantic", ["BaseModel"]),
                *((shape.module, [shape.name]) for shape in shapes),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.examples", ["example_of"]),
                ("agent_runtime.shapes.base", ["DecisionShape"]),
                ("pydantic", ["ValidationError"]),
                (context.module.rpartition(".")[0], [context.stem]),
                (context.module, ["REQUESTS", "RESPONSES"]),
            ],
        ),
        "module_name": context.stem,
    }
