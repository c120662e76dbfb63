"""Read declared fields out of observed events: what a schema says by dotted names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.values import JsonObject, JsonValue


@dataclass(frozen=True, kw_only=True, slots=True)
class EntrySource:
    """Where the entries of a comparison come from.

    Attributes:
        event: agent and type of the events, e.g. `tensoraios.score_candidates`.
        each: dotted name of the list in the result whose items are the entries; empty if the
            result itself is the one entry.
    """

    event: str
    each: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of one event."""

    fields: JsonObject
    observed: ObservedEvent


def entries(events: Iterable[ObservedEvent], source: EntrySource) -> Iterator[Entry]:
    """Yield the entries of all events of the declared kind, in the order of the events.

    The fields that every event has, `decision_id`, `confidence`, `trace_id` and `timestamp`, can be
    read from each entry that has none of its own.
    """
    for observed in events:
        if observed.kind != source.event:
            continue
        data = observed.event.event_data
        common: JsonObject = {
            "decision_id": data.decision_id,
            "confidence": data.confidence,
            "trace_id": observed.event.trace_id,
            "timestamp": observed.at,
        }
        found = value_at(data.result, source.each) if source.each else [data.result]
        items = found if isinstance(found, Sequence) and not isinstance(found, str) else ()
        for item in items:
            if isinstance(item, Mapping):
                yield Entry(fields={**common, **item}, observed=observed)


def value_at(value: JsonValue, name: str) -> JsonValue:
    """Return what a dotted name leads to, None if nothing is there."""
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def number_at(value: JsonValue, name: str) -> float | None:
    """Return the number at a dotted name; None if there is none."""
    found = value_at(value, name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found)


def text_at(value: JsonValue, name: str) -> str:
    """Return the text or number at a dotted name as text; empty if there is none."""
    found = value_at(value, name)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found)


def verdict_at(value: JsonValue, name: str, *, above: float) -> bool | None:
    """Return whether true or a number above `above` is at a dotted name; None if it is neither."""
    found = value_at(value, name)
    if isinstance(found, bool):
        return found
    number = number_at(value, name)
    return None if number is None else number > above
