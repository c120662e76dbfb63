"""What a gate is, what it is given, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from generators.engine.findings import Finding, Place, Severity, has_errors, sort_findings
from generators.engine.gates.facts import NO_FACTS, UnitFacts
from generators.engine.gates.source import Source, read_source
from generators.engine.plan.unit_plan import UnitPlan


@dataclass(frozen=True, kw_only=True, slots=True)
class GateInput:
    """One unit as it is about to be installed.

    Attributes:
        plan: What was decided about it; line counts filled in.
        sources: Its files, read once, by path.
        facts: What its schema says, to compare with; empty for shared links and system files.
        flags: State of the feature flags by name; one that is missing is on.
        floors: The smallest share that passes, by gate id, for gates that measure one.
        linked: Code that is not generated, and stands in no other field; gates ask of it only what
            would make the agent no agent.
    """

    plan: UnitPlan
    sources: Mapping[str, Source]
    facts: UnitFacts
    flags: Mapping[str, bool]
    floors: Mapping[str, float]
    linked: tuple[Source, ...] = ()

    def in_role(self, *roles: str) -> tuple[Source, ...]:
        """Return the planned sources in any of `roles`, in the order of the plan."""
        files = self.plan.in_role(*roles)
        return tuple(self.sources[file.path] for file in files if file.path in self.sources)

    def python(self) -> tuple[Source, ...]:
        """Return modules, facades, tests and other Python files that can be parsed."""
        return tuple(source for source in self.sources.values() if source.tree is not None)

    def modules(self) -> tuple[Source, ...]:
        """Return the modules and facades that can be parsed, without tests."""
        return tuple(s for s in self.in_role("module", "facade") if s.tree is not None)

    def tests(self) -> tuple[Source, ...]:
        """Return the test files that can be parsed."""
        return tuple(s for s in self.in_role("test") if s.tree is not None)

    def with_trait(self, trait: str) -> tuple[Source, ...]:
        """Return the modules whose pattern declares `trait`."""
        return tuple(s for s in self.modules() if s.planned is not None and trait in s.traits)


def read_unit(
    plan: UnitPlan,
    files: Mapping[str, str],
    *,
    facts: UnitFacts = NO_FACTS,
    flags: Mapping[str, bool] | None = None,
    floors: Mapping[str, float] | None = None,
) -> GateInput:
    """Read the formatted files of a unit once, for all gates; linked code is its owner's.

    Args:
        plan: The unit's plan with its line counts.
        files: Text by repository path; files outside the plan are welcome, a gate reports them.
        facts: What the schema says, from `agent_facts`.
        flags: State of the feature flags by name.
        floors: `minimum` of the master template by gate id; 1.0 where it says nothing.
    """
    linked = {file.path: file for file in plan.in_role("linked")}
    plan = replace(plan, files=tuple(file for file in plan.files if file.path not in linked))
    planned = {file.path: file for file in plan.files}
    sources = {
        path: read_source(path, files[path], planned.get(path))
        for path in sorted(files)
        if path not in linked
    }
    return GateInput(
        plan=plan,
        sources=sources,
        facts=facts,
        flags=flags or {},
        floors=floors or {},
        linked=tuple(
            read_source(path, files[path], linked[path]) for path in sorted(linked) if path in files
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One violation: where it is, what is wrong, and how to mend it."""

    path: str
    line: int
    column: int
    message: str
    repair: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What an inspection saw.

    Attributes:
        problems: The violations.
        counts: What was looked at, by name; at least `checked`.
        places: Where the thing that is proven was seen, for the evidence report.
        share: What part of the checked things is as it should be, where a gate measures that.
    """

    problems: tuple[Problem, ...]
    counts: Mapping[str, int]
    places: tuple[str, ...] = ()
    share: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GateResult:
    """The answer of a gate about one unit."""

    gate_id: str
    passed: bool
    findings: tuple[Finding, ...]
    evidence: Mapping[str, int]
    places: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """One check.

    Attributes:
        gate_id: Snake case id, as reports and the checklist name it.
        code: Code of its findings.
        title: What is true of a unit that passed.
        phase: Phase of the build that the gate belongs to.
        items: Ids of the checklist items that it proves.
        inspect: Looks at a unit; pure.
    """

    gate_id: str
    code: str
    title: str
    phase: int
    items: tuple[str, ...]
    inspect: Callable[[GateInput], Outcome]

    def check(self, unit: GateInput) -> GateResult:
        """Inspect `unit` and turn what was seen into findings."""
        outcome = self.inspect(unit)
        enough = outcome.share is not None and outcome.share >= unit.floors.get(self.gate_id, 1.0)
        severity = Severity.WARNING if enough else Severity.ERROR
        found = (self._finding(unit, problem, severity) for problem in outcome.problems)
        findings = sort_findings(found)
        return GateResult(
            gate_id=self.gate_id,
            passed=not has_errors(findings),
            findings=findings,
            evidence=dict(outcome.counts),
            places=outcome.places,
        )

    def _finding(self, unit: GateInput, problem: Problem, severity: Severity) -> Finding:
        source = unit.sources.get(problem.path)
        return Finding(
            code=self.code,
            message=problem.message,
            place=Place(file=problem.path, line=problem.line, column=problem.column),
            repair=problem.repair,
            severity=severity,
            agent=unit.plan.unit_id,
            pointer=source.planned.pointer if source and source.planned else "",
        )


def at(source: Source, node: object, message: str, repair: str) -> Problem:
    """Return a problem at a syntax node of `source`, or at its start if the node has no place."""
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
    return Problem(path=source.path, line=line, column=column, message=message, repair=repair)


def in_text(source: Source, offset: int, message: str, repair: str) -> Problem:
    """Return a problem at a character offset of `source`."""
    line, column = source.position(offset)
    return Problem(path=source.path, line=line, column=column, message=message, repair=repair)


def of_unit(unit: GateInput, message: str, repair: str, path: str | None = None) -> Problem:
    """Return a problem of the unit as a whole, placed at `path` or at its root."""
    place = path or unit.plan.rootpath or unit.plan.unit_id
    return Problem(path=place, line=1, column=1, message=message, repair=repair)
