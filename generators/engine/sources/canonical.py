"""Bring a tree into canonical form: keys spelt, and scalars typed, as its JSON Schema says.

YAML guesses types (`6.0` a float, `no` a bool, `2025-12-12` a date). Here the schema decides:
a field declared as a string stays the text that was written. Only keys that the schema lists are
re-spelt; the keys of free-form maps are the user's.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from generators.engine.findings import Finding, Place, Severity
from generators.engine.sources.nodes import Map, Node, Scalar, Seq, is_null

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
"""Data as JSON has it."""

JsonSchema = Mapping[str, object]

_INTEGER = re.compile(r"[-+]?\d+")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Canonical:
    """Canonical data, with the place and the trailing comment of each value by JSON pointer."""

    data: Plain
    places: Mapping[str, Place]
    comments: Mapping[str, str]
    findings: tuple[Finding, ...]


def normal_key(key: str) -> str:
    """Return `key` as keys are compared: lower case, without underscores and hyphens."""
    return key.lower().replace("_", "").replace("-", "")


def canonicalise(node: Node, schema: JsonSchema) -> Canonical:
    """Bring `node` into the canonical form of `schema` (draft 2020-12, local references)."""
    walk = _Walk(root=schema)
    data = walk.visit(node, schema, "")
    return Canonical(
        data=data, places=walk.places, comments=walk.comments, findings=tuple(walk.findings)
    )


@dataclass(slots=True)
class _Walk:
    root: JsonSchema
    places: dict[str, Place] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def visit(self, node: Node, schema: JsonSchema, pointer: str) -> Plain:
        """Return the canonical data of `node`, noting places and comments below `pointer`."""
        self.places[pointer] = node.place
        choices = self._choices(schema)
        if isinstance(node, Map):
            return self._visit_map(node, _pick(choices, "object"), pointer)
        if isinstance(node, Seq):
            items = _pick(choices, "array").get("items")
            below = items if isinstance(items, Mapping) else {}
            return [self.visit(item, below, f"{pointer}/{i}") for i, item in enumerate(node.items)]
        if node.comment:
            self.comments[pointer] = node.comment
        return _typed(node, choices)

    def _visit_map(self, node: Map, schema: JsonSchema, pointer: str) -> Plain:
        properties = schema.get("properties")
        known = properties if isinstance(properties, Mapping) else {}
        spellings = {normal_key(str(name)): str(name) for name in known}
        aliases = schema.get("x-aliases")
        if isinstance(aliases, Mapping):
            spellings.update({normal_key(str(k)): str(v) for k, v in aliases.items()})
        extra = schema.get("additionalProperties")
        result: dict[str, Plain] = {}
        for entry in node.entries:
            key = spellings.get(normal_key(entry.key), entry.key)
            below = known.get(key)
            if below is None:
                below = extra if isinstance(extra, Mapping) else {}
                if known and not extra:
                    self._unknown(entry.key, entry.key_place, spellings, pointer)
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

    def _unknown(self, key: str, place: Place, spellings: Mapping[str, str], pointer: str) -> None:
        near = difflib.get_close_matches(normal_key(key), list(spellings), n=1)
        repair = f"did you mean {spellings[near[0]]!r}?" if near else "remove it if it has no use"
        where = pointer or "the top level"
        self.findings.append(
            Finding(
                code="SR020",
                severity=Severity.WARNING,
                place=place,
                pointer=f"{pointer}/{escape(key)}",
                message=f"the key {key!r} is not known at {where} and is ignored",
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


def _types(schema: JsonSchema) -> tuple[str, ...]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return (declared,)
    return tuple(str(name) for name in declared) if isinstance(declared, list) else ()


def _pick(choices: list[JsonSchema], wanted: str) -> JsonSchema:
    return next((choice for choice in choices if wanted in _types(choice)), choices[0])


def _typed(node: Scalar, choices: list[JsonSchema]) -> Plain:
    wanted = {name for choice in choices for name in _types(choice)}
    if is_null(node) and ("null" in wanted or not node.text or "string" not in wanted):
        return None
    if not node.plain or wanted == {"string"}:
        return node.text
    guesses: dict[str, Plain] = {}
    if _INTEGER.fullmatch(node.text):
        guesses["integer"] = int(node.text)
    if _NUMBER.fullmatch(node.text):
        guesses["number"] = guesses.get("integer", float(node.text))
    if node.text.lower() in _BOOLEANS:
        guesses["boolean"] = _BOOLEANS[node.text.lower()]
    if not wanted:
        return next(iter(guesses.values()), node.text)
    fitting = [value for name, value in guesses.items() if name in wanted]
    return fitting[0] if fitting else node.text
