"""Types say something: no Any, no bare collection, no comment that silences a checker."""

import ast
import re
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at
from generators.engine.gates.prose import words
from generators.engine.gates.source import Source

_BARE = frozenset(
    {"dict", "frozenset", "list", "set", "tuple", "type", "Callable", "Iterable", "Iterator"}
) | frozenset({"Mapping", "MutableMapping", "NDArray", "Sequence"})
_SILENCER = re.compile(r"#\s*(?:type:\s*ignore|noqa|pragma:|mypy:|pylint:|pyright:|fmt:\s*off)")
_REPAIR = "name the type; the schema or the runtime knows it"


def _inspect(unit: GateInput) -> Outcome:
    problems: list[Problem] = []
    checked = 0
    for source in unit.python():
        annotations = list(_annotations(source))
        checked += len(annotations)
        problems += [
            at(source, place, f"`{name}` without its elements says little", _REPAIR)
            for annotation in annotations
            for place, name in _bare(annotation)
        ]
        problems += _uses_of_any(source)
        problems += _silencers(source)
    return Outcome(problems=tuple(problems), counts={"checked": checked})


def _annotations(source: Source) -> Iterator[ast.expr]:
    for argument in source.nodes(ast.arg):
        if argument.annotation:
            yield argument.annotation
    for function in source.functions:
        if function.returns:
            yield function.returns
    for assignment in source.nodes(ast.AnnAssign):
        yield assignment.annotation


def _bare(annotation: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """Yield generic names that stand without brackets."""
    if isinstance(annotation, ast.Name) and annotation.id in _BARE:
        yield annotation, annotation.id
    elif isinstance(annotation, ast.Subscript):
        yield from _bare(annotation.slice)
    elif isinstance(annotation, ast.Tuple | ast.List):
        for element in annotation.elts:
            yield from _bare(element)
    elif isinstance(annotation, ast.BinOp):
        yield from _bare(annotation.left)
        yield from _bare(annotation.right)


def _uses_of_any(source: Source) -> Iterator[Problem]:
    for node in source.nodes(ast.ImportFrom):
        if any(alias.name == "Any" for alias in node.names):
            yield at(source, node, "`Any` switches the type checker off", _REPAIR)
    for attribute in source.nodes(ast.Attribute):
        if attribute.attr == "Any":
            yield at(source, attribute, "`Any` switches the type checker off", _REPAIR)


def _silencers(source: Source) -> Iterator[Problem]:
    for text, line, column in words(source) if _SILENCER.search(source.text) else ():
        match = _SILENCER.match(text)
        if match:
            yield Problem(
                path=source.path,
                line=line,
                column=column,
                message=f"`{match[0]}` silences a check",
                repair="mend what the check says; generated code needs no exception",
            )


GATE = Gate(
    gate_id="type_hints",
    code="GT006",
    title="No Any, no bare collection, no silenced check",
    phase=2,
    items=("type_hints",),
    inspect=_inspect,
)
