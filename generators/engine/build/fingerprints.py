"""Fingerprints of code: what it does counts, comments and layout do not."""

import hashlib
import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType

from generators.engine.shell.files import read_bytes, read_optional, write_if_changed
from generators.engine.shell.stats import StatMemo

_VERSION = 3


def code_digest(source: bytes, *, docstrings: bool) -> str:
    """Return a digest of Python source that comments and white space do not change.

    It is a digest of the compiled code without its line numbers: compiling is three times faster
    than dumping a syntax tree, and leaves out what does not run.

    Args:
        source: the code; what is not Python counts byte for byte.
        docstrings: whether docstrings count (they reach users of a library).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            code = compile(
                source, "<source>", "exec", dont_inherit=True, optimize=0 if docstrings else 2
            )
    except (SyntaxError, ValueError):
        return hashlib.sha256(source).hexdigest()
    return hashlib.sha256("\0".join(_parts(code)).encode("utf-8", "replace")).hexdigest()


def _parts(code: CodeType) -> Iterator[str]:
    """Yield all of a code object, and of those inside it, but lines and the file name."""
    yield repr(
        (
            code.co_name,
            code.co_argcount,
            code.co_posonlyargcount,
            code.co_kwonlyargcount,
            code.co_flags,
            code.co_names,
            code.co_varnames,
            code.co_freevars,
            code.co_cellvars,
        )
    )
    yield code.co_code.hex()
    yield code.co_exceptiontable.hex()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)
        elif isinstance(constant, frozenset):
            yield repr(sorted(map(repr, constant)))
        else:
            yield repr(constant)


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
