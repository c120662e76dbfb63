"""What comes in is checked, and so is what leaves, where the pattern declares it."""

import ast
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at
from generators.engine.gates.prose import docstring_of
from generators.engine.gates.source import Source
from generators.engine.gates.wiring import RUNTIME, calls_on, imported, place_of

_GUARDS = ("agent_runtime.guards", "agent_runtime.bounds")
_SHAPES = ("agent_runtime.shapes", "agent_runtime.packets")
_WIRES = tuple(
    f"agent_runtime.{name}"
    for name in ("audit", "bus", "clock", "flags", "governance", "logs", "memory", "metrics")
)
_REFUSALS = ("InputBoundsError", "PacketError")
_OUTPUT = frozenset({"checked_output", "checked_result"})
_INPUT_REPAIR = "call a guard of agent_runtime.guards before the value is used"
_OUTPUT_REPAIR = "return the value through `checked_output`"


def _inspect(unit: GateInput) -> Outcome:
    inputs, outputs = unit.with_trait("guarded_input"), unit.with_trait("guarded_output")
    problems: list[Problem] = []
    places: list[str] = []
    for source in inputs:
        found = [*_calls(source, _guard_names(unit, source)), *_shapes(source)]
        found = found or [*_refusing(unit, source)]
        places += [place_of(source, node) for node in found[:1]]
        if not found:
            problems.append(at(source, source.tree, "no input is checked", _INPUT_REPAIR))
    for source in outputs:
        found = [*_calls(source, imported(source, _GUARDS) & _OUTPUT)]
        places += [place_of(source, node) for node in found[:1]]
        if not found:
            problems.append(at(source, source.tree, "no output is checked", _OUTPUT_REPAIR))
    counts = {"checked": len(inputs) + len(outputs), "inputs": len(inputs)}
    return Outcome(problems=tuple(problems), counts=counts, places=tuple(places))


def _guard_names(unit: GateInput, source: Source) -> set[str]:
    """Return names whose call checks an input: guards, and functions of guarded siblings."""
    siblings = tuple(s.module for s in unit.with_trait("guarded_input") if s is not source)
    return (imported(source, _GUARDS) | imported(source, siblings)) - _OUTPUT


def _calls(source: Source, names: set[str]) -> Iterator[ast.AST]:
    for call in source.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in names:
            yield call


def _refusing(unit: GateInput, source: Source) -> Iterator[ast.AST]:
    """Yield calls of runtime objects inside functions that say that they refuse an input."""
    names = imported(source, (RUNTIME,)) - imported(source, _WIRES)
    runtime = frozenset(name for name in names if name[0].isupper())
    calls = {call.node for call in calls_on(unit, runtime, (source,))}
    for function in source.functions:
        constant = docstring_of(function)
        if constant is not None and any(name in str(constant.value) for name in _REFUSALS):
            yield from (node for node in ast.walk(function) if node in calls)


def _shapes(source: Source) -> Iterator[ast.AST]:
    """Yield parameters that are a checked shape, and calls that check one."""
    names = imported(source, _SHAPES)
    for argument in source.nodes(ast.arg):
        annotation = argument.annotation
        inside = ast.walk(annotation) if annotation else ()
        if any(isinstance(node, ast.Name) and node.id in names for node in inside):
            yield argument
    yield from _calls(source, {name for name in names if name.startswith("parse_")})


GATE = Gate(
    gate_id="guards_present",
    code="GT023",
    title="Inputs and outputs are checked where declared",
    phase=3,
    items=("input_validation", "schema_validation", "output_bounds", "no_nan_or_infinity"),
    inspect=_inspect,
)
