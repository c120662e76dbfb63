"""Packets of one type that an adapter takes from the bus, each under its own trace."""

from collections.abc import Callable
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from agent_runtime.bus import Delivery, EventBus
from agent_runtime.clock import Clock
from agent_runtime.errors import PacketError
from agent_runtime.packets import parse_packet, reply_packet, require_known
from agent_runtime.shapes.base import Call
from agent_runtime.tracing import bind_trace

Payload = TypeVar("Payload", bound=BaseModel)
"""Shape of the payload."""
Response = TypeVar("Response", bound=BaseModel)
"""Shape of what is made of it."""


class PacketInbox(Generic[Payload, Response]):
    """Hands the payloads of one packet type to an operation, and its answers to a recorder."""

    def __init__(
        self,
        agent: str,
        packet_type: str,
        shape: type[Payload],
        operation: Callable[[Payload, Call], Response],
        *,
        record: Callable[[Response], object],
        clock: Clock,
    ) -> None:
        """Take what is done with a payload, and what with the answer; nothing is heard yet."""
        self._agent = agent
        self._type = packet_type
        self._shape = shape
        self._operation = operation
        self._record = record
        self._clock = clock

    def listen(self, bus: EventBus) -> None:
        """Take packets from the topic ``packets.<agent>`` from now on.

        Raises:
            MemoryLayerError: the bus failed.
        """
        bus.subscribe(f"packets.{self._agent}", f"{self._agent}.{self._type}", self.deliver)

    def deliver(self, delivery: Delivery) -> None:
        """Process one packet, and answer it if somebody waits; other types are somebody else's.

        Raises:
            PacketError: the packet or its payload is invalid; it becomes a dead letter.
            UnknownAgentError: it is addressed to somebody else.
            AgentError: the operation failed; it is tried again.
        """
        packet = parse_packet(delivery.message)
        if packet.metadata.packet_type != self._type:
            return
        require_known(packet, (self._agent,))
        try:
            payload = self._shape.model_validate(dict(packet.payload))
        except ValidationError as error:
            places = ", ".join(".".join(map(str, each["loc"])) for each in error.errors()[:5])
            raise PacketError(f"the payload of {self._type} is invalid at {places}") from error
        with bind_trace(packet.metadata.trace_id) as trace_id:
            response = self._operation(payload, Call(trace_id=trace_id, caller=packet.source_agent))
            self._record(response)
        if delivery.wants_reply:
            answer = reply_packet(packet, response.model_dump(mode="json"), clock=self._clock)
            delivery.reply(answer.to_json())
