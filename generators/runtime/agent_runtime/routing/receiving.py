"""Refuses packets that break the protocol, with every fault named and the refusal audited."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from agent_runtime.errors import AgentError, PacketError, UnknownAgentError
from agent_runtime.jsontext import canonical_json, json_problem
from agent_runtime.packets import PacketEnvelope, new_id, parse_packet, require_known
from agent_runtime.values import JsonObject, JsonValue
from agent_runtime.watch import AuditTrail

Payload = TypeVar("Payload", bound=BaseModel)
"""Shape of a payload."""

Reason = Literal["envelope", "size", "destination", "packet_type", "payload", "source"]
"""What was wrong with a packet: which of the checks it failed."""

LARGEST_PACKET: Final = 1_048_576
"""Most characters of a packet's canonical JSON."""

MOST_PROBLEMS: Final = 20
_NOBODY: Final = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Protocol:
    """What an agent accepts.

    Attributes:
        agent: id of the agent.
        names: what packets may call it.
        payloads: shape of the payload by packet type.
        audited_as: action of the audit records of refusals.
    """

    agent: str
    names: tuple[str, ...]
    payloads: Mapping[str, type[BaseModel]]
    audited_as: str


class PacketGuard:
    """Checks envelope, size, destination, packet type and payload, in this order."""

    def __init__(self, protocol: Protocol, audit: AuditTrail) -> None:
        self._protocol = protocol
        self._audit = audit

    def check(self, document: JsonObject) -> PacketEnvelope:
        """Return the packet if it keeps the protocol.

        Raises:
            PacketError: it does not; the message names each fault (400).
            UnknownAgentError: it is addressed to somebody else (404).
        """
        reason: Reason = "size"
        try:
            _check_size(document)
            reason = "envelope"
            packet = parse_packet(document)
            reason = "destination"
            require_known(packet, self._protocol.names)
            reason = "packet_type"
            self._check_type(packet)
            reason = "payload"
            read_payload(packet, self._protocol.payloads[packet.metadata.packet_type])
        except (PacketError, UnknownAgentError) as error:
            raise self.refuse(document, reason, error) from error
        return packet

    def refuse(self, document: JsonObject, reason: Reason, error: AgentError) -> AgentError:
        """Audit that a packet is refused; return the error for the caller to raise.

        Raises:
            MemoryLayerError: it could not be audited.
        """
        metadata = document.get("metadata")
        told = metadata if isinstance(metadata, Mapping) else {}
        self._audit.append(
            self._protocol.audited_as,
            actor=self._protocol.agent,
            subject=_text(document.get("packet_id")),
            detail={
                "refused": reason,
                "status": error.status,
                "why": str(error)[:1000],
                "source": _text(document.get("source_agent")),
                "packet_type": _text(told.get("packet_type")),
            },
            trace_id=_trace(told.get("trace_id")),
        )
        return error

    def _check_type(self, packet: PacketEnvelope) -> None:
        name = packet.metadata.packet_type
        if name not in self._protocol.payloads:
            raise PacketError(
                f"metadata.packet_type must be one of {_listed(self._protocol.payloads)}, "
                f"not {name!r}"
            )


def read_payload(packet: PacketEnvelope, shape: type[Payload]) -> Payload:
    """Return the payload of a packet in its declared shape.

    Raises:
        PacketError: it has another one; the message names each fault.
    """
    try:
        return shape.model_validate_json(canonical_json(packet.payload))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise PacketError(
            "; ".join(
                f"payload.{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
                for item in problems[:MOST_PROBLEMS]
            )
        ) from error


def _check_size(document: JsonObject) -> None:
    problem = json_problem(document, where="packet")
    if problem is not None:
        raise PacketError(problem)
    size = len(canonical_json(document))
    if size > LARGEST_PACKET:
        raise PacketError(f"the packet has {size} characters; {LARGEST_PACKET} are accepted")


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _text(value: JsonValue) -> str:
    return value[:128] if isinstance(value, str) and value else _NOBODY


def _trace(value: JsonValue) -> str:
    return value[:64] if isinstance(value, str) and value else new_id()
