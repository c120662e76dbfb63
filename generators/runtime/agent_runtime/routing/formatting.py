"""From a payload dataclass to the answer of a packet."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from agent_runtime.routing import fields
from agent_runtime.routing.work import Answer, Decided
from agent_runtime.values import JsonObject

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def answer_of(packet_type: str, payload: "DataclassInstance", decided: Decided) -> Answer:
    """Return an answer with `payload`, and in its metadata what every answer tells of a decision.

    Those are the decision's id, its confidence, how governance left it, and the reasoning trace.
    """
    return Answer(packet_type=packet_type, payload=asdict(payload), about=told_of(decided))


def told_of(decided: Decided) -> JsonObject:
    """Return what the metadata of an answer tells of the decision."""
    return {
        "decision_id": decided.outcome.decision_id,
        "confidence": decided.draft.confidence,
        "governance_status": decided.outcome.governance_status,
        "reasoning_trace": list(fields.reasoning_trace(decided)),
        "supersedes": decided.outcome.supersedes,
    }
