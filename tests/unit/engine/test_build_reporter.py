"""What a build prints, and with which code it ends."""

import io
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from doit.exceptions import InvalidTask, TaskError, TaskFailed, UnmetDependency
from doit.globals import Globals

from generators.engine.build.reporter import BuildReporter, UnitProgress, summary_lines
from generators.engine.build.run_command import exit_code
from generators.engine.shell.locks import LockedError


@dataclass
class FakeTask:
    name: str
    values: dict[str, object] = field(default_factory=dict)
    targets: list[str] = field(default_factory=list)
    has_subtask: bool = False


def _reporter(*tasks: FakeTask) -> tuple[BuildReporter, io.StringIO]:
    out = io.StringIO()
    reporter = BuildReporter(out, {})
    reporter.initialize({task.name: task for task in tasks}, [])
    return reporter, out


@pytest.fixture(autouse=True)
def _no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Globals, "dep_manager", SimpleNamespace(backend=object()))


def test_build_without_work_prints_nothing() -> None:
    reporter, out = _reporter(FakeTask("generate:a"))
    task = FakeTask("generate:a")
    reporter.get_status(task)
    reporter.skip_uptodate(task)
    reporter.execute_task(task)
    reporter.teardown_task(task)
    reporter.complete_run()
    assert out.getvalue() == ""
    assert not reporter.only_refusals


def test_unit_gets_one_line_when_it_is_installed() -> None:
    reporter, out = _reporter(FakeTask("generate:a"), FakeTask("install:a"))
    reporter.add_success(FakeTask("generate:a", {"files": 9, "seconds": 0.25}))
    assert out.getvalue() == ""
    reporter.add_success(FakeTask("gate:a", {"gates": 31, "passed": 30, "seconds": 0.5}))
    reporter.add_success(
        FakeTask("test:a", {"tests": 214, "passed": 214, "coverage": 0.984, "seconds": 2.0})
    )
    reporter.add_success(FakeTask("lint:a", {"violations": 2, "seconds": 0}))
    reporter.add_success(FakeTask("typecheck:a", {"violations": 0, "seconds": 0}))
    reporter.add_success(FakeTask("install:a", {"files": 9, "passed": False, "seconds": 0.25}))
    line = out.getvalue()
    assert line.startswith("  a ")
    assert "generate ▸ lint ▸ gate ▸ typecheck ▸ test ▸ install" in line
    wanted = "9 files  214/214 tests  98.4% cov  30/31 gates  2 lint  NOT PASSED  3.0 s\n"
    assert line.endswith(wanted)


def test_unit_that_was_only_judged_anew_gets_no_line() -> None:
    reporter, out = _reporter(FakeTask("install:a"))
    reporter.add_success(FakeTask("install:a", {"files": 9, "passed": False, "seconds": 0.1}))
    assert out.getvalue() == ""


def test_notes_of_a_step_are_shown() -> None:
    reporter, out = _reporter()
    reporter.add_success(FakeTask("validate:c", {"notes": "SR012 a warning"}))
    reporter.add_success(FakeTask("validate:c", {"notes": ""}))
    assert out.getvalue() == "SR012 a warning\n"


def test_judgement_is_shown_as_written_and_ends_with_1() -> None:
    reporter, out = _reporter()
    reporter.add_failure(FakeTask("verdict:a"), TaskFailed("a did not pass"))
    reporter.add_failure(FakeTask("verdict", has_subtask=True), UnmetDependency("verdict:a"))
    reporter.complete_run()
    assert out.getvalue() == "a did not pass\n"
    assert reporter.only_refusals
    assert exit_code(2, reporter) == 1


def test_fault_is_shown_with_its_trace_and_ends_with_2() -> None:
    reporter, out = _reporter()
    with pytest.raises(ValueError, match="broken") as caught:
        int("broken")
    reporter.add_failure(FakeTask("generate:a"), TaskError("PythonAction Error", caught.value))
    reporter.add_failure(FakeTask("format:a"), UnmetDependency("generate:a"))
    reporter.complete_run()
    text = out.getvalue()
    assert text.startswith("generate:a: TaskError\n")
    assert "ValueError: invalid literal" in text
    assert text.endswith("1 tasks were not run because of what failed above\n")
    assert not reporter.only_refusals
    assert exit_code(2, reporter) == 2


def test_failure_that_asks_for_silence_is_not_shown() -> None:
    reporter, out = _reporter()
    reporter.add_failure(FakeTask("a:b"), TaskFailed("quiet", report=False))
    assert out.getvalue() == ""


@pytest.mark.parametrize("code", [0, 1, 3])
def test_other_codes_stay(code: int) -> None:
    reporter, _ = _reporter()
    reporter.add_failure(FakeTask("verdict:a"), TaskFailed("no"))
    assert exit_code(code, reporter) == code
    assert exit_code(2, None) == 2


