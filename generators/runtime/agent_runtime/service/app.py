"""Builds the application of an agent from its declared endpoints."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, nullcontext
from functools import partial

from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp

from agent_runtime.clock import Clock, system_clock
from agent_runtime.health import HealthBoard
from agent_runtime.logs import ChannelLog
from agent_runtime.metrics import AgentMetrics
from agent_runtime.service.document import openapi_document
from agent_runtime.service.endpoint import Endpoint
from agent_runtime.service.running import Running
from agent_runtime.service.shell import OwnEndpoint, Shell, health_answer, metrics_answer
from agent_runtime.service.spec import Gates, Operation, ServiceSpec, matched
from agent_runtime.service.workers import Workers
from agent_runtime.tracing import new_trace_id


def create_service(
    spec: ServiceSpec,
    operations: Mapping[str, Operation],
    *,
    clock: Clock = system_clock,
    gates: Gates | None = None,
    metrics: AgentMetrics | None = None,
    health: HealthBoard | None = None,
    log: ChannelLog | None = None,
    on_start: Sequence[Callable[[], object]] = (),
    on_stop: Sequence[Callable[[], object]] = (),
    trace_ids: Callable[[], str] = new_trace_id,
) -> FastAPI:
    """Build the application that serves `spec` with `operations`.

    Args:
        spec: the declared service.
        operations: what answers each endpoint, by endpoint name; exactly one each.
        clock: source of the deadlines that operations are given.
        gates: tokens, rates and parallelism; none without.
        metrics: where requests are counted; new ones without.
        health: what the probes tell; one without checks without.
        log: gets a line for each request and each unexpected failure.
        on_start: called one after the other before the first request is served.
        on_stop: called one after the other when the service stops, the last first.
        trace_ids: makes the trace id of a request that brings none.

    Raises:
        ConfigError: endpoints and operations do not match, or a role is demanded and no token
            gate is there.
    """
    gates = gates or Gates()
    metrics = metrics or AgentMetrics()
    health = health or HealthBoard(clock=clock)
    pairs = matched(spec, operations)
    workers = Workers(spec.threads, gates.slots or nullcontext())
    document = openapi_document(spec, pairs)
    running = Running(spec=spec, health=health, metrics=metrics, workers=workers)
    surround = partial(Shell, metrics=metrics, health=health, log=log, trace_ids=trace_ids)
    app = AgentApp(spec, document, surround, _lifespan(running, log, on_start, on_stop))
    app.state.running = running
    for endpoint, operation in pairs:
        answer = Endpoint(
            endpoint,
            operation,
            gates=gates,
            workers=workers,
            clock=clock,
            max_body_bytes=spec.max_body_bytes,
        )
        app.router.routes.append(Route(endpoint.path, answer, methods=[endpoint.method]))
    app.router.routes.extend(_own_routes(document, health, metrics))
    return app


class AgentApp(FastAPI):
    """A FastAPI application whose document is given and whose outermost layer is the shell."""

    def __init__(
        self,
        spec: ServiceSpec,
        document: dict[str, object],
        surround: Callable[[ASGIApp], ASGIApp],
        lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    ) -> None:
        super().__init__(
            title=spec.title,
            version=spec.version,
            description=spec.description,
            openapi_url=None,
            lifespan=lifespan,
        )
        self._document = document
        self._surround = surround

    def openapi(self) -> dict[str, object]:
        """Return the document of the declared endpoints and the shell's own."""
        return self._document

    def build_middleware_stack(self) -> ASGIApp:
        """Put the shell around the router; it takes the place of FastAPI's error layers."""
        app: ASGIApp = AsyncExitStackMiddleware(self.router)
        for layer, args, options in reversed(self.user_middleware):
            app = layer(app, *args, **options)
        return self._surround(app)


def _own_routes(
    document: dict[str, object], health: HealthBoard, metrics: AgentMetrics
) -> list[Route]:
    """Return the routes that every service has."""
    text = json.dumps(document, indent=1).encode("ascii")
    answers: dict[str, Callable[[], tuple[int, bytes, bytes]]] = {
        "/health/live": lambda: health_answer(health, lambda report: report.live),
        "/health/ready": lambda: health_answer(health, lambda report: report.ready),
        "/metrics": lambda: metrics_answer(metrics),
        "/openapi.json": lambda: (200, text, b"application/json"),
    }
    return [
        Route(path, OwnEndpoint(path.strip("/").replace("/", "_"), answer), methods=["GET"])
        for path, answer in answers.items()
    ]


def _lifespan(
    running: Running,
    log: ChannelLog | None,
    on_start: Sequence[Callable[[], object]],
    on_stop: Sequence[Callable[[], object]],
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return what the server enters when it starts and leaves when it stops."""

    def stop() -> None:
        with ExitStack() as stack:
            for action in on_stop:
                stack.callback(action)
            left = running.workers.stop(running.spec.drain_seconds)
            if log is not None:
                log.info("stopped", operations_left=left)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        for action in on_start:
            await asyncio.to_thread(action)
        yield
        running.health.drain()
        await asyncio.to_thread(stop)

    return lifespan
