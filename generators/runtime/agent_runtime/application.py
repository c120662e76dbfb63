"""Serves a wired agent: its declared endpoints, answered by its controller, over HTTP."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from fastapi import FastAPI

from agent_runtime.governance import Governance
from agent_runtime.limits import RateLimiter
from agent_runtime.parts import AgentParts
from agent_runtime.service import Gates, Operation, ServiceSpec, create_service


class Governed(Protocol):
    """What holds the governance of an agent; its governance bridge is one."""

    @property
    def governance(self) -> Governance:
        """The rules, and how many tasks may run at a time."""
        ...


class Servable(Protocol):
    """An agent that is wired and can be served; a generated controller is one."""

    @property
    def parts(self) -> AgentParts:
        """What it stands on."""
        ...

    @property
    def governance(self) -> Governed:
        """What governs it."""
        ...

    def operations(self) -> Mapping[str, Operation]:
        """Return what answers each declared endpoint, by its name."""
        ...

    def start(self) -> None:
        """Begin background work."""
        ...

    def close(self) -> None:
        """End background work and close all stores."""
        ...


def application_of(controller: Servable, spec: ServiceSpec) -> FastAPI:
    """Return the application that serves `spec`; it starts and closes the agent with itself.

    The settings of the agent say how large a body may be and, if they declare
    `limits.requests_per_second`, how often a caller may ask. Governance says how many operations
    run at a time. What goes wrong is told to the first log channel. `app.state.controller` is the
    agent.

    Args:
        controller: the agent.
        spec: its endpoints, and who it is.

    Raises:
        ConfigError: a setting is missing, or an endpoint is without an operation, or the reverse.
    """
    parts = controller.parts
    app = create_service(
        replace(spec, max_body_bytes=parts.settings.integer("server.max_body_bytes")),
        controller.operations(),
        clock=parts.clock,
        gates=Gates(
            tokens=parts.verifier,
            rate=_rate(parts),
            slots=controller.governance.governance.tasks,
        ),
        metrics=parts.metrics,
        health=parts.health,
        log=parts.logs.channel(parts.logs.channels[0]),
        on_start=[controller.start],
        on_stop=[controller.close],
    )
    app.state.controller = controller
    return app


def _rate(parts: AgentParts) -> RateLimiter | None:
    """Return the limit of a caller's requests; None if the settings declare none."""
    settings = parts.settings
    if not settings.declares("limits.requests_per_second"):
        return None
    return RateLimiter(
        settings.number("limits.requests_per_second"),
        int(settings.number("limits.burst")),
        parts.clock,
    )
