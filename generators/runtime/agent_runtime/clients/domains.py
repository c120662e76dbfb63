"""Packets to the domains that an agent serves, whoever answers for them."""

import time
from collections.abc import Callable, Iterable
from typing import Final, cast

from agent_runtime.bus import EventBus
from agent_runtime.clients.packets import OpenPayload, PacketClient
from agent_runtime.clock import Clock
from agent_runtime.domains import Domain, DomainScope
from agent_runtime.guards import identifier
from agent_runtime.shapes.base import Call
from agent_runtime.values import JsonObject

LONGEST_TYPE: Final = 100
"""Most characters of a packet type."""


class DomainPackets:
    """Sends packets to domains by their names; each listens on `packets.<key of the domain>`."""

    def __init__(
        self,
        source: str,
        domains: Iterable[Domain],
        bus: EventBus,
        *,
        timeout_ms: int,
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the domains and the bus to them.

        Args:
            source: id of the agent that sends.
            domains: those that may be spoken to.
            bus: the bus that all share.
            timeout_ms: within it an answer is there.
            clock: source of time.
            pause: waits between looks for an answer.

        Raises:
            ConfigError: two domains have one key.
        """
        self._source = source
        self._scope = DomainScope(domains)
        self._bus = bus
        self._timeout_ms = timeout_ms
        self._clock = clock
        self._pause = pause

    def send(
        self,
        domain: str,
        packet_type: str,
        payload: JsonObject,
        call: Call,
        *,
        key: str | None = None,
    ) -> str:
        """Send a packet that nobody waits for, and return its id.

        Raises:
            InputBoundsError: the domain is not served, or the packet type is no name.
            PacketError: the payload is not finite JSON.
            MemoryLayerError: the bus failed.
        """
        client, kind = self._client(domain), _checked(packet_type)
        return client.tell(kind, OpenPayload.model_validate(payload), call, key=key)

    def ask(self, domain: str, packet_type: str, payload: JsonObject, call: Call) -> JsonObject:
        """Send a packet and return the payload of its answer.

        Raises:
            InputBoundsError: the domain is not served, or the packet type is no name.
            DeadlineExceededError: there was no answer in time, or before the deadline of `call`.
            BadAnswerError: the answer is no packet, or to another packet.
            AgentError: the domain refused or failed; the error is the one it met.
        """
        client, kind = self._client(domain), _checked(packet_type)
        answer = client.ask(
            kind,
            OpenPayload.model_validate(payload),
            call,
            OpenPayload,
            timeout_ms=self._timeout_ms,
        )
        return cast("JsonObject", answer.model_dump(mode="json"))

    def _client(self, domain: str) -> PacketClient:
        target = self._scope.admit(domain).key
        return PacketClient(self._source, target, self._bus, clock=self._clock, pause=self._pause)


def _checked(packet_type: str) -> str:
    return identifier(packet_type, name="packet type", longest=LONGEST_TYPE)
