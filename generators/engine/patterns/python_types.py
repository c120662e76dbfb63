"""How a declared value is written in Python, and in the JSON Schema of a request."""

from collections.abc import Iterable
from typing import Final

from generators.engine.model.bindings import ValueSpec
from generators.engine.sources.canonical import Plain

_PYTHON: Final = {
    "text": "str",
    "number": "float",
    "integer": "int",
    "flag": "bool",
    "texts": "tuple[str, ...]",
    "numbers": "tuple[float, ...]",
    "record": "Mapping[str, object]",
}
_JSON: Final[dict[str, dict[str, Plain]]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "flag": {"type": "boolean"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "numbers": {"type": "array", "items": {"type": "number"}},
    "record": {"type": "object"},
}
_LONGEST: Final = {"text": "maxLength", "texts": "maxItems", "numbers": "maxItems"}


def python_type(value: ValueSpec) -> str:
    """Return the annotation of a value."""
    return _PYTHON.get(value.kind, "object")


def json_schema(values: Iterable[ValueSpec]) -> dict[str, Plain]:
    """Return the JSON Schema of an object with these fields."""
    fields = list(values)
    return {
        "type": "object",
        "properties": {each.name: _field(each) for each in fields},
        "required": [each.name for each in fields],
    }


def _field(value: ValueSpec) -> dict[str, Plain]:
    field: dict[str, Plain] = {**_JSON.get(value.kind, {}), "description": described(value)}
    if value.low is not None and value.kind in ("number", "integer"):
        field["minimum"] = value.low
    if value.high is not None and value.kind in ("number", "integer"):
        field["maximum"] = value.high
    if value.longest is not None and value.kind in _LONGEST:
        field[_LONGEST[value.kind]] = value.longest
    return field


def described(value: ValueSpec) -> str:
    """Return what a value is, with its unit and bounds, in one phrase."""
    parts = [value.description or value.name.replace("_", " ")]
    if value.unit:
        parts.append(f"in {value.unit}")
    if value.low is not None or value.high is not None:
        parts.append(_range(value.low, value.high))
    if value.longest is not None:
        unit = "characters" if value.kind == "text" else "items"
        parts.append(f"at most {value.longest} {unit}")
    if value.choices:
        parts.append(f"one of {', '.join(value.choices)}")
    return ", ".join(parts)


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"
