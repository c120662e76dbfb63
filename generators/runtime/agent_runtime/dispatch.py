"""Packets to operations and back: the rules that every agent's packet handler applies.

A packet is refused (400, 404, 401, 403), or escalated if it raises a governance flag, before any
operation sees it. An answer is kept for as long as working memory keeps it, so that a packet that
comes again under its idempotency key is answered again and not processed again.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import BaseModel, ValidationError

from agent_runtime.bus import Delivery, EventBus
from agent_runtime.clock import Clock
from agent_runtime.errors import (
    AgentError,
    ConfigError,
    NotAuthenticatedError,
    NotAuthorisedError,
    OutputBoundsError,
    PacketError,
)
from agent_runtime.jsontext import canonical_json
from agent_runtime.packets import PacketEnvelope, parse_packet, reply_packet, require_known
from agent_runtime.service.spec import Operation
from agent_runtime.shapes.base import Call
from agent_runtime.tracing import bind_trace
from agent_runtime.values import JsonObject, JsonValue

GOVERNANCE_ROLE: Final = "governance"
"""Role whose holder may have a flagged packet processed at once."""

PROCESS_FLAGGED: Final = "process_flagged_packet"
FIRST_SERVER_ERROR: Final = 500
_MOST_PROBLEMS: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class PacketType:
    """A type of packet that an agent processes.

    Attributes:
        name: what the packet's metadata calls it; the name of an operation.
        timeout_ms: within it the operation is to answer.
        role: role that the sender's token must give; None lets everybody in.
    """

    name: str
    timeout_ms: int
    role: str | None = None


class FlagOffice(Protocol):
    """Where raised flags are taken to; a generated governance bridge is one."""

    def escalate(self, subject: str, reason: str, severity: str, *, trace_id: str) -> object:
        """Ask the anchors about `subject`."""
        ...

    def permit(self, decision: str, *, subject: str | None = None, trace_id: str) -> object:
        """Return if `decision` about `subject` may proceed.

        Raises:
            GovernanceError: an open escalation holds it.
        """
        ...


class ReplyMemory(Protocol):
    """Where answers are kept for packets that come again; a generated memory bridge is one."""

    def cache(self, key: str, value: JsonValue) -> None:
        """Keep a value for a while."""
        ...

    def cached(self, key: str) -> JsonValue:
        """Return a kept value, or None."""
        ...


class PacketDesk:
    """Receives the packets of one agent."""

    def __init__(
        self,
        *,
        agent: str,
        names: Collection[str],
        types: Iterable[PacketType],
        operations: Mapping[str, Operation],
        governance: FlagOffice,
        clock: Clock,
        replies: ReplyMemory | None = None,
    ) -> None:
        """Open the desk.

        Args:
            agent: id of the agent.
            names: what packets may call it.
            types: the declared packet types.
            operations: what processes them, by name.
            governance: where flags are taken to.
            clock: gives time stamps and deadlines.
            replies: where answers are kept; None processes a packet as often as it comes.

        Raises:
            ConfigError: a packet type has no operation.
        """
        self._types = {each.name: each for each in types}
        missing = ", ".join(sorted(set(self._types) - set(operations)))
        if missing:
            raise ConfigError(f"{agent}: no operation processes the packet types {missing}")
        self._agent = agent
        self._names = frozenset(names)
        self._operations = operations
        self._governance = governance
        self._clock = clock
        self._replies = KeptReplies(replies)

    @property
    def packet_types(self) -> frozenset[str]:
        """Names of the packet types that are processed here."""
        return frozenset(self._types)

    def handle(
        self, document: JsonObject, *, roles: Collection[str] = (), token: str | None = None
    ) -> PacketEnvelope:
        """Process one packet and return the answer, addressed to its sender.

        Args:
            document: the packet as it came.
            roles: roles that the transport found in the sender's verified token.
            token: that token, for operations that hand it to governance.

        Raises:
            PacketError: the packet, its type or its payload is invalid (400).
            UnknownAgentError: it is addressed to somebody else (404).
            NotAuthenticatedError: its type demands a token (401).
            NotAuthorisedError: the token lacks the role (403).
            GovernanceError: it raises a flag, and waits for the anchors (403).
            AgentError: the operation refused.
        """
        packet = parse_packet(document)
        require_known(packet, self._names)
        kind = self._type_of(packet)
        _check_role(kind, roles, token)
        with bind_trace(packet.metadata.trace_id):
            known = self._replies.earlier(packet)
            if known is not None:
                return known
            hold_flagged(packet, roles, self._governance)
            answer = self._answer(
                packet,
                kind,
                Call(
                    trace_id=packet.metadata.trace_id,
                    caller=packet.source_agent,
                    deadline=self._clock() + kind.timeout_ms / 1000,
                    roles=tuple(roles),
                    token=token,
                ),
            )
            self._replies.keep(packet, answer)
        return answer

    def listen(self, bus: EventBus) -> None:
        """Process packets that come over `bus` on the topic ``packets.<agent>``.

        A requester gets the answer, or the problem if the packet is at fault. What nobody waits
        for, and what fails on our side, is tried again and at last becomes a dead letter.

        Raises:
            MemoryLayerError: the bus failed.
        """
        bus.subscribe(f"packets.{self._agent}", f"{self._agent}.packets", self._deliver)

    def _deliver(self, delivery: Delivery) -> None:
        deliver(self.handle, delivery)

    def _type_of(self, packet: PacketEnvelope) -> PacketType:
        name = packet.metadata.packet_type
        if name not in self._types:
            known = ", ".join(sorted(self._types))
            raise PacketError(f"metadata.packet_type must be one of {known}, not {name!r}")
        return self._types[name]

    def _answer(self, packet: PacketEnvelope, kind: PacketType, call: Call) -> PacketEnvelope:
        operation = self._operations[kind.name]
        response = operation.handle(_request(packet, operation.request), call)
        try:
            payload = response.model_dump(mode="json")
            return reply_packet(packet, payload, clock=self._clock, source_agent=self._agent)
        except PacketError as error:
            raise OutputBoundsError(f"the answer of {kind.name} cannot be sent: {error}") from error


class KeptReplies:
    """Answers kept for packets that come again; without a memory nothing is kept."""

    def __init__(self, memory: ReplyMemory | None) -> None:
        self._memory = memory

    def earlier(self, packet: PacketEnvelope) -> PacketEnvelope | None:
        """Return what a packet with this idempotency key was answered, or None.

        Raises:
            PacketError: the key was used for another packet.
        """
        kept = None if self._memory is None else self._memory.cached(_reply_key(packet))
        if not isinstance(kept, Mapping):
            return None
        if kept["asked"] != _digest(packet):
            key = packet.metadata.idempotency_key
            raise PacketError(f"metadata.idempotency_key {key!r} was used for another packet")
        answer = kept["answer"]
        return parse_packet(answer) if isinstance(answer, Mapping) else None

    def keep(self, packet: PacketEnvelope, answer: PacketEnvelope) -> None:
        """Keep the answer to a packet."""
        if self._memory is not None:
            kept: JsonObject = {"asked": _digest(packet), "answer": answer.to_json()}
            self._memory.cache(_reply_key(packet), kept)


def hold_flagged(packet: PacketEnvelope, roles: Collection[str], governance: FlagOffice) -> None:
    """Escalate a packet that raises governance flags, before anything is done with it.

    Raises:
        GovernanceError: it waits for the anchors; a sender with the governance role does not wait.
    """
    flags = packet.metadata.governance_flags
    if not flags:
        return
    trace_id = packet.metadata.trace_id
    what = f"packet {packet.metadata.packet_type} from {packet.source_agent}"
    severity = "critical" if packet.metadata.priority == "critical" else "high"
    governance.escalate(
        packet.packet_id, f"{what} raises {', '.join(flags)}", severity, trace_id=trace_id
    )
    if GOVERNANCE_ROLE not in roles:
        governance.permit(PROCESS_FLAGGED, subject=packet.packet_id, trace_id=trace_id)


def deliver(handle: Callable[[JsonObject], PacketEnvelope], delivery: Delivery) -> None:
    """Have a packet of the bus handled; its requester gets the answer, or what was wrong with it.

    Raises:
        AgentError: nobody waits for the answer, or we are at fault: it is to be tried again.
    """
    try:
        answer = handle(delivery.message).to_json()
    except AgentError as error:
        if not delivery.wants_reply or error.status >= FIRST_SERVER_ERROR:
            raise
        answer = error.to_json()
    if delivery.wants_reply:
        delivery.reply(answer)


def _check_role(kind: PacketType, roles: Collection[str], token: str | None) -> None:
    if kind.role is None or kind.role in roles:
        return
    if token is None:
        raise NotAuthenticatedError(f"{kind.name} demands a token of the role {kind.role!r}")
    raise NotAuthorisedError(f"{kind.name} demands the role {kind.role!r}")


def _request(packet: PacketEnvelope, shape: type[BaseModel]) -> BaseModel:
    try:
        return shape.model_validate(dict(packet.payload))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise PacketError(
            "; ".join(
                f"payload.{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
                for item in problems[:_MOST_PROBLEMS]
            )
        ) from error


def _reply_key(packet: PacketEnvelope) -> str:
    return f"reply:{packet.source_agent}:{packet.metadata.idempotency_key}"


def _digest(packet: PacketEnvelope) -> str:
    asked = canonical_json([packet.metadata.packet_type, packet.payload])
    return hashlib.sha256(asked.encode("ascii")).hexdigest()
