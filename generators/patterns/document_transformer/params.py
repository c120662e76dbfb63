"""Parameters of a transformer of documents: request and answer of each declared operation."""

from collections.abc import Mapping

from generators.engine.names import camel_case
from generators.engine.patterns.context import OperationUse, PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the shapes of each operation.

    Raises:
        RefusalError: the agent declares no endpoint, so that a document has no form to take.
    """
    if not context.operations:
        raise RefusalError(
            "deployment.endpoints declares no operation whose form a document could take",
            "declare at least one endpoint, or state records for a data_translator",
        )
    shapes = [shape for use in context.operations for shape in (use.request, use.response)]
    return {
        "class_name": context.class_name,
        "operations": [_operation(use) for use in context.operations],
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Mapping"]),
                ("typing", ["Final"]),
                ("agent_runtime.transforming", ["OperationDocuments"]),
                ("agent_runtime.values", ["JsonObject"]),
                ("pydantic", ["BaseModel"]),
                *((shape.module, [shape.name]) for shape in shapes),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.errors", ["InputBoundsError"]),
                ("agent_runtime.examples", ["example_of"]),
                ("agent_runtime.shapes.base", ["Shape"]),
                ("agent_runtime.spelling", ["in_camel_case"]),
                (context.module, ["REQUESTS", "RESPONSES", context.class_name]),
            ],
        ),
    }


def _operation(use: OperationUse) -> dict[str, Plain]:
    return {
        "name": str(use.endpoint.name),
        "spelled": camel_case(use.endpoint.name),
        "request": use.request.name,
        "response": use.response.name,
    }
