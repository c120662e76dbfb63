"""The words of a Python file that people read: comments and docstrings, with their places."""

import ast
import io
import tokenize
from collections.abc import Iterator

from generators.engine.gates.source import Source

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def documented(source: Source) -> list[Documented]:
    """Return the nodes of a file that can carry a docstring."""
    return [
        *source.nodes(ast.Module),
        *source.nodes(ast.ClassDef),
        *source.nodes(ast.FunctionDef),
        *source.nodes(ast.AsyncFunctionDef),
    ]


def docstring_of(node: Documented) -> ast.Constant | None:
    """Return the constant that is the docstring of a node, if it has one."""
    first = node.body[0] if node.body else None
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return None
    return first.value if isinstance(first.value.value, str) else None


def words(source: Source) -> Iterator[tuple[str, int, int]]:
    """Yield each comment and docstring with its line and column.

    For a file that is not Python each line of the text is yielded.
    """
    if not source.path.endswith(".py"):
        for number, line in enumerate(source.text.splitlines(), start=1):
            yield line, number, 1
        return
    if source.tree is None:
        return
    for node in documented(source):
        constant = docstring_of(node)
        if constant is not None:
            yield str(constant.value), constant.lineno, constant.col_offset + 1
    if "#" in source.text:
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.string, token.start[0], token.start[1] + 1
