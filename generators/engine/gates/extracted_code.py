"""What an extractor wrote computes and does nothing else: no import, name or attribute beyond.

A list of what is allowed, not of what is dangerous: an import that nobody thought of is refused.
"""

import ast
from collections.abc import Iterator
from typing import Final

from generators.engine.gates.gate import Problem, at
from generators.engine.gates.imports import imported_names
from generators.engine.gates.source import Source

ORIGIN: Final = "extract"
"""Origin of planned files that an extractor wrote."""

ALLOWED_IMPORTS: Final = (
    "bisect",
    "collections",
    "collections.abc",
    "dataclasses",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "itertools",
    "math",
    "numbers",
    "re",
    "statistics",
    "string",
    "typing",
)
"""Modules of the standard library that compute and have no way out."""

_REFUSED_NAMES: Final = frozenset(
    {"__builtins__", "__import__", "__loader__", "__spec__", "breakpoint", "compile", "delattr"}
) | frozenset(
    {"dir", "eval", "exec", "exit", "getattr", "globals", "help", "hasattr", "id", "input"}
    | {"locals", "memoryview", "open", "print", "quit", "setattr", "vars"}
)
_ALLOWED_DUNDERS: Final = frozenset({"__init__", "__post_init__", "__all__"})
_REPAIR: Final = "write it as a computation over the arguments"


def refused(source: Source) -> Iterator[Problem]:
    """Yield what a file of an extractor may not hold."""
    for node, module, _ in imported_names(source):
        if module not in ALLOWED_IMPORTS:
            yield at(
                source, node, f"`{module}` is outside of what an extractor may import", _REPAIR
            )
    for name in source.nodes(ast.Name):
        if name.id in _REFUSED_NAMES:
            yield at(source, name, f"`{name.id}` may not be used", _REPAIR)
    for attribute in source.nodes(ast.Attribute):
        if attribute.attr.startswith("_") and not _is_own(attribute):
            yield at(source, attribute, f"`.{attribute.attr}` reaches into an object", _REPAIR)
    yield from _refused_forms(source)


def _refused_forms(source: Source) -> Iterator[Problem]:
    for function in source.functions:
        if _is_dunder(function.name) and function.name not in _ALLOWED_DUNDERS:
            yield at(source, function, f"`{function.name}` may not be defined", _REPAIR)
    for statement in (*source.nodes(ast.Global), *source.nodes(ast.Nonlocal)):
        yield at(source, statement, "a call may leave nothing behind for the next", _REPAIR)
    for constant in source.nodes(ast.Constant):
        if isinstance(constant.value, str) and "__" in constant.value:
            yield at(source, constant, "a text with `__` could reach into an object", _REPAIR)


def _is_own(attribute: ast.Attribute) -> bool:
    """Tell whether a private attribute belongs to the object whose method uses it."""
    owner = attribute.value
    return isinstance(owner, ast.Name) and owner.id == "self" and not _is_dunder(attribute.attr)


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
