"""Calls that declare: constants given by keyword, such as `EndpointSpec(path=..., timeout_ms=...)`.

That a fact stands somewhere in the code proves little where several facts look alike; these are
the places where the code says which fact it is.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from generators.engine.gates.gate import Problem, at
from generators.engine.gates.source import Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """One such call; arguments that are no constants are left out."""

    source: Source
    node: ast.Call
    given: Mapping[str, object]


def declarations(sources: Iterable[Source], name: str) -> tuple[Declaration, ...]:
    """Return the calls of `name`, in the order of files and text."""
    return tuple(
        Declaration(source=source, node=call, given=dict(_constants(call)))
        for source in sources
        for call in source.nodes(ast.Call)
        if isinstance(call.func, ast.Name) and call.func.id == name
    )


def contradictions(
    found: Declaration, declared: Mapping[str, object], what: str, repair: str
) -> Iterator[Problem]:
    """Yield where a declaration gives something else than the schema.

    Args:
        found: The declaration.
        declared: What the schema says, by keyword; keywords that the call does not give are fine.
        what: What is declared, for people.
        repair: How to mend it.
    """
    for keyword, value in declared.items():
        given = found.given.get(keyword, value)
        if given != value:
            message = f"{keyword} of {what} is {given!r}; the schema says {value!r}"
            yield at(found.source, found.node, message, repair)


def _constants(call: ast.Call) -> Iterator[tuple[str, object]]:
    for keyword in call.keywords:
        if keyword.arg is None:
            continue
        try:
            yield keyword.arg, ast.literal_eval(keyword.value)
        except ValueError:  # it names something: that is no constant
            continue
