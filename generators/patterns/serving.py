"""What serves an agent over HTTP: the endpoints, who opens the agent, what its tests expect.

The module that does it is the API server; where an agent lists none, its controller does it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from generators.engine.patterns.context import OperationUse, PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import schema_of
from generators.patterns.imports import text_parts
from generators.patterns.roles import role_of

_MOST_THREADS: Final = 64
_THREADS: Final = 32
_BODILESS: Final = ("GET", "DELETE")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_STATUS: Final = "StatusResponse"

Row = dict[str, Plain]


def service_data(context: PatternContext, controller_class: str) -> Row:
    """Return the service of an agent as the shared templates take it.

    Args:
        context: the surroundings of the module that serves; the agent has a config manager.
        controller_class: name of the class that answers.

    Raises:
        RefusalError: an endpoint has a method that is not served, or demands an unknown token.
    """
    agent = context.agent
    endpoints = [_endpoint(use, context) for use in context.operations]
    guarded = [each for each in endpoints if each["role"]]
    public = [each for each in endpoints if not each["role"]]
    bodies = [
        {**row, "wrong": _wrong_body(use)}
        for row, use in zip(endpoints, context.operations, strict=True)
        if not row["role"] and row["method"] not in _BODILESS
    ]
    status = _status(endpoints, context.operations)
    limit = agent.autonomy.task_limit
    return {
        "title": agent.title,
        "version": agent.version,
        "description": text_parts(" ".join(agent.role.split())),
        "controller_class": controller_class,
        "config_class": context.siblings["config_manager"].class_name,
        "endpoints": [*endpoints],
        "threads": min(_MOST_THREADS, limit or _THREADS),
        "task_limit": limit or 0,
        "guarded": [*guarded],
        "bodies": [*bodies],
        "status": status or (public or endpoints)[0],
        "has": {
            "limit": limit is not None,
            "rate": _is_rated(context),
            "guarded": bool(guarded),
            "bodies": bool(bodies),
            "status": status is not None,
        },
    }


def service_imports(context: PatternContext) -> Iterator[tuple[str, list[str]]]:
    """Yield what the module that serves imports, with the names taken from each."""
    config = context.siblings["config_manager"]
    yield "typing", ["Final"]
    yield "agent_runtime.application", ["application_of"]
    yield "agent_runtime.clock", ["Clock", "system_clock"]
    yield "agent_runtime.config", ["AgentSettings"]
    yield "agent_runtime.flags", ["Flags"]
    yield "agent_runtime.service.spec", ["EndpointSpec", "ServiceSpec"]
    yield "fastapi", ["FastAPI"]
    yield config.module, [config.class_name]


def service_test_imports(context: PatternContext) -> Iterator[tuple[str, list[str]]]:
    """Yield what the tests of the module that serves import, besides the standard library."""
    config = context.siblings["config_manager"]
    yield "agent_runtime.clock", ["ManualClock"]
    yield "agent_runtime.config", ["AgentSettings"]
    yield "agent_runtime.flags", ["Flags", "MEMORY_SUBSTRATE_VALIDATION"]
    yield "agent_runtime.keys", ["SigningKey"]
    if any(use.endpoint.auth is not None for use in context.operations):
        yield "agent_runtime.tokens", ["TokenIssuer"]
    if context.agent.autonomy.task_limit is not None:
        yield "agent_runtime.errors", ["OverloadedError"]
    yield "fastapi", ["FastAPI"]
    yield config.module, [config.class_name]
    yield context.module, ["AGENT", "ENDPOINTS", "create_app"]


def _endpoint(use: OperationUse, context: PatternContext) -> Row:
    endpoint = use.endpoint
    if endpoint.method not in _METHODS:
        raise RefusalError(
            f"{endpoint.pointer}: the method {endpoint.method} is not served",
            f"use one of {', '.join(_METHODS)}",
        )
    return {
        "name": str(endpoint.name),
        "path": endpoint.path,
        "method": endpoint.method,
        "timeout_ms": endpoint.timeout_ms,
        "role": role_of(endpoint, context),
        "summary": f"{str(endpoint.name).replace('_', ' ').capitalize()}.",
    }


def _status(endpoints: Sequence[Row], uses: Sequence[OperationUse]) -> Row | None:
    """Return the first endpoint without a role that answers with the status of the agent."""
    for row, use in zip(endpoints, uses, strict=True):
        tells = use.standing or use.response.name == _STATUS
        if tells and not row["role"] and row["method"] == "GET":
            return row
    return None


def _wrong_body(use: OperationUse) -> str:
    """Return a JSON body that the request is not: open shapes take any object."""
    is_open = schema_of(use.request).get("additionalProperties") is True
    return "[]" if is_open else '{"unheard_of": 1}'


def _is_rated(context: PatternContext) -> bool:
    """Return whether the rate of requests is limited."""
    rest = context.meta.get("meta.dependency.integration", {}).get("rest")
    limits = rest.get("rate_limit") if isinstance(rest, Mapping) else None
    if not isinstance(limits, Mapping):
        return False
    return all(
        isinstance(limits.get(name), int | float) for name in ("requests_per_second", "burst")
    )
