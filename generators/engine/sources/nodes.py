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


def same_value(one: Node, other: Node) -> bool:
    """Tell whether two trees hold the same values, wherever they stand."""
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return (one.text, one.plain) == (other.text, other.plain)
    if isinstance(one, Map) and isinstance(other, Map):
        pairs = zip(one.entries, other.entries, strict=False)
        same = all(a.key == b.key and same_value(a.value, b.value) for a, b in pairs)
        return same and len(one.entries) == len(other.entries)
    if isinstance(one, Seq) and isinstance(other, Seq):
        items = zip(one.items, other.items, strict=False)
        return len(one.items) == len(other.items) and all(same_value(a, b) for a, b in items)
    return False
