"""The contract of a domain in machine-readable form: JSON Schema of its records, and its hooks."""

from typing import Final

from agent_runtime.service.spec import EndpointSpec
from agent_runtime.translation.fields import FLAG, INTEGER, NUMBER, FieldSpec
from agent_runtime.translation.records import RecordSpec, RecordSpecs
from agent_runtime.values import JsonObject, JsonValue

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
RECORDS_TIMEOUT_MS: Final = 2_000
MATCHES_TIMEOUT_MS: Final = 2_000


def list_records(domain: str) -> EndpointSpec:
    """Return the endpoint of a domain agent that lists its records, page by page."""
    return EndpointSpec(
        name="list_records",
        path=f"/{domain}/v1/records/{{record}}",
        method="GET",
        timeout_ms=RECORDS_TIMEOUT_MS,
        summary="Records of a type, in the order of their keys",
    )


def deliver_matches(domain: str) -> EndpointSpec:
    """Return the web hook of a domain agent that takes matches."""
    return EndpointSpec(
        name="deliver_matches",
        path=f"/{domain}/v1/matches",
        method="POST",
        timeout_ms=MATCHES_TIMEOUT_MS,
        summary="Matches to act on; the answer says which are taken up",
    )


def record_schema(spec: RecordSpec) -> JsonObject:
    """Return the JSON Schema of one type of record."""
    return {
        "$schema": DIALECT,
        "title": spec.name,
        "type": "object",
        "additionalProperties": False,
        "required": [each.name for each in spec.fields if not each.optional],
        "properties": {each.name: _field_schema(each) for each in spec.fields},
        "x-key": spec.key,
    }


def contract_of(specs: RecordSpecs, domain: str) -> JsonObject:
    """Return records and endpoints of a domain agent as JSON.

    Args:
        specs: its record types.
        domain: key of the domain in paths.
    """
    endpoints: list[JsonValue] = [
        {
            "name": each.name,
            "method": each.method,
            "path": each.path,
            "timeout_ms": each.timeout_ms,
            "summary": each.summary,
        }
        for each in (list_records(domain), deliver_matches(domain))
    ]
    return {
        "domain": specs.domain,
        "records": {name: record_schema(specs.get(name)) for name in specs.names},
        "endpoints": endpoints,
    }


def _field_schema(field: FieldSpec) -> JsonObject:
    extra: dict[str, JsonValue] = {}
    if field.personal:
        extra["x-personal"] = True
    if field.of:
        extra["x-refers-to"] = field.of
    if field.kind == FLAG:
        return {"type": "boolean", **extra}
    if field.kind in (NUMBER, INTEGER):
        bounds = {"minimum": field.low, "maximum": field.high}
        extra |= {name: bound for name, bound in bounds.items() if bound is not None}
        extra |= {"x-unit": field.unit} if field.unit else {}
        return {"type": field.kind, **extra}
    if field.choices:
        return {"enum": list(field.choices), **extra}
    return {"type": "string", "minLength": 1, **extra}
