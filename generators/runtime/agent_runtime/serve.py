"""Serves agents: `python -m agent_runtime.serve package.module:create_app --port 8000`.

Several targets are served by one process, each agent under its own paths.

On SIGTERM or SIGINT the agent first says that it is not ready, then stops listening, finishes
the requests under way, closes its stores, and exits with 0. A second signal cuts that short.
Exit codes: 0 stopped as asked, 2 could not start.
"""

import argparse
import asyncio
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI

from agent_runtime.errors import AgentError
from agent_runtime.service.running import Running, Served
from agent_runtime.service.several import serve_together

COULD_NOT_START: Final = 2
_LARGEST_PORT: Final = 65_535


class StartError(Exception):
    """The service cannot start; the message says why."""


class AgentServer(uvicorn.Server):
    """A uvicorn server that says it is not ready before it stops listening."""

    def __init__(self, config: uvicorn.Config, running: Served, grace_seconds: float) -> None:
        super().__init__(config)
        self._running = running
        self._grace = grace_seconds

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as the wish to stop; unlike uvicorn, without dying of them."""
        loop = asyncio.get_running_loop()
        wanted = (signal.SIGTERM, signal.SIGINT)
        for number in wanted:
            loop.add_signal_handler(number, self.begin_stop)
        try:
            yield
        finally:
            for number in wanted:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say where on standard output, as one line of JSON."""
        await super().startup(sockets=sockets)
        agent = self._running.name
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            line = {"event": "listening", "agent": agent, "host": host, "port": port}
            sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    def begin_stop(self) -> None:
        """Stop after the grace time, or at once if asked again."""
        if self._running.draining:
            self.should_exit = self.force_exit = True
            return
        self._running.drain()
        asyncio.get_running_loop().call_later(self._grace, self._stop_listening)

    def _stop_listening(self) -> None:
        self.should_exit = True


def load_app(target: str) -> tuple[FastAPI, Running]:
    """Import `package.module:factory` and call the factory, which takes no argument.

    Raises:
        StartError: it cannot be imported, fails, or returns no application of `create_service`.
    """
    module_name, _, factory_name = target.partition(":")
    if not module_name or not factory_name.isidentifier():
        raise StartError(f"{target!r} is not of the form package.module:factory")
    try:
        factory = getattr(importlib.import_module(module_name), factory_name)
        app = factory()
    except (ImportError, AttributeError) as error:
        raise StartError(f"{target} cannot be imported: {error}") from error
    except AgentError as error:
        raise StartError(f"{target}: {error.title}: {error}") from error
    running = getattr(getattr(app, "state", None), "running", None)
    if not isinstance(app, FastAPI) or not isinstance(running, Running):
        raise StartError(f"{target} returned a {type(app).__name__}, no service")
    return app, running


def load_apps(targets: Sequence[str]) -> tuple[FastAPI, Served]:
    """Load one application, or several as one.

    Raises:
        StartError: one cannot be loaded, or they cannot be served together.
    """
    loaded = [load_app(target) for target in targets]
    if len(loaded) == 1:
        return loaded[0]
    try:
        app = serve_together([app for app, _ in loaded])
    except AgentError as error:
        raise StartError(f"{error.title}: {error}") from error
    return app, app.state.running


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host`; port 0 lets the system choose.

    Raises:
        StartError: the address is taken or not ours.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.set_inheritable(False)
    return listener


def serve(app: FastAPI, running: Served, listener: socket.socket, grace_seconds: float) -> None:
    """Serve on `listener` until asked to stop."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, round(running.drain_seconds)),
    )
    AgentServer(config, running, grace_seconds).run(sockets=[listener])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="agent_runtime.serve", description="Serve agents.")
    parser.add_argument("target", nargs="+", help="package.module:factory of an agent")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (loopback)")
    parser.add_argument("--port", type=_port, default=8000, help="0 lets the system choose")
    parser.add_argument(
        "--grace", type=float, default=0.0, help="seconds between not ready and not listening"
    )
    given = parser.parse_intermixed_args(arguments)
    try:
        app, running = load_apps(given.target)
        listener = bind(given.host, given.port)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return COULD_NOT_START
    serve(app, running, listener, given.grace)
    if running.operations:  # given up after drain_seconds; their threads would keep us
        sys.stderr.write(f"{running.operations} operations were given up\n")
        sys.stderr.flush()
        os._exit(0)
    return 0


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{port} is no port")
    return port


if __name__ == "__main__":
    sys.exit(main())
