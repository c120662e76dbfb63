"""Parameters of API_SPEC.md: endpoints with the fields of their shapes."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import (
    endpoint_rows,
    heading,
    nested_shapes,
    port_of,
    shape_fields,
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return each endpoint with its shapes.

    Raises:
        RefusalError: the agent has no endpoint to specify.
    """
    rows = endpoint_rows(context)
    if not rows:
        raise RefusalError(
            "API_SPEC.md is listed, but deployment.endpoints is empty",
            "declare an endpoint, or drop the document from generatedocs",
        )
    uses = zip(rows, context.operations, strict=True)
    endpoints: list[Plain] = []
    for row, use in uses:
        if isinstance(row, dict):
            fields = shape_fields(use.request) if use.endpoint.method != "GET" else []
            shapes: dict[str, Plain] = {
                "request_fields": fields,
                "has_request": bool(fields),
                "response_fields": shape_fields(use.response),
            }
            endpoints.append({**row, **shapes})
    limit = context.agent.autonomy.task_limit
    nested = nested_shapes(s for use in context.operations for s in (use.request, use.response))
    return {
        **heading(context),
        "endpoints": endpoints,
        "shapes": nested,
        "has_shapes": bool(nested),
        "base_url": f"http://127.0.0.1:{port_of(context)}",
        "parallel": limit if limit is not None else 0,
        "limited": limit is not None,
    }
