"""Read a meta template: YAML, canonical form, JSON Schema, normalised JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from jsonschema import Draft202012Validator

from generators.engine.findings import Finding, Place
from generators.engine.sources.canonical import JsonSchema, Plain, canonicalise, escape
from generators.engine.sources.yaml_reader import read_yaml

TEMPLATES = (
    "meta.codegen.schema",
    "meta.extraction.sequence",
    "meta.validation.checklist",
    "meta.dependency.integration",
)
"""File stems of the four templates, in the order of the guide."""

MASTER = "meta.codegen.schema"
"""File stem of the template with what all agents share: stores, anchors, flags, gates."""

GLUE = "L9_Universal_Schema_Extractor_Glue_v6"
"""File stem of the glue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedTemplate:
    """The canonical data of one template, what is wrong with it, and the place of each pointer."""

    data: dict[str, Plain]
    findings: tuple[Finding, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)


def resolve_meta(file: str, content: bytes, schema: JsonSchema) -> ResolvedTemplate:
    """Read one template.

    Args:
        file: its name, for places.
        content: UTF-8 YAML with exactly one document.
        schema: its JSON Schema.
    """
    documents, findings = read_yaml(content.decode(), file=file)
    if len(documents) != 1:
        found = Finding(
            code="MD020",
            place=Place(file=file),
            message=f"{len(documents)} YAML documents where one is expected",
            repair="keep one document",
        )
        return ResolvedTemplate(data={}, findings=(*findings, found))
    canonical = canonicalise(documents[0], schema)
    data = canonical.data if isinstance(canonical.data, dict) else {}
    errors = Draft202012Validator(dict(schema)).iter_errors(data)
    complaints = []
    for error in errors:
        pointer = "".join(f"/{escape(str(part))}" for part in error.absolute_path)
        complaints.append(
            Finding(
                code="MD021",
                place=canonical.places.get(pointer, Place(file=file)),
                pointer=pointer,
                message=f"{pointer or 'the template'}: {error.message[:200]}",
                repair="see the description of the field in meta/schemas",
            )
        )
    return ResolvedTemplate(
        data=data,
        findings=(*findings, *canonical.findings, *complaints),
        places=canonical.places,
    )


def meta_json(data: Mapping[str, Plain]) -> bytes:
    """Return the normalised form of a template."""
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()
