"""Serves a system: `python -m agent_runtime.serve_system --config FILE --folder DIR a=pkg.m:make`.

The agents start in the order given, each as a process of its own at the address that the registry
of the shared file gives it, each once the one before it is ready. They share the file of settings,
one bus below the folder, and trust in each other's keys for the role `service`. On standard output
each that is ready is one line of JSON, and so is the system when all are. On SIGTERM or SIGINT
they stop in reverse order. Exit codes: 0 stopped as asked, 1 an agent ended or had to be ended,
2 could not start.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from agent_runtime.errors import AgentError
from agent_runtime.supervision.process import POLL_SECONDS, StartFailedError
from agent_runtime.supervision.surroundings import (
    Member,
    members_of,
    on_free_ports,
    run_environment,
)
from agent_runtime.supervision.system import READY_SECONDS, STOP_SECONDS, System

AN_AGENT_ENDED: Final = 1
COULD_NOT_START: Final = 2


class StopRequest:
    """Whether somebody asked for the end; signals set it."""

    def __init__(self) -> None:
        self._asked = False

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as the wish to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._take)

    def __call__(self) -> bool:
        """Tell whether it was asked for."""
        return self._asked

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="agent_runtime.serve_system", description="Serve agents.")
    parser.add_argument("member", nargs="+", type=_named, help="agent=package.module:factory")
    parser.add_argument("--config", type=Path, required=True, help="the file that agents share")
    parser.add_argument("--folder", type=Path, required=True, help="for all that they write")
    parser.add_argument("--free-ports", action="store_true", help="let the system choose ports")
    parser.add_argument("--ready-seconds", type=float, default=READY_SECONDS, help="for each")
    parser.add_argument("--stop-seconds", type=float, default=STOP_SECONDS, help="for each")
    given = parser.parse_intermixed_args(arguments)
    stop = StopRequest()
    stop.listen()
    try:
        members, config = _placed(given.config, given.folder, dict(given.member), given.free_ports)
        system = System(
            members,
            config=config,
            folder=given.folder,
            environ=run_environment(),
            ready_seconds=given.ready_seconds,
            stop_seconds=given.stop_seconds,
        )
        with system:
            code = _serve(system, len(members), stop)
    except (AgentError, StartFailedError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return COULD_NOT_START
    if system.forced and not code:
        sys.stderr.write(f"had to be ended: {', '.join(system.forced)}\n")
        return AN_AGENT_ENDED
    return code


def _placed(
    config: Path, folder: Path, targets: dict[str, str], free: bool  # noqa: FBT001 - as given
) -> tuple[tuple[Member, ...], Path]:
    """Return the agents at their addresses, and the file of settings that tells them."""
    members = members_of(config, targets)
    if not free:
        return members, config
    copy = on_free_ports(config, folder, members)
    return members_of(copy, targets), copy


def _serve(system: System, count: int, stop: StopRequest) -> int:
    if system.start(ready=_tell, unless=stop):
        _say({"event": "system_ready", "agents": count})
    while not stop():
        ended = system.ended()
        if ended is not None:
            sys.stderr.write(
                f"{ended.member.agent} ended with {ended.exit_code}: {ended.last_words}\n"
            )
            return AN_AGENT_ENDED
        time.sleep(POLL_SECONDS)
    return 0


def _tell(member: Member) -> None:
    _say({"event": "ready", "agent": member.agent, "url": member.url})


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _named(text: str) -> tuple[str, str]:
    agent, _, target = text.partition("=")
    if not agent.isidentifier() or ":" not in target:
        raise argparse.ArgumentTypeError(f"{text!r} is not agent=package.module:factory")
    return agent, target


if __name__ == "__main__":
    sys.exit(main())
