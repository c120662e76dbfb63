"""Parameters of an API server: the endpoints with paths, methods, time-outs and roles."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import OperationUse, PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import schema_of
from generators.patterns.imports import import_groups, text_parts
from generators.patterns.roles import role_of

_MOST_THREADS: Final = 64
_THREADS: Final = 32
_BODILESS: Final = ("GET", "DELETE")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the endpoints, the modules behind them, and what tests expect.

    Raises:
        RefusalError: the agent declares no endpoint, or one with a method that is not served.
    """
    if not context.operations:
        raise RefusalError(
            "deployment.endpoints declares nothing to serve",
            "declare at least one endpoint, or drop the API server",
        )
    agent = context.agent
    endpoints = [_endpoint(use, context) for use in context.operations]
    controller, config = context.siblings["controller"], context.siblings["config_manager"]
    channels = context.siblings.get("logger", controller)
    limit = agent.autonomy.task_limit
    rate = _rate(context)
    guarded = [each for each in endpoints if each["role"]]
    public = [each for each in endpoints if not each["role"]]
    bodies = [
        {**row, "wrong": _wrong_body(use)}
        for row, use in zip(endpoints, context.operations, strict=True)
        if not row["role"] and row["method"] not in _BODILESS
    ]
    reads = [each for each in public if each["method"] == "GET"]
    told = [str(use.endpoint.name) for use in context.operations if use.method == "status_call"]
    return {
        "agent": str(agent.agent_id),
        "title": agent.title,
        "version": agent.version,
        "description": text_parts(" ".join(agent.role.split())),
        "controller_class": controller.made.name,
        "config_class": config.class_name,
        "endpoints": [*endpoints],
        "threads": min(_MOST_THREADS, limit or _THREADS),
        "task_limit": limit or 0,
        "guarded": [*guarded],
        "bodies": [*bodies],
        "status": next((each for each in reads if each["name"] in told), (*reads, endpoints[0])[0]),
        "burst": rate,
        "has": {
            "limit": limit is not None,
            "rate": rate > 0,
            "guarded": bool(guarded),
            "bodies": bool(bodies),
            "status": any(each["name"] in told for each in reads),
        },
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ["Final"]),
                ("agent_runtime.clock", ["Clock", "system_clock"]),
                ("agent_runtime.config", ["AgentSettings"]),
                ("agent_runtime.flags", ["Flags"]),
                ("agent_runtime.limits", ["RateLimiter"] if rate else []),
                (
                    "agent_runtime.service",
                    ["EndpointSpec", "Gates", "ServiceSpec", "create_service"],
                ),
                ("fastapi", ["FastAPI"]),
                (config.module, [config.class_name]),
                (channels.module, ["CHANNELS"]),
                (controller.made.module, [controller.made.name]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.clock", ["ManualClock"]),
                ("agent_runtime.config", ["AgentSettings"]),
                ("agent_runtime.flags", ["Flags", "MEMORY_SUBSTRATE_VALIDATION"]),
                ("agent_runtime.keys", ["SigningKey"]),
                ("agent_runtime.tokens", ["TokenIssuer"] if guarded else []),
                ("agent_runtime.errors", ["OverloadedError"] if limit is not None else []),
                ("fastapi", ["FastAPI"]),
                (config.module, [config.class_name]),
                (context.module, ["AGENT", "ENDPOINTS", "create_app"]),
                (channels.module, ["CHANNELS"]),
                (controller.made.module, [controller.made.name]),
            ],
        ),
    }


def _endpoint(use: OperationUse, context: PatternContext) -> dict[str, Plain]:
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


def _wrong_body(use: OperationUse) -> str:
    """Return a JSON body that the request is not: open shapes take any object."""
    is_open = schema_of(use.request).get("additionalProperties") is True
    return "[]" if is_open else '{"unheard_of": 1}'


def _rate(context: PatternContext) -> int:
    """Return the declared burst, 0 if no rate is limited."""
    rest = context.meta["meta.dependency.integration"].get("rest")
    limits = rest.get("rate_limit") if isinstance(rest, Mapping) else None
    if not isinstance(limits, Mapping):
        return 0
    rate, burst = limits.get("requests_per_second"), limits.get("burst")
    return int(burst) if isinstance(rate, int | float) and isinstance(burst, int | float) else 0
