"""Events of another agent, as typed values, each at least once and in order."""

from collections.abc import Callable

from agent_runtime.bus import Delivery, EventBus
from agent_runtime.events import TOPIC_ROOT, Event, parse_event

EventHandler = Callable[[Event], None]
"""Returns to acknowledge an event; raises to have it again later."""


def observe(
    bus: EventBus, observer: str, agent: str, event_type: str, handler: EventHandler
) -> None:
    """Hand each event of a type that `agent` publishes from now on to `handler`.

    What is no event, or keeps failing, becomes a dead letter of the consumer
    ``<observer>.<agent>.<event_type>``.

    Args:
        bus: the bus that the agents share.
        observer: id of the agent that observes.
        agent: id of the agent that publishes.
        event_type: the type.
        handler: takes the events, one at a time.

    Raises:
        MemoryLayerError: the bus failed.
    """

    def take(delivery: Delivery) -> None:
        handler(parse_event(delivery.message))

    topic = f"{TOPIC_ROOT}.{agent}.{event_type}"
    bus.subscribe(topic, f"{observer}.{agent}.{event_type}", take)
