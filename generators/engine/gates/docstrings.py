"""Every public module, class, function and method says what it is for."""

import ast
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, at
from generators.engine.gates.prose import Documented, docstring_of
from generators.engine.gates.source import Source

_REPAIR = "write the docstring in the pattern, from the schema's purpose"
_SHORTEST = 10


def _inspect(unit: GateInput) -> Outcome:
    problems = []
    checked = 0
    for source in unit.modules():
        for node, name in _public(source):
            checked += 1
            constant = docstring_of(node)
            text = str(constant.value).strip() if constant else ""
            if len(text) < _SHORTEST:
                problems.append(at(source, node, f"{name} has no docstring", _REPAIR))
    for source in unit.tests():
        checked += 1
        problems += [
            at(source, tree, "the test file has no docstring", _REPAIR)
            for tree in source.nodes(ast.Module)
            if docstring_of(tree) is None
        ]
    counts = {"checked": checked, "documented": checked - len(problems)}
    share = counts["documented"] / checked if checked else None
    return Outcome(problems=tuple(problems), counts=counts, share=share)


def _public(source: Source) -> Iterator[tuple[Documented, str]]:
    for tree in source.nodes(ast.Module):
        yield tree, "the module"
        yield from _members(tree, "")


def _members(owner: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[Documented, str]]:
    for node in owner.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_"):
            continue
        yield node, f"`{prefix}{node.name}`"
        if isinstance(node, ast.ClassDef):
            yield from _members(node, f"{prefix}{node.name}.")


GATE = Gate(
    gate_id="docstrings",
    code="GT007",
    title="Every public name is documented",
    phase=2,
    items=("docstrings",),
    inspect=_inspect,
)
