"""Run tools as processes, with a time limit and an environment of our choice."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_FEWEST_FOR_PROCESSES = 8

_GRACE_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Completed:
    """How a process ended; `exit_code` is None if it had to be stopped at its time limit."""

    exit_code: int | None
    stdout: str
    stderr: str
    seconds: float

    @property
    def timed_out(self) -> bool:
        """Tell whether it was stopped."""
        return self.exit_code is None


def run_process(
    arguments: Sequence[str],
    *,
    folder: str,
    environment: Mapping[str, str],
    timeout_seconds: float,
    stdin: bytes = b"",
) -> Completed:
    """Run a program to its end, or stop it and all it started at the time limit.

    Args:
        arguments: program and arguments; no shell is involved.
        folder: its working directory.
        environment: all of its environment.
        timeout_seconds: how long it may take.
        stdin: what it can read.

    Raises:
        OSError: it cannot be started.
    """
    start = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - arguments are ours, never schema text, and no shell
        list(arguments),
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(stdin, timeout=timeout_seconds)
        code: int | None = process.returncode
    except subprocess.TimeoutExpired:
        out, err = _stop(process)
        code = None
    except BaseException:
        _stop(process)
        raise
    return Completed(
        exit_code=code,
        stdout=out.decode("utf-8", "replace"),
        stderr=err.decode("utf-8", "replace"),
        seconds=time.monotonic() - start,
    )


def _stop(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    """Ask the process group to end, then end it; return what it had written."""
    _signal_group(process.pid, signal.SIGTERM)
    try:
        return process.communicate(timeout=_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _signal_group(process.pid, signal.SIGKILL)
        return process.communicate()


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def map_in_processes(
    function: Callable[[Item], Result], items: Sequence[Item], *, chunk: int = 2
) -> list[Result]:
    """Return `function` of each item in order, computed on all cores if that is worth the start.

    Args:
        function: a pure module-level function.
        items: what it is applied to; they and the results are pickled.
        chunk: how many items a process takes at a time.
    """
    cores = len(os.sched_getaffinity(0))
    if cores == 1 or len(items) < _FEWEST_FOR_PROCESSES:
        return [function(item) for item in items]
    with ProcessPoolExecutor(cores, mp_context=get_context("fork")) as pool:
        return list(pool.map(function, items, chunksize=chunk))


def replace_process(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Become another program, which keeps our process id and gets our signals.

    Returns:
        Nothing, if it works; the return type is that of a command.

    Raises:
        OSError: it cannot be started.
    """
    os.execve(arguments[0], list(arguments), dict(environment))  # noqa: S606 - no shell is wanted
