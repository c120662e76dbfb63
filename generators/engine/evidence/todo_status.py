"""The TODO plan, ticked by proof: an entry is done when its file is there as it was verified."""

from dataclasses import dataclass

from generators.engine.evidence.folder import Facts, UnitEvidence
from generators.engine.evidence.measures import gates_passed
from generators.engine.evidence.records import CaseRecord
from generators.engine.plan.todo import Todo, unit_todos


@dataclass(frozen=True, kw_only=True, slots=True)
class TodoStatus:
    """One entry of the plan with its proof.

    Attributes:
        done: whether the file is installed, unchanged, in a unit that passed.
        sha256: digest of the file; None if it is not there.
        lines_found: number of lines of the file.
        gates: gates of the unit that passed, of all.
        tests: tests of the file that passed, of all; `-` where it has none.
        why_not: why it is not done; empty if it is.
    """

    number: str
    unit: str
    action: str
    path: str
    role: str
    phase: int
    pattern: str
    pointer: str
    origin: str
    lines_planned: int | None
    done: bool
    sha256: str | None
    lines_found: int
    gates: str
    tests: str
    why_not: str


def todo_status(unit: UnitEvidence, facts: Facts) -> tuple[TodoStatus, ...]:
    """Return the entries of a unit with their proofs."""
    return tuple(_status(todo, unit, facts) for todo in unit_todos(unit.plan))


def _status(todo: Todo, unit: UnitEvidence, facts: Facts) -> TodoStatus:
    path = f"repo/{todo.path}"
    sha = facts.folder.sha256(path)
    why_not = _why_not(todo, unit, facts, sha)
    gates = gates_passed(unit)
    cases = _cases(todo, unit)
    passed = sum(case.outcome == "passed" for case in cases)
    return TodoStatus(
        number=todo.number,
        unit=todo.unit,
        action=todo.action,
        path=todo.path,
        role=todo.role,
        phase=todo.phase,
        pattern=todo.pattern,
        pointer=todo.pointer,
        origin=todo.origin,
        lines_planned=todo.lines,
        done=not why_not,
        sha256=sha,
        lines_found=facts.folder.lines(path),
        gates=f"{gates.part}/{gates.whole}",
        tests=f"{passed}/{len(cases)}" if cases else "-",
        why_not=why_not,
    )


def _why_not(todo: Todo, unit: UnitEvidence, facts: Facts, sha: str | None) -> str:
    if not unit.plan.buildable or unit.verdict is None:
        return unit.state
    if sha is None:
        return "the file is not there"
    if not unit.passed:
        return "its unit did not pass"
    return _difference(todo, unit, facts, sha)


def _difference(todo: Todo, unit: UnitEvidence, facts: Facts, sha: str) -> str:
    """Return in what a file differs from what was planned and installed."""
    if todo.role == "manifest":
        same = sha == facts.folder.sha256(unit.manifest_path)
        return "" if same else f"it differs from {unit.manifest_path}"
    if todo.role == "log":
        return ""
    if unit.digest_of(todo.path) != sha:
        return "it was changed since it was installed"
    if todo.lines not in (None, facts.folder.lines(f"repo/{todo.path}")):
        return "its number of lines is not the planned one"
    return ""


def _cases(todo: Todo, unit: UnitEvidence) -> list[CaseRecord]:
    files = {todo.path} if todo.role == "test" else set(todo.tests)
    cases = unit.suite.tests if unit.suite is not None else ()
    return [case for case in cases if case.path in files]
