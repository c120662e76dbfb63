"""Ways to break a subject: each returns a function from the sound agent to a broken one."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from generators.engine.plan.unit_plan import PlannedFile
from tests.gates.mutations.subject import Subject

Break = Callable[[Subject], Subject]


@dataclass(frozen=True)
class Mutation:
    """One way to break an agent, and the one gate that must refuse it."""

    name: str
    gate: str
    broken: Break


def swap(name: str, old: str, new: str, *, times: int = 0) -> Break:
    """Replace `old` in the file `name`: everywhere, or only so many times from the start."""

    def broken(subject: Subject) -> Subject:
        path = subject.path(name)
        text = subject.files[path]
        assert old in text, f"{old!r} does not occur in {path}"
        return subject.with_file(path, text.replace(old, new, times or -1))

    return broken


def match(name: str, pattern: str, new: str) -> Break:
    """Replace what a pattern finds in the file `name`; lines are one text."""

    def broken(subject: Subject) -> Subject:
        path = subject.path(name)
        text, count = re.subn(pattern, new, subject.files[path], flags=re.DOTALL)
        assert count, f"{pattern!r} finds nothing in {path}"
        return subject.with_file(path, text)

    return broken


def swap_in_all(role: str, old: str, new: str, *, but: str = "") -> Break:
    """Replace `old` in every file of a role that has it, except in the file `but`."""

    def broken(subject: Subject) -> Subject:
        paths = [file.path for file in subject.plan.in_role(role)]
        held = [p for p in paths if old in subject.files[p] and not p.endswith(f"/{but}")]
        assert held, f"{old!r} occurs in no {role}"
        more = {path: subject.files[path].replace(old, new) for path in held}
        return replace(subject, files={**subject.files, **more})

    return broken


def append(name: str, text: str) -> Break:
    """Add `text` at the end of the file `name`."""

    def broken(subject: Subject) -> Subject:
        path = subject.path(name)
        return subject.with_file(path, f"{subject.files[path]}\n\n{text}\n")

    return broken


def emptied(name: str, function: str, body: str) -> Break:
    """Leave a function of the file `name` its signature and docstring, and give it `body`."""

    def broken(subject: Subject) -> Subject:
        path = subject.path(name)
        lines = subject.files[path].splitlines()
        (node,) = (
            inner
            for inner in ast.walk(ast.parse(subject.files[path]))
            if isinstance(inner, ast.FunctionDef) and inner.name == function
        )
        kept = node.body[0] if isinstance(node.body[0], ast.Expr) else None
        start = (kept.end_lineno or 0) if kept else node.body[0].lineno - 1
        indent = " " * node.body[0].col_offset
        text = [*lines[:start], f"{indent}{body}", *lines[node.end_lineno or 0 :]]
        return subject.with_file(path, "\n".join(text) + "\n")

    return broken


def removed(name: str) -> Break:
    """Leave a file out that is planned."""

    def broken(subject: Subject) -> Subject:
        gone = subject.path(name)
        return replace(subject, files={p: t for p, t in subject.files.items() if p != gone})

    return broken


def added(path: str, text: str) -> Break:
    """Add a file that nobody planned; `path` is below the root path."""
    return lambda subject: subject.with_file(f"{subject.plan.rootpath}/{path}", text)


def moved(name: str, target: str, *, planned: bool) -> Break:
    """Let a file lie elsewhere: by the plan's own word, or without telling the plan."""

    def broken(subject: Subject) -> Subject:
        path = subject.path(name)
        files = {target if p == path else p: text for p, text in subject.files.items()}
        plan = _with_plan_of(path, {"path": target})(subject).plan if planned else subject.plan
        return replace(subject, files=files, plan=plan)

    return broken


def replanned(name: str, **values: object) -> Break:
    """Let the plan say something else of one file."""
    return lambda subject: _with_plan_of(subject.path(name), values)(subject)


def _with_plan_of(path: str, values: dict[str, object]) -> Break:
    def broken(subject: Subject) -> Subject:
        files = tuple(_changed(f, values) if f.path == path else f for f in subject.plan.files)
        return replace(subject, plan=replace(subject.plan, files=files))

    return broken


def _changed(file: PlannedFile, values: dict[str, object]) -> PlannedFile:
    return replace(file, **values)


def without_trait(trait: str) -> Break:
    """Let no pattern of the agent declare a trait."""

    def broken(subject: Subject) -> Subject:
        files = tuple(
            replace(file, traits=tuple(t for t in file.traits if t != trait))
            for file in subject.plan.files
        )
        return replace(subject, plan=replace(subject.plan, files=files))

    return broken


def recounted(name: str, more: int | None) -> Break:
    """Forge the number of lines that the plan promises; None leaves the file's promise out."""

    def broken(subject: Subject) -> Subject:
        counts = dict(subject.counted.line_counts)
        path = subject.path(name)
        counts[path] += more or 0
        if more is None:
            del counts[path]
        return replace(subject, promised=counts)

    return broken


def told(**facts: object) -> Break:
    """Let the schema say something else than what was compiled."""
    return lambda subject: subject.with_facts(**facts)


def flag_off(name: str) -> Break:
    """Turn a feature flag of the build off."""
    return lambda subject: replace(subject, flags={**subject.flags, name: False})


def both(*breaks: Break) -> Break:
    """Do several of them."""

    def broken(subject: Subject) -> Subject:
        for each in breaks:
            subject = each(subject)
        return subject

    return broken
