"""The tests of a unit run in one process, and every outcome and line is recorded."""

from pathlib import Path

import pytest

from generators.engine.build import testing
from generators.engine.build.lint import ToolError
from generators.engine.build.testing import record_of, run_tests, totals_of
from generators.engine.shell.processes import Completed

MODULE = """\
from L9.links.shared import BASE


def grade(value: int) -> str:
    if value > BASE:
        return "high"
    return "low"


def unused() -> int:
    return 1
"""
TESTS = """\
import pytest

from L9.core.m import grade


@pytest.mark.positive
@pytest.mark.parametrize("value", [11, 12])
def test_high(value: int) -> None:
    assert grade(value) == "high"


@pytest.mark.negative
def test_wrong() -> None:
    assert grade(11) == "low"


@pytest.mark.regression
def test_skipped() -> None:
    pytest.skip("not today")


@pytest.fixture
def broken() -> int:
    raise RuntimeError("no fixture")


def test_error(broken: int) -> None:
    assert broken
"""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    root = tmp_path_factory.mktemp("unit")
    own, links = root / "own", root / "links"
    for path, text in (
        (own / "L9/core/m.py", MODULE),
        (own / "L9/core/never.py", "X = 1\n"),
        (own / "L9/tests/core/test_m.py", TESTS),
        (own / "L9/tests/core/test_broken.py", "import nowhere\n"),
        (links / "L9/links/shared.py", "BASE = 10\n"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return run_tests(
        str(own),
        ["L9/tests/core/test_m.py", "L9/tests/core/test_broken.py"],
        ["L9/core/m.py", "L9/core/never.py"],
        import_path=(str(links),),
        cache=str(root / "cache"),
    )


def test_outcomes_and_kinds_are_counted(record: dict[str, object]) -> None:
    totals = record["totals"]
    assert isinstance(totals, dict)
    counted = {key: totals[key] for key in ("tests", "passed", "failed", "skipped")}
    assert counted == {"tests": 5, "passed": 2, "failed": 2, "skipped": 1}
    assert (totals["positive"], totals["negative"], totals["regression"]) == (2, 1, 1)
    assert record["passed"] is False


def test_file_that_cannot_be_collected_is_an_error(record: dict[str, object]) -> None:
    errors = record["errors"]
    assert isinstance(errors, list)
    assert [error["path"] for error in errors] == ["L9/tests/core/test_broken.py"]
    assert "nowhere" in errors[0]["message"]


def test_each_test_has_its_outcome_and_a_failure_its_reason(record: dict[str, object]) -> None:
    tests = record["tests"]
    assert isinstance(tests, list)
    outcomes = {test["name"]: test["outcome"] for test in tests}
    assert outcomes == {
        "test_high[11]": "passed",
        "test_high[12]": "passed",
        "test_wrong": "failed",
        "test_skipped": "skipped",
        "test_error": "error",
    }
    messages = {test["name"]: test["message"] for test in tests}
    assert "assert 'high' == 'low'" in messages["test_wrong"]
    assert "no fixture" in messages["test_error"]
    assert messages["test_high[11]"] == ""
    assert {test["path"] for test in tests} == {"L9/tests/core/test_m.py"}


def test_lines_and_branches_are_measured_also_of_files_that_never_ran(
    record: dict[str, object],
) -> None:
    coverage = record["coverage"]
    assert isinstance(coverage, dict)
    assert set(coverage) == {"L9/core/m.py", "L9/core/never.py"}
    ran, never = coverage["L9/core/m.py"], coverage["L9/core/never.py"]
    assert (ran["statements"], ran["covered_lines"]) == (7, 5)
    assert (ran["branches"], ran["covered_branches"]) == (2, 1)
    assert ran["missing_lines"] == [7, 11]
    assert (never["statements"], never["covered_lines"]) == (1, 0)
    totals = record["totals"]
    assert isinstance(totals, dict)
    assert totals["coverage"] == pytest.approx(6 / 10)


def test_unit_without_tests_passes_with_nothing_measured() -> None:
    record = run_tests("/nowhere", [], ["L9/x.py"], import_path=(), cache="/nowhere")
    assert record["passed"] is True
    assert record["totals"] == {
        "tests": 0,
        "passed": 0,
        "failed": 0,
        "skipped": 0,
        "positive": 0,
        "negative": 0,
        "regression": 0,
        "statements": 0,
        "covered_lines": 0,
        "branches": 0,
        "covered_branches": 0,
        "coverage": 1.0,
    }


def _raw(*outcomes: str, errors: tuple[str, ...] = ()) -> dict[str, object]:
    return {
        "tests": [{"outcome": outcome, "kinds": []} for outcome in outcomes],
        "errors": [{"path": path, "message": ""} for path in errors],
        "coverage": {},
    }


@pytest.mark.parametrize(
    ("raw", "passed"),
    [
        (_raw("passed", "passed"), True),
        (_raw("passed", "skipped"), False),
        (_raw("passed", "failed"), False),
        (_raw("passed", "error"), False),
        (_raw("passed", "not run"), False),
        (_raw("passed", errors=("x.py",)), False),
    ],
)
def test_only_a_run_in_which_every_test_passed_passes(raw: dict[str, object], passed: bool) -> None:
    assert record_of(raw)["passed"] is passed


def test_test_that_never_ran_counts_as_failed() -> None:
    totals = totals_of(_raw("not run", "error", "failed", "passed"))
    assert (totals.tests, totals.failed, totals.passed) == (4, 3, 1)


@pytest.mark.parametrize(
    ("completed", "message"),
    [
        (Completed(exit_code=4, stdout="", stderr="usage: pytest", seconds=0), "usage: pytest"),
        (Completed(exit_code=None, stdout="dots", stderr="", seconds=0), "did not end in time"),
    ],
)
def test_session_that_left_no_record_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, completed: Completed, message: str
) -> None:
    monkeypatch.setattr(testing, "run_process", lambda *_, **__: completed)
    with pytest.raises(ToolError, match=message):
        run_tests(str(tmp_path), ["t.py"], [], import_path=(), cache=str(tmp_path / "c"))
