"""Tell YAML from the prose around it in a text without fences."""

import re
from collections.abc import Sequence

_START = re.compile(r"""[A-Za-z_"'][\w.\-]*["']?[ ]*:(?=\s|$)|---(?=\s|$)|#|-\s|[{\[%]""")
_TOP_KEY = re.compile(r"""["']?[A-Za-z_][\w.\-]*["']?[ ]*:(?=\s|$)""")
_COMMENT_OPEN, _COMMENT_CLOSE = "<!--", "-->"


def blank_prose(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Empty the lines that are no YAML: before the first key, behind the last, HTML comments.

    Returns:
        The text with as many lines, and the first and last line (from 1) of each part left out.
    """
    lines = text.split("\n")
    left_out = _html_comments(lines)
    paragraphs = _paragraphs(lines)
    for number, (first, last) in enumerate(paragraphs):
        keys = [n for n in range(first, last + 1) if _TOP_KEY.match(lines[n])]
        if _is_prose(lines[first]) and not keys:
            left_out.update(range(first, last + 1))
            continue
        if number == 0 and keys and _is_prose(lines[first]):
            left_out.update(range(first, keys[0]))
        if number == len(paragraphs) - 1:
            end = last
            while end > first and _is_prose(lines[end]):
                left_out.add(end)
                end -= 1
    kept = ["" if number in left_out else line for number, line in enumerate(lines)]
    return "\n".join(kept), _ranges(sorted(left_out), lines)


def has_top_keys(text: str) -> bool:
    """Tell whether any line of `text` is a key at the margin."""
    return any(_TOP_KEY.match(line) for line in text.split("\n"))


def _is_prose(line: str) -> bool:
    """Tell whether a line at the margin cannot be the start of anything in YAML."""
    return bool(line.strip()) and line[0] not in " \t" and not _START.match(line)


def _paragraphs(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return first and last line of each group of lines between blank or marker lines."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for number, line in enumerate([*lines, ""]):
        separates = not line.strip() or line.rstrip() == "---"
        if separates and start is not None:
            found.append((start, number - 1))
            start = None
        elif not separates and start is None:
            start = number
    return found


def _html_comments(lines: Sequence[str]) -> set[int]:
    inside: set[int] = set()
    start: int | None = None
    for number, line in enumerate(lines):
        if start is None and line.startswith(_COMMENT_OPEN):
            start = number
        if start is not None and _COMMENT_CLOSE in line:
            inside.update(range(start, number + 1))
            start = None
    return inside


def _ranges(numbers: Sequence[int], lines: Sequence[str]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and not any(line.strip() for line in lines[found[-1][1] : number]):
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number + 1, number + 1))
    return tuple(found)
