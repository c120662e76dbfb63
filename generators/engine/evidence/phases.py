"""The phases of the master template: each step with its result, and each output that must exist."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from generators.engine.evidence.checklist import ChecklistItem
from generators.engine.evidence.claims import plural
from generators.engine.evidence.folder import Facts, UnitEvidence, mappings, texts
from generators.engine.evidence.names import PAGE, REPORT

_ENFORCEMENT: Final = 3


class PhaseError(Exception):
    """The template names a step that nothing answers: a fault of the build's definition."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepResult:
    """One step of a phase; `holds` is None while it is open."""

    step: str
    holds: bool | None
    proof: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputResult:
    """One output of a phase, with its digest where it has one by now."""

    output: str
    present: bool
    detail: str
    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseResult:
    """A phase with its steps and outputs."""

    number: int
    name: str
    steps: tuple[StepResult, ...]
    outputs: tuple[OutputResult, ...]


def phase_results(facts: Facts, items: tuple[ChecklistItem, ...]) -> tuple[PhaseResult, ...]:
    """Return the phases of the master template with their results.

    Args:
        facts: everything known, outputs that were made by now among its files.
        items: the answered checklist.

    Raises:
        PhaseError: the template names an unknown step.
    """
    return tuple(
        PhaseResult(
            number=int(str(phase["phase"])),
            name=str(phase["name"]),
            steps=tuple(_step(step, facts, items) for step in texts(phase, "steps")),
            outputs=tuple(_output(output, facts) for output in texts(phase, "outputs")),
        )
        for phase in mappings(facts.master, "phases")
    )


_TOLD_ELSEWHERE: Final = frozenset({"verify_files", "definition_of_done"})
"""Steps whose failure findings and verdicts tell already."""


def undone(results: tuple[PhaseResult, ...]) -> tuple[str, ...]:
    """Return, in words, the outputs that are missing and the steps that no checklist covers."""
    found = []
    for phase in results:
        found += [
            f"phase {phase.number}: {step.step.replace('_', ' ')}: {step.proof}"
            for step in phase.steps
            if step.step in _DIRECT and step.step not in _TOLD_ELSEWHERE and step.holds is not True
        ]
        found += [
            f"phase {phase.number}: the output {output.output} is incomplete: {output.detail}"
            for output in phase.outputs
            if not output.present
        ]
    return tuple(found)


def _step(step: str, facts: Facts, items: tuple[ChecklistItem, ...]) -> StepResult:
    if step in _DIRECT:
        return _DIRECT[step](step, facts)
    if step not in _ITEMS:
        raise PhaseError(f"meta.codegen.schema: nothing answers the step {step}")
    answers = [item for item in items if item.item_id in _ITEMS[step]]
    bad = [item for item in answers if item.holds is not True]
    holds = None if not answers or any(i.holds is None for i in bad) else True
    if any(item.holds is False for item in bad):
        holds = False
    proof = plural(len(answers), "checklist item") + " answered with yes"
    if bad:
        named = ", ".join(f"{i.unit}/{i.item_id}" for i in bad)
        proof = f"{len(bad)} of {plural(len(answers), 'checklist item')} not: {named}"
    return StepResult(step=step, holds=holds, proof=proof)


_ITEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "targets_writable": ("target_writable",),
    "links_present": ("links_match",),
    "no_cycle": ("no_blocking_cycle",),
    "memory_configured": ("memory_configured",),
    "governance_configured": ("anchors_configured",),
    "modules": ("generatefiles_match",),
    "docs": ("generatedocs_match",),
    "tests": ("files_generated",),
    "imports": ("imports_resolve",),
    "flags": ("flags_applied",),
    "bridges": ("governance_bridge", "memory_bridges"),
    "input_validation": ("input_validation", "schema_validation"),
    "output_bounds": ("output_bounds", "no_nan_or_infinity"),
    "rate_limits": ("rate_limits",),
    "audit": ("audit_wired", "audit_everywhere"),
    "governance_checks": ("governance_bridge", "compliance_before_output"),
    "flag_tests": ("governance_flag_enforced",),
    "positive": ("unit_positive",),
    "negative": ("unit_negative",),
    "regression": ("regression",),
    "coverage": ("coverage",),
    "import_chain": ("imports_resolve", "no_import_cycle"),
    "generatefiles": ("generatefiles_match", "generatedocs_match"),
    "links": ("links_match",),
    "anchors": ("anchors_match",),
    "memory": ("memory_match",),
    "communication": ("channels_match",),
    "no_drift": ("no_unplanned_file",),
    "evidence_report": ("report_sections",),
    "manifest": ("manifest",),
    "readiness": ("readiness",),
}
"""The checklist items that answer a step."""


