"""Fingerprints of code: what it does counts, comments and layout do not."""

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping

from generators.engine.shell.files import read_bytes, read_optional, write_if_changed
from generators.engine.shell.stats import StatMemo

_VERSION = 2


def code_digest(source: bytes, *, docstrings: bool) -> str:
    """Return a digest of Python source that comments and white space do not change.

    Args:
        source: the code; what is not Python counts byte for byte.
        docstrings: whether docstrings count (they reach users of a library).
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return hashlib.sha256(source).hexdigest()
    if not docstrings:
        _drop_docstrings(tree)
    return hashlib.sha256(ast.dump(tree).encode("utf-8", "surrogatepass")).hexdigest()


def _drop_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] or [ast.Pass()]


def combine(parts: Mapping[str, str] | Iterable[str]) -> str:
    """Return one digest of several named parts, in the order of their names."""
    items = sorted(parts.items()) if isinstance(parts, Mapping) else list(parts)
    return hashlib.sha256(json.dumps(items).encode()).hexdigest()


class CodeDigests:
    """Code digests of files, remembered by content.

    Args:
        memo: content digests.
        path: JSON file of the memory.
    """

    def __init__(self, memo: StatMemo, path: str) -> None:
        self._memo = memo
        self._path = path
        self._known = _load(path)
        self._used: dict[str, str] = {}

    def of_files(self, paths: Iterable[str], *, docstrings: bool = False) -> str:
        """Return one digest of several files; Python by what it does, the rest by content."""
        return combine({path: self._of_file(path, docstrings) for path in paths})

    def _of_file(self, path: str, docstrings: bool) -> str:  # noqa: FBT001 - private
        content = self._memo.digest(path)
        if not path.endswith(".py"):
            return content
        key = f"{content}{'+' if docstrings else '-'}"
        if key not in self._used:
            known = self._known.get(key)
            self._used[key] = known or code_digest(read_bytes(path), docstrings=docstrings)
        return self._used[key]

    def save(self) -> None:
        """Write what was used; what was not is forgotten."""
        content = {"version": _VERSION, "code": self._used}
        write_if_changed(self._path, json.dumps(content, sort_keys=True).encode())


def _load(path: str) -> dict[str, str]:
    content = read_optional(path)
    try:
        data = json.loads(content) if content is not None else {}
        return dict(data["code"]) if data.get("version") == _VERSION else {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
