"""Every test carries a marker, checks something, never waits and is never skipped."""

import ast
from collections.abc import Iterator, Mapping

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at
from generators.engine.gates.mentions import MARKERS, TestCase, test_cases
from generators.engine.gates.source import Function, Source

_CHECKING = frozenset({"raises", "warns"})
_SKIPPING = frozenset({"skip", "skipif", "xfail", "importorskip"})
_REPAIR = "mend the pattern's test_module.py.j2"


def _inspect(unit: GateInput) -> Outcome:
    problems: list[Problem] = []
    counts = dict.fromkeys(("checked", *sorted(MARKERS)), 0)
    for source in unit.tests():
        cases = test_cases(source)
        functions = {function.name: function for function in source.functions}
        counts["checked"] += len(cases)
        for case in cases:
            for marker in case.markers:
                counts[marker] += 1
            problems += _of_case(case, functions)
        problems += _of_file(source, cases)
    return Outcome(problems=tuple(problems), counts=counts)


def _of_case(case: TestCase, functions: Mapping[str, Function]) -> Iterator[Problem]:
    name = case.node.name
    if not case.markers:
        wanted = ", ".join(sorted(MARKERS))
        yield at(case.source, case.node, f"`{name}` carries no marker ({wanted})", _REPAIR)
    if not _checks(case.node, functions, set()):
        yield at(case.source, case.node, f"`{name}` checks nothing", _REPAIR)


def _of_file(source: Source, cases: tuple[TestCase, ...]) -> Iterator[Problem]:
    if not cases:
        yield at(source, source.tree, "the file holds no test", _REPAIR)
    for attribute in source.nodes(ast.Attribute):
        if attribute.attr in _SKIPPING:
            yield at(source, attribute, f"`{attribute.attr}` leaves a test out", _REPAIR)
    for call in source.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "sleep":
            yield at(source, call, "a test waits; advance a ManualClock", _REPAIR)
    for statement in source.nodes(ast.Assert):
        if isinstance(statement.test, ast.Constant):
            yield at(source, statement, "an assertion of a constant cannot fail", _REPAIR)


def _checks(node: Function, functions: Mapping[str, Function], seen: set[str]) -> bool:
    """Tell whether a function asserts something, itself or through a function of its file."""
    seen.add(node.name)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert) and not isinstance(inner.test, ast.Constant):
            return True
        if not isinstance(inner, ast.Call):
            continue
        name = inner.func.attr if isinstance(inner.func, ast.Attribute) else ""
        name = inner.func.id if isinstance(inner.func, ast.Name) else name
        if name in _CHECKING:
            return True
        helper = functions.get(name)
        if helper and name not in seen and _checks(helper, functions, seen):
            return True
    return False


GATE = Gate(
    gate_id="tests_checked",
    code="GT029",
    title="Every test is marked and checks something",
    phase=4,
    items=("unit_positive", "unit_negative", "regression"),
    inspect=_inspect,
)
