"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by domain_client@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Callable
from time import sleep
from typing import Final, Self

from agent_runtime.bus import EventBus
from agent_runtime.clients.domains import DomainPackets
from agent_runtime.clock import Clock
from agent_runtime.domains import Domain
from agent_runtime.parts import AgentParts
from agent_runtime.shapes.base import Call
from agent_runtime.values import JsonObject

AGENT: Final = "line_watch"
DOMAINS: Final = (  # integration.shareddomains
    Domain(name="Sensors"),
    Domain(name="Presses", active=False),
)
TIMEOUT_MS: Final = 250  # learningsystem.autonomyprofile.decisionlatencymaxms


class DomainClient:
    """Speaks to the domains that are served now; to any other it says nothing."""

    def __init__(
        self, bus: EventBus, *, clock: Clock, pause: Callable[[float], None] = sleep
    ) -> None:
        self._packets = DomainPackets(
            AGENT, DOMAINS, bus, timeout_ms=TIMEOUT_MS, clock=clock, pause=pause
        )

    @classmethod
    def open(cls, parts: AgentParts) -> Self:
        """Return a client over the bus of `parts`."""
        return cls(parts.bus, clock=parts.clock)

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

        Under an idempotency `key` it is processed once, however often it is sent.

        Raises:
            InputBoundsError: the domain is not served, or the packet type is no name.
            PacketError: the payload is not finite JSON.
            MemoryLayerError: the bus failed.
        """
        return self._packets.send(domain, packet_type, payload, call, key=key)

    def ask(self, domain: str, packet_type: str, payload: JsonObject, call: Call) -> JsonObject:
        """Send a packet and return the payload of its answer.

        Raises:
            InputBoundsError: the domain is not served, or the packet type is no name.
            DeadlineExceededError: no answer within 250 ms, or the deadline of `call`.
            AgentError: the domain refused or failed; the error is the one it met.
        """
        return self._packets.ask(domain, packet_type, payload, call)
