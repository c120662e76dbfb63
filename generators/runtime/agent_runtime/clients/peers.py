"""Several agents of one kind behind one client: who is meant is said with each call."""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from agent_runtime.errors import UnknownAgentError

Client = TypeVar("Client")
"""A client of one agent."""


class Peers(Generic[Client]):
    """Clients by the id of the agent that each of them calls."""

    def __init__(self, clients: Mapping[str, Client]) -> None:
        self._clients = dict(clients)

    def __getitem__(self, agent: str) -> Client:
        """Return the client of `agent`.

        Raises:
            UnknownAgentError: it is none of the peers.
        """
        client = self._clients.get(agent)
        if client is None:
            known = ", ".join(sorted(self._clients)) or "none"
            raise UnknownAgentError(f"no agent {agent!r} is called here; known: {known}")
        return client

    def __iter__(self) -> Iterator[Client]:
        """Go through the clients in the order in which they were given."""
        return iter(self._clients.values())
