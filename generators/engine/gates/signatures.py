"""Every parameter and every return value has a type; one that is missing is a finding."""

import ast
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at
from generators.engine.gates.source import Function

_REPAIR = "write the type in the pattern's template"
_IMPLIED = frozenset({"self", "cls"})


def _inspect(unit: GateInput) -> Outcome:
    problems: list[Problem] = []
    checked = 0
    for source in unit.python():
        for node in source.functions:
            slots = list(_slots(node))
            checked += len(slots)
            problems += [
                at(source, place, f"`{node.name}`: {what} has no type", _REPAIR)
                for place, what, annotation in slots
                if annotation is None
            ]
    counts = {"checked": checked, "typed": checked - len(problems)}
    share = counts["typed"] / checked if checked else None
    return Outcome(problems=tuple(problems), counts=counts, share=share)


def _slots(node: Function) -> Iterator[tuple[ast.AST, str, ast.expr | None]]:
    """Yield each place that wants a type: where it is, what it is, its annotation."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if positional and positional[0].arg in _IMPLIED:
        positional = positional[1:]
    starred = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    for argument in (*positional, *arguments.kwonlyargs, *starred):
        yield argument, f"the parameter `{argument.arg}`", argument.annotation
    yield node, "the return value", node.returns


GATE = Gate(
    gate_id="complete_signatures",
    code="GT005",
    title="Every parameter and return value is typed",
    phase=2,
    items=("type_hints",),
    inspect=_inspect,
)
