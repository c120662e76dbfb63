"""The text and number constants of a unit's modules, for gates that look for declared facts."""

import ast
from collections.abc import Iterable

from generators.engine.gates.prose import docstring_of, documented
from generators.engine.gates.source import Source


def text_constants(sources: Iterable[Source]) -> dict[str, str]:
    """Return each string constant that is no docstring with `path:line` of its first place."""
    found: dict[str, str] = {}
    for source in sources:
        docstrings = {docstring_of(node) for node in documented(source)}
        for node in source.nodes(ast.Constant):
            if isinstance(node.value, str) and node not in docstrings:
                found.setdefault(node.value, f"{source.path}:{node.lineno}")
    return found


def number_constants(sources: Iterable[Source]) -> dict[float, str]:
    """Return each number with `path:line` of its first place; truth values are no numbers."""
    found: dict[float, str] = {}
    for source in sources:
        for node in source.nodes(ast.Constant):
            if isinstance(node.value, int | float) and not isinstance(node.value, bool):
                found.setdefault(float(node.value), f"{source.path}:{node.lineno}")
    return found
