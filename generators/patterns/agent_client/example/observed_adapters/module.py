"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by agent_client@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final, Self

from agent_runtime.bus import EventBus
from agent_runtime.clients.observing import EventHandler, observe
from agent_runtime.parts import AgentParts

TARGETS: Final = {  # where they are unless `clients.<agent>` or the registry says otherwise
    "plastos_adapter": "http://127.0.0.1:8002",
}


class AdapterClient:
    """Speaks to the agents of the kind adapter, and only of what is wired."""

    def __init__(
        self,
        bus: EventBus,
        observer: str,
    ) -> None:
        self._bus = bus
        self._observer = observer

    @classmethod
    def open(cls, parts: AgentParts) -> Self:
        """Return a client over the parts of the calling agent; nothing is sent yet."""
        return cls(
            bus=parts.bus,
            observer=parts.agent,
        )

    def on_report_outcome(self, handler: EventHandler) -> None:
        """Hand each event `report_outcome` from now on to `handler`, in order.

        Raises:
            MemoryLayerError: the bus failed.
        """
        for agent in ("plastos_adapter",):
            observe(self._bus, self._observer, agent, "report_outcome", handler)

    def close(self) -> None:
        """Close the connections, if any are open."""
