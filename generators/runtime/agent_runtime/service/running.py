"""What a server needs to know of the application it runs, be it one agent or several."""

from dataclasses import dataclass
from typing import Protocol

from agent_runtime.health import HealthBoard
from agent_runtime.metrics import AgentMetrics
from agent_runtime.service.spec import ServiceSpec
from agent_runtime.service.workers import Workers


class Served(Protocol):
    """An application as its server sees it; in `app.state.running`."""

    @property
    def name(self) -> str:
        """What it is called: the id of the agent, or those of several."""
        ...

    @property
    def drain_seconds(self) -> float:
        """How long to wait for running operations when it stops."""
        ...

    @property
    def draining(self) -> bool:
        """Whether it is about to stop."""
        ...

    @property
    def operations(self) -> int:
        """How many operations were accepted and have not ended."""
        ...

    def drain(self) -> None:
        """Say from now on that it is not ready, because it is about to stop."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """One agent that is served.

    Attributes:
        spec: the service.
        health: drained before the server stops.
        metrics: of the agent and its requests.
        workers: what operations still run.
    """

    spec: ServiceSpec
    health: HealthBoard
    metrics: AgentMetrics
    workers: Workers

    @property
    def name(self) -> str:
        """Id of the agent."""
        return self.spec.agent

    @property
    def drain_seconds(self) -> float:
        """How long to wait for running operations when it stops."""
        return self.spec.drain_seconds

    @property
    def draining(self) -> bool:
        """Whether it is about to stop."""
        return self.health.draining

    @property
    def operations(self) -> int:
        """How many operations were accepted and have not ended."""
        return self.workers.running

    def drain(self) -> None:
        """Say from now on that it is not ready, because it is about to stop."""
        self.health.drain()
