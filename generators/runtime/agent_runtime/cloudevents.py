"""Packets and events as CloudEvents 1.0, the form in which brokers and other systems read them.

Only the structured JSON form is written here: one object with the context attributes and `data`.
The mapping loses nothing: what comes back is the packet or event that went out.

Source: CloudEvents 1.0.2 and its JSON format, https://github.com/cloudevents/spec.
"""

from typing import Final

from agent_runtime.errors import PacketError
from agent_runtime.events import Event, parse_event
from agent_runtime.jsontext import checked_object
from agent_runtime.packets import PacketEnvelope, parse_packet
from agent_runtime.values import JsonObject

SPEC_VERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/json"
MEDIA_TYPE: Final = "application/cloudevents+json"
"""Content type of a structured CloudEvent over HTTP."""

PACKET_ROOT: Final = "l9.packet"
EVENT_ROOT: Final = "l9.event"
UNTYPED: Final = "untyped"
"""What stands for the type of a packet that names none."""


def packet_to_cloudevent(packet: PacketEnvelope) -> JsonObject:
    """Return `packet` as a structured CloudEvent.

    `id` is the packet id, `source` the sender, `subject` the destination, `partitionkey` the
    idempotency key, and `traceid` the trace, so that brokers can route without reading `data`.
    """
    return _cloudevent(
        event_id=packet.packet_id,
        source=packet.source_agent,
        kind=f"{PACKET_ROOT}.{packet.metadata.packet_type or UNTYPED}",
        subject=packet.destination_agent,
        time=packet.timestamp,
        partition=packet.metadata.idempotency_key,
        trace_id=packet.metadata.trace_id,
        data=packet.to_json(),
    )


def event_to_cloudevent(event: Event) -> JsonObject:
    """Return `event` as a structured CloudEvent; events about one decision share a partition."""
    decision = event.event_data.decision_id
    return _cloudevent(
        event_id=f"{decision}:{event.event_type}",
        source=event.agent,
        kind=f"{EVENT_ROOT}.{event.event_type}",
        subject=decision,
        time=event.timestamp,
        partition=decision,
        trace_id=event.trace_id,
        data=event.to_json(),
    )


def packet_from_cloudevent(document: JsonObject) -> PacketEnvelope:
    """Return the packet that a structured CloudEvent carries.

    Raises:
        PacketError: it is no CloudEvent 1.0 with a packet, or its attributes contradict the packet.
    """
    packet = parse_packet(_data(document))
    _require_same(document, packet_to_cloudevent(packet))
    return packet


def event_from_cloudevent(document: JsonObject) -> Event:
    """Return the event that a structured CloudEvent carries.

    Raises:
        PacketError: it is no CloudEvent 1.0 with an event, or its attributes contradict the event.
    """
    event = parse_event(_data(document))
    _require_same(document, event_to_cloudevent(event))
    return event


def _cloudevent(
    *,
    event_id: str,
    source: str,
    kind: str,
    subject: str,
    time: str,
    partition: str,
    trace_id: str,
    data: JsonObject,
) -> JsonObject:
    return {
        "specversion": SPEC_VERSION,
        "id": event_id,
        "source": f"/agents/{source}",
        "type": kind,
        "subject": subject,
        "time": time,
        "datacontenttype": CONTENT_TYPE,
        "partitionkey": partition,
        "traceid": trace_id,
        "data": data,
    }


def _data(document: JsonObject) -> JsonObject:
    checked = checked_object(document, name="cloudevent", refuse=PacketError)
    if checked.get("specversion") != SPEC_VERSION:
        raise PacketError(f"specversion must be {SPEC_VERSION!r}: this is no CloudEvent we read")
    return checked_object(checked.get("data"), name="data", refuse=PacketError)


def _require_same(found: JsonObject, expected: JsonObject) -> None:
    """Refuse a CloudEvent whose attributes say something else than its data."""
    wrong = [
        name for name, value in expected.items() if name != "data" and found.get(name) != value
    ]
    if wrong:
        raise PacketError(f"the attributes {', '.join(wrong)} contradict the data")
