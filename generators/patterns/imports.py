"""Import lines and long texts as patterns need them: ordered as the formatter and linter want."""

import sys
import textwrap
from collections.abc import Iterable

from generators.engine.sources.canonical import Plain

_SHORT = 78
"""Longest text that fits behind a keyword argument, indented by eight."""
_PART = 82
"""Longest part of a text on a line of its own, indented by twelve."""
_WHOLE = 86
"""Longest text that fits there whole; the formatter would join two parts of it again."""


def import_groups(namespace: str, imports: Iterable[tuple[str, Iterable[str]]]) -> list[Plain]:
    """Group imported names by standard library, third party and own, in the order of isort.

    Args:
        namespace: the root namespace of generated code.
        imports: dotted modules with the names taken from each; a module may come twice.

    Returns:
        A list of groups, each a list of `{module, names}`.
    """
    merged: dict[str, set[str]] = {}
    for module, names in imports:
        merged.setdefault(module, set()).update(names)
    groups: list[list[Plain]] = [[], [], []]
    for module in sorted(merged, key=str.lower):
        root = module.partition(".")[0]
        place = 0 if root in sys.stdlib_module_names else 2 if root == namespace else 1
        if merged[module]:
            names = sorted(merged[module], key=_by_type)
            groups[place].append({"module": module, "names": [*names]})
    return [group for group in groups if group]


def text_parts(text: str) -> dict[str, Plain]:
    """Return a text in parts that fit a line of code; joined they are the text.

    `long` tells that it does not fit behind a keyword on one line.
    """
    parts = textwrap.wrap(
        text,
        _width(len(text)),
        drop_whitespace=False,
        replace_whitespace=False,
        break_on_hyphens=False,
    )
    parts = parts if parts and "".join(parts) == text else [text]
    return {"parts": [*parts], "long": len(text) > _SHORT}


def _width(length: int) -> int:
    """Return how long the parts of a text may be."""
    if length <= _WHOLE:
        return _WHOLE
    return _PART // 3 if length == _WHOLE + 1 else _PART  # two parts would still fit on one line


def number(value: float) -> int | float:
    """Return `value` without a fraction that says nothing."""
    return int(value) if float(value).is_integer() else value


def _by_type(name: str) -> tuple[int, str, str]:
    if name.isupper():
        return 0, name.lower(), name
    return (1 if name[:1].isupper() else 2), name.lower(), name
