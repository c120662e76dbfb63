"""No mark of unfinished work: in comments, docstrings, strings, names of functions, documents."""

import ast
import re
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at
from generators.engine.gates.prose import docstring_of, documented, words
from generators.engine.gates.source import Function, Source

_MARK = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|TBD|WIP)\b(?!_)")
_NAME = re.compile(r"(?:^|_)(?:todo|fixme|tbd|xxx)(?:_|$)")
_REPAIR = "finish it in the pattern, or ask for what is missing with a RefusalError"


def _inspect(unit: GateInput) -> Outcome:
    problems = [problem for source in unit.sources.values() for problem in _problems(source)]
    return Outcome(problems=tuple(problems), counts={"checked": len(unit.sources)})


def _problems(source: Source) -> Iterator[Problem]:
    if _MARK.search(source.text):
        yield from _marks(source)
    for function in source.functions:
        yield from _named(source, function)
    for owner in source.nodes(ast.ClassDef):
        yield from _named(source, owner)


def _marks(source: Source) -> Iterator[Problem]:
    for text, line, column in (*words(source), *_strings(source)):
        match = _MARK.search(text)
        if match:
            below = text.count("\n", 0, match.start())
            yield Problem(
                path=source.path,
                line=line + below,
                column=1 if below else column,
                message=f"`{match[0]}` marks unfinished work",
                repair=_REPAIR,
            )


def _named(source: Source, node: Function | ast.ClassDef) -> Iterator[Problem]:
    if _NAME.search(node.name.lower()):
        yield at(source, node, f"`{node.name}` is named as unfinished work", _REPAIR)


def _strings(source: Source) -> Iterator[tuple[str, int, int]]:
    """Yield string constants that are no docstring."""
    docstrings = {docstring_of(node) for node in documented(source)}
    for node in source.nodes(ast.Constant):
        if isinstance(node.value, str) and node not in docstrings:
            yield node.value, node.lineno, node.col_offset + 1


GATE = Gate(
    gate_id="no_todo",
    code="GT002",
    title="No mark of unfinished work",
    phase=2,
    items=("no_todo",),
    inspect=_inspect,
)
