"""Packets as operations take and answer them; the envelope's own rules are in `packets`.

Fields are optional here, so that a packet with faults reaches the validator, which names all of
them and audits the refusal.
"""

from pydantic import ConfigDict, Field, JsonValue

from agent_runtime.packets import FIRST_VERSION
from agent_runtime.shapes.base import Shape


class PacketRequest(Shape):
    """A PacketEnvelope as it came; fields of a newer release are carried along."""

    model_config = ConfigDict(extra="allow", frozen=True)

    schema_version: JsonValue = Field(default=FIRST_VERSION, description="Release of the envelope")
    packet_id: JsonValue = Field(default=None, description="UUID of the packet")
    source_agent: JsonValue = Field(default=None, description="Who sends")
    destination_agent: JsonValue = Field(default=None, description="Who is to receive")
    timestamp: JsonValue = Field(default=None, description="When it was sent, ISO 8601")
    payload: JsonValue = Field(default=None, description="Content, by its packet type")
    metadata: JsonValue = Field(
        default=None, description="trace_id, priority, governance_flags, packet_type"
    )


class PacketResponse(Shape):
    """The PacketEnvelope that answers a packet."""

    model_config = ConfigDict(extra="allow", frozen=True)

    schema_version: str = Field(description="Release of the envelope")
    packet_id: str = Field(description="UUID of the answer")
    source_agent: str = Field(description="Who answers")
    destination_agent: str = Field(description="Who asked")
    timestamp: str = Field(description="When it was answered, ISO 8601")
    payload: dict[str, JsonValue] = Field(description="Content, by its packet type")
    metadata: dict[str, JsonValue] = Field(
        description="in_reply_to, packet_type, and of a decision decision_id, governance_status "
        "and reasoning_trace"
    )
