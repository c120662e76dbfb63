"""The only ways by which a value may enter generated text.

`Code` marks text that went through one of these functions; the template environment refuses to
print anything else, so that schema text can never become code by being forgotten.
"""

import ast
import json
import math
import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence

import yaml

from generators.engine.names import Identifier

_MARKDOWN = re.compile(r"([\\`*{}\[\]|]|^[#+-]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_LAST_BYTE = 0xFF
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class Code(str):
    """Text that is safe at the place it was made for."""

    __slots__ = ()


class UnsafeValueError(TypeError):
    """A template printed a value that no filter made safe, or a filter cannot make it safe."""


def py(value: object) -> Code:
    """Return `value` as a Python literal; the one way for data into code.

    Raises:
        UnsafeValueError: it is no plain data (text, number, boolean, None, list, mapping).
    """
    if value is None or isinstance(value, bool | int):
        return Code(repr(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            return Code(f'float("{value}")')
        return Code(repr(value))
    if isinstance(value, str):
        return Code(_literal(value))
    if isinstance(value, Mapping):
        inner = ", ".join(f"{py(key)}: {py(item)}" for key, item in value.items())
        return Code(f"{{{inner}}}")
    if isinstance(value, Sequence):
        inner = ", ".join(py(item) for item in value)
        return Code(f"({inner},)" if len(value) == 1 else f"({inner})")
    raise UnsafeValueError(f"{type(value).__name__} cannot be written as a literal")


def _literal(text: str) -> str:
    """Return a double-quoted literal; what is not printable is escaped."""
    out = []
    for char in text:
        if char in {'"', "\\"}:
            out.append("\\" + char)
        elif char.isprintable() and unicodedata.category(char) != "Cf":
            out.append(char)
        else:
            code = ord(char)
            out.append(f"\\x{code:02x}" if code <= _LAST_BYTE else f"\\U{code:08x}")
    return '"' + "".join(out) + '"'


def name(value: object) -> Code:
    """Return a dotted name, each part a checked identifier.

    Raises:
        InvalidNameError: a part is no identifier.
    """
    return Code(".".join(Identifier(part) for part in str(value).split(".")))


def annotation(value: object) -> Code:
    """Return a type annotation of names, subscripts, `...` and None, written as Python writes it.

    Raises:
        UnsafeValueError: it holds anything else.
    """
    try:
        tree = ast.parse(str(value), mode="eval").body
    except SyntaxError as error:
        raise UnsafeValueError(f"{value!r} is no annotation") from error
    allowed = (ast.Name, ast.Subscript, ast.Tuple, ast.Load, ast.BinOp, ast.BitOr)
    for node in ast.walk(tree):
        constant = isinstance(node, ast.Constant) and node.value in (None, ...)
        if not (constant or isinstance(node, allowed)):
            raise UnsafeValueError(f"{value!r} is no annotation")
    return Code(ast.unparse(tree))


def plain(value: object) -> str:
    """Return text on one line without control, format or bidirectional characters."""
    kept = (c if c.isprintable() and unicodedata.category(c) != "Cf" else " " for c in str(value))
    return " ".join("".join(kept).split())


def doc(value: object, indent: int = 0, width: int = 100) -> Code:
    """Return text for the inside of a docstring, wrapped, unable to end it."""
    text = plain(value).replace("\\", "\\\\").replace('"""', "'''")
    text = re.sub(r'"$', "'", text)
    lines = textwrap.wrap(text, width - indent, break_long_words=False, break_on_hyphens=False)
    return Code(f"\n{' ' * indent}".join(lines))


def sentence(value: object, indent: int = 0, width: int = 100) -> Code:
    """Return like `doc`, beginning with a capital and ending in a full stop."""
    text = plain(value).rstrip(".;, ")
    return doc(text[:1].upper() + text[1:] + "." if text else "", indent, width)


def comment(value: object) -> Code:
    """Return text for the rest of a comment line."""
    return Code(plain(value))


def md(value: object) -> Code:
    """Return text for Markdown prose and table cells; markup in it stays visible as text."""
    text = _MARKDOWN.sub(r"\\\1", plain(value))
    return Code("".join(_HTML.get(char, char) for char in text))


def md_code(value: object) -> Code:
    """Return text as a Markdown code span."""
    text = plain(value).replace("|", "\\|")
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return Code(f"{fence}{pad}{text}{pad}{fence}")


def yaml_block(value: object) -> Code:
    """Return plain data as a YAML block, for files that are YAML.

    Raises:
        UnsafeValueError: it is no plain data.
    """
    try:
        return Code(yaml.safe_dump(value, sort_keys=False, allow_unicode=False, width=100))
    except yaml.YAMLError as error:
        raise UnsafeValueError(f"{type(value).__name__} cannot be written as YAML") from error


def json_block(value: object) -> Code:
    """Return plain data as JSON in lines of its own, ASCII only, for files that are JSON.

    Raises:
        UnsafeValueError: it is no plain data.
    """
    try:
        return Code(json.dumps(value, indent=2, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise UnsafeValueError(f"{type(value).__name__} cannot be written as JSON") from error


FILTERS = {
    "py": py,
    "name": name,
    "annotation": annotation,
    "doc": doc,
    "sentence": sentence,
    "comment": comment,
    "md": md,
    "code": md_code,
    "yaml": yaml_block,
    "json": json_block,
}
