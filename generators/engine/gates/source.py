"""One file as gates see it: text, and for Python the syntax tree, walked once."""

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from generators.engine.plan.unit_plan import PlannedFile

Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file of a unit.

    Attributes:
        path: Repository path.
        text: Formatted text.
        planned: What the plan says of it; None for a file that is not planned.
        tree: The syntax tree; None for what is not Python or cannot be parsed.
        error: Why it cannot be parsed, with line and column; None if it can.
        index: All nodes of the tree by type, in the order of the text.
    """

    path: str
    text: str
    planned: PlannedFile | None
    tree: ast.Module | None
    error: tuple[int, int, str] | None
    index: Mapping[type[ast.AST], tuple[ast.AST, ...]]

    @property
    def traits(self) -> tuple[str, ...]:
        """Return what the pattern declares of it."""
        return self.planned.traits if self.planned else ()

    @property
    def pattern_id(self) -> str:
        """Return the id of its pattern, without the version."""
        return self.planned.pattern.split("@")[0] if self.planned else ""

    @property
    def module(self) -> str:
        """Return its dotted import path, empty for what is not planned as a module."""
        return self.planned.module if self.planned else ""

    def nodes(self, *kinds: type[Node]) -> list[Node]:
        """Return the nodes of exactly these types."""
        return [node for kind in kinds for node in self.index.get(kind, ()) if type(node) is kind]

    @property
    def functions(self) -> list[Function]:
        """Return all functions and methods, plain ones first."""
        return [*self.nodes(ast.FunctionDef), *self.nodes(ast.AsyncFunctionDef)]

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column, from 1, of a character offset."""
        before = self.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def read_source(path: str, text: str, planned: PlannedFile | None) -> Source:
    """Read one file; Python is parsed, an error in it is kept for the gate that reports it."""
    tree: ast.Module | None = None
    error: tuple[int, int, str] | None = None
    if path.endswith(".py"):
        try:
            tree = _parse(text)
        except SyntaxError as fault:
            error = (fault.lineno or 1, fault.offset or 1, fault.msg)
        except (ValueError, RecursionError, MemoryError) as fault:
            error = (1, 1, str(fault))
    return Source(
        path=path,
        text=text,
        planned=planned,
        tree=tree,
        error=error,
        index=_index(tree) if tree else {},
    )


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        return ast.parse(text)


def _index(tree: ast.Module) -> dict[type[ast.AST], tuple[ast.AST, ...]]:
    index: dict[type[ast.AST], list[ast.AST]] = {}
    for node in ast.walk(tree):
        index.setdefault(type(node), []).append(node)
    return {kind: tuple(sorted(nodes, key=_order)) for kind, nodes in index.items()}


def _order(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
