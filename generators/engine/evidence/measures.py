"""Figures counted from records: tests by outcome and kind, coverage, gates."""

from collections.abc import Iterable
from dataclasses import dataclass

from generators.engine.evidence.folder import Facts, UnitEvidence
from generators.engine.evidence.records import SuiteRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A part of a whole; a whole of nothing is complete."""

    part: int
    whole: int

    @property
    def ratio(self) -> float:
        """Return the share, from 0 to 1."""
        return self.part / self.whole if self.whole else 1.0

    @property
    def percent(self) -> float:
        """Return the share in percent, cut (never rounded up) to one decimal."""
        return (self.part * 1000 // self.whole) / 10 if self.whole else 100.0

    def __str__(self) -> str:
        return f"{self.percent:.1f} %"

    def __add__(self, other: "Share") -> "Share":
        return Share(part=self.part + other.part, whole=self.whole + other.whole)


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteFigures:
    """What a test record adds up to."""

    files: int
    cases: int
    passed: int
    failed: int
    skipped: int
    positive: int
    negative: int
    regression: int
    lines: Share
    branches: Share

    @property
    def coverage(self) -> Share:
        """Return lines and branches together."""
        return self.lines + self.branches

    @property
    def pass_share(self) -> Share:
        """Return the share of cases that passed."""
        return Share(part=self.passed, whole=self.cases)


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentCounts:
    """How many files an agent has, as the client's guide counts them.

    `modules` leaves out `__init__`, `tests` counts test files.
    """

    modules: int
    documents: int
    tests: int
    cases: int

    def __str__(self) -> str:
        return f"{self.modules} modules + {self.documents} docs + {self.tests} tests"


def suite_figures(suite: SuiteRecord | None, files: int) -> SuiteFigures:
    """Return the figures of a test record; zeros without one.

    Args:
        suite: the record.
        files: number of test files.
    """
    cases = suite.tests if suite is not None else ()
    covered = tuple(suite.coverage.values()) if suite is not None else ()
    return SuiteFigures(
        files=files,
        cases=len(cases),
        passed=sum(case.outcome == "passed" for case in cases),
        failed=sum(case.outcome not in ("passed", "skipped") for case in cases),
        skipped=sum(case.outcome == "skipped" for case in cases),
        positive=sum("positive" in case.kinds for case in cases),
        negative=sum("negative" in case.kinds for case in cases),
        regression=sum("regression" in case.kinds for case in cases),
        lines=Share(
            part=sum(c.covered_lines for c in covered), whole=sum(c.statements for c in covered)
        ),
        branches=Share(
            part=sum(c.covered_branches for c in covered), whole=sum(c.branches for c in covered)
        ),
    )


def unit_figures(unit: UnitEvidence) -> SuiteFigures:
    """Return the test figures of a unit."""
    return suite_figures(unit.suite, len(unit.plan.in_role("test")))


def total_figures(units: Iterable[UnitEvidence]) -> SuiteFigures:
    """Return the test figures of several units together."""
    each = [unit_figures(unit) for unit in units]
    nothing = Share(part=0, whole=0)
    return SuiteFigures(
        files=sum(f.files for f in each),
        cases=sum(f.cases for f in each),
        passed=sum(f.passed for f in each),
        failed=sum(f.failed for f in each),
        skipped=sum(f.skipped for f in each),
        positive=sum(f.positive for f in each),
        negative=sum(f.negative for f in each),
        regression=sum(f.regression for f in each),
        lines=sum((f.lines for f in each), nothing),
        branches=sum((f.branches for f in each), nothing),
    )


def agent_counts(unit: UnitEvidence) -> AgentCounts:
    """Return how many files of an agent are installed, and how many tests ran."""
    there = [file for file in unit.plan.files if unit.digest_of(file.path) is not None]
    return AgentCounts(
        modules=sum(file.role == "module" and file.stem != "__init__" for file in there),
        documents=sum(file.role == "doc" for file in there),
        tests=sum(file.role == "test" for file in there),
        cases=unit_figures(unit).cases,
    )


def gates_passed(unit: UnitEvidence) -> Share:
    """Return how many of a unit's gates passed; linter and type checker count as one each."""
    answers = [result.passed for result in unit.gate.results] if unit.gate is not None else []
    answers += [record.passed for record in (unit.lint, unit.typecheck) if record is not None]
    return Share(part=sum(answers), whole=len(answers))


def changed_since_install(facts: Facts) -> tuple[str, ...]:
    """Return the installed files that no longer hold what was installed, or are gone."""
    found = []
    for unit in facts.units:
        for path, sha in (unit.installed.files if unit.installed is not None else {}).items():
            if not path.startswith("logs/") and facts.folder.sha256(path) != sha:
                found.append(path)
    return tuple(dict.fromkeys(found))


def unplanned_files(facts: Facts, unit: UnitEvidence) -> tuple[str, ...]:
    """Return files in the unit's installed folders that neither plan nor record knows."""
    roots = {f"code/{unit.unit_id}/", f"docs/{unit.unit_id}/", f"tests/{unit.unit_id}/"}
    known = set(unit.installed.files) if unit.installed is not None else set()
    return tuple(
        path
        for path in sorted(facts.folder.files)
        if path.startswith(tuple(roots)) and path not in known and "__pycache__" not in path
    )
