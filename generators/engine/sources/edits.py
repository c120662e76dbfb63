"""An edit of a source text that leaves every other line alone."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """One line replaced; `line` counts from 1 in the file, `before` ends the line as it is.

    `before` may lack what a fence's indentation puts in front of it; it begins at `column`, which
    counts from 1. `after` None removes the line.
    """

    file: str
    line: int
    before: str
    after: str | None
    reason: str
    column: int = 1


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with `edits` made; other lines and their ends stay byte for byte.

    Raises:
        ValueError: an edit does not fit the text.
    """
    lines = text.split("\n")
    removed: set[int] = set()
    for edit in edits:
        number = edit.line - 1
        line = lines[number].removesuffix("\r")
        ending = lines[number][len(line) :]
        if not line.endswith(edit.before):
            message = f"line {edit.line} of {edit.file} does not end with {edit.before!r}"
            raise ValueError(message)
        if edit.after is None:
            removed.add(number)
        else:
            lines[number] = line[: len(line) - len(edit.before)] + edit.after + ending
    return "\n".join(line for number, line in enumerate(lines) if number not in removed)


def fits(text: str, edit: Edit) -> bool:
    """Tell whether the line of an edit is there and ends as the edit says.

    It does not where the file has invisible characters, or line ends of an old kind.
    """
    lines = text.split("\n")
    return edit.line <= len(lines) and lines[edit.line - 1].removesuffix("\r").endswith(edit.before)


def quoted(value: str) -> str:
    """Return `value` as a YAML scalar in quotes that reads back as exactly `value`."""
    if '"' in value or "\\" in value:
        return "'" + value.replace("'", "''") + "'"
    return f'"{value}"'
