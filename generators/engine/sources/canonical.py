"""Bring a tree into canonical form: keys spelt, and scalars typed, as its JSON Schema says.

YAML guesses types (`6.0` a float, `no` a bool, `2025-12-12` a date). Here the schema decides:
a field declared as a string stays the text that was written. Only keys that the schema lists are
re-spelt; the keys of free-form maps are the user's.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from generators.engine.findings import Finding, Place, Severity
from generators.engine.sources.coercion import (
    JsonSchema,
    Plain,
    ReadQuantity,
    no_quantity,
    type_names,
    typed,
)
from generators.engine.sources.derived import Derived
from generators.engine.sources.nodes import Entry, Map, Node, Scalar, Seq, is_null

__all__ = ["Canonical", "JsonSchema", "Misspelt", "Plain", "canonicalise", "escape", "normal_key"]

_CURLS = {"\u201c": "\u201d", "\u2018": "\u2019"}
_CURLY = frozenset("\u201c\u201d\u2018\u2019")
_SHORTEST_QUOTED = 3
_SURE = 0.84  # likeness of two keys from which one can only be a slip of the other


@dataclass(frozen=True, kw_only=True, slots=True)
class Misspelt:
    """A key that is all but a known one, or another spelling of it: its place, and both."""

    place: Place
    written: str
    right: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Canonical:
    """Canonical data, with the place and the trailing comment of each value by JSON pointer.

    `derived` tells which values were read in another way than they are written, `misspelt` which
    keys were probably meant otherwise, `respelt` which have another spelling in the JSON Schema.
    """

    data: Plain
    places: Mapping[str, Place]
    comments: Mapping[str, str]
    findings: tuple[Finding, ...]
    derived: tuple[Derived, ...] = ()
    misspelt: tuple[Misspelt, ...] = ()
    respelt: tuple[Misspelt, ...] = ()


def normal_key(key: str) -> str:
    """Return `key` as keys are compared: lower case, without underscores, hyphens and blanks."""
    return key.lower().replace("_", "").replace("-", "").replace(" ", "")


def canonicalise(
    node: Node, schema: JsonSchema, read_quantity: ReadQuantity = no_quantity
) -> Canonical:
    """Bring `node` into the canonical form of `schema` (draft 2020-12, local references).

    Args:
        node: the tree.
        schema: its JSON Schema; `x-aliases` gives other names of keys, `x-unit` units of numbers.
        read_quantity: reads a number with a unit.
    """
    walk = _Walk(root=schema, read_quantity=read_quantity)
    data = walk.visit(node, schema, "")
    return Canonical(
        data=data,
        places=walk.places,
        comments=walk.comments,
        findings=tuple(walk.findings),
        derived=tuple(walk.derived),
        misspelt=tuple(walk.misspelt),
        respelt=tuple(walk.respelt),
    )


@dataclass(slots=True)
class _Walk:
    root: JsonSchema
    read_quantity: ReadQuantity
    places: dict[str, Place] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    derived: list[Derived] = field(default_factory=list)
    misspelt: list[Misspelt] = field(default_factory=list)
    respelt: list[Misspelt] = field(default_factory=list)

    def visit(self, node: Node, schema: JsonSchema, pointer: str) -> Plain:
        """Return the canonical data of `node`, noting places and comments below `pointer`."""
        self.places[pointer] = node.place
        choices = self._choices(schema)
        wanted = {name for choice in choices for name in type_names(choice)}
        if wanted and not isinstance(node, Scalar):
            node = self._as_text(node, wanted, pointer)
        if isinstance(node, Seq) and wanted == {"object"}:
            node = self._as_map(node, pointer)
        if isinstance(node, Map):
            return self._visit_map(node, _pick(choices, "object"), pointer)
        if isinstance(node, Scalar) and wanted == {"array"}:
            self._derive(pointer, node, node.text, "a single value, taken for a list of one")
            node = Seq(items=(node,), place=node.place)
        if isinstance(node, Seq):
            items = _pick(choices, "array").get("items")
            below = items if isinstance(items, Mapping) else {}
            return [self.visit(item, below, f"{pointer}/{i}") for i, item in enumerate(node.items)]
        if node.comment:
            self.comments[pointer] = node.comment
        node = self._without_curls(node, pointer)
        value, how = typed(node, choices, self.read_quantity)
        usual = _usual(value, choices)
        if usual is not None:
            value, how = usual, "the usual spelling"
        if how is not None:
            self._derive(pointer, node, str(value), f"{how}, read from {node.text!r}")
        return value

    def _as_text(self, node: Map | Seq, wanted: set[str], pointer: str) -> Node:
        """Turn what YAML took for a map or a list back into text where only text is declared.

        `- if_x: y` is the text `if_x: y`; a list becomes one text of `- ` clauses.
        """
        parts = _parts(node)
        if not wanted <= {"string", "null"} or parts is None:
            return node
        if isinstance(node, Map):
            text = ", ".join(parts)
        else:
            text = "\n".join(f"- {part}" for part in parts)
        self._derive(pointer, node, text, "YAML took this text for a structure")
        return Scalar(text=text, plain=False, place=node.place)

    def _as_map(self, node: Seq, pointer: str) -> Map | Seq:
        """Turn a list of mappings into one where a mapping is declared and no key comes twice."""
        parts = [item for item in node.items if isinstance(item, Map)]
        entries = tuple(entry for part in parts for entry in part.entries)
        keys = {normal_key(entry.key) for entry in entries}
        if len(parts) < len(node.items) or len(keys) < len(entries) or not entries:
            return node
        self._derive(pointer, node, ", ".join(e.key for e in entries), "a list, taken for one map")
        return Map(entries=entries, place=node.place)

    def _without_curls(self, node: Scalar, pointer: str) -> Scalar:
        """Take curly quotes around a plain value for quotes."""
        text = node.text
        if not node.plain or text[:1] not in _CURLS or text[-1:] != _CURLS[text[0]]:
            return node
        if len(text) < _SHORTEST_QUOTED or any(c in _CURLY for c in text[1:-1]):
            return node
        self._derive(pointer, node, text[1:-1], "curly quotes, taken for quotes")
        return replace(node, text=text[1:-1], plain=False)

    def _derive(self, pointer: str, node: Node, value: str, how: str) -> None:
        self.derived.append(Derived(pointer=pointer, place=node.place, value=value, how=how))

    def _visit_map(self, node: Map, schema: JsonSchema, pointer: str) -> Plain:
        properties = schema.get("properties")
        known = properties if isinstance(properties, Mapping) else {}
        spellings = {normal_key(str(name)): str(name) for name in known}
        aliases = schema.get("x-aliases")
        if isinstance(aliases, Mapping):
            spellings.update({normal_key(str(k)): str(v) for k, v in aliases.items()})
        extra = schema.get("additionalProperties")
        written = {spellings.get(normal_key(e.key), e.key) for e in node.entries}
        result: dict[str, Plain] = {}
        for entry in node.entries:
            key = spellings.get(normal_key(entry.key), entry.key)
            if key != entry.key:
                self.respelt.append(Misspelt(place=entry.key_place, written=entry.key, right=key))
            below = known.get(key)
            if below is None:
                below = extra if isinstance(extra, Mapping) else {}
                if known and not extra:
                    self._unknown(entry, spellings, written, pointer)
            if self._is_empty(entry, below, pointer):
                continue
            if key in result:
                self._twice(entry.key, key, entry.key_place)
                continue
            result[key] = self.visit(entry.value, below, f"{pointer}/{escape(key)}")
        return result

    def _choices(self, schema: JsonSchema) -> list[JsonSchema]:
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            target: object = self.root
            for part in reference[2:].split("/"):
                target = target[part] if isinstance(target, Mapping) else {}
            return self._choices(target if isinstance(target, Mapping) else {})
        for word in ("anyOf", "oneOf"):
            options = schema.get(word)
            if isinstance(options, list):
                return [choice for option in options for choice in self._choices(option)]
        return [schema]

    def _is_empty(self, entry: Entry, schema: JsonSchema, pointer: str) -> bool:
        """Tell whether an entry lacks a value that it needs, as at the end of a cut-off file."""
        wanted = {name for choice in self._choices(schema) for name in type_names(choice)}
        if not wanted or "null" in wanted or not is_null(entry.value):
            return False
        if isinstance(entry.value, Scalar) and entry.value.text and "string" in wanted:
            return False
        self.findings.append(
            Finding(
                code="SR030",
                severity=Severity.WARNING,
                place=entry.key_place,
                pointer=f"{pointer}/{escape(entry.key)}",
                message=f"{entry.key!r} has no value and is left out; was the file cut off?",
                repair="give it a value, or remove the key",
            )
        )
        return True

    def _unknown(
        self, entry: Entry, spellings: Mapping[str, str], written: set[str], pointer: str
    ) -> None:
        key, place = entry.key, entry.key_place
        near = difflib.get_close_matches(normal_key(key), list(spellings), n=2)
        where = pointer or "the top level"
        message = f"the key {key!r} is not known at {where} and is ignored"
        code, severity, repair = "SR020", Severity.WARNING, "remove it if it has no use"
        if near:
            repair = f"did you mean {spellings[near[0]]!r}?"
            ratios = [difflib.SequenceMatcher(None, normal_key(key), n).ratio() for n in near]
            sure = ratios[0] >= _SURE and (len(near) == 1 or ratios[1] < _SURE)
            right = spellings[near[0]]
            if sure and right not in written:
                self.misspelt.append(Misspelt(place=place, written=key, right=right))
        elif not pointer:
            code, severity = "SR037", Severity.NOTE
            message = f"the section {key!r} is not known; it is kept in the schema and not used"
        self.findings.append(
            Finding(
                code=code,
                severity=severity,
                place=place,
                pointer=f"{pointer}/{escape(key)}",
                message=message,
                repair=repair,
            )
        )

    def _twice(self, written: str, key: str, place: Place) -> None:
        self.findings.append(
            Finding(
                code="SR008",
                place=place,
                message=f"the key {written!r} is another spelling of {key!r}, which is there too",
                repair="keep one of the two",
            )
        )


def escape(key: str) -> str:
    """Escape a key for use in a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _usual(value: Plain, choices: list[JsonSchema]) -> str | None:
    """Return the listed value of which `value` is another spelling; a note behind it stays.

    None if it is spelt so already, or none is listed (`x-values` in the JSON Schema).
    """
    if not isinstance(value, str):
        return None
    word, bracket, note = value.partition("(")
    listed = [v for choice in choices for v in _texts(choice.get("x-values"))]
    same = next((v for v in listed if normal_key(v) == normal_key(word.strip())), None)
    if same is None or same == word.strip():
        return None
    return f"{same} {bracket}{note}" if bracket else same


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _pick(choices: list[JsonSchema], wanted: str) -> JsonSchema:
    return next((choice for choice in choices if wanted in type_names(choice)), choices[0])


def _parts(node: Map | Seq) -> list[str] | None:
    """Return the texts of a flat map or list, None if it has structure below."""
    if isinstance(node, Seq):
        texts = [item.text for item in node.items if isinstance(item, Scalar)]
        return texts if len(texts) == len(node.items) and texts else None
    pairs = [(e.key, e.value.text) for e in node.entries if isinstance(e.value, Scalar)]
    return [f"{key}: {text}" for key, text in pairs] if len(pairs) == len(node.entries) else None
