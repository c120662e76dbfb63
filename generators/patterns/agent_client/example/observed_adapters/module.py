"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by agent_client@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final, Self

from agent_runtime.clients.observing import EventHandler, EventPage, Observation
from agent_runtime.parts import AgentParts

TARGETS: Final = {  # where they are unless `clients.<agent>` or the registry says otherwise
    "plastos_adapter": "http://127.0.0.1:8002",
}


class AdapterClient:
    """Speaks to the agents of the kind adapter, and only of what is wired."""

    def __init__(
        self,
        observation: Observation,
    ) -> None:
        self._observation = observation

    @classmethod
    def open(cls, parts: AgentParts) -> Self:
        """Return a client over the parts of the calling agent; nothing is sent yet."""
        return cls(
            observation=open_observation(parts, TARGETS),
        )

    def on_report_outcome(self, handler: EventHandler) -> None:
        """Hand each event `report_outcome` from now on to `handler`, in order.

        Raises:
            MemoryLayerError: the bus failed.
        """
        for agent in ("plastos_adapter",):
            self._observation.on(agent, "report_outcome", handler)

    def read_report_outcome(self, agent: str, *, after: int = 0) -> EventPage:
        """Return events `report_outcome` that the bus keeps, from the position `after` on.

        Raises:
            MemoryLayerError: the bus failed.
        """
        return self._observation.read(agent, "report_outcome", after=after)

    def close(self) -> None:
        """Call, send and observe no more; what comes meanwhile waits for the next start."""
        self._observation.close()
