"""Events: what an agent tells everyone who listens about a decision it made."""

from dataclasses import dataclass
from typing import Final

from agent_runtime.clock import Clock, isoformat
from agent_runtime.errors import PacketError
from agent_runtime.fields import FieldReader
from agent_runtime.jsontext import checked_object
from agent_runtime.values import JsonObject, JsonValue

TOPIC_ROOT: Final = "events"


@dataclass(frozen=True, kw_only=True, slots=True)
class EventData:
    """The decision an event reports: its id, a confidence in [0, 1], and what was decided.

    `governance_status` says how governance left it, `criticality` how much hangs on it, in [0, 1];
    empty and None if the event does not tell.
    """

    decision_id: str
    confidence: float
    result: JsonValue
    governance_status: str = ""
    criticality: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened in an agent; `timestamp` is ISO 8601 in UTC."""

    event_type: str
    agent: str
    timestamp: str
    event_data: EventData
    trace_id: str

    @property
    def topic(self) -> str:
        """The bus topic of the event: ``events.<agent>.<event_type>``."""
        return f"{TOPIC_ROOT}.{self.agent}.{self.event_type}"

    def to_json(self) -> JsonObject:
        """Return the event as the JSON object that goes over the bus."""
        return {
            "event_type": self.event_type,
            "agent": self.agent,
            "timestamp": self.timestamp,
            "event_data": {
                "decision_id": self.event_data.decision_id,
                "confidence": self.event_data.confidence,
                "result": self.event_data.result,
                **_told(self.event_data.governance_status, self.event_data.criticality),
            },
            "trace_id": self.trace_id,
        }


def new_event(
    event_type: str,
    agent: str,
    *,
    decision_id: str,
    confidence: float,
    result: JsonValue,
    trace_id: str,
    clock: Clock,
    governance_status: str = "",
    criticality: float | None = None,
) -> Event:
    """Make an event that passes the same checks as one received.

    Raises:
        PacketError: a name is malformed, `confidence` outside [0, 1], or `result` no finite JSON.
    """
    return parse_event(
        {
            "event_type": event_type,
            "agent": agent,
            "timestamp": isoformat(clock()),
            "event_data": {
                "decision_id": decision_id,
                "confidence": confidence,
                "result": result,
                **_told(governance_status, criticality),
            },
            "trace_id": trace_id,
        }
    )


def parse_event(document: JsonObject) -> Event:
    """Check every field of `document` and return the event; unknown fields are ignored.

    Raises:
        PacketError: fields are missing or invalid; the message names each of them.
    """
    reader = FieldReader(checked_object(document, name="event", refuse=PacketError))
    data = FieldReader(reader.object("event_data"), prefix="event_data.", problems=reader.problems)
    event = Event(
        event_type=reader.name("event_type"),
        agent=reader.agent("agent"),
        timestamp=reader.timestamp("timestamp"),
        event_data=EventData(
            decision_id=data.name("decision_id"),
            confidence=data.ratio("confidence"),
            result=data.value("result"),
            governance_status=data.name("governance_status", missing=""),
            criticality=data.ratio("criticality") if data.has("criticality") else None,
        ),
        trace_id=reader.uuid("trace_id"),
    )
    reader.refuse_problems()
    return event


def _told(status: str, criticality: float | None) -> JsonObject:
    told: dict[str, JsonValue] = {"governance_status": status} if status else {}
    return told if criticality is None else {**told, "criticality": criticality}