def _verify_files(step: str, facts: Facts) -> StepResult:
    bad = [f for f in facts.findings if f.severity == "error" and f.code.startswith("SR")]
    read = len(facts.folder.sources)
    proof = f"{plural(read, 'input file')} read, {plural(len(bad), 'error')}"
    return StepResult(step=step, holds=read > 0 and not bad, proof=proof)


def _read_metadata(step: str, facts: Facts) -> StepResult:
    known = [unit for unit in facts.agents if unit.agent is not None and unit.agent.name]
    proof = f"{len(known)} of {plural(len(facts.agents), 'agent')} identified"
    return StepResult(step=step, holds=len(known) == len(facts.agents) > 0, proof=proof)


def _build_graph(step: str, facts: Facts) -> StepResult:
    edges = sum(len(unit.plan.hard) for unit in facts.agents)
    counted = plural(edges, "hard dependency")
    proof = f"{plural(len(facts.agents), 'agent')}, {counted}"
    return StepResult(step=step, holds=bool(facts.agents), proof=proof)


def _order_agents(step: str, facts: Facts) -> StepResult:
    order = [unit.unit_id for unit in facts.agents]
    place = {name: index for index, name in enumerate(order)}
    late = [
        f"{unit.unit_id} before {name}"
        for unit in facts.agents
        for name in unit.plan.hard
        if place.get(name, -1) > place[unit.unit_id]
    ]
    return StepResult(step=step, holds=not late, proof=", ".join(late) or " → ".join(order))


def _lock_plan(step: str, facts: Facts) -> StepResult:
    locked = facts.folder.files.get("locked_todo_plan.json", b"")
    holds = facts.plan.digest.encode() in locked
    state = "carries" if holds else "does not carry"
    proof = f"locked_todo_plan.json {state} the plan's digest {facts.plan.digest[:12]}"
    return StepResult(step=step, holds=holds, proof=proof)


def _estimate(step: str, facts: Facts) -> StepResult:
    counted = [unit for unit in facts.units if unit.plan.buildable]
    lines = sum(sum(unit.plan.line_counts.values()) for unit in counted)
    missing = [unit.unit_id for unit in counted if unit.plan.files and not unit.plan.line_counts]
    files = sum(len(unit.plan.files) for unit in counted)
    proof = f"{plural(files, 'file')}, {plural(lines, 'line')}"
    if missing:
        proof = f"no line counts of {', '.join(missing)}"
    return StepResult(step=step, holds=not missing, proof=proof)


def _definition_of_done(step: str, facts: Facts) -> StepResult:
    passed = [unit for unit in facts.units if unit.state == "passed"]
    proof = f"{len(passed)} of {plural(len(facts.units), 'unit')} passed"
    return StepResult(step=step, holds=len(passed) == len(facts.units), proof=proof)


_DIRECT: Final[Mapping[str, Callable[[str, Facts], StepResult]]] = {
    "verify_files": _verify_files,
    "read_metadata": _read_metadata,
    "build_graph": _build_graph,
    "order_agents": _order_agents,
    "lock_plan": _lock_plan,
    "estimate": _estimate,
    "definition_of_done": _definition_of_done,
}
"""Steps that no checklist item answers."""


def _output(output: str, facts: Facts) -> OutputResult:
    if output in ("code", "hardened_code"):
        return _code(output, facts)
    if output in (REPORT, PAGE):
        return OutputResult(output=output, present=True, detail="this report", path=output)
    sha = facts.folder.sha256(output)
    detail = "missing" if sha is None else f"sha256 {sha[:12]}, {facts.folder.lines(output)} lines"
    return OutputResult(output=output, present=sha is not None, detail=detail, path=output)


def _code(output: str, facts: Facts) -> OutputResult:
    """Return installed code; `hardened_code` is what passed the gates of phase 3."""
    done = [unit for unit in facts.built if unit.passed]
    if output == "hardened_code":
        done = [unit for unit in done if _hardened(unit)]
    files = [f for unit in done for f in unit.plan.in_role("module") if unit.digest_of(f.path)]
    detail = f"{plural(len(files), 'module')} of {plural(len(done), 'agent')}"
    return OutputResult(
        output=output,
        present=bool(facts.built) and len(done) == len(facts.built),
        detail=detail,
        path="code",
    )


def _hardened(unit: UnitEvidence) -> bool:
    if unit.gate is None:
        return False
    return all(result.passed for result in unit.gate.results if result.phase == _ENFORCEMENT)
