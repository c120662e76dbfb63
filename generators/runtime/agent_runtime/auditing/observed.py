"""Keeps every event that was observed, once, in the order of arrival, across restarts."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from agent_runtime.bus import Delivery, EventBus
from agent_runtime.clock import Clock
from agent_runtime.database import Database, SqlValue
from agent_runtime.errors import PacketError
from agent_runtime.events import TOPIC_ROOT, Event, parse_event
from agent_runtime.jsontext import canonical_json, parse_object

MOST_EVENTS: Final = 100_000
"""That one reading returns."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS observed (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    agent TEXT NOT NULL,
    event_type TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    at REAL NOT NULL,
    received_at REAL NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS observed_by_agent ON observed (agent, event_type, sequence);
CREATE INDEX IF NOT EXISTS observed_by_time ON observed (received_at);
CREATE TABLE IF NOT EXISTS positions (
    reader TEXT PRIMARY KEY, sequence INTEGER NOT NULL
) WITHOUT ROWID;
"""
_SELECT: Final = "SELECT sequence, message_id, received_at, document FROM observed"


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedEvent:
    """An event with its place in the order of arrival.

    Attributes:
        sequence: counts up from 1; events of one agent, type and decision keep their order.
        message_id: of the bus, unique.
        received_at: seconds since the epoch.
        event: what happened.
    """

    sequence: int
    message_id: str
    received_at: float
    event: Event

    @property
    def kind(self) -> str:
        """Agent and type of the event, e.g. `tensoraios.score_candidates`."""
        return f"{self.event.agent}.{self.event.event_type}"

    @property
    def at(self) -> float:
        """When it happened, in seconds since the epoch, by the agent's own clock."""
        return datetime.fromisoformat(self.event.timestamp).timestamp()


class ObservedEvents:
    """The events in a file that threads share; a commit survives a power cut."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open the file, or create it.

        Raises:
            MemoryLayerError: it cannot be opened.
        """
        self._database = Database(path, _TABLES, durable=True)
        self._clock = clock

    def take(self, event: Event, message_id: str) -> bool:
        """Keep `event`; False if the message was taken before.

        Raises:
            MemoryLayerError: it could not be stored.
        """
        row = (
            message_id,
            event.agent,
            event.event_type,
            event.event_data.decision_id,
            datetime.fromisoformat(event.timestamp).timestamp(),
            self._clock(),
            canonical_json(event.to_json()),
        )
        with self._database.write() as connection:
            stored = connection.execute(
                "INSERT INTO observed VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (message_id) DO NOTHING",
                row,
            ).rowcount
        return stored == 1

    def after(self, sequence: int, *, limit: int = MOST_EVENTS) -> tuple[ObservedEvent, ...]:
        """Return the events that arrived after number `sequence`, oldest first."""
        return self._read("WHERE sequence > ? ORDER BY sequence LIMIT ?", sequence, limit)

    def since(self, moment: float, *, limit: int = MOST_EVENTS) -> tuple[ObservedEvent, ...]:
        """Return the newest `limit` events received from `moment` on, oldest first."""
        newest = self._read("WHERE received_at >= ? ORDER BY sequence DESC LIMIT ?", moment, limit)
        return newest[::-1]

    def of(self, agent: str, *, limit: int = 1_000) -> tuple[ObservedEvent, ...]:
        """Return the newest `limit` events of one agent, oldest first."""
        newest = self._read("WHERE agent = ? ORDER BY sequence DESC LIMIT ?", agent, limit)
        return newest[::-1]

    def about(self, decision_id: str) -> tuple[ObservedEvent, ...]:
        """Return the events about one decision, oldest first."""
        return self._read("WHERE decision_id = ? ORDER BY sequence LIMIT ?", decision_id, 1_000)

    def counts(self) -> Mapping[str, int]:
        """Return how many events there are by agent and type."""
        rows = self._database.rows(
            "SELECT agent || '.' || event_type, COUNT(*) FROM observed GROUP BY 1 ORDER BY 1"
        )
        return {str(kind): int(str(count)) for kind, count in rows}

    def position(self, reader: str) -> int:
        """Return the number of the last event that `reader` is done with, 0 for none."""
        rows = self._database.rows("SELECT sequence FROM positions WHERE reader = ?", (reader,))
        return int(str(rows[0][0])) if rows else 0

    def advance(self, reader: str, sequence: int) -> None:
        """Note that `reader` is done with all events up to `sequence`; it never goes back."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO positions VALUES (?1, ?2) ON CONFLICT (reader)"
                " DO UPDATE SET sequence = MAX(sequence, ?2)",
                (reader, sequence),
            )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _read(self, where: str, *parameters: SqlValue) -> tuple[ObservedEvent, ...]:
        return tuple(_event(row) for row in self._database.rows(f"{_SELECT} {where}", parameters))


def _event(row: tuple[SqlValue, ...]) -> ObservedEvent:
    return ObservedEvent(
        sequence=int(str(row[0])),
        message_id=str(row[1]),
        received_at=float(str(row[2])),
        event=parse_event(parse_object(row[3])),
    )


class EventIntake:
    """Takes the declared events of other agents off the bus into an `ObservedEvents`.

    The bus delivers at least once, in the order of topic and key, also what was published while
    nobody ran; the store keeps each message once. What cannot be read becomes a dead letter, which
    `lost` counts until it is replayed.
    """

    def __init__(
        self,
        bus: EventBus,
        observed: ObservedEvents,
        *,
        consumer: str,
        watched: Mapping[str, Iterable[str]],
    ) -> None:
        """Subscribe `consumer` for good.

        Args:
            bus: where events are published.
            observed: where they are kept.
            consumer: name under which the bus remembers what was delivered.
            watched: event types by agent.

        Raises:
            InputBoundsError: a name cannot be part of a topic.
        """
        self._bus = bus
        self._observed = observed
        self._consumer = consumer
        self._watched = {agent: frozenset(types) for agent, types in watched.items()}
        self._guard = threading.Lock()
        self._listeners: list[Callable[[Event], None]] = []
        for agent, types in sorted(self._watched.items()):
            for event_type in sorted(types):
                bus.subscribe(f"{TOPIC_ROOT}.{agent}.{event_type}", consumer, self._handle)

    @property
    def observed(self) -> ObservedEvents:
        """Everything that arrived."""
        return self._observed

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with each event from now on, once, when it has been stored."""
        with self._guard:
            self._listeners.append(listener)

    def lost(self) -> int:
        """Return how many events could not be taken and wait as dead letters."""
        return len(self._bus.dead_letters(self._consumer))

    def recover(self) -> int:
        """Have the dead letters delivered again; return how many."""
        return self._bus.replay(self._consumer)

    def _handle(self, delivery: Delivery) -> None:
        event = parse_event(delivery.message)
        if event.topic != delivery.topic:
            raise PacketError(f"{delivery.topic} carries an event of {event.topic}")
        if self._observed.take(event, delivery.message_id):
            with self._guard:
                listeners = tuple(self._listeners)
            for listener in listeners:
                listener(event)
