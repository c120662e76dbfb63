"""Several agents in one process: each keeps its paths, stores, limits and metrics.

A request goes to the agent whose declared endpoint has its path. The probes of the process are good
only if those of all agents are; its metrics are those of all, each with the label `agent`. What an
agent says of itself alone is below `/agents/<id>/`: `health/live`, `health/ready`, `metrics`,
`openapi.json`.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.routing import Mount, Route

from agent_runtime.errors import ConfigError
from agent_runtime.health import HealthReport
from agent_runtime.metrics import CONTENT_TYPE, render_together
from agent_runtime.service.running import Running
from agent_runtime.service.shell import OwnEndpoint
from agent_runtime.values import JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Together:
    """Several agents that are served by one process."""

    agents: tuple[Running, ...]

    @property
    def name(self) -> str:
        """Ids of the agents, joined by commas."""
        return ",".join(agent.name for agent in self.agents)

    @property
    def drain_seconds(self) -> float:
        """The longest that any of them waits for running operations."""
        return max(agent.drain_seconds for agent in self.agents)

    @property
    def draining(self) -> bool:
        """Whether the process is about to stop."""
        return any(agent.draining for agent in self.agents)

    @property
    def operations(self) -> int:
        """How many operations of all agents were accepted and have not ended."""
        return sum(agent.operations for agent in self.agents)

    def drain(self) -> None:
        """Say from now on of every agent that it is about to stop."""
        for agent in self.agents:
            agent.drain()

    def health(self, good: Callable[[HealthReport], bool]) -> tuple[int, bytes, bytes]:
        """Answer a probe: 200 if the reports of all agents are `good`, else 503."""
        reports = {agent.name: agent.health.report() for agent in self.agents}
        body: JsonObject = {name: report.to_json() for name, report in reports.items()}
        status = 200 if all(good(report) for report in reports.values()) else 503
        return status, json.dumps({"agents": body}).encode("ascii"), b"application/json"

    def metrics(self) -> tuple[int, bytes, bytes]:
        """Answer a scrape."""
        text = render_together({agent.name: agent.metrics for agent in self.agents})
        return 200, text, CONTENT_TYPE.encode("ascii")


def serve_together(apps: Sequence[FastAPI]) -> FastAPI:
    """Build one application of those that `create_service` made.

    They start in the given order and stop in the reverse one.

    Raises:
        ConfigError: there is none, one is no application of an agent, or two have the same id or
            the same path.
    """
    together = Together(agents=tuple(_running(app) for app in apps))
    _refuse_clashes(together.agents)
    app = FastAPI(openapi_url=None, lifespan=_lifespan(apps))
    app.state.running = together
    for inner, agent in zip(apps, together.agents, strict=True):
        paths = dict.fromkeys(endpoint.path for endpoint in agent.spec.endpoints)
        app.router.routes.extend(Route(path, inner) for path in paths)
        app.router.routes.append(Mount(f"/agents/{agent.name}", inner))
    app.router.routes.extend(_own_routes(together))
    app.router.default = apps[0]  # says what it always says of an unknown path
    return app


def _running(app: FastAPI) -> Running:
    running = getattr(app.state, "running", None)
    if not isinstance(running, Running):
        raise ConfigError("only applications of agents can be served together")
    return running


def _refuse_clashes(agents: Iterable[Running]) -> None:
    names: set[str] = set()
    paths: dict[str, str] = {}
    for agent in agents:
        if agent.name in names:
            raise ConfigError(f"two applications are of the agent {agent.name}")
        names.add(agent.name)
        for endpoint in agent.spec.endpoints:
            owner = paths.setdefault(endpoint.path, agent.name)
            if owner != agent.name:
                raise ConfigError(f"{owner} and {agent.name} both declare {endpoint.path}")
    if not names:
        raise ConfigError("no agent to serve")


def _own_routes(together: Together) -> list[Route]:
    answers: dict[str, Callable[[], tuple[int, bytes, bytes]]] = {
        "/health/live": lambda: together.health(lambda report: report.live),
        "/health/ready": lambda: together.health(lambda report: report.ready),
        "/metrics": together.metrics,
    }
    return [
        Route(path, OwnEndpoint(path.strip("/").replace("/", "_"), answer), methods=["GET"])
        for path, answer in answers.items()
    ]


def _lifespan(
    apps: Sequence[FastAPI],
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for app in apps:
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield

    return lifespan
