"""A YAML document as a tree in which every value knows its place and its trailing comment."""

from collections.abc import Iterator
from dataclasses import dataclass

from generators.engine.findings import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalar:
    """A leaf: its text as written (unquoted, unfolded) and whether it was a plain scalar."""

    text: str
    plain: bool
    place: Place
    comment: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One `key: value` of a mapping."""

    key: str
    key_place: Place
    value: "Node"


@dataclass(frozen=True, kw_only=True, slots=True)
class Map:
    """A mapping, entries in the order of the source; keys are unique."""

    entries: tuple[Entry, ...]
    place: Place

    def get(self, key: str) -> "Node | None":
        """Return the value under `key` as written, or None."""
        return next((entry.value for entry in self.entries if entry.key == key), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seq:
    """A sequence."""

    items: tuple["Node", ...]
    place: Place

    def __iter__(self) -> Iterator["Node"]:
        return iter(self.items)


Node = Scalar | Map | Seq

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def is_null(node: Node) -> bool:
    """Tell whether `node` is a YAML null."""
    return isinstance(node, Scalar) and node.plain and node.text in _NULLS
