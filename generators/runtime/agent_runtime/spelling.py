"""Names of fields in the spelling of a shape, however the sender spells them.

`sensorId`, `Sensor-ID` and `sensor id` are one name to a reader; a shape declares one spelling.
Only declared names are respelled: keys of open mappings are data.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from pydantic import BaseModel

from agent_runtime.errors import InputBoundsError
from agent_runtime.values import JsonObject, JsonValue

_SEPARATORS = re.compile(r"[^A-Za-z0-9]")
_Schema = Mapping[str, object]
_Rename = Callable[[JsonObject, tuple[str, ...]], dict[str, str]]


def plain_name(name: str) -> str:
    """Return what all spellings of a name have in common: its letters and digits, in lower case."""
    return _SEPARATORS.sub("", name).lower()


def camel_name(name: str) -> str:
    """Return `sensor_id` as `sensorId`."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def respelled(document: JsonObject, shape: type[BaseModel]) -> JsonObject:
    """Return `document` with the names of fields as `shape` declares them, at every depth.

    A name that is none of the shape's in any spelling stays as it is.

    Raises:
        InputBoundsError: two names of the document mean one field.
    """
    return _object(document, _walker(shape), _declared)


def in_camel_case(document: JsonObject, shape: type[BaseModel]) -> JsonObject:
    """Return `document`, spelled as `shape` declares, with the names of fields in camel case."""
    return _object(document, _walker(shape), _camel)


def _declared(document: JsonObject, fields: tuple[str, ...]) -> dict[str, str]:
    by_plain = {plain_name(field): field for field in fields}
    names = {key: key if key in fields else by_plain.get(plain_name(key), key) for key in document}
    means: dict[str, list[str]] = {}
    for key, name in names.items():
        means.setdefault(name, []).append(key)
    for name, keys in means.items():
        if len(keys) > 1:
            raise InputBoundsError(f"{' and '.join(keys)} mean one field, {name}")
    return names


def _camel(document: JsonObject, fields: tuple[str, ...]) -> dict[str, str]:
    return {key: camel_name(key) if key in fields else key for key in document}


def _walker(shape: type[BaseModel]) -> tuple[_Schema, _Schema]:
    schema = shape.model_json_schema()
    return schema, cast("_Schema", schema.get("$defs", {}))


def _object(document: JsonObject, at: tuple[_Schema, _Schema], rename: _Rename) -> JsonObject:
    schema, definitions = at
    fields = cast("Mapping[str, _Schema]", schema.get("properties", {}))
    every = schema.get("additionalProperties")
    others = cast("_Schema", every) if isinstance(every, Mapping) else {}
    names = rename(document, tuple(fields))
    found: dict[str, JsonValue] = {}
    for key, value in document.items():
        part = fields.get(names[key]) or fields.get(key) or others
        found[names[key]] = _value(value, (part, definitions), rename)
    return found


def _value(value: JsonValue, at: tuple[_Schema, _Schema], rename: _Rename) -> JsonValue:
    schema, definitions = at
    for each in _choices(schema, definitions):
        if isinstance(value, Mapping) and ("properties" in each or "additionalProperties" in each):
            return _object(value, (each, definitions), rename)
        if isinstance(value, Sequence) and not isinstance(value, str) and "items" in each:
            items = cast("_Schema", each["items"])
            return [_value(item, (items, definitions), rename) for item in value]
    return value


def _choices(schema: _Schema, definitions: _Schema) -> list[_Schema]:
    """Return the schemas that a value may follow, references looked up."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return [cast("_Schema", definitions[name])]
    found: list[_Schema] = []
    for each in cast("Sequence[_Schema]", schema.get("anyOf", ())):
        found += _choices(each, definitions)
    return found or [schema]
