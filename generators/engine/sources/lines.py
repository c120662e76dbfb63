"""Lines of YAML as text: keys, items, comments, and the smallest change that quotes a value."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from generators.engine.sources.edits import quoted

KEY = re.compile(
    r"^(?P<lead> *(?:- +)*)(?P<key>[^\s#:'\"\[{&*!|>%@`-][^:#]*?|-[^\s:]+):"
    r"(?:(?P<gap> +)(?P<value>\S.*)|\s*)$"
)
ITEM = re.compile(r"^(?P<lead> *(?:- +)+)(?P<value>\S.*)$")
LONGEST_LINE = 2_000  # a person's line; the patterns here are too slow for longer ones
_COMMENT = re.compile(r"\s+#.*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One line of a block, zero-based, and what it should be; None to remove it."""

    line: int
    after: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """What is wrong at a zero-based place; `changes` is the repair, if there is exactly one."""

    code: str
    line: int
    column: int
    message: str
    repair: str
    changes: tuple[Change, ...] = ()


def quote_value(
    lines: Sequence[str], line: int, lead: str, value: str, comment: str
) -> tuple[Change, ...]:
    """Quote a plain value with the lines that continue it; nothing if one of them may be a key."""
    indent = indent_of(lines[line])
    last = line
    while last + 1 < len(lines) and lines[last + 1].strip() and indent_of(lines[last + 1]) > indent:
        last += 1
        if KEY.match(lines[last]) or ITEM.match(lines[last]):
            return ()
    if last == line:
        return (Change(line=line, after=lead + quoted(value) + comment),)
    inside = [value, *lines[line + 1 : last + 1]]
    if comment or any('"' in text or "\\" in text or " #" in text for text in inside):
        return ()
    first = Change(line=line, after=f'{lead}"{value}')
    return (first, Change(line=last, after=lines[last].rstrip() + '"'))


def indent_of(line: str) -> int:
    """Return the number of spaces that `line` begins with."""
    return len(line) - len(line.lstrip(" "))


def white_of(line: str) -> str:
    """Return the spaces and tabs that `line` begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def split_comment(text: str) -> tuple[str, str]:
    """Return a plain value without white space at its end, and the comment behind it."""
    match = _COMMENT.search(text)
    value = text[: match.start()] if match else text.rstrip()
    return value, text[len(value) :].rstrip()
