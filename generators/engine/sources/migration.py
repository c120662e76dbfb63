"""Bring the text of schemas to the spelling and places of version 6.0, layout and comments kept.

Three kinds of change: a section moves to where it belongs now, a key is spelt as the JSON Schema
spells it (its `x-aliases` are the names of older versions), and a version 5.x becomes 6.0.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from generators.engine.sources.canonical import JsonSchema, canonicalise
from generators.engine.sources.dialect import shape_agent
from generators.engine.sources.documents import Document, Role
from generators.engine.sources.file_reader import read_file
from generators.engine.sources.foreign import find
from generators.engine.sources.lines import indent_of
from generators.engine.sources.nodes import Entry, Map, Scalar

VERSION = "6.0"
MOVES = (
    (("integration", "rootpath"), ("rootpath",)),
    (("deployment", "apiexposure", "endpoints"), ("deployment", "endpoints")),
    (("autonomyprofile",), ("learningsystem", "autonomyprofile")),
)
"""Where a section was, and where it is in 6.0; keys as they are compared."""

_OLD = "5."
_MOST_MOVES = 1_000  # more agents than any file has


@dataclass(frozen=True, kw_only=True, slots=True)
class Migrated:
    """A text after its migration, and what was changed: a line of the text, and words."""

    text: str
    changes: tuple[tuple[int, str], ...]


def migrate_text(name: str, text: str, schema: JsonSchema, known: frozenset[str]) -> Migrated:
    """Return `text` as version 6.0 writes it.

    Args:
        name: the file, as places carry it.
        text: what it holds; without mistakes of YAML.
        schema: JSON Schema of agents.
        known: top-level keys of agent schemas, normalised.
    """
    changes: list[tuple[int, str]] = []
    for _ in range(_MOST_MOVES):
        step = next(_moved(text, _documents(name, text, known)), None)
        if step is None:
            break
        text, line, words = step
        changes.append((line, words))
    lines = text.split("\n")
    edits = sorted(_respellings(_documents(name, text, known), schema), reverse=True)
    for line, column, written, right in edits:
        old = lines[line]
        if old[column : column + len(written)] != written:
            continue
        lines[line] = old[:column] + right + old[column + len(written) :]
        changes.append((line + 1, f"{written} is {right}"))
    return Migrated(text="\n".join(lines), changes=tuple(sorted(changes)))


def _documents(name: str, text: str, known: frozenset[str]) -> list[Document]:
    file = read_file(name, text.encode(), known)
    return [d for d in file.documents if d.role in (Role.AGENT, Role.FRAGMENT)]


def _moved(text: str, documents: list[Document]) -> Iterator[tuple[str, int, str]]:
    """Yield the text after each move that is possible, the line it begins on, and its words."""
    lines = text.split("\n")
    for document in documents:
        for origin, target in MOVES:
            entry = _entry(document.node, origin)
            if entry is None or find(document.node, *target) is not None:
                continue
            moved = _move(lines, document.node, entry, origin, target)
            if moved is not None:
                words = f"{'.'.join(origin)} is {'.'.join(target)}"
                yield "\n".join(moved), entry.key_place.line, words


def _move(
    lines: list[str], node: Map, entry: Entry, origin: tuple[str, ...], target: tuple[str, ...]
) -> list[str] | None:
    """Return the lines with an entry moved; None if it does not stand on lines of its own."""
    first, last = _extent(lines, entry)
    if lines[first][: entry.key_place.column - 1].strip():
        return None
    block = lines[first : last + 1]
    parent = _entry(node, target[:-1]) if len(target) > 1 else None
    if len(target) > 1 and parent is None:
        margin = indent_of(block[0])
        grown = [" " * margin + f"{target[0]}:", *_shifted(block, 2)]
        return [*lines[:first], *grown, *lines[last + 1 :]]
    rest = [*lines[:first], *([""] * len(block)), *lines[last + 1 :]]
    gone = set(range(first, last + 1))
    if parent is None or len(origin) > len(target):  # it rises above its own section
        holder = _entry(node, origin[: len(target)])
        at = holder.key_place.line - 1 if holder else first
        indent = indent_of(lines[at])
        outer = _entry(node, origin[:-1])
        if outer and isinstance(outer.value, Map) and len(outer.value.entries) == 1:
            gone.add(outer.key_place.line - 1)
    else:
        if not isinstance(parent.value, Map) or not parent.value.entries:
            return None
        at = _extent(lines, parent)[1] + 1
        indent = parent.value.entries[0].key_place.column - 1
    placed = _shifted(block, indent - indent_of(block[0]))
    result: list[str] = []
    for number, line in enumerate([*rest, None]):
        if number == at:
            result += placed
        if line is not None and number not in gone:
            result.append(line)
    return result


def _extent(lines: list[str], entry: Entry) -> tuple[int, int]:
    """Return the first and last line, from 0, of an entry with all that is below it."""
    first = last = entry.key_place.line - 1
    indent = entry.key_place.column - 1
    for number in range(first + 1, len(lines)):
        line = lines[number]
        if not line.strip():
            continue
        inside = indent_of(line) > indent
        item = indent_of(line) == indent and line.lstrip().startswith("- ")
        if not inside and not item:
            break
        last = number
    return first, last


def _shifted(block: list[str], by: int) -> list[str]:
    """Return lines with their indentation changed by a number of columns; blank ones stay."""
    return [
        line if not line.strip() else " " * (indent_of(line) + by) + line.lstrip() for line in block
    ]


def _entry(node: Map, path: tuple[str, ...]) -> Entry | None:
    """Return the entry at a path of keys, None if there is none."""
    holder = find(node, *path[:-1])
    if not isinstance(holder, Map) or not path:
        return None
    wanted = find(holder, path[-1])
    return next((entry for entry in holder.entries if entry.value is wanted), None)


def _respellings(
    documents: list[Document], schema: JsonSchema
) -> Iterator[tuple[int, int, str, str]]:
    """Yield line and column, from 0, of each key or version that is written otherwise in 6.0."""
    for document in documents:
        node = shape_agent(document.node).node
        for key in canonicalise(node, schema).respelt:
            yield key.place.line - 1, key.place.column - 1, key.written, key.right
        for path in (("version",), ("metadata", "version")):
            value = find(document.node, *path)
            if isinstance(value, Scalar) and value.text.startswith(_OLD):
                column = value.place.column - (1 if value.plain else 0)
                yield value.place.line - 1, column, value.text, VERSION
