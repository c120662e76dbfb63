"""The smallest request that a shape accepts, for tests and documents, from its JSON Schema."""

from collections.abc import Mapping
from typing import Final, cast

from pydantic import BaseModel

from agent_runtime.errors import ConfigError
from agent_runtime.values import JsonObject, JsonValue

_LETTER: Final = "x"


def example_of(shape: type[BaseModel]) -> JsonObject:
    """Return the smallest JSON object that `shape` accepts: required fields at their lower bounds.

    Raises:
        ConfigError: the shape uses a keyword that has no smallest value here, such as a pattern.
        ValidationError: validators of the shape demand more than its JSON Schema says.
    """
    schema = shape.model_json_schema()
    example = _smallest(schema, schema.get("$defs", {}))
    shape.model_validate(example)
    return cast("JsonObject", example)


def _smallest(schema: Mapping[str, object], definitions: Mapping[str, object]) -> JsonValue:
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return _smallest(cast("Mapping[str, object]", definitions[name]), definitions)
    for keyword in ("const", "default"):
        if keyword in schema:
            return cast("JsonValue", schema[keyword])
    for keyword in ("enum", "examples"):
        if keyword in schema:
            return cast("list[JsonValue]", schema[keyword])[0]
    if "anyOf" in schema:
        return _smallest(cast("list[Mapping[str, object]]", schema["anyOf"])[0], definitions)
    return _by_type(schema, definitions)


def _by_type(schema: Mapping[str, object], definitions: Mapping[str, object]) -> JsonValue:
    kind = schema.get("type")
    if kind == "object":
        fields = cast("Mapping[str, Mapping[str, object]]", schema.get("properties", {}))
        required = cast("list[str]", schema.get("required", []))
        return {name: _smallest(fields[name], definitions) for name in required}
    if kind == "array":
        return _items(schema, definitions)
    if kind in ("integer", "number"):
        return _number(schema, whole=kind == "integer")
    if kind == "string" and "pattern" not in schema and "format" not in schema:
        return _LETTER * int(str(schema.get("minLength", 1)))
    if kind == "boolean":
        return False
    if kind == "null":
        return None
    raise ConfigError(f"no smallest value is known for {dict(schema)}")


def _items(schema: Mapping[str, object], definitions: Mapping[str, object]) -> JsonValue:
    first = cast("list[Mapping[str, object]]", schema.get("prefixItems", []))
    each = cast("Mapping[str, object]", schema.get("items", {"type": "null"}))
    missing = max(int(str(schema.get("minItems", 0))) - len(first), 0)
    return [
        *(_smallest(item, definitions) for item in first),
        *(_smallest(each, definitions) for _ in range(missing)),
    ]


def _number(schema: Mapping[str, object], *, whole: bool) -> JsonValue:
    if "exclusiveMinimum" in schema:
        bound = float(str(schema["exclusiveMinimum"]))
        above = float(str(schema.get("maximum", schema.get("exclusiveMaximum", bound + 2.0))))
        return int(bound) + 1 if whole else (bound + above) / 2.0
    bound = float(str(schema.get("minimum", min(0.0, float(str(schema.get("maximum", 0.0)))))))
    return int(bound) if whole else bound
