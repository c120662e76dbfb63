"""The locked TODO plan: one numbered entry a file, and its two renderings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generators.engine.plan.planned_rules import rule_lines
from generators.engine.plan.unit_plan import (
    CollectionPlan,
    PlannedFile,
    PlannedRule,
    Question,
    UnitPlan,
)

_STEPS = {
    "module": "Create",
    "test": "Create",
    "integration": "Create",
    "doc": "Create",
    "facade": "Wrap",
    "config": "Create",
    "keep": "Create",
    "log": "Create",
    "linked": "Insert",
    "manifest": "Create",
}
_PHASES = {
    "module": 2,
    "facade": 2,
    "doc": 2,
    "config": 2,
    "keep": 2,
    "log": 2,
    "linked": 2,
    "test": 4,
    "integration": 4,
    "manifest": 6,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Todo:
    """One thing to do, decided before anything is made.

    `lines` is the exact number of lines of the finished file; None where the unit is not built.
    """

    number: str
    unit: str
    action: str
    path: str
    role: str
    phase: int
    pattern: str
    origin: str
    pointer: str
    purpose: str
    lines: int | None
    imports: tuple[str, ...]
    tests: tuple[str, ...]


def unit_todos(unit: UnitPlan) -> tuple[Todo, ...]:
    """Number the entries of one unit from T-001; an insertion shifts no other unit's numbers."""
    files = [*unit.files, *_manifest(unit)]
    tests = {file.pointer: file.path for file in unit.in_role("test")}
    return tuple(
        Todo(
            number=f"T-{number:03d}",
            unit=unit.unit_id,
            action=_STEPS[file.role],
            path=file.path,
            role=file.role,
            phase=_PHASES[file.role],
            pattern=file.pattern,
            origin=file.origin,
            pointer=file.pointer,
            purpose=file.purpose,
            lines=unit.line_counts.get(file.path),
            imports=file.imports,
            tests=(
                (tests[file.pointer],)
                if file.role in ("module", "facade") and file.pointer in tests
                else ()
            ),
        )
        for number, file in enumerate(files, start=1)
    )


def _manifest(unit: UnitPlan) -> tuple[PlannedFile, ...]:
    if unit.manifest is None:
        return ()
    return (
        PlannedFile(
            path=unit.manifest,
            role="manifest",
            template="",
            pattern="",
            stem="manifest",
            purpose="Manifest of what was made and proven",
            pointer=f"{unit.label}#/cursorinstructions/postgeneration/manifest",
            origin="postgeneration",
            module="",
            imports=(),
            traits=(),
        ),
    )


def render_todo_text(plan: CollectionPlan, gates: Sequence[str]) -> str:
    """Render `locked_todo_plan.txt`.

    Args:
        plan: the plan, its units with line counts where they could be rendered.
        gates: ids of the gates that every file must pass.
    """
    lines = [
        f"Locked TODO plan of {plan.title}",
        f"collection {plan.collection} {plan.version}   plan sha256:{plan.digest}",
        f"gates      {', '.join(gates)}",
        "",
    ]
    for unit in plan.units:
        lines += _unit_lines(unit)
    return "\n".join(lines)


def _unit_lines(unit: UnitPlan) -> list[str]:
    head = f"{unit.label} ({unit.unit_id})"
    lines = [f"Agent {unit.sequence}: {head}" if unit.kind == "agent" else f"Shared: {head}"]
    if unit.hard:
        lines.append(f"  DEPENDS_ON: {', '.join(unit.hard)}")
    if unit.deferred:
        lines.append(f"  DEFERRED: {unit.deferred}")
    lines += [f"  BLOCKED: {reason}" for reason in unit.blocked_by]
    lines += rule_lines(unit.rules)
    lines += [f"  QUESTION Q{q.number}: {q.text} ({q.pointer})" for q in unit.questions]
    for todo in unit_todos(unit):
        size = "" if todo.lines is None else f"  {todo.lines} lines"
        made_by = f"  {todo.pattern}" if todo.pattern else ""
        lines.append(
            f"  {todo.number}  {todo.action:6}  {todo.path}{size}{made_by}  {todo.pointer}"
        )
        if todo.role in ("module", "facade"):
            lines.append(f"         imports {', '.join(todo.imports)}")
        lines += [f"         tests   {path}" for path in todo.tests]
    return [*lines, ""]


def todo_document(plan: CollectionPlan, gates: Sequence[str]) -> dict[str, object]:
    """Return `locked_todo_plan.json` as plain data."""
    return {
        "collection": plan.collection,
        "version": plan.version,
        "plan_digest": f"sha256:{plan.digest}",
        "gates": list(gates),
        "units": [
            {
                "unit": unit.unit_id,
                "kind": unit.kind,
                "label": unit.label,
                "sequence": unit.sequence,
                "depends_on": list(unit.hard),
                "deferred": unit.deferred,
                "blocked_by": list(unit.blocked_by),
                "rules": [_rule(rule) for rule in unit.rules],
                "questions": [_question(question) for question in unit.questions],
                "todos": [_todo(todo) for todo in unit_todos(unit)],
            }
            for unit in plan.units
        ],
    }


def _todo(todo: Todo) -> Mapping[str, object]:
    return {
        "number": todo.number,
        "action": todo.action,
        "path": todo.path,
        "role": todo.role,
        "phase": todo.phase,
        "pattern": todo.pattern,
        "origin": todo.origin,
        "pointer": todo.pointer,
        "purpose": todo.purpose,
        "lines": todo.lines,
        "imports": list(todo.imports),
        "tests": list(todo.tests),
    }


def _rule(rule: PlannedRule) -> Mapping[str, object]:
    return {
        "rule": rule.rule,
        "pointer": rule.pointer,
        "prose": rule.prose,
        "expression": rule.expression,
        "signals": list(rule.signals),
        "fires": dict(rule.fires),
        "holds": [dict(values) for values in rule.holds],
    }


def _question(question: Question) -> Mapping[str, object]:
    return {
        "number": question.number,
        "pointer": question.pointer,
        "text": question.text,
        "why": question.why,
        "choices": list(question.choices),
        "answer_in": question.answer_in,
        "snippet": question.snippet,
    }


def render_questions(plan: CollectionPlan) -> str:
    """Render `questions.md`: what the schemas leave open, by agent."""
    lines = [f"# Open questions: {plan.title}", ""]
    asked = [unit for unit in plan.units if unit.questions]
    if not asked:
        return "\n".join([*lines, "None. Everything the build needs is in the schemas.", ""])
    for unit in asked:
        state = f"deferred: {unit.deferred}" if unit.deferred else "not built until answered"
        lines += [f"## {unit.label} (`{unit.unit_id}`), {state}", ""]
        for question in unit.questions:
            lines += [
                f"**Q{question.number}** {question.text}",
                f"at `{unit.label}#{question.pointer}`: {question.why}.",
                *(f"- choice: {choice}" for choice in question.choices),
                f"- write the answer in {question.answer_in}",
                *_snippet_lines(plan, question),
                "",
            ]
    return "\n".join(lines)


def _snippet_lines(plan: CollectionPlan, question: Question) -> list[str]:
    if not question.snippet:
        return []
    where = f"`answers/{plan.collection}.yaml`"
    return [
        f"- or paste this into {where} and fill it in (where it shows two ways, keep one):",
        "",
        "```yaml",
        *question.snippet.splitlines(),
        "```",
    ]
