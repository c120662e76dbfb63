"""No error is swallowed: no bare `except`, none of all errors, none that does nothing."""

import ast
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at
from generators.engine.gates.source import Source

_ALL = frozenset({"BaseException", "Exception"})
_REPAIR = "catch the declared error and answer it, or let it pass to the service"


def _inspect(unit: GateInput) -> Outcome:
    sources = unit.modules()
    problems = [problem for source in sources for problem in _problems(source)]
    checked = sum(len(source.nodes(ast.ExceptHandler)) for source in sources)
    raised = sum(len(source.nodes(ast.Raise)) for source in sources)
    return Outcome(problems=tuple(problems), counts={"checked": checked, "raised": raised})


def _problems(source: Source) -> Iterator[Problem]:
    for handler in source.nodes(ast.ExceptHandler):
        caught = _caught(handler.type)
        if handler.type is None:
            yield at(source, handler, "a bare `except` catches everything", _REPAIR)
        elif caught & _ALL and not _raises(handler):
            yield at(source, handler, "all errors are caught and none is raised again", _REPAIR)
        elif all(_is_silent(statement) for statement in handler.body):
            yield at(source, handler, "an error is caught and nothing is done", _REPAIR)
    for call in source.nodes(ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        name = call.func.id if isinstance(call.func, ast.Name) else name
        if name == "suppress":
            yield at(source, call, "`suppress` swallows errors", _REPAIR)


def _caught(node: ast.expr | None) -> set[str]:
    if isinstance(node, ast.Tuple):
        return {name for element in node.elts for name in _caught(element)}
    return {node.id} if isinstance(node, ast.Name) else set()


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(n, ast.Raise) for statement in handler.body for n in ast.walk(statement))


def _is_silent(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass | ast.Continue):
        return True
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


GATE = Gate(
    gate_id="no_swallowed_error",
    code="GT016",
    title="No error is swallowed",
    phase=2,
    items=("error_handling",),
    inspect=_inspect,
)