def test_ignored_task_is_named() -> None:
    reporter, out = _reporter()
    reporter.skip_ignore(FakeTask("test:a"))
    assert out.getvalue() == "ignored test:a\n"


def test_errors_of_doit_come_last_and_are_no_refusals() -> None:
    reporter, out = _reporter()
    reporter.runtime_error("a cycle")
    reporter.cleanup_error(TaskError("in a teardown"))
    reporter.add_failure(FakeTask("verdict:a"), TaskFailed("no"))
    reporter.complete_run()
    assert out.getvalue().endswith("no\na cycle\n")
    assert not reporter.only_refusals


SUMMARY = {
    "collection": "c",
    "version": "1.0.0",
    "agents": 5,
    "agents_built": 1,
    "modules": 19,
    "documents": 6,
    "test_files": 20,
    "tests": 214,
    "tests_passed": 213,
    "coverage_percent": 98.44,
    "gates_passed": 30,
    "gates": 31,
    "declared": False,
    "failures": ["a"],
    "unfinished": ["b"],
    "sections": 10,
    "signed_by": "local throw-away key",
    "page": "evidence_report.html",
}


def test_summary_of_the_evidence_closes_a_build_that_made_it(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    path.write_text(json.dumps(SUMMARY))
    evidence = FakeTask("evidence:c", targets=[str(path)])
    reporter, out = _reporter(evidence)
    reporter.add_success(evidence)
    reporter.complete_run()
    *lines, time, following = out.getvalue().splitlines()
    assert re.fullmatch(r"time      \d+\.\d s", time)
    assert following.startswith("next      doit plan")
    assert lines == [
        (
            "c 1.0.0 · 1 of 5 agents · 19 modules · 6 docs · 20 test files · 213/214 tests · "
            "98.4 % cov · 30/31 gates"
        ),
        (
            f"evidence  {tmp_path}/evidence_report.html   10/10 sections · "
            "signed (local throw-away key) · not declared, 2 reasons"
        ),
        "open      a",
        "open      b",
    ]


def test_summary_of_a_declared_build_says_so_and_unmeasured_coverage_is_left_out() -> None:
    done = {"declared": True, "failures": [], "unfinished": [], "coverage_percent": None}
    content = json.dumps({**SUMMARY, **done}).encode()
    text = summary_lines(content, "x")
    assert text.endswith("· declared")
    assert "cov" not in text
    assert summary_lines(None, "x") == ""


def test_summary_shows_the_first_reasons_and_counts_the_rest() -> None:
    content = json.dumps({**SUMMARY, "unfinished": [f"reason {n}" for n in range(9)]}).encode()
    lines = summary_lines(content, "x").splitlines()
    assert lines[2:] == [
        "open      a",
        *(f"open      reason {n}" for n in range(5)),
        "open      and 4 more, see the report",
    ]


def test_build_takes_the_lock_before_anything_is_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[str] = []
    backend = SimpleNamespace(begin=lambda: taken.append("lock"))
    monkeypatch.setattr(Globals, "dep_manager", SimpleNamespace(backend=backend))
    _reporter()
    assert taken == ["lock"]


def test_lock_held_by_another_build_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def begin() -> None:
        raise LockedError("another build (process 7) is running")

    monkeypatch.setattr(
        Globals, "dep_manager", SimpleNamespace(backend=SimpleNamespace(begin=begin))
    )
    with pytest.raises(InvalidTask, match="process 7"):
        _reporter()


def test_progress_of_a_unit_counts_what_ran() -> None:
    progress = UnitProgress("a")
    progress.note("install", {"files": 2, "passed": True, "seconds": 1})
    assert not progress.worked
    progress.note("format", {})
    assert progress.worked
    assert progress.line().split() == [
        "a", "format", "▸", "install", "2", "files", "1.0", "s",
    ]  # fmt: skip


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_terminal_shows_what_is_being_done_and_clears_it() -> None:
    out = _Terminal()
    reporter = BuildReporter(out, {})
    reporter.execute_task(FakeTask("test:a"))
    assert out.getvalue() == "\r\x1b[2K  test:a ..."
    reporter.execute_task(FakeTask("test", has_subtask=True))
    reporter.add_success(FakeTask("validate:c", {"notes": "a note"}))
    assert out.getvalue() == "\r\x1b[2K  test:a ...\r\x1b[2Ka note\n"
    reporter.execute_task(FakeTask("lint:a"))
    reporter.complete_run()
    assert out.getvalue().endswith("\r\x1b[2K  lint:a ...\r\x1b[2K")
