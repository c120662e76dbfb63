"""Read a scalar as the type that its JSON Schema declares, whatever YAML would make of it."""

import re
from collections.abc import Callable, Iterable, Mapping
from math import isfinite

from generators.engine.sources.nodes import Scalar, is_null

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
"""Data as JSON has it."""

JsonSchema = Mapping[str, object]

ReadQuantity = Callable[[str, str], float | None]
"""Reads `250ms` as a number of the unit given; None where it is no such quantity."""

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][-+]?[0-9]{1,3})?")
_DECIMAL_COMMA = re.compile(r"(0)_([0-9]{1,40})")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(_[0-9]{3}){1,5}")
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_SWITCHES = {**_BOOLEANS, "enabled": True, "disabled": False}
_NOTE = re.compile(r"(?P<value>[A-Za-z]+)\s*\(.*\)")


def no_quantity(text: str, unit: str) -> float | None:
    """Read no quantity at all."""
    del text, unit
    return None


def typed(
    node: Scalar, choices: Iterable[JsonSchema], read_quantity: ReadQuantity
) -> tuple[Plain, str | None]:
    """Return the value of `node` in one of the declared types, and how it was read if not as is.

    What fits no type stays text, for the validator to refuse.
    """
    choices = list(choices)
    wanted = {name for choice in choices for name in type_names(choice)}
    if is_null(node) and ("null" in wanted or not node.text or "string" not in wanted):
        return None, None
    if not node.plain or wanted == {"string"}:
        return node.text, None
    guesses = _guesses(node.text)
    if not wanted:
        return next(iter(guesses.values()), node.text), None
    fitting = [value for name, value in guesses.items() if name in wanted]
    if fitting:
        return fitting[0], None
    if "string" in wanted:
        return node.text, None
    return _spelt_out(node.text, wanted, choices, read_quantity)


def type_names(schema: JsonSchema) -> tuple[str, ...]:
    """Return the types that a schema declares."""
    declared = schema.get("type")
    if isinstance(declared, str):
        return (declared,)
    return tuple(str(name) for name in declared) if isinstance(declared, list) else ()


def _guesses(text: str) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    if _INTEGER.fullmatch(text):
        found["integer"] = int(text)
    if _NUMBER.fullmatch(text) and isfinite(float(text)):
        found["number"] = found.get("integer", float(text))
    if text.lower() in _BOOLEANS:
        found["boolean"] = _BOOLEANS[text.lower()]
    return found


def _spelt_out(
    text: str, wanted: set[str], choices: list[JsonSchema], read_quantity: ReadQuantity
) -> tuple[Plain, str | None]:
    """Read `0_95`, `1_000`, `250ms`, `enabled` and `true (note)`."""
    if wanted & {"integer", "number"}:
        unit = next((str(c["x-unit"]) for c in choices if "x-unit" in c), None)
        value = _number(text, unit, read_quantity)
        if value is not None and (value == int(value) or "number" in wanted):
            whole = value == int(value) and "integer" in wanted
            return (int(value) if whole else value), "a number" + (f" of {unit}" if unit else "")
    if "boolean" in wanted:
        match = _NOTE.fullmatch(text)
        word = (match["value"] if match else text).lower()
        if word in _SWITCHES:
            return _SWITCHES[word], "a switch"
    return text, None


def _number(text: str, unit: str | None, read_quantity: ReadQuantity) -> float | None:
    decimal = _DECIMAL_COMMA.fullmatch(text)
    if decimal:
        return float(f"{decimal[1]}.{decimal[2]}")
    if _THOUSANDS.fullmatch(text):
        return float(text.replace("_", ""))
    return read_quantity(text, unit) if unit else None
