"""A real agent to call in tests: its declared endpoints over HTTP on a loopback port."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from agent_runtime.clock import Clock, system_clock
from agent_runtime.config import Setting, load_settings
from agent_runtime.identity import open_identity
from agent_runtime.keys import KeyRing
from agent_runtime.parts import STANDARD_SETTINGS, AgentParts
from agent_runtime.replay import MemoryReplayLedger
from agent_runtime.serve import bind
from agent_runtime.service import EndpointSpec, Operation, ServiceSpec, create_service
from agent_runtime.service.spec import Gates
from agent_runtime.tokens import TokenVerifier

_MOST_SECONDS: Final = 10.0


@contextmanager
def calling_parts(
    root: Path, agent: str, urls: Mapping[str, str] | None = None, *, clock: Clock = system_clock
) -> Iterator[AgentParts]:
    """Open the parts of an agent that calls others, for the duration of a `with` block.

    Args:
        root: where its stores are.
        agent: its id.
        urls: where the agents that it calls are, by id.
        clock: source of time.
    """
    declared = (*STANDARD_SETTINGS, *(Setting(key=f"clients.{name}") for name in urls or {}))
    prefix = f"L9_{agent.upper()}__"
    environ = {
        f"{prefix}DATA__FOLDER": str(root / "data"),
        f"{prefix}LOGGING__FOLDER": str(root / "logs"),
        **{f"{prefix}CLIENTS__{name.upper()}": url for name, url in (urls or {}).items()},
    }
    parts = AgentParts(agent, load_settings(agent, declared, environ), clock=clock)
    try:
        yield parts
    finally:
        parts.close()


def trusting(root: Path, agent: str, *, clock: Clock = system_clock) -> Gates:
    """Return gates of `agent` that believe the agent whose `calling_parts` are below `root`."""
    keys = KeyRing.of(open_identity(root / "data" / "identity.pem"))
    ledger = MemoryReplayLedger(clock)
    return Gates(tokens=TokenVerifier(keys, audience=agent, clock=clock, ledger=ledger))


@contextmanager
def serving(
    endpoints: tuple[EndpointSpec, ...],
    operations: Mapping[str, Operation],
    *,
    agent: str = "peer",
    gates: Gates | None = None,
    clock: Clock = system_clock,
) -> Iterator[str]:
    """Serve `endpoints` for the duration of a `with` block, and yield the base URL.

    Args:
        endpoints: what the agent declares.
        operations: what answers each of them, by name.
        agent: its id.
        gates: what stands before the operations.
        clock: source of time.

    Raises:
        TimeoutError: the server did not come up.
    """
    spec = ServiceSpec(agent=agent, title=agent, version="0", endpoints=endpoints)
    app = create_service(spec, operations, gates=gates, clock=clock)
    with bind("127.0.0.1", 0) as listener, listening(app, listener, agent):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def listening(app: FastAPI, listener: socket.socket, agent: str) -> Iterator[None]:
    """Serve `app` on a bound socket for the duration of a `with` block.

    Args:
        app: what is served; it is started and stopped.
        listener: where it listens.
        agent: its name, for the message.

    Raises:
        TimeoutError: the server did not come up.
    """
    up = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            up.set()

    server = Server(uvicorn.Config(app, log_level="error", access_log=False, lifespan="on"))
    worker = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    worker.start()
    try:
        if not up.wait(_MOST_SECONDS):
            raise TimeoutError(f"{agent} did not come up")
        yield
    finally:
        server.should_exit = True
        worker.join(_MOST_SECONDS)
