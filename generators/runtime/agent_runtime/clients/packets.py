"""Packets to another agent over the bus: told, or asked with an answer within a time-out."""

import time
from collections.abc import Callable
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from agent_runtime.bus import POLL_SECONDS, EventBus
from agent_runtime.clients.failures import BadAnswerError, error_of, places_of
from agent_runtime.clients.troubles import PeerTroubles
from agent_runtime.clock import Clock
from agent_runtime.errors import DeadlineExceededError, NotAuthenticatedError, PacketError
from agent_runtime.packets import PacketEnvelope, new_packet, parse_packet
from agent_runtime.shapes.base import Call
from agent_runtime.values import JsonObject

Answer = TypeVar("Answer", bound=BaseModel)
"""Shape of an answer's payload."""


class OpenPayload(BaseModel):
    """A payload of which only the packet type is declared; the receiver checks the rest.

    What is not finite stays so when it is dumped, and is then refused; it would become null.
    """

    model_config = ConfigDict(extra="allow", frozen=True, ser_json_inf_nan="constants")

    @classmethod
    def of(cls, payload: BaseModel) -> Self:
        """Return the content of a payload whose shape the sender knows."""
        return cls.model_validate(payload.model_dump(mode="json"))


class PacketClient:
    """Sends packets from one agent to another."""

    def __init__(
        self,
        source: str,
        target: str,
        bus: EventBus,
        *,
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
        troubles: PeerTroubles | None = None,
    ) -> None:
        """Take the two agents and the bus between them.

        Args:
            source: id of the agent that sends.
            target: id of the agent that receives, on the topic ``packets.<target>``.
            bus: the bus that both share.
            clock: source of time.
            pause: waits between looks for an answer.
            troubles: where it is noted that the agent does not answer, or answers off the shape.
        """
        self.target = target
        self._troubles = troubles
        self._source = source
        self._bus = bus
        self._clock = clock
        self._pause = pause
        self._closed = False

    def close(self) -> None:
        """Send nothing more; what was sent is safe on the bus."""
        self._closed = True

    def tell(
        self, packet_type: str, payload: BaseModel, call: Call, *, key: str | None = None
    ) -> str:
        """Send a packet that nobody waits for; return its id. It is safe when this returns.

        Args:
            packet_type: what the packet asks for.
            payload: its content.
            call: under whose trace it is sent.
            key: idempotency key: a packet that comes again under it is not processed again.

        Raises:
            PacketError: the payload is not finite JSON.
            MemoryLayerError: the bus failed.
            RuntimeError: the client is closed.
        """
        packet = self._packet(packet_type, payload, call, key)
        return self._bus.publish(
            self._topic, packet.to_json(), key=call.trace_id, message_id=packet.packet_id
        )

    def ask(
        self,
        packet_type: str,
        payload: BaseModel,
        call: Call,
        answer: type[Answer],
        *,
        timeout_ms: int,
        key: str | None = None,
    ) -> Answer:
        """Send a packet and return the checked payload of the packet that answers it.

        Args:
            packet_type: what the packet asks for.
            payload: its content.
            call: under whose trace it is sent, and before whose deadline the answer is there.
            answer: shape of the answer's payload.
            timeout_ms: within it the answer is there.
            key: idempotency key; the packet's id without.

        Raises:
            DeadlineExceededError: there was no answer in time.
            BadAnswerError: the answer is no packet, to another packet, off the shape, or not
                proven to be of the agent that was asked.
            AgentError: the agent refused or failed; the error is the one it met.
            MemoryLayerError: the bus failed.
            RuntimeError: the client is closed.
        """
        seconds = timeout_ms / 1000.0
        if call.deadline is not None:
            seconds = min(seconds, call.deadline - self._clock())
        if seconds <= 0.0:
            raise DeadlineExceededError(f"{self.target}: {packet_type}: no time is left")
        packet = self._packet(packet_type, payload, call, key)
        request = self._bus.request(
            self._topic, packet.to_json(), key=call.trace_id, timeout_seconds=seconds
        )
        try:
            checked = self._read(packet, self._wait(request, packet_type), answer)
        except (DeadlineExceededError, BadAnswerError) as error:
            if self._troubles is not None:
                self._troubles.failed(self.target, packet_type, error, trace_id=call.trace_id)
            raise
        if self._troubles is not None:
            self._troubles.answered(self.target, packet_type, trace_id=call.trace_id)
        return checked

    @property
    def _topic(self) -> str:
        return f"packets.{self.target}"

    def _packet(
        self, packet_type: str, payload: BaseModel, call: Call, key: str | None
    ) -> PacketEnvelope:
        if self._closed:
            raise RuntimeError(f"the client of {self.target} is closed")
        return new_packet(
            self._source,
            self.target,
            payload.model_dump(mode="json"),
            clock=self._clock,
            packet_type=packet_type,
            trace_id=call.trace_id,
            idempotency_key=key,
        )

    def _wait(self, request: str, packet_type: str) -> JsonObject:
        try:
            while (reply := self._bus.collect(request)) is None:
                self._pause(POLL_SECONDS)
        except NotAuthenticatedError as error:
            raise BadAnswerError(f"{self.target}: {packet_type}: {error}") from error
        return reply

    def _read(self, asked: PacketEnvelope, reply: JsonObject, answer: type[Answer]) -> Answer:
        kind = asked.metadata.packet_type
        if "packet_id" not in reply and "status" in reply:
            raise error_of(self.target, int(str(reply["status"])), reply)
        try:
            packet = parse_packet(reply)
        except PacketError as error:
            raise BadAnswerError(f"{self.target}: {kind}: {error}") from error
        if packet.metadata.in_reply_to != asked.packet_id:
            raise BadAnswerError(f"{self.target}: {kind}: the answer is to another packet")
        if packet.source_agent != self.target:
            raise BadAnswerError(f"{self.target}: {kind}: {packet.source_agent} answered instead")
        try:
            return answer.model_validate(dict(packet.payload))
        except ValidationError as error:
            raise BadAnswerError(f"{self.target}: {kind}: {places_of(error)}") from error
