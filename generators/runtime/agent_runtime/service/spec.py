"""What a service is made of: endpoints, the operations behind them, the gates before them."""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from pydantic import BaseModel

from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.shapes.base import Call
from agent_runtime.tokens import Claims

WITH_BODY: Final = ("POST", "PUT", "PATCH")
WITHOUT_BODY: Final = ("GET", "DELETE")
OWN_PATHS: Final = ("/health/live", "/health/ready", "/metrics", "/openapi.json")
"""Paths that the shell answers itself."""

Request = TypeVar("Request", bound=BaseModel)
"""Shape of a request."""

_PATH = re.compile(r"(/([A-Za-z0-9_.~-]+|\{[a-z_]+\}))+")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointSpec:
    """One endpoint as the schema declares it.

    Attributes:
        name: its name, unique in the service.
        path: absolute path; `{name}` stands for a parameter of the request shape.
        method: HTTP method. GET and DELETE take their request from path and query, others from
            a JSON body.
        timeout_ms: within it the answer is there, or the caller gets a 504.
        role: role that a bearer token must give; None lets everybody in.
        summary: one sentence for the API document.
    """

    name: str
    path: str
    method: str
    timeout_ms: int
    role: str | None = None
    summary: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be served.

        Raises:
            ConfigError: a field is malformed, or the path is one of the shell's own.
        """
        if not _NAME.fullmatch(self.name):
            raise ConfigError(f"endpoint {self.name!r} is no lower-case name")
        if not _PATH.fullmatch(self.path) or self.path in OWN_PATHS:
            raise ConfigError(f"endpoint {self.name}: the path {self.path!r} cannot be served")
        if self.method not in WITH_BODY + WITHOUT_BODY:
            raise ConfigError(f"endpoint {self.name}: no method {self.method!r}")
        if "{" in self.path and self.method in WITH_BODY:
            raise ConfigError(f"endpoint {self.name}: {self.method} takes no path parameters")
        if self.timeout_ms < 1:
            raise ConfigError(f"endpoint {self.name}: a time-out of {self.timeout_ms} ms")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceSpec:
    """The service of one agent.

    Attributes:
        agent: id of the agent.
        title: for the API document.
        version: for the API document.
        description: for the API document.
        endpoints: the declared endpoints.
        threads: how many operations run at the same time; further ones wait within their time-out.
        max_body_bytes: a larger request body is answered with 413.
        drain_seconds: how long to wait for running operations when the service stops.
    """

    agent: str
    title: str
    version: str
    description: str = ""
    endpoints: tuple[EndpointSpec, ...]
    threads: int = 32
    max_body_bytes: int = 1_048_576
    drain_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuse endpoints that cannot be told apart, and limits that let nothing through.

        Raises:
            ConfigError: a name or a path with its method occurs twice, or a limit is too low.
        """
        names = [endpoint.name for endpoint in self.endpoints]
        routes = [(endpoint.method, endpoint.path) for endpoint in self.endpoints]
        for values in (names, routes):
            if len(set(values)) != len(values):
                raise ConfigError(f"{self.agent}: two endpoints share a name or a path and method")
        if self.threads < 1 or self.max_body_bytes < 1 or self.drain_seconds < 0.0:
            raise ConfigError(f"{self.agent}: threads, body size or drain time out of bounds")


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """What answers an endpoint.

    Attributes:
        handle: takes the checked request and the call, returns a `response`; runs in a thread.
        request: shape of the request.
        response: shape of the answer.
    """

    handle: Callable[[BaseModel, Call], BaseModel]
    request: type[BaseModel]
    response: type[BaseModel]


def answered_by(
    handle: Callable[[Request, Call], BaseModel],
    request: type[Request],
    response: type[BaseModel],
) -> Operation:
    """Return the operation of a method that takes one shape of request only."""

    def checked(given: BaseModel, call: Call) -> BaseModel:
        if not isinstance(given, request):
            raise InputBoundsError(f"a {type(given).__name__} is no {request.__name__}")
        return handle(given, call)

    return Operation(handle=checked, request=request, response=response)


class TokenGate(Protocol):
    """Decides whether to believe a bearer token; `agent_runtime.tokens.TokenVerifier` is one."""

    def authenticate(self, token: str) -> Claims:
        """Return what the token says without spending it.

        Raises:
            NotAuthenticatedError: it is not believed.
        """
        ...

    def verify(self, token: str, role: str) -> Claims:
        """Return what the token says, and spend it.

        Raises:
            NotAuthenticatedError: it is not believed.
            NotAuthorisedError: it does not give `role`.
        """
        ...


class RateGate(Protocol):
    """Limits the requests of one caller; `agent_runtime.limits.RateLimiter` is one."""

    def check(self, key: str) -> None:
        """Count one request of `key`.

        Raises:
            RateLimitedError: there were too many.
        """
        ...

    def retry_after(self, key: str) -> float:
        """Return the seconds until `key` may ask again."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Gates:
    """What stands before the operations; None lets everything through.

    Attributes:
        tokens: verifies the tokens of endpoints that demand a role.
        rate: limits the requests of a caller: the token's subject, else the client's address.
        slots: entered for as long as an operation runs; raises `OverloadedError` beyond the
            declared parallelism. `agent_runtime.limits.Parallelism` is one.
    """

    tokens: TokenGate | None = None
    rate: RateGate | None = None
    slots: AbstractContextManager[object] | None = None


def matched(
    spec: ServiceSpec, operations: Mapping[str, Operation]
) -> tuple[tuple[EndpointSpec, Operation], ...]:
    """Pair each endpoint with its operation.

    Raises:
        ConfigError: one is without the other, or a path parameter is no field of the request.
    """
    names = {endpoint.name for endpoint in spec.endpoints}
    if names != set(operations):
        odd = ", ".join(sorted(names ^ set(operations)))
        raise ConfigError(f"{spec.agent}: endpoint without operation, or the reverse: {odd}")
    for endpoint in spec.endpoints:
        fields = operations[endpoint.name].request.model_fields
        for parameter in re.findall(r"\{([a-z_]+)\}", endpoint.path):
            if parameter not in fields:
                raise ConfigError(f"{endpoint.name}: its request has no field {parameter!r}")
    return tuple((endpoint, operations[endpoint.name]) for endpoint in spec.endpoints)
