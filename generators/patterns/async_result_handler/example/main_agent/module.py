"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by async_result_handler@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock, system_clock
from agent_runtime.routing.desk import Chain
from agent_runtime.routing.later import LaterResults

from L9.core.packetprotocol import PacketEnvelope

AGENT: Final = "main_agent"


class AsyncResultHandler:
    """Takes packets that may be answered later, and delivers their results on the bus."""

    def __init__(self, bus: EventBus, *, clock: Clock = system_clock) -> None:
        """Take the bus that work and results travel on.

        Raises:
            MemoryLayerError: the bus failed.
        """
        self._later = LaterResults(agent=AGENT, bus=bus, clock=clock)

    def accept(self, packet: PacketEnvelope) -> str:
        """Take a packet; return the id that its result bears as `in_reply_to`.

        Raises:
            OverloadedError: too much work waits.
            MemoryLayerError: it could not be taken.
        """
        return self._later.accept(packet)

    def work(self, chains: Mapping[str, Chain]) -> None:
        """Carry out what was taken, also before a restart, by these chains."""
        self._later.work(chains)
