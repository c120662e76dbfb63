"""The OpenAPI 3.1 document of a service: its declared endpoints and the shell's own, no others."""

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from agent_runtime.service.problems import PROBLEM_SCHEMA
from agent_runtime.service.spec import WITH_BODY, EndpointSpec, Operation, ServiceSpec
from agent_runtime.tracing import TRACE_HEADER

_REF: Final = "#/components/schemas/{model}"
_PROBLEM: Final = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
_REFUSALS: Final = {
    422: "The request does not have the declared shape or leaves its bounds",
    429: "The caller exceeded its request rate",
    500: "The agent failed, or withheld a result outside its bounds",
    503: "The agent is at its declared parallelism, or has no model yet",
    504: "The answer was not there within the declared time-out",
}
_TOKEN_REFUSALS: Final = {401: "The token is missing or not believed", 403: "The role is missing"}
_BODY_REFUSALS: Final = {413: "The body is too large", 415: "The body is no JSON"}


def openapi_document(
    spec: ServiceSpec, pairs: Sequence[tuple[EndpointSpec, Operation]]
) -> dict[str, object]:
    """Return the OpenAPI document; equal specs give equal documents."""
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for _, operation in pairs:
        models += [(operation.request, "validation"), (operation.response, "serialization")]
    references, definitions = models_json_schema(list(dict.fromkeys(models)), ref_template=_REF)
    schemas = {**definitions.get("$defs", {}), "Problem": PROBLEM_SCHEMA}
    paths: dict[str, dict[str, object]] = {}
    for endpoint, operation in pairs:
        request = references[operation.request, "validation"]
        response = references[operation.response, "serialization"]
        item = _described(endpoint, response)
        if endpoint.method in WITH_BODY:
            content = {"application/json": {"schema": request}}
            item["requestBody"] = {"required": True, "content": content}
        else:
            item["parameters"] = _parameters(endpoint, operation)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = item
    components: dict[str, object] = {"schemas": dict(sorted(schemas.items()))}
    if any(endpoint.role for endpoint, _ in pairs):
        bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        components["securitySchemes"] = {"token": bearer}
    info = {"title": spec.title, "version": spec.version, "description": spec.description}
    return {
        "openapi": "3.1.0",
        "info": info,
        "paths": {**paths, **_own_paths()},
        "components": components,
    }


def _described(endpoint: EndpointSpec, response: object) -> dict[str, object]:
    refusals = dict(_REFUSALS)
    if endpoint.role is not None:
        refusals |= _TOKEN_REFUSALS
    if endpoint.method in WITH_BODY:
        refusals |= _BODY_REFUSALS
    trace = {TRACE_HEADER: {"schema": {"type": "string", "format": "uuid"}}}
    responses: dict[str, object] = {
        "200": {
            "description": "The answer",
            "headers": trace,
            "content": {"application/json": {"schema": response}},
        }
    }
    for status, description in sorted(refusals.items()):
        responses[str(status)] = {"description": description, **_PROBLEM}
    item: dict[str, object] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary or endpoint.name.replace("_", " "),
        "x-timeout-ms": endpoint.timeout_ms,
        "responses": responses,
    }
    if endpoint.role is not None:
        item["security"] = [{"token": [endpoint.role]}]
    return item


def _parameters(endpoint: EndpointSpec, operation: Operation) -> list[dict[str, object]]:
    schema = operation.request.model_json_schema(ref_template=_REF)
    required = schema.get("required", [])
    parameters: list[dict[str, object]] = []
    for name, described in schema.get("properties", {}).items():
        in_path = f"{{{name}}}" in endpoint.path
        parameters.append(
            {
                "name": name,
                "in": "path" if in_path else "query",
                "required": in_path or name in required,
                "schema": described,
            }
        )
    return parameters


def _own_paths() -> dict[str, object]:
    report = {"application/json": {"schema": {"type": "object"}}}

    def item(name: str, summary: str, content: object, *statuses: str) -> dict[str, object]:
        answer = {"description": summary, "content": content}
        responses = dict.fromkeys(("200", *statuses), answer)
        return {"get": {"operationId": name, "summary": summary, "responses": responses}}

    return {
        "/health/live": item("health_live", "Whether the process should go on", report, "503"),
        "/health/ready": item("health_ready", "Whether to send it requests", report, "503"),
        "/metrics": item(
            "metrics", "Metrics for Prometheus", {"text/plain": {"schema": {"type": "string"}}}
        ),
    }
