"""A system of agents: started one after the other, watched together, stopped in reverse order."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from agent_runtime.supervision.process import AgentProcess
from agent_runtime.supervision.surroundings import Member, environment_of, trust_file

READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0


class System:
    """The agents of one system as processes of this machine; use as a context manager."""

    def __init__(
        self,
        members: Sequence[Member],
        *,
        config: Path,
        folder: Path,
        environ: Mapping[str, str],
        ready_seconds: float = READY_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        """Take the agents in start-up order; nothing runs yet.

        Args:
            members: the agents.
            config: the file of settings that they share.
            folder: where they keep what they write.
            environ: the present environment, which wins over what is set here.
            ready_seconds: how long one may take until it is ready.
            stop_seconds: how long one may take to stop.
        """
        self._members = tuple(members)
        self._config = config.absolute()
        self._folder = folder.absolute()
        self._environ = environ
        self._ready_seconds = ready_seconds
        self._stop_seconds = stop_seconds
        self._running: list[AgentProcess] = []
        self.forced: tuple[str, ...] = ()

    def start(
        self,
        *,
        ready: Callable[[Member], None] = lambda _member: None,
        unless: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Start each agent once the one before it is ready.

        Args:
            ready: hears of each agent that is.
            unless: stops the start as soon as it returns True.

        Returns:
            False if the start was stopped.

        Raises:
            ConfigError: keys cannot be read.
            StartFailedError: an agent ended, or is not ready in time.
            OSError: a process cannot be started.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        trusted = trust_file(self._members, self._folder, self._environ)
        for member in self._members:
            environ = environment_of(
                member,
                config=self._config,
                folder=self._folder,
                trusted=trusted,
                environ=self._environ,
            )
            process = AgentProcess(member, environ, self._folder / member.agent / "output.log")
            self._running.append(process)
            if not process.wait_ready(self._ready_seconds, unless):
                return False
            ready(member)
        return True

    def ended(self) -> AgentProcess | None:
        """Return an agent that ended by itself, if there is one."""
        return next((each for each in self._running if each.exit_code is not None), None)

    def stop(self) -> None:
        """Stop the agents, the last one first; `forced` then names those that had to be ended."""
        forced = []
        while self._running:
            process = self._running.pop()
            if not process.stop(self._stop_seconds):
                forced.append(process.member.agent)
        self.forced = tuple(forced)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()
