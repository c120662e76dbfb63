"""The build's memory survives a kill, a damaged file, and two builds at once."""

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from doit.dependency import JSONCodec

from generators.engine.build.state import JournalState

_KILLED = """
import os, signal, sys
from doit.dependency import JSONCodec
from generators.engine.build.state import JournalState
state = JournalState(sys.argv[1], JSONCodec())
state.set('done', '_values_:', {'n': 1})
state.set('done', 'deps:', ['a'])
state.set('begun', '_values_:', {'n': 2})
os.kill(os.getpid(), signal.SIGKILL)
"""


def _open(path: Path) -> JournalState:
    return JournalState(str(path / "cache" / "state.db"), JSONCodec())


def test_finished_task_is_known_to_the_next_build(tmp_path: Path) -> None:
    state = _open(tmp_path)
    state.set("t", "x.txt", "digest")
    state.set("t", "deps:", ("x.txt",))
    state.dump()
    again = _open(tmp_path)
    assert again.in_("t")
    assert again.get("t", "x.txt") == "digest"
    assert again.get("t", "deps:") == ["x.txt"]
    assert again.get("t", "other") is None
    assert not again.in_("unknown")
    again.dump()


def test_sigkill_forgets_only_the_task_that_was_running(tmp_path: Path) -> None:
    path = str(tmp_path / "state.db")
    killed = subprocess.run([sys.executable, "-c", _KILLED, path], check=False)
    assert killed.returncode == -signal.SIGKILL
    state = JournalState(path, JSONCodec())
    assert state.get("done", "_values_:") == {"n": 1}
    assert not state.in_("begun")
    state.begin()
    state.dump()


def test_value_without_a_finished_task_is_written_at_the_end(tmp_path: Path) -> None:
    state = _open(tmp_path)
    state.set("t", "ignore:", "1")
    state.dump()
    again = _open(tmp_path)
    assert again.get("t", "ignore:") == "1"
    again.dump()


def test_removed_tasks_are_forgotten(tmp_path: Path) -> None:
    state = _open(tmp_path)
    for name in ("a", "b", "c"):
        state.set(name, "deps:", ())
    state.remove("a")
    assert not state.in_("a")
    state.dump()
    state = _open(tmp_path)
    assert [state.in_(name) for name in ("a", "b", "c")] == [False, True, True]
    state.remove_all()
    assert not state.in_("b")
    state.dump()
    state = _open(tmp_path)
    assert not state.in_("c")
    state.dump()


def test_task_that_was_changed_and_then_removed_stays_removed(tmp_path: Path) -> None:
    state = _open(tmp_path)
    state.set("t", "x", "1")
    state.remove("t")
    state.dump()
    state = _open(tmp_path)
    assert not state.in_("t")
    state.dump()


def test_taking_the_lock_forgets_what_was_read_before(tmp_path: Path) -> None:
    first, second = _open(tmp_path), _open(tmp_path)
    assert not second.in_("t")
    first.set("t", "deps:", ())
    first.dump()
    second.begin()
    assert second.in_("t")
    second.begin()
    second.dump()


def test_reading_needs_no_lock(tmp_path: Path) -> None:
    holder, reader = _open(tmp_path), _open(tmp_path)
    holder.begin()
    assert reader.get("t", "x") is None
    reader.dump()
    holder.dump()


def test_damaged_state_is_put_aside_and_costs_a_rebuild(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cache" / "state.db"
    path.parent.mkdir()
    path.write_bytes(b"this is no database, but it is long enough to look like one" * 20)
    state = _open(tmp_path)
    assert not state.in_("t")
    state.dump()
    assert "everything is built again" in capsys.readouterr().err
    assert Path(f"{path}.damaged").exists()


def test_row_that_is_no_mapping_counts_as_unknown(tmp_path: Path) -> None:
    _open(tmp_path).dump()
    with sqlite3.connect(tmp_path / "cache" / "state.db") as database:
        database.execute("insert into tasks values ('t', ?)", (json.dumps([1]),))
    database.close()
    state = _open(tmp_path)
    assert not state.in_("t")
    state.dump()
    assert not (tmp_path / "cache" / "state.db.lock").exists()
