"""One agent as a process: started, waited for until it is ready, and asked to stop."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx

from agent_runtime.supervision.surroundings import Member

POLL_SECONDS: Final = 0.05
_PROBE_SECONDS: Final = 2.0
_READY: Final = 200


class StartFailedError(Exception):
    """An agent ended, or was not ready in time; the message says which and what it said last."""


class AgentProcess:
    """A running agent. What it writes to its standard streams goes to a file."""

    def __init__(
        self,
        member: Member,
        environ: Mapping[str, str],
        output: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Start the agent; it is not ready yet.

        Args:
            member: the agent.
            environ: all of its environment.
            output: file for what it writes to its standard streams, begun anew.
            clock: source of time, in seconds.
            pause: waits between looks at it.

        Raises:
            OSError: the process cannot be started.
        """
        self.member = member
        self._output = output
        self._clock = clock
        self._pause = pause
        output.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "agent_runtime.serve", member.target]
        with output.open("wb") as file:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, and no shell
                [*command, "--host", member.host, "--port", str(member.port)],
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C reaches it through us, in order
            )

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    @property
    def last_words(self) -> str:
        """The last line that it wrote."""
        lines = self._output.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")

    def wait_ready(self, seconds: float, unless: Callable[[], bool]) -> bool:
        """Wait until the agent listens and says that it is ready.

        Args:
            seconds: how long at most.
            unless: gives up waiting as soon as it returns True.

        Returns:
            False if waiting was given up.

        Raises:
            StartFailedError: it ended, or is not ready in time.
        """
        deadline = self._clock() + seconds
        while not unless():
            if self.exit_code is not None:
                raise StartFailedError(
                    f"{self.member.agent} ended with {self.exit_code} before it was ready: "
                    f"{self.last_words}"
                )
            if self._listens() and self._says_ready():
                return True
            if self._clock() >= deadline:
                raise StartFailedError(f"{self.member.agent} is not ready after {seconds:g} s")
            self._pause(POLL_SECONDS)
        return False

    def stop(self, seconds: float) -> bool:
        """Ask the agent to stop, and end it if it has not after `seconds`.

        Returns:
            True if it stopped by itself.
        """
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=seconds) == 0
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False

    def _listens(self) -> bool:
        """Tell whether it said so itself: another program may have its port."""
        for line in self._output.read_text(encoding="utf-8", errors="replace").split("\n"):
            with suppress(ValueError):
                told = json.loads(line)
                if isinstance(told, dict) and told.get("event") == "listening":
                    return True
        return False

    def _says_ready(self) -> bool:
        try:
            with httpx.Client(trust_env=False, timeout=_PROBE_SECONDS) as client:
                return client.get(f"{self.member.url}/health/ready").status_code == _READY
        except httpx.HTTPError:
            return False
