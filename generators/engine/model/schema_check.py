"""Hold data against a JSON Schema: a fast yes, and a slow no that can say why.

Nearly all data fit. The compiled validator finds that out in a hundredth of the time; only what it
does not accept goes to the one whose errors name place and reason, and that one has the last word.
"""

import re
from collections.abc import Iterator, Mapping

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from generators.engine.findings import Finding, Place
from generators.engine.sources.canonical import JsonSchema, Plain, escape


class SchemaCheck:
    """One JSON Schema (draft 2020-12), compiled once for any number of data."""

    def __init__(self, schema: JsonSchema) -> None:
        self._quick = jsonschema_rs.Draft202012Validator(dict(schema))
        self._exact = Draft202012Validator(dict(schema))

    def errors(self, data: Mapping[str, Plain]) -> Iterator[ValidationError]:
        """Yield what does not fit, nothing if all does."""
        plain = dict(data)
        if not self._quick.is_valid(plain):
            yield from self._exact.iter_errors(plain)


def schema_findings(
    check: SchemaCheck, data: Mapping[str, Plain], places: Mapping[str, Place], code: str = "MD001"
) -> list[Finding]:
    """Return what does not fit a JSON Schema, each at its place."""
    return [_finding(error, places, code) for error in check.errors(data)]


def _finding(error: ValidationError, places: Mapping[str, Place], code: str) -> Finding:
    pointer = "".join(f"/{escape(str(part))}" for part in error.absolute_path)
    place = places.get(pointer, places[""])
    where = pointer or "the agent"
    if error.validator == "required":
        missing = re.findall(r"^'(.+)' is a required property", error.message)
        return Finding(
            code=code,
            place=place,
            pointer=pointer,
            message=f"{where} lacks {', '.join(missing)}",
            repair=f"add {missing[0]}: {_describe(error.schema, missing[0])}",
        )
    wanted = error.schema.get("description") if isinstance(error.schema, dict) else None
    return Finding(
        code=code,
        place=place,
        pointer=pointer,
        message=f"{where}: {error.message[:200]}",
        repair=str(wanted or f"make it fit {error.validator} {error.validator_value!r}")[:200],
    )


def _describe(schema: object, key: str) -> str:
    properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
    entry = properties.get(key, {})
    return str(entry.get("description", "a value"))
