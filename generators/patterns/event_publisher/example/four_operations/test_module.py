"""What `L9.example.module` promises.

Expected by the schema and by event_publisher@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.bus import Delivery
from agent_runtime.errors import PacketError
from agent_runtime.testing import TRACE, AgentBench

from L9.core.packetprotocol import Event, parse_event
from L9.core.tensoraios.eventpublisher import AGENT, EVENT_TYPES, EventPublisher

TOPICS = [
    ("score_candidates", "events.tensoraios.score_candidates"),
    ("detect_anomaly", "events.tensoraios.detect_anomaly"),
    ("trigger_retraining", "events.tensoraios.trigger_retraining"),
]
EVENT_TYPE = EVENT_TYPES[0]


class Audience:
    """Somebody who listens to all the agent says."""

    def __init__(self, bench: AgentBench) -> None:
        self._bench = bench
        self.heard: list[Delivery] = []
        bench.bus.subscribe("events.tensoraios.*", "audience", self.heard.append)

    def events(self) -> list[Event]:
        """Return what was heard by now."""
        self._bench.bus.pump()
        return [parse_event(delivery.message) for delivery in self.heard]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[AgentBench]:
    made = AgentBench(tmp_path, agent=AGENT)
    yield made
    made.bus.close()


@pytest.fixture
def audience(bench: AgentBench) -> Audience:
    return Audience(bench)


@pytest.fixture
def publisher(bench: AgentBench) -> EventPublisher:
    return EventPublisher(bench.bus, clock=bench.clock)


@pytest.mark.positive
@pytest.mark.parametrize(("event_type", "topic"), TOPICS)
def test_each_deciding_operation_has_its_topic(
    publisher: EventPublisher, audience: Audience, event_type: str, topic: str
) -> None:
    published = publisher.publish(event_type, "d-1", 0.75, {"score": 0.5}, TRACE)
    assert audience.events() == [published]
    assert audience.heard[0].topic == topic


@pytest.mark.positive
def test_every_deciding_operation_of_the_schema_is_an_event_type() -> None:
    assert EVENT_TYPES == ("score_candidates", "detect_anomaly", "trigger_retraining")


@pytest.mark.positive
def test_an_event_has_the_fields_of_the_contract(
    publisher: EventPublisher, audience: Audience
) -> None:
    publisher.publish(EVENT_TYPE, "d-1", 0.75, {"score": 0.5}, TRACE)
    (event,) = audience.events()
    document = audience.heard[0].message
    assert tuple(sorted(document)) == ("agent", "event_data", "event_type", "timestamp", "trace_id")
    data = document["event_data"]
    assert isinstance(data, dict)
    assert tuple(sorted(data)) == ("confidence", "decision_id", "result")
    assert (event.event_type, event.agent, event.trace_id) == (EVENT_TYPE, AGENT, TRACE)
    assert (event.event_data.decision_id, event.event_data.confidence) == ("d-1", 0.75)
    assert event.event_data.result == {"score": 0.5}


@pytest.mark.positive
def test_an_event_bears_the_time_at_which_it_was_published(
    bench: AgentBench, publisher: EventPublisher
) -> None:
    first = publisher.publish(EVENT_TYPE, "d-1", 1.0, None, TRACE)
    bench.clock.advance(1.5)
    second = publisher.publish(EVENT_TYPE, "d-2", 1.0, None, TRACE)
    assert first.timestamp == "2023-11-14T22:13:20.000+00:00"
    assert second.timestamp == "2023-11-14T22:13:21.500+00:00"


@pytest.mark.positive
def test_a_decision_published_twice_is_told_once(
    bench: AgentBench, publisher: EventPublisher, audience: Audience
) -> None:
    publisher.publish(EVENT_TYPE, "d-1", 0.75, None, TRACE)
    bench.clock.advance(1)
    publisher.publish(EVENT_TYPE, "d-1", 0.75, None, TRACE)
    publisher.publish(EVENT_TYPE, "d-2", 0.75, None, TRACE)
    publisher.publish("corrected", "d-1", 0.75, None, TRACE)
    told = [(event.event_type, event.event_data.decision_id) for event in audience.events()]
    assert told == [(EVENT_TYPE, "d-1"), (EVENT_TYPE, "d-2"), ("corrected", "d-1")]


@pytest.mark.positive
def test_a_listener_that_was_away_hears_it_later(
    bench: AgentBench, publisher: EventPublisher, audience: Audience
) -> None:
    publisher.publish(EVENT_TYPE, "d-1", 0.75, None, TRACE)
    bench.clock.advance(86_400)
    assert len(audience.events()) == 1


@pytest.mark.positive
def test_events_about_one_decision_are_ordered_by_it(
    publisher: EventPublisher, audience: Audience
) -> None:
    publisher.publish(EVENT_TYPE, "d-1", 0.75, None, TRACE)
    audience.events()
    assert audience.heard[0].key == "d-1"


@pytest.mark.positive
def test_an_agent_may_speak_under_another_name(bench: AgentBench) -> None:
    named = EventPublisher(bench.bus, "shadow", clock=bench.clock)
    event = named.publish(EVENT_TYPE, "d-1", 0.75, None, TRACE)
    assert event.topic == f"events.shadow.{EVENT_TYPE}"


@pytest.mark.negative
@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan")])
def test_confidence_outside_0_to_1_is_not_published(
    publisher: EventPublisher, audience: Audience, confidence: float
) -> None:
    with pytest.raises(PacketError, match="confidence"):
        publisher.publish(EVENT_TYPE, "d-1", confidence, None, TRACE)
    assert audience.events() == []


@pytest.mark.negative
@pytest.mark.parametrize("event_type", ["", "two words", "a/b", "x" * 129])
def test_a_malformed_event_type_is_not_published(
    publisher: EventPublisher, audience: Audience, event_type: str
) -> None:
    with pytest.raises(PacketError, match="event_type must be a name"):
        publisher.publish(event_type, "d-1", 0.75, None, TRACE)
    assert audience.events() == []


@pytest.mark.negative
def test_an_event_without_a_trace_is_not_published(
    publisher: EventPublisher, audience: Audience
) -> None:
    with pytest.raises(PacketError, match="trace_id must be a UUID"):
        publisher.publish(EVENT_TYPE, "d-1", 0.75, None, "")
    assert audience.events() == []


@pytest.mark.negative
def test_a_result_that_json_cannot_carry_is_not_published(
    publisher: EventPublisher, audience: Audience
) -> None:
    with pytest.raises(PacketError, match="result is not a finite number"):
        publisher.publish(EVENT_TYPE, "d-1", 0.75, float("inf"), TRACE)
    assert audience.events() == []
