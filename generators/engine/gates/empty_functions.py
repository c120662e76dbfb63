"""Every function does something; only members of protocols and abstract methods may be empty."""

import ast
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at
from generators.engine.gates.prose import docstring_of
from generators.engine.gates.source import Function, Source

_REPAIR = "give it its behaviour in the pattern; there is no stub"
_ABSTRACT = frozenset({"abstractmethod", "overload"})


def _inspect(unit: GateInput) -> Outcome:
    sources = unit.python()
    problems = [problem for source in sources for problem in _problems(source)]
    return Outcome(
        problems=tuple(problems),
        counts={"checked": sum(len(source.functions) for source in sources)},
    )


def _problems(source: Source) -> Iterator[Problem]:
    free = set(_protocol_members(source))
    for node in source.functions:
        if node not in free and not _is_abstract(node) and _is_empty(node):
            yield at(source, node, f"`{node.name}` has an empty body", _REPAIR)
    for statement in source.nodes(ast.Raise):
        if _raised(statement) == "NotImplementedError":
            yield at(source, statement, "raises NotImplementedError", _REPAIR)


def _protocol_members(source: Source) -> Iterator[Function]:
    for node in source.nodes(ast.ClassDef):
        if any(_last_name(base) == "Protocol" for base in node.bases):
            yield from (m for m in node.body if isinstance(m, Function))


def _is_abstract(node: Function) -> bool:
    return any(_last_name(decorator) in _ABSTRACT for decorator in node.decorator_list)


def _is_empty(node: Function) -> bool:
    body = node.body[1:] if docstring_of(node) else node.body
    return all(_does_nothing(statement) for statement in body)


def _does_nothing(statement: ast.stmt) -> bool:
    """Tell whether a statement is `pass`, a bare constant, or a plain `return` of nothing."""
    if isinstance(statement, ast.Pass):
        return True
    if isinstance(statement, ast.Return):
        value = statement.value
        return value is None or (isinstance(value, ast.Constant) and value.value is None)
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _raised(node: ast.Raise) -> str:
    target = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return _last_name(target) if target is not None else ""


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Subscript):
        return _last_name(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


GATE = Gate(
    gate_id="no_empty_function",
    code="GT004",
    title="Every function has a body that does something",
    phase=2,
    items=("no_placeholder",),
    inspect=_inspect,
)
