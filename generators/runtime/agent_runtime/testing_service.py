"""A real agent to call in tests: its declared endpoints over HTTP on a loopback port."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import uvicorn

from agent_runtime.clock import Clock, system_clock
from agent_runtime.serve import bind
from agent_runtime.service import EndpointSpec, Operation, ServiceSpec, create_service
from agent_runtime.service.spec import Gates

_MOST_SECONDS: Final = 10.0


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
    up = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            up.set()

    listener = bind("127.0.0.1", 0)
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="on")
    server = Server(config)
    worker = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    worker.start()
    try:
        if not up.wait(_MOST_SECONDS):
            raise TimeoutError(f"{agent} did not come up")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        worker.join(_MOST_SECONDS)
        listener.close()
