"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by event_publisher@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock, system_clock
from agent_runtime.values import JsonValue

from L9.core.packetprotocol import Event, new_event

AGENT: Final = "sensor_watch"
EVENT_TYPES: Final = ("detect_anomaly",)  # deployment.endpoints that decide


class EventPublisher:
    """Tells whoever listens what the agent decided; who is away hears of it later."""

    def __init__(self, bus: EventBus, agent: str = AGENT, *, clock: Clock = system_clock) -> None:
        self._bus = bus
        self._agent = agent
        self._clock = clock

    def publish(
        self,
        event_type: str,
        decision_id: str,
        confidence: float,
        result: JsonValue,
        trace_id: str,
    ) -> Event:
        """Publish a decision under its trace; a decision is told once for each event type.

        Events about one decision keep their order. An operation of the schema announces itself
        by its own name, one of `EVENT_TYPES`; other happenings have names of their own.

        Raises:
            PacketError: a name is malformed, the trace id no UUID, `confidence` not within 0 to
                1, or `result` no finite JSON.
            OverloadedError: the bus holds as many undelivered messages as it may.
            MemoryLayerError: the bus failed; publish again, nothing will be told twice.
        """
        event = new_event(
            event_type,
            self._agent,
            decision_id=decision_id,
            confidence=confidence,
            result=result,
            trace_id=trace_id,
            clock=self._clock,
        )
        self._bus.publish(
            event.topic,
            event.to_json(),
            key=decision_id,
            message_id=f"{self._agent}:{decision_id}:{event_type}",
        )
        return event
