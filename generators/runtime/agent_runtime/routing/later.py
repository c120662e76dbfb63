"""Results that come later: taken at once, worked on in the background, delivered by call-back.

The work and its result travel on the bus, so both survive a restart. The result is published
together with the acknowledgement of the work: it is delivered at least once, and its packet has an
idempotency key of its own by which the receiver knows it again. What keeps failing is answered with
the failure, so that nobody waits for ever.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.bus import Delivery, EventBus
from agent_runtime.clock import Clock
from agent_runtime.errors import AgentError, ConfigError
from agent_runtime.packets import PacketEnvelope, parse_packet
from agent_runtime.routing.desk import Chain, answered
from agent_runtime.routing.work import Answer
from agent_runtime.shapes.base import Call

FAILED: Final = "failed"
LAST_ATTEMPT: Final = 5
"""Attempt after which a failure is delivered instead of the result."""

FIRST_SERVER_ERROR: Final = 500


class LaterResults:
    """The packets of one agent whose answers come later."""

    def __init__(
        self, *, agent: str, bus: EventBus, clock: Clock, last_attempt: int = LAST_ATTEMPT
    ) -> None:
        """Take the bus that work and results travel on; from now on accepted work waits on it.

        Raises:
            MemoryLayerError: the bus failed.
        """
        self._agent = agent
        self._bus = bus
        self._clock = clock
        self._last = last_attempt
        self._chains: Mapping[str, Chain] = {}
        bus.subscribe(self.topic, f"{agent}.later", self._carry_out)

    @property
    def topic(self) -> str:
        """Where work waits."""
        return f"later.{self._agent}"

    def accept(self, packet: PacketEnvelope) -> str:
        """Take a packet; return the id that its result bears as `in_reply_to`.

        The packet is safe when this returns. One that comes again under its idempotency key is
        worked on once.

        Raises:
            OverloadedError: too much work waits.
            MemoryLayerError: it could not be taken.
        """
        key = packet.metadata.idempotency_key
        self._bus.publish(
            self.topic,
            packet.to_json(),
            key=packet.source_agent,
            message_id=f"{self._agent}:later:{packet.source_agent}:{key}"[:256],
        )
        return packet.packet_id

    def work(self, chains: Mapping[str, Chain]) -> None:
        """Carry out what was taken, also before a restart, by these chains."""
        self._chains = dict(chains)

    def _carry_out(self, delivery: Delivery) -> None:
        packet = parse_packet(delivery.message)
        chain = self._chains.get(packet.metadata.packet_type)
        if chain is None:
            raise ConfigError(f"nothing carries out {packet.metadata.packet_type}")
        call = Call(trace_id=packet.metadata.trace_id, caller=packet.source_agent)
        try:
            answer = chain(packet, call)
        except AgentError as error:
            if error.status >= FIRST_SERVER_ERROR and delivery.attempt < self._last:
                raise
            answer = Answer(packet_type=FAILED, payload=error.to_json())
        reply = answered(packet, answer, agent=self._agent, clock=self._clock)
        delivery.publish(f"packets.{packet.source_agent}", reply.to_json(), key=packet.source_agent)
