"""Domains that registered at run time: kept across restarts, known to every running agent.

Each process of the agent hears of a registration over the bus and admits the domain at once; one
that starts later reads it from the file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runtime.bus import Delivery, EventBus
from agent_runtime.clock import Clock
from agent_runtime.database import Database
from agent_runtime.domains import domain_key
from agent_runtime.errors import InputBoundsError
from agent_runtime.fields import FieldReader

TOPIC: Final = "domains.registered"

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS domains (
    key TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    packet_types TEXT NOT NULL,
    registered_at REAL NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisteredDomain:
    """A domain, the agent that speaks for it, and the packet types that it may send."""

    domain: str
    agent_id: str
    packet_types: tuple[str, ...]


Admit = Callable[[RegisteredDomain], None]
"""Makes a domain known to this process."""


class DomainRegistry:
    """The registered domains of one agent."""

    def __init__(self, path: Path, *, agent: str, clock: Clock) -> None:
        """Open the file of registrations.

        Raises:
            MemoryLayerError: it cannot be opened.
        """
        self._database = Database(path, _TABLES, durable=True)
        self._agent = agent
        self._clock = clock

    def all(self) -> tuple[RegisteredDomain, ...]:
        """Return the registered domains by name.

        Raises:
            MemoryLayerError: the file cannot be read.
        """
        rows = self._database.rows("SELECT domain, agent_id, packet_types FROM domains ORDER BY 1")
        return tuple(
            RegisteredDomain(
                domain=str(domain), agent_id=str(agent), packet_types=tuple(str(types).split())
            )
            for domain, agent, types in rows
        )

    def add(self, domain: RegisteredDomain, bus: EventBus) -> bool:
        """Keep a domain and tell every process of it; False if it was registered so before.

        Raises:
            InputBoundsError: another agent speaks for the domain.
            MemoryLayerError: it could not be kept or told.
        """
        key = domain_key(domain.domain)
        row = (key, domain.domain, domain.agent_id, " ".join(domain.packet_types), self._clock())
        with self._database.write() as connection:
            known = connection.execute(
                "SELECT agent_id, packet_types FROM domains WHERE key = ?", (key,)
            ).fetchone()
            if known is not None and known[0] != domain.agent_id:
                raise InputBoundsError(f"{known[0]} speaks for the domain {domain.domain} already")
            if known is not None and known[1] == row[3]:
                return False
            connection.execute("INSERT OR REPLACE INTO domains VALUES (?, ?, ?, ?, ?)", row)
        bus.publish(
            TOPIC,
            {
                "agent": self._agent,
                "domain": domain.domain,
                "agent_id": domain.agent_id,
                "packet_types": list(domain.packet_types),
            },
            key=key,
            message_id=f"{self._agent}:{key}:{row[-1]}",
        )
        return True

    def listen(self, bus: EventBus, consumer: str, admit: Admit) -> None:
        """Have `admit` called for each domain that registers from now on, here or elsewhere.

        Args:
            bus: where registrations are told.
            consumer: name of the listener; each process or agent takes one of its own.
            admit: makes the domain known.

        Raises:
            MemoryLayerError: the bus failed.
        """

        def hear(delivery: Delivery) -> None:
            reader = FieldReader(delivery.message)
            heard = RegisteredDomain(
                domain=reader.name("domain"),
                agent_id=reader.agent("agent_id"),
                packet_types=reader.names("packet_types"),
            )
            reader.refuse_problems()
            admit(heard)

        bus.subscribe(TOPIC, consumer, hear)

    def close(self) -> None:
        """Close the file."""
        self._database.close()
