"""Lint and type check: what tools say becomes a record; a tool that breaks is a fault."""

from pathlib import Path

import pytest

from generators.engine.build import lint, typecheck
from generators.engine.build.lint import CheckRecord, ToolError, Violation, lint_files
from generators.engine.build.typecheck import typecheck_files, typecheck_record
from generators.engine.shell.processes import Completed

GOOD = """\
\"\"\"Say what it is.\"\"\"

import json

from agent_runtime import clock

from L9.core import a

print_it = (json, clock, a)
"""


def _completed(exit_code: int | None, stdout: str = "", stderr: str = "") -> Completed:
    return Completed(exit_code=exit_code, stdout=stdout, stderr=stderr, seconds=0.1)


def _answer(monkeypatch: pytest.MonkeyPatch, module: object, completed: Completed) -> None:
    monkeypatch.setattr(module, "run_process", lambda *_, **__: completed)


def test_clean_file_passes_and_its_imports_are_sorted_by_namespace(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(GOOD)
    record = lint_files(str(tmp_path), ["x.py", "y.md"], namespace="L9")
    assert record == CheckRecord(
        check="lint", tool=record.tool, files=1, passed=True, violations=()
    )
    assert record.tool.startswith("ruff 0.")


def test_violations_are_given_by_place(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text('"""Say what it is."""\n\nimport os\n\nx = eval("1")\n')
    record = lint_files(str(tmp_path), ["x.py"], namespace="L9")
    assert not record.passed
    assert [(v.path, v.line, v.code) for v in record.violations] == [
        ("x.py", 3, "F401"),
        ("x.py", 5, "S307"),
    ]


def test_tests_may_assert_and_go_without_docstrings(tmp_path: Path) -> None:
    path = tmp_path / "L9" / "tests" / "test_x.py"
    path.parent.mkdir(parents=True)
    path.write_text("def test_x() -> None:\n    assert 1 < 2\n")
    record = lint_files(str(tmp_path), ["L9/tests/test_x.py"], namespace="L9")
    assert [v.code for v in record.violations] == ["PLR0133"]


def test_file_that_cannot_be_parsed_is_a_violation(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("def (\n")
    record = lint_files(str(tmp_path), ["x.py"], namespace="L9")
    assert not record.passed
    assert record.violations[0].line == 1


def test_unit_without_python_passes_without_running_a_tool() -> None:
    assert lint_files("/nowhere", ["x.md"], namespace="L9").passed
    assert typecheck_files("/nowhere", ["x.md"], import_path=(), cache="/nowhere").passed


@pytest.mark.parametrize("exit_code", [2, None])
def test_ruff_that_did_not_work_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, exit_code: int | None
) -> None:
    _answer(monkeypatch, lint, _completed(exit_code, stderr="bad option"))
    with pytest.raises(ToolError, match="bad option"):
        lint_files(".", ["x.py"], namespace="L9")


def test_ruff_that_prints_no_json_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    _answer(monkeypatch, lint, _completed(0, stdout="All checks passed"))
    with pytest.raises(ToolError, match="no JSON"):
        lint_files(".", ["x.py"], namespace="L9")


def test_mypy_judges_the_files_and_not_what_they_import(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    (own / "L9" / "core").mkdir(parents=True)
    (other / "L9" / "links").mkdir(parents=True)
    (other / "L9" / "links" / "shared.py").write_text("def loose(x):\n    return x\n")
    (own / "L9" / "core" / "m.py").write_text(
        "from L9.links.shared import loose\n\n\ndef f(x: int) -> str:\n    return x\n\n\nloose(1)\n"
    )
    record = typecheck_files(
        str(own), ["L9/core/m.py"], import_path=(str(own), str(other)), cache=str(tmp_path / "c")
    )
    assert [(v.path, v.line, v.code) for v in record.violations] == [
        ("L9/core/m.py", 5, "return-value"),
        ("L9/core/m.py", 8, "no-untyped-call"),
    ]
    assert not record.passed
    assert record.files == 1


def test_notes_of_mypy_are_no_violations() -> None:
    output = (
        "b.py:2:1: note: See https://mypy.example\n"
        'b.py:2:5: error: Name "x" is not defined  [name-defined]\n'
        "a.py:9: error: Unused\n"
    )
    record = typecheck_record(["a.py", "b.py"], output)
    assert record.violations == (
        Violation(path="a.py", line=9, column=1, code="mypy", message="Unused"),
        Violation(
            path="b.py", line=2, column=5, code="name-defined", message='Name "x" is not defined'
        ),
    )


@pytest.mark.parametrize(
    ("completed", "message"),
    [
        (_completed(None), "did not end within 600 s"),
        (_completed(2, stderr="usage: mypy"), "ended with 2: usage: mypy"),
        (_completed(2, stdout="INTERNAL ERROR"), "ended with 2: INTERNAL ERROR"),
        (_completed(1, stdout="strange"), "without a complaint: strange"),
    ],
)
def test_mypy_that_did_not_work_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, completed: Completed, message: str
) -> None:
    _answer(monkeypatch, typecheck, completed)
    with pytest.raises(ToolError, match=message):
        typecheck_files(".", ["x.py"], import_path=(), cache="c")


def test_syntax_error_ends_mypy_early_and_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    _answer(monkeypatch, typecheck, _completed(2, "x.py:1:5: error: Invalid syntax  [syntax]\n"))
    record = typecheck_files(".", ["x.py"], import_path=(), cache="c")
    assert [(v.line, v.column, v.code) for v in record.violations] == [(1, 5, "syntax")]
