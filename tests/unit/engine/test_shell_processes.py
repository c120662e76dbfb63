"""Tools are bounded in time, get the environment of our choice, and leave no children behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generators.engine.shell.processes import run_process


def _run(code: str, tmp_path: Path, *, timeout: float = 20.0, stdin: bytes = b""):
    return run_process(
        [sys.executable, "-c", code],
        folder=str(tmp_path),
        environment={"ONLY": "this"},
        timeout_seconds=timeout,
        stdin=stdin,
    )


def test_output_exit_code_and_folder_are_reported(tmp_path: Path) -> None:
    done = _run(
        "import os, sys; print(os.getcwd()); print('bad', file=sys.stderr); sys.exit(3)", tmp_path
    )
    assert done.exit_code == 3
    assert done.stdout.strip() == str(tmp_path.resolve())
    assert done.stderr == "bad\n"
    assert not done.timed_out
    assert 0 < done.seconds < 20


def test_environment_is_exactly_what_was_given(tmp_path: Path) -> None:
    done = _run("import os; print(sorted(k for k in os.environ if k != 'LC_CTYPE'))", tmp_path)
    assert done.stdout.strip() == "['ONLY']"


def test_standard_input_is_what_was_given_and_then_ends(tmp_path: Path) -> None:
    assert _run("import sys; print(sys.stdin.read())", tmp_path, stdin=b"abc").stdout == "abc\n"
    assert _run("import sys; print(repr(sys.stdin.read()))", tmp_path).stdout == "''\n"


def test_bytes_that_are_not_utf8_do_not_break_the_record(tmp_path: Path) -> None:
    done = _run("import sys; sys.stdout.buffer.write(b'a\\xffb')", tmp_path)
    assert done.stdout == "a\ufffdb"


def test_process_and_its_children_end_at_the_time_limit(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    start = time.monotonic()
    done = _run(code, tmp_path, timeout=1.0)
    assert done.timed_out
    assert done.exit_code is None
    assert time.monotonic() - start < 10
    child = int(done.stdout)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _alive(child):
        os.sched_yield()
    assert not _alive(child)


def test_process_that_ignores_the_first_signal_is_killed(tmp_path: Path) -> None:
    code = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True)\n"
        "time.sleep(60)\n"
    )
    done = _run(code, tmp_path, timeout=1.0)
    assert done.timed_out
    assert done.stdout == "deaf\n"


def test_program_that_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_process(
            [str(tmp_path / "none")], folder=str(tmp_path), environment={}, timeout_seconds=1.0
        )


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_interrupted_wait_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    wait = subprocess.Popen.communicate

    def interrupted(
        process: "subprocess.Popen[bytes]", stdin: bytes = b"", timeout: float | None = None
    ) -> tuple[bytes, bytes]:
        if not started:
            started.append(process.pid)
            raise KeyboardInterrupt
        return wait(process, timeout=timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _run("import time; time.sleep(60)", tmp_path)
    assert not _alive(started[0])
