"""Slips that YAML accepts in silence: values that vanish, items that melt into a text."""

from collections.abc import Sequence

from generators.engine.sources.lines import (
    Change,
    Diagnosis,
    indent_of,
    quote_value,
    split_comment,
)


def sign_as_header(lines: Sequence[str], line: int, column: int, value: str) -> Diagnosis | None:
    """Return what is wrong with `key: >6`, which YAML reads as the head of an empty text.

    Args:
        lines: the text.
        line: zero-based line of the `>` or `|`.
        column: its zero-based column.
        value: what YAML makes of it.
    """
    header, comment = split_comment(lines[line][column:])
    if value.strip() or not any(character.isdigit() for character in header):
        return None
    lead = lines[line][:column]
    return Diagnosis(
        code="SR018",
        line=line,
        column=column,
        message="`>` and `|` begin a text on the next line; here they are meant as a sign",
        repair="put the value in quotes",
        changes=quote_value(lines, line, lead, header, comment),
    )


def swallowed_items(lines: Sequence[str], line: int, last: int) -> list[Diagnosis]:
    """Return list items between `line` and `last` that continue a plain text instead."""
    found = []
    for number in range(line + 1, min(last + 1, len(lines))):
        if not lines[number].lstrip().startswith("- "):
            continue
        found.append(
            Diagnosis(
                code="SR029",
                line=number,
                column=indent_of(lines[number]),
                message="this item is taken for a continuation of the text above",
                repair="align it with the list it belongs to",
            )
        )
    return found


def duplicate_key(
    lines: Sequence[str],
    position: tuple[int, int],
    key: str,
    *,
    first_line: int,
    identical: bool,
) -> Diagnosis:
    """Return that `key` is there twice; the second goes if both say the same on one line.

    Args:
        lines: the text.
        position: zero-based line and column of the second key.
        key: the key.
        first_line: line of the file that the first stands on.
        identical: whether the second is one line with the value of the first.
    """
    line, column = position
    alone = identical and lines[line][:column].strip() == "" and line < len(lines)
    return Diagnosis(
        code="SR007",
        line=line,
        column=column,
        message=f"the key {key!r} is on line {first_line} too"
        + (", with the same value" if identical else ""),
        repair="remove the second" if identical else "remove one of the two",
        changes=(Change(line=line, after=None),) if alone else (),
    )
