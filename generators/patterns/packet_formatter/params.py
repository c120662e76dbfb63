"""Parameters of a packet formatter: each outbound packet type with the fields of its payload."""

import difflib
from collections.abc import Mapping
from typing import Final

from generators.engine.names import camel_case
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups
from generators.patterns.packet_chains import Outbound, inbound, outbound, segment

FIELDS: Final = {
    "anomaly_flags": "fields.Weights",
    "confidence": "float",
    "credit_risk_score": "fields.Chance",
    "decision_id": "str",
    "domain": "str",
    "escalation_reason": "str",
    "factors": "fields.Weights",
    "governance_flags": "fields.Words",
    "governance_status": "str",
    "human_required": "bool",
    "latency_ms": "float",
    "market_impact": "fields.Impact",
    "match_scores": "fields.Matches",
    "model_version": "fields.Version",
    "reasoning_mode": "str",
    "reasoning_trace": "fields.Words",
    "risk_score": "fields.Chance",
    "tensor_embeddings": "fields.Vectors",
    "timestamp": "str",
    "trace_id": "str",
}
"""Fields that the runtime can fill, with their types; a test holds each to its function."""

_ESCALATION: Final = frozenset({"escalation_reason", "human_required"})


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the payloads, which packet type each answers, and which are notices.

    What goes to the source of packets whose chain returns results answers them; the rest is told
    unasked: of every decision, or if it speaks of escalation, of those that are escalated.

    Raises:
        RefusalError: nothing goes out, no packet type answers, or a field is unknown.
    """
    outgoing = outbound(context)
    asked = {each.source: each.packet_type for each in inbound(context) if each.part == "cases"}
    answers = [each for each in outgoing if each.destination in asked]
    if not answers:
        raise RefusalError(
            "packetrouting.outbound declares no packet to a source of packetrouting.inbound",
            "declare destination, packettype and fields of the answer to each domain",
        )
    notices = [each for each in outgoing if each.destination not in asked]
    payloads = [_payload(each) for each in outgoing]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "payloads": [*payloads],
        "answers": [_about(each) for each in answers],
        "answered": [{**_about(each), "asked": asked[each.destination]} for each in answers],
        "notices": [_about(each) for each in notices],
        "always": [
            [segment(each.destination), each.packet_type]
            for each in notices
            if not _ESCALATION & set(each.fields)
        ],
        "on_escalation": [
            [segment(each.destination), each.packet_type]
            for each in notices
            if _ESCALATION & set(each.fields)
        ],
        "has": {
            "escalations": any(_ESCALATION & set(each.fields) for each in notices),
        },
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Mapping"]),
                ("dataclasses", ["dataclass"]),
                ("typing", ["Final", "Self"]),
                ("agent_runtime.domains", ["domain_key"]),
                ("agent_runtime.routing", ["fields"]),
                ("agent_runtime.routing.formatting", ["answer_of"]),
                ("agent_runtime.routing.work", ["Answer", "Decided", "Notice"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.reasoning.contracts", ["GovernanceStatus"]),
                ("agent_runtime.routing", ["fields"]),
                ("agent_runtime.testing", ["AgentBench"]),
                ("agent_runtime.testing_routing", ["decided_case"]),
                (context.module, ["ANSWERS", "DOMAINS", context.class_name]),
            ],
        ),
    }


def _about(packet: Outbound) -> dict[str, Plain]:
    return {
        "packet_type": packet.packet_type,
        "class_name": camel_case(packet.packet_type),
        "to": segment(packet.destination),
        "domain": segment(packet.destination).replace("_", ""),
        "always": not _ESCALATION & set(packet.fields),
        "fields": [*packet.fields],
    }


def _payload(packet: Outbound) -> dict[str, Plain]:
    if not packet.fields:
        raise RefusalError(
            f"packetrouting.outbound: {packet.packet_type} lists no fields",
            f"list some of {', '.join(FIELDS)}",
        )
    return {
        "packet_type": packet.packet_type,
        "destination": packet.destination,
        "class_name": camel_case(packet.packet_type),
        "fields": [{**field_of(name, packet.packet_type)} for name in packet.fields],
    }


def field_of(name: str, packet_type: str) -> dict[str, str]:
    """Return a field of an outbound payload with its type.

    Raises:
        RefusalError: the runtime knows nothing to fill it with.
    """
    if name not in FIELDS:
        near = difflib.get_close_matches(name, FIELDS, n=3, cutoff=0.0)
        raise RefusalError(
            f"packetrouting.outbound: nothing is known to fill {name!r} of {packet_type}",
            f"write one of {', '.join(near)}",
        )
    return {"name": name, "annotation": FIELDS[name]}
