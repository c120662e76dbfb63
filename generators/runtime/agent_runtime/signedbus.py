"""A bus on which packets prove who sent them: what leaves is signed, what arrives is verified.

It stands between an agent and any bus, so that no module has to think of signatures. Packets travel
on the topics ``packets.<agent>`` and as replies; events and an agent's own work pass as they are.
"""

from dataclasses import replace
from typing import Final

from agent_runtime.bus import Delivery, EventBus, Handler
from agent_runtime.busqueue import DeadLetter, OutMessage, Published
from agent_runtime.errors import NotAuthenticatedError
from agent_runtime.packetseal import PacketSeal
from agent_runtime.values import JsonObject

PACKETS: Final = "packets."
"""What the topics of packets begin with."""


class SignedBus:
    """The bus of one agent; its messages are those of the bus below."""

    def __init__(self, bus: EventBus, seal: PacketSeal) -> None:
        """Take the bus that agents share, and the seal of this one."""
        self._bus = bus
        self._seal = seal

    def publish(
        self, topic: str, message: JsonObject, *, key: str, message_id: str | None = None
    ) -> str:
        """Publish, a packet with the agent's signature; see `EventBus.publish`."""
        return self._bus.publish(topic, self._sent(topic, message), key=key, message_id=message_id)

    def subscribe(self, topic: str, consumer: str, handler: Handler) -> None:
        """Deliver to `handler` what is no packet, and packets whose origin is proven.

        The requester of another packet is told the problem. One that nobody waits for becomes a
        dead letter at once; it can be replayed when its sender's key is trusted.

        Raises:
            InputBoundsError: a name is malformed.
            MemoryLayerError: the store failed.
        """

        def take(delivery: Delivery) -> None:
            if delivery.topic.startswith(PACKETS):
                try:
                    self._seal.check(delivery.message)
                except NotAuthenticatedError as error:
                    if not delivery.wants_reply:
                        raise
                    delivery.reply(error.to_json())
                    return
            handler(delivery)
            self._sign(delivery)

        self._bus.subscribe(topic, consumer, take)

    def leave(self, consumer: str) -> None:
        """Hand nothing more to the handler of `consumer` in this process."""
        self._bus.leave(consumer)

    def published(self, topic: str, *, after: int = 0, limit: int = 100) -> tuple[Published, ...]:
        """List messages of `topic` as the bus keeps them; see `EventBus.published`."""
        return self._bus.published(topic, after=after, limit=limit)

    def pump(self, *, limit: int = 100) -> int:
        """Handle due deliveries of this process's consumers; see `EventBus.pump`."""
        return self._bus.pump(limit=limit)

    def request(self, topic: str, message: JsonObject, *, key: str, timeout_seconds: float) -> str:
        """Ask for a reply, to a packet with the agent's signature; see `EventBus.request`."""
        return self._bus.request(
            topic, self._sent(topic, message), key=key, timeout_seconds=timeout_seconds
        )

    def collect(self, request_id: str) -> JsonObject | None:
        """Return the reply to a request, or None while it may still come.

        Raises:
            NotAuthenticatedError: the reply is a packet whose origin is not proven.
            DeadlineExceededError: the time-out passed without a reply.
            InputBoundsError: no such request was made.
            MemoryLayerError: the store failed.
        """
        reply = self._bus.collect(request_id)
        if reply is not None:
            self._seal.check(reply)
        return reply

    def dead_letters(self, consumer: str | None = None) -> tuple[DeadLetter, ...]:
        """List the deliveries that were given up."""
        return self._bus.dead_letters(consumer)

    def replay(self, consumer: str, message_id: str | None = None) -> int:
        """Make one dead letter of `consumer`, or all, due again; return how many."""
        return self._bus.replay(consumer, message_id)

    def _sent(self, topic: str, message: JsonObject) -> JsonObject:
        return self._seal.sign(message) if topic.startswith(PACKETS) else message

    def _sign(self, delivery: Delivery) -> None:
        """Sign what a handler replied and published, before the bus sends it."""
        if delivery.answer is not None:
            delivery.answer = self._seal.sign(delivery.answer)
        delivery.outbox[:] = [self._signed(out) for out in delivery.outbox]

    def _signed(self, out: OutMessage) -> OutMessage:
        return replace(out, message=self._sent(out.topic, out.message))
