"""PacketEnvelope: what agents send each other, each field checked before anything is done with it.

Missing or invalid fields are a `PacketError` (400), an unregistered destination an
`UnknownAgentError` (404). Fields this release does not know are kept, so that an old relay does
not strip what a new sender wrote; a new major schema version is refused.

Minor versions so far: 1.0, and 1.1, in which agents sign (`metadata.signature`, see
`packetsigning`).
"""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Final

from agent_runtime.clock import Clock, isoformat
from agent_runtime.errors import PacketError, UnknownAgentError
from agent_runtime.fields import FieldReader
from agent_runtime.jsontext import checked_object
from agent_runtime.values import JsonObject, JsonValue

SCHEMA_VERSION: Final = "1.1"
FIRST_VERSION: Final = "1.0"
"""Version of a packet that does not say which: those of the first release need not."""

PRIORITIES: Final = ("low", "normal", "high", "critical")
"""From what may wait to what may not."""

_ENVELOPE_FIELDS = frozenset(
    [
        "schema_version",
        "packet_id",
        "source_agent",
        "destination_agent",
        "timestamp",
        "payload",
        "metadata",
    ]
)
_METADATA_FIELDS = frozenset(
    [
        "trace_id",
        "priority",
        "governance_flags",
        "packet_type",
        "idempotency_key",
        "in_reply_to",
    ]
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PacketMetadata:
    """What routing and governance need to know about a packet without reading its payload.

    Attributes:
        trace_id: UUID that joins all records of one causal chain.
        priority: one of `PRIORITIES`.
        governance_flags: names of constraints the sender raises; any flag is escalated first.
        packet_type: what the packet asks for, e.g. an endpoint's name; empty if it does not say.
        idempotency_key: two packets with one key have one effect; the packet id by default.
        in_reply_to: packet id of the request that this packet answers.
        extensions: metadata fields of a newer release, carried along untouched.
    """

    trace_id: str
    priority: str
    governance_flags: tuple[str, ...]
    packet_type: str
    idempotency_key: str
    in_reply_to: str | None
    extensions: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class PacketEnvelope:
    """One packet; build it with `new_packet`, `reply_packet` or `parse_packet`, never by hand."""

    packet_id: str
    source_agent: str
    destination_agent: str
    timestamp: str
    payload: JsonObject
    metadata: PacketMetadata
    schema_version: str = SCHEMA_VERSION
    extensions: JsonObject = field(default_factory=dict)

    def to_json(self) -> JsonObject:
        """Return the packet as the JSON object that goes over the wire."""
        metadata: dict[str, JsonValue] = {
            **self.metadata.extensions,
            "trace_id": self.metadata.trace_id,
            "priority": self.metadata.priority,
            "governance_flags": list(self.metadata.governance_flags),
            "packet_type": self.metadata.packet_type,
            "idempotency_key": self.metadata.idempotency_key,
        }
        if self.metadata.in_reply_to is not None:
            metadata["in_reply_to"] = self.metadata.in_reply_to
        return {
            **self.extensions,
            "schema_version": self.schema_version,
            "packet_id": self.packet_id,
            "source_agent": self.source_agent,
            "destination_agent": self.destination_agent,
            "timestamp": self.timestamp,
            "payload": self.payload,
            "metadata": metadata,
        }


def new_id() -> str:
    """Return a fresh random UUID in its canonical text form."""
    return str(uuid.uuid4())


def new_packet(
    source_agent: str,
    destination_agent: str,
    payload: JsonObject,
    *,
    clock: Clock,
    packet_type: str = "",
    trace_id: str | None = None,
    priority: str = "normal",
    governance_flags: tuple[str, ...] = (),
    idempotency_key: str | None = None,
    make_id: Callable[[], str] = new_id,
) -> PacketEnvelope:
    """Make a packet that passes the same checks as one received.

    Args:
        source_agent: who sends; a name of letters, digits and underscores.
        destination_agent: who is to receive.
        payload: the content, any JSON object.
        clock: gives the time stamp.
        packet_type: what the packet asks for.
        trace_id: the chain to join; a new one by default.
        priority: one of `PRIORITIES`.
        governance_flags: constraints to raise.
        idempotency_key: the packet id by default.
        make_id: source of UUIDs, replaced in replays.

    Raises:
        PacketError: an argument is not what the envelope allows.
    """
    packet_id = make_id()
    return parse_packet(
        {
            "schema_version": SCHEMA_VERSION,
            "packet_id": packet_id,
            "source_agent": source_agent,
            "destination_agent": destination_agent,
            "timestamp": isoformat(clock()),
            "payload": payload,
            "metadata": {
                "trace_id": make_id() if trace_id is None else trace_id,
                "priority": priority,
                "governance_flags": list(governance_flags),
                "packet_type": packet_type,
                "idempotency_key": packet_id if idempotency_key is None else idempotency_key,
            },
        }
    )


def reply_packet(
    request: PacketEnvelope,
    payload: JsonObject,
    *,
    clock: Clock,
    source_agent: str | None = None,
    governance_flags: tuple[str, ...] = (),
    make_id: Callable[[], str] = new_id,
) -> PacketEnvelope:
    """Answer `request`: addresses swapped, same trace, type and priority, and a reference to it.

    Args:
        request: what is answered.
        payload: the content, any JSON object.
        clock: gives the time stamp.
        source_agent: who answers, if not under the name that `request` was sent to.
        governance_flags: constraints to raise.
        make_id: source of UUIDs, replaced in replays.

    Raises:
        PacketError: `payload` is not finite JSON, or a flag is no name.
    """
    answer = new_packet(
        source_agent or request.destination_agent,
        request.source_agent,
        payload,
        clock=clock,
        packet_type=request.metadata.packet_type,
        trace_id=request.metadata.trace_id,
        priority=request.metadata.priority,
        governance_flags=governance_flags,
        make_id=make_id,
    )
    return replace(answer, metadata=replace(answer.metadata, in_reply_to=request.packet_id))


def parse_packet(document: JsonObject) -> PacketEnvelope:
    """Check every field of `document` and return the packet.

    Raises:
        PacketError: fields are missing or invalid; the message names each of them.
    """
    reader = FieldReader(checked_object(document, name="packet", refuse=PacketError))
    metadata = FieldReader(reader.object("metadata"), prefix="metadata.", problems=reader.problems)
    packet_id = reader.uuid("packet_id")
    packet = PacketEnvelope(
        packet_id=packet_id,
        source_agent=reader.agent("source_agent"),
        destination_agent=reader.agent("destination_agent"),
        timestamp=reader.timestamp("timestamp"),
        payload=reader.object("payload"),
        metadata=PacketMetadata(
            trace_id=metadata.uuid("trace_id"),
            priority=metadata.choice("priority", PRIORITIES),
            governance_flags=metadata.names("governance_flags"),
            packet_type=metadata.name("packet_type", missing=""),
            idempotency_key=metadata.name("idempotency_key", missing=packet_id),
            in_reply_to=metadata.uuid("in_reply_to") if metadata.has("in_reply_to") else None,
            extensions=metadata.others(_METADATA_FIELDS),
        ),
        schema_version=reader.version("schema_version", SCHEMA_VERSION, missing=FIRST_VERSION),
        extensions=reader.others(_ENVELOPE_FIELDS),
    )
    reader.refuse_problems()
    return packet


def require_known(packet: PacketEnvelope, agents: Collection[str]) -> None:
    """Check that the packet's destination is one of `agents`.

    Raises:
        UnknownAgentError: it is not; the message lists those that are.
    """
    if packet.destination_agent not in agents:
        known = ", ".join(sorted(agents)) or "none"
        raise UnknownAgentError(f"no agent {packet.destination_agent!r}; registered: {known}")
