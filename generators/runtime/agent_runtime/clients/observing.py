"""Events of other agents as typed values: handed on as they come, or read as the bus keeps them."""

from collections.abc import Callable
from dataclasses import dataclass

from agent_runtime.bus import Delivery, EventBus
from agent_runtime.errors import PacketError
from agent_runtime.events import TOPIC_ROOT, Event, parse_event
from agent_runtime.values import JsonObject

EventHandler = Callable[[Event], None]
"""Returns to acknowledge an event; raises to have it again later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EventPage:
    """Events that the bus keeps, oldest first.

    Attributes:
        events: the events.
        position: what to read on after; that of the question if there is nothing more.
    """

    events: tuple[Event, ...]
    position: int


class Observation:
    """What one agent observes of others."""

    def __init__(self, bus: EventBus, observer: str) -> None:
        """Take the bus that the agents share, and the id of the agent that observes."""
        self._bus = bus
        self._observer = observer
        self._consumers: list[str] = []

    def on(self, agent: str, event_type: str, handler: EventHandler) -> None:
        """Hand each event of a type that `agent` publishes from now on to `handler`, in order.

        Each comes at least once. What is no event, or keeps failing, becomes a dead letter of the
        consumer ``<observer>.<agent>.<event_type>``.

        Raises:
            MemoryLayerError: the bus failed.
        """

        def take(delivery: Delivery) -> None:
            handler(parse_event(delivery.message))

        consumer = f"{self._observer}.{agent}.{event_type}"
        self._bus.subscribe(_topic(agent, event_type), consumer, take)
        self._consumers.append(consumer)

    def read(self, agent: str, event_type: str, *, after: int = 0, limit: int = 100) -> EventPage:
        """Return events of a type that `agent` published, also before anybody observed it.

        What is no event is passed over.

        Args:
            agent: id of the agent that published them.
            event_type: the type.
            after: position to read on after; 0 is the beginning.
            limit: messages to look at.

        Raises:
            InputBoundsError: `limit` is below 1.
            MemoryLayerError: the bus failed.
        """
        found = self._bus.published(_topic(agent, event_type), after=after, limit=limit)
        events = (_event(each.message) for each in found)
        return EventPage(
            events=tuple(event for event in events if event is not None),
            position=found[-1].place if found else after,
        )

    def close(self) -> None:
        """Hand no event on any more; what comes meanwhile waits for the next start."""
        while self._consumers:
            self._bus.leave(self._consumers.pop())


def _topic(agent: str, event_type: str) -> str:
    return f"{TOPIC_ROOT}.{agent}.{event_type}"


def _event(message: JsonObject) -> Event | None:
    try:
        return parse_event(message)
    except PacketError:
        return None
