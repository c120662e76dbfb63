"""One build at a time: the second waits, or is told who is running."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generators.engine.shell.locks import BuildLock, LockedError

_HOLD = """
import sys
from generators.engine.shell.locks import BuildLock
lock = BuildLock(sys.argv[1], patience_seconds=5, notify=print)
lock.acquire()
print('held', flush=True)
sys.stdin.readline()
"""


@contextmanager
def _held_by_another(path: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_lock_is_taken_once_and_names_its_process(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "lock"
    lock = BuildLock(str(path), patience_seconds=0, notify=lambda text: None)
    assert not lock.held
    lock.acquire()
    lock.acquire()
    assert lock.held
    assert path.read_text() == f"{os.getpid()}\n"
    lock.release()
    lock.release()
    assert not lock.held


def test_second_build_is_told_who_is_running(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    messages: list[str] = []
    lock = BuildLock(str(path), patience_seconds=0, notify=messages.append)
    with (
        _held_by_another(path) as other,
        pytest.raises(LockedError, match=rf"process {other.pid}\) is running"),
    ):
        lock.acquire()
    assert not lock.held
    assert messages == []


def test_second_build_waits_for_the_first_and_says_so_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    messages: list[str] = []
    with _held_by_another(path) as other:

        def let_go(text: str) -> None:
            messages.append(text)
            other.kill()

        lock = BuildLock(str(path), patience_seconds=20, notify=let_go)
        lock.acquire()
        assert lock.held
        assert messages == [
            f"waiting for another build (process {other.pid}) in this folder to end\n"
        ]
        lock.release()
