"""Every pattern folder: examples render as shown, bad cases are refused, nothing is missing."""

import inspect
import json
import re
from pathlib import Path

import black
import pytest
from agent_runtime.parts import AgentParts

from generators.engine.build.load_library import PATTERNS, load_library, load_shared_templates
from generators.engine.patterns.pattern import Pattern
from generators.engine.plan.unit_texts import ParamsError, render_pattern

LIBRARY = load_library()
BY_ID = {pattern.pattern_id: pattern for pattern in LIBRARY.patterns}
HEADER = {
    "summary": "What the file is for",
    "pointer": "Example#/cursorinstructions/generatefiles/0",
    "module": "L9.example.module",
    "package": "L9.example",
}
PARTS = {*vars(AgentParts), *re.findall(r"self\.([a-z]\w*)", inspect.getsource(AgentParts))}
EXPECTED = {
    "module.py.j2": "module.py",
    "test_module.py.j2": "test_module.py",
    "doc.md.j2": "doc.md",
    "file.j2": "file.txt",
}


def _cases(kind: str) -> list[Path]:
    return sorted(path.parent for path in PATTERNS.glob(f"*/{kind}/*/params.json"))


def _name(case: Path) -> str:
    return f"{case.parent.parent.name}-{case.name}"


def _params(case: Path) -> dict[str, object]:
    return json.loads((case / "params.json").read_text())


def _render(pattern: Pattern, template: str, params: dict[str, object]) -> str:
    header = {**HEADER, "pattern": pattern.reference}
    text = render_pattern(pattern, template, params, header, load_shared_templates())
    if template.endswith(".py.j2"):
        return black.format_str(text, mode=black.Mode(line_length=100))
    return text


def _render_all(pattern: Pattern, params: dict[str, object]) -> None:
    for template in pattern.templates:
        _render(pattern, template, params)


@pytest.mark.parametrize("pattern", LIBRARY.patterns, ids=lambda pattern: pattern.pattern_id)
def test_every_pattern_has_an_example_a_refusal_and_its_templates(pattern: Pattern) -> None:
    folder = PATTERNS / pattern.pattern_id
    code = {"module.py.j2", "test_module.py.j2"}
    wanted = {"doc": {"doc.md.j2"}, "system": {"file.j2"}}.get(pattern.kind, code)
    assert wanted <= set(pattern.templates)
    if pattern.kind != "facade":
        assert list(folder.glob("example/*/params.json")), "no example"
        assert list(folder.glob("bad/*/params.json")), "no refusal"


@pytest.mark.parametrize("case", _cases("example"), ids=_name)
def test_example_renders_as_shown(case: Path, update_golden: bool) -> None:
    pattern = BY_ID[case.parent.parent.name]
    for template in pattern.templates:
        if template not in EXPECTED:
            continue
        golden = case / EXPECTED[template]
        text = _render(pattern, template, _params(case))
        if update_golden:
            golden.write_text(text)
        assert golden.is_file(), "missing; write it with: pytest tests/patterns --update-golden"
        assert (
            text == golden.read_text()
        ), "differs; if meant: pytest tests/patterns --update-golden"


@pytest.mark.parametrize("case", _cases("bad"), ids=_name)
def test_bad_parameters_are_refused_with_the_reason(case: Path) -> None:
    pattern = BY_ID[case.parent.parent.name]
    expected = (case / "expected.txt").read_text().strip()
    assert expected
    with pytest.raises((ParamsError, ValueError)) as refusal:
        _render_all(pattern, _params(case))
    assert expected in str(refusal.value)


@pytest.mark.parametrize(
    "pattern", [p for p in LIBRARY.patterns if p.wiring], ids=lambda pattern: pattern.pattern_id
)
def test_a_wiring_speaks_of_roles_parts_and_operations_that_exist(pattern: Pattern) -> None:
    assert pattern.wiring is not None
    roles = {each.role for each in LIBRARY.patterns}
    methods = {operation.method for operation in pattern.operations}
    hooked = [argument for hook in pattern.wiring.start for argument in hook.arguments]
    for argument in (*pattern.wiring.arguments, *hooked):
        assert not argument.role or argument.role in roles or "_client" in argument.role
        assert not argument.record or argument.record in methods
        named = argument.value.split(".")
        assert named[0] != "parts" or len(named) == 1 or named[1] in PARTS, argument.value
