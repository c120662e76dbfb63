"""What surrounds every request: its trace id, its error as a problem, its log line, its metrics."""

import asyncio
import json
import time
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_runtime.attempt import Attempt
from agent_runtime.errors import AgentError
from agent_runtime.health import HealthBoard, HealthReport
from agent_runtime.logs import ChannelLog, frames
from agent_runtime.metrics import CONTENT_TYPE, AgentMetrics
from agent_runtime.service.problems import MEDIA_TYPE, HttpError, headers_for, problem_of
from agent_runtime.service.reading import headers_of
from agent_runtime.service.writing import write
from agent_runtime.tracing import TRACE_HEADER, accepted_trace_id, bind_trace

_TRACE = TRACE_HEADER.encode()
_CLOSE = (b"connection", b"close")


class Shell:
    """ASGI middleware around all endpoints of a service."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: AgentMetrics,
        health: HealthBoard,
        log: ChannelLog | None,
        trace_ids: Callable[[], str],
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._health = health
        self._log = log
        self._trace_ids = trace_ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other kinds of connection pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        sent = headers.get(_TRACE, b"").decode("latin-1")
        parent = headers.get(b"traceparent", b"").decode("latin-1")
        answer = _Answer(send, accepted_trace_id(sent, parent) or self._trace_ids(), self._health)
        began = time.perf_counter()
        self._metrics.request_started()
        try:
            with bind_trace(answer.trace_id):
                await self._guarded(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - began
            self._metrics.request_finished(_name(scope), answer.status, seconds)
        self._note(scope, answer, seconds)

    async def _guarded(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        """Let the endpoint answer; if it fails, answer with a problem."""
        attempt = Attempt()
        with attempt:
            await self._app(scope, receive, answer.send)
        error = attempt.error
        if error is None:
            return
        if isinstance(error, HTTPException):
            error = HttpError(
                error.status_code, str(error.detail).lower(), "see /openapi.json", error.headers
            )
        if not isinstance(error, AgentError) and self._log is not None:
            with bind_trace(answer.trace_id):
                self._log.error("failed", endpoint=_name(scope), error=error, where=frames(error))
        if not answer.started:
            status, body = problem_of(error, path=scope["path"], trace_id=answer.trace_id)
            await write(answer.send, status, body, MEDIA_TYPE, headers_for(error))

    def _note(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        if self._log is None:
            return
        with bind_trace(answer.trace_id):
            self._log.info(
                "request",
                endpoint=_name(scope),
                method=scope["method"],
                status=answer.status,
                milliseconds=round(seconds * 1000.0, 3),
            )


class OwnEndpoint:
    """An endpoint of the shell itself; an ASGI application."""

    def __init__(self, name: str, answer: Callable[[], tuple[int, bytes, bytes]]) -> None:
        self.name = name
        self._answer = answer

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        status, body, media_type = await asyncio.to_thread(self._answer)
        await write(send, status, body, media_type, [(b"cache-control", b"no-store")])


def health_answer(
    board: HealthBoard, good: Callable[[HealthReport], bool]
) -> tuple[int, bytes, bytes]:
    """Answer a probe: 200 if the report is `good`, else 503."""
    report = board.report()
    status = 200 if good(report) else 503
    return status, json.dumps(report.to_json()).encode("ascii"), b"application/json"


def metrics_answer(metrics: AgentMetrics) -> tuple[int, bytes, bytes]:
    """Answer a scrape."""
    return 200, metrics.render(), CONTENT_TYPE.encode("ascii")


class _Answer:
    """The answer under way: adds the trace id, remembers the status."""

    def __init__(self, send: Send, trace_id: str, health: HealthBoard) -> None:
        self.trace_id = trace_id
        self.status = 500
        self.started = False
        self._send = send
        self._health = health

    async def send(self, message: Message) -> None:
        """Pass a message on; the first one gets the trace id."""
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            own = [(_TRACE, self.trace_id.encode("ascii"))]
            if self._health.draining:
                own.append(_CLOSE)
            message = {**message, "headers": [*message["headers"], *own]}
        await self._send(message)


def _name(scope: Scope) -> str:
    """Return the declared name of the endpoint that was chosen; never text of the caller."""
    return str(getattr(scope.get("endpoint"), "name", "unmatched"))
