"""Parameters of PACKET_SPEC.md: the envelope, the packet types, and what is refused."""

from collections.abc import Iterator, Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext, Shape
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import doc_line, heading, nested_shapes, shape_fields
from generators.patterns.packet_chains import PAYLOADS, Inbound, inbound, outbound, segment
from generators.patterns.packet_formatter.params import field_of
from generators.patterns.roles import role_of

_SHAPES: Final = "agent_runtime.shapes.transactions"
_FIELDS: Final = "agent_runtime.routing.fields"
SCHEMA_VERSION: Final = "1.1"
FIRST_VERSION: Final = "1.0"
PRIORITIES: Final = ("low", "normal", "high", "critical")
LARGEST_PACKET: Final = 1_048_576
"""Constants of `agent_runtime.packets` and `agent_runtime.routing.receiving`; a test compares."""

WORDS: Final = {
    "bool": "boolean",
    "fields.Chance": "number or null",
    "fields.Impact": "number or null",
    "fields.Matches": "list of scored links",
    "fields.Vectors": "map of list of number",
    "fields.Version": "string or null",
    "fields.Weights": "map of number",
    "fields.Words": "list of string",
    "float": "number",
    "str": "string",
}
"""How a reader is told the types of the fields that go out."""

ENVELOPE: Final = (
    ("schema_version", "string", f"now {SCHEMA_VERSION}; {FIRST_VERSION} stands for none"),
    ("packet_id", "string", "UUID; a packet that comes twice has one effect"),
    ("source_agent", "string", "who sends: an agent that is declared or registered"),
    ("destination_agent", "string", "who is to receive"),
    ("timestamp", "string", "ISO 8601 with a time zone"),
    ("payload", "object", "the content, in the shape of its packet type"),
    ("metadata", "object", "see below"),
)
METADATA: Final = (
    ("trace_id", "string", "UUID that joins all records of one causal chain"),
    ("priority", "string", f"one of {', '.join(PRIORITIES)}"),
    ("governance_flags", "list of string", "constraints; a packet that raises one waits"),
    ("packet_type", "string", "what the packet asks for"),
    ("idempotency_key", "string", "two packets with one key have one effect"),
    ("in_reply_to", "string", "in answers: packet_id of the request"),
    ("signature", "string", "detached JWS of the sender's key over the rest of the packet"),
)
"""Fields of the envelope as `agent_runtime.packets` checks them; a test holds both together."""


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the packet types as rows, with the fields of their payloads.

    Raises:
        RefusalError: no packet comes in, a chain cannot be compiled, or a field is unknown.
    """
    incoming, outgoing = inbound(context), outbound(context)
    if not incoming:
        raise RefusalError(
            f"{context.stem}.md is listed, but packetrouting.inbound declares no packet",
            "declare source, packettype and action, or drop the document from generatedocs",
        )
    used = {each.payload for each in incoming}
    shapes = [Shape(module=_SHAPES, name=name) for name in PAYLOADS.values() if name in used]
    answers = {each.destination: each.packet_type for each in outgoing}
    asked = {each.source for each in incoming if each.part == "cases"}
    return {
        **heading(context),
        "topic": f"packets.{context.agent.agent_id}",
        "largest": LARGEST_PACKET,
        "envelope": [_field(*row) for row in ENVELOPE],
        "metadata": [_field(*row) for row in METADATA],
        "inbound": [_inbound(each, answers) for each in incoming],
        "payloads": [{"name": each.name, "fields": shape_fields(each)} for each in shapes],
        "shapes": [*_inside(shapes)],
        "outbound": [
            {
                "type": each.packet_type,
                "to": each.destination,
                "topic": f"packets.{segment(each.destination)}",
                "answers": each.destination in asked,
                "fields": [_filled(name, each.packet_type) for name in each.fields],
            }
            for each in outgoing
        ],
        "endpoints": [*_endpoints(context)],
    }


def _inside(shapes: list[Shape]) -> Iterator[Plain]:
    """Yield the shapes that occur inside the payloads and are none of them."""
    told = {shape.name for shape in shapes}
    for shape in nested_shapes(shapes):
        if isinstance(shape, dict) and shape["fields"] and shape["name"] not in told:
            yield shape


def _field(name: str, kind: str, meaning: str) -> Plain:
    return {"name": name, "type": kind, "meaning": meaning}


def _inbound(entry: Inbound, answers: Mapping[str, str]) -> Plain:
    return {
        "type": entry.packet_type,
        "source": entry.source,
        "senders": ", ".join(entry.senders),
        "payload": entry.payload,
        "answer": answers.get(entry.source, "") if entry.part == "cases" else "",
        "steps": [
            {"name": step.name, "takes": step.kind.takes, "gives": step.kind.gives}
            for step in entry.steps
        ],
    }


def _filled(name: str, packet_type: str) -> Plain:
    annotation = field_of(name, packet_type)["annotation"]
    return {"name": name, "type": WORDS[annotation], "meaning": doc_line(_FIELDS, name)}


def _endpoints(context: PatternContext) -> Iterator[Plain]:
    """Yield the endpoints that packets of their name reach as well."""
    if "packet_router" not in context.siblings:
        return
    for use in context.operations:
        if use.method != "process_call":
            yield {
                "name": str(use.endpoint.name),
                "request": use.request.name,
                "response": use.response.name,
                "timeout_ms": use.endpoint.timeout_ms,
                "role": role_of(use.endpoint, context) or "none",
            }
