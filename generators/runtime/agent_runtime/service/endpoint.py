"""One endpoint: gates, then its operation in a thread, within its time-out.

A plain ASGI application: it costs about half of what a FastAPI route costs, and what a route
would do for it (shapes, errors, document) is derived from the same declarations.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from agent_runtime.clock import Clock
from agent_runtime.errors import ConfigError, DeadlineExceededError, OutputBoundsError
from agent_runtime.service.admission import Admission, RateCount
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
        self._rate = RateCount(gates.rate)
        self._admission: Admission | None = None
        if spec.role is not None:
            if gates.tokens is None:
                raise ConfigError(f"{spec.name} demands a token, and nothing verifies tokens")
            self._admission = Admission(gates.tokens, spec.role, self._rate)
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
        admit: Callable[[], Claims | None] = _anybody
        if self._admission is None:
            self._rate.count(client)
        else:
            admit = partial(self._admission.admit, token_of(headers), client)
        data: bytes | Mapping[str, str | list[str]]
        if self._spec.method in WITH_BODY:
            data = await body_of(headers, receive, self._max_body_bytes)
        else:
            data = query_of(scope, self._lists)
        work = self._workers.submit(lambda: self._work(data, admit, deadline))
        return await asyncio.wrap_future(work)

    def _work(
        self,
        data: bytes | Mapping[str, str | list[str]],
        admit: Callable[[], Claims | None],
        deadline: float,
    ) -> bytes:
        """Do what may block or take long; runs in a thread."""
        if self._clock() >= deadline:
            raise DeadlineExceededError("the time-out passed before the work began")
        claims = admit()
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


def _anybody() -> None:
    """Admit a caller without a token."""
