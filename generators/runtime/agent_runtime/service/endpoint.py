"""One endpoint: gates, then its operation in a thread, within its time-out.

A plain ASGI application: it costs about half of what a FastAPI route costs, and what a route
would do for it (shapes, errors, document) is derived from the same declarations.
"""

import asyncio
from collections.abc import Mapping

from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from agent_runtime.clock import Clock
from agent_runtime.errors import (
    DeadlineExceededError,
    NotAuthenticatedError,
    OutputBoundsError,
    RateLimitedError,
)
from agent_runtime.service.problems import TooManyRequestsError
from agent_runtime.service.reading import (
    body_of,
    client_of,
    headers_of,
    parsed,
    query_of,
    token_of,
)
from agent_runtime.service.spec import WITH_BODY, EndpointSpec, Gates, Operation
from agent_runtime.service.workers import Workers
from agent_runtime.service.writing import write
from agent_runtime.shapes.base import Call
from agent_runtime.tokens import Claims
from agent_runtime.tracing import current_trace_id

_JSON = b"application/json"


class Endpoint:
    """Answers one declared endpoint; an ASGI application."""

    def __init__(
        self,
        spec: EndpointSpec,
        operation: Operation,
        *,
        gates: Gates,
        workers: Workers,
        clock: Clock,
        max_body_bytes: int,
    ) -> None:
        self.name = spec.name
        self._spec = spec
        self._operation = operation
        self._gates = gates
        self._workers = workers
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._seconds = spec.timeout_ms / 1000.0
        fields = operation.request.model_json_schema().get("properties", {})
        self._lists = frozenset(
            name for name, described in fields.items() if described.get("type") == "array"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            AgentError: it is refused or failed; the shell around turns that into a problem.
        """
        deadline = self._clock() + self._seconds
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._answer(scope, receive, deadline)
        except TimeoutError:
            raise DeadlineExceededError(f"no answer within {self._spec.timeout_ms} ms") from None
        await write(send, 200, body, _JSON)

    async def _answer(self, scope: Scope, receive: Receive, deadline: float) -> bytes:
        headers, client = headers_of(scope), client_of(scope)
        token = None if self._spec.role is None else token_of(headers)
        if token is None:
            self._count(client)
        data: bytes | Mapping[str, str | list[str]]
        if self._spec.method in WITH_BODY:
            data = await body_of(headers, receive, self._max_body_bytes)
        else:
            data = query_of(scope, self._lists)
        work = self._workers.submit(lambda: self._work(data, token, client, deadline))
        return await asyncio.wrap_future(work)

    def _work(
        self,
        data: bytes | Mapping[str, str | list[str]],
        token: str | None,
        client: str,
        deadline: float,
    ) -> bytes:
        """Do what may block or take long; runs in a thread."""
        if self._clock() >= deadline:
            raise DeadlineExceededError("the time-out passed before the work began")
        claims = None if token is None else self._admitted(token, client)
        request = parsed(self._operation.request, data)
        call = Call(
            trace_id=current_trace_id(),
            caller="anonymous" if claims is None else claims.subject,
            deadline=deadline,
            roles=() if claims is None else tuple(sorted(claims.roles)),
            token=claims,
        )
        return self._rendered(self._operation.handle(request, call))

    def _rendered(self, response: BaseModel) -> bytes:
        if not isinstance(response, self._operation.response):
            raise OutputBoundsError(f"{self.name} answered with a {type(response).__name__}")
        return response.model_dump_json().encode()

    def _admitted(self, token: str, client: str) -> Claims:
        """Verify a token; only one that is believed counts against its holder's rate."""
        gate, role = self._gates.tokens, self._spec.role
        if gate is None or role is None:
            raise NotAuthenticatedError("no tokens are verified here")
        try:
            holder = gate.authenticate(token).subject
        except NotAuthenticatedError:
            self._count(client)
            raise
        self._count(f"token:{holder}")
        return gate.verify(token, role)

    def _count(self, key: str) -> None:
        gate = self._gates.rate
        if gate is None:
            return
        try:
            gate.check(key)
        except RateLimitedError as error:
            raise TooManyRequestsError(str(error), gate.retry_after(key)) from None
