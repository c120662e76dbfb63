"""What `L9.example.module` promises.

Expected by the schema and by event_subscriber@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.bus import SqliteBus
from agent_runtime.clock import ManualClock
from agent_runtime.events import Event, new_event
from agent_runtime.testing import TRACE

from L9.governance.tensor_auditor.event_subscriber import CONSUMER, WATCHED, EventSubscriber

DECLARED = [(agent, kind) for agent, kinds in WATCHED.items() for kind in kinds]


class Street:
    """A bus that others publish on, and the subscriber beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.bus = SqliteBus(folder / "bus.db", self.clock, max_attempts=1)
        self.subscriber = EventSubscriber.open(self.bus, folder, self.clock)

    def restart(self) -> None:
        self.subscriber.close()
        self.subscriber = EventSubscriber.open(self.bus, self.folder, self.clock)

    def publish(self, agent: str, kind: str, number: int = 1, *, topic: str = "") -> Event:
        event = new_event(
            kind,
            agent,
            decision_id=f"d{number}",
            confidence=0.5,
            result={"number": number},
            trace_id=TRACE,
            clock=self.clock,
        )
        message_id = f"{topic or event.topic}:{number}"
        self.bus.publish(topic or event.topic, event.to_json(), key="one", message_id=message_id)
        return event

    def arrived(self) -> list[Event]:
        self.bus.pump(limit=1_000)
        return [each.event for each in self.subscriber.observed.after(0)]


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    made.subscriber.close()
    made.bus.close()


@pytest.mark.positive
def test_11_kinds_of_events_of_other_agents_are_observed() -> None:
    assert len(DECLARED) == 11
    assert "tensor_auditor" not in WATCHED
    assert CONSUMER == "tensor_auditor"


@pytest.mark.positive
@pytest.mark.parametrize(("agent", "kind"), DECLARED)
def test_each_declared_event_arrives(street: Street, agent: str, kind: str) -> None:
    event = street.publish(agent, kind)
    assert street.arrived() == [event]


@pytest.mark.positive
def test_events_arrive_in_the_order_of_publishing(street: Street) -> None:
    sent = [street.publish("main_agent", "process_packet", number) for number in range(20)]
    assert street.arrived() == sent
    assert [each.sequence for each in street.subscriber.observed.after(0)] == list(range(1, 21))


@pytest.mark.positive
def test_what_is_published_while_nobody_runs_arrives_later(street: Street) -> None:
    first = street.publish("main_agent", "process_packet", 1)
    assert street.arrived() == [first]
    street.subscriber.close()
    second = street.publish("main_agent", "process_packet", 2)
    street.restart()
    assert street.arrived() == [first, second]


@pytest.mark.positive
def test_a_listener_hears_of_each_event_once(street: Street) -> None:
    heard: list[Event] = []
    street.subscriber.listen(heard.append)
    event = street.publish("main_agent", "process_packet")
    street.arrived()
    street.bus.purge(older_than_seconds=-1)
    street.publish("main_agent", "process_packet")
    assert street.arrived() == [event]
    assert heard == [event]


@pytest.mark.positive
def test_nothing_is_lost_while_all_can_be_read(street: Street) -> None:
    street.publish("main_agent", "process_packet")
    street.arrived()
    assert street.subscriber.lost() == 0
    assert street.subscriber.recover() == 0


@pytest.mark.negative
def test_an_undeclared_event_is_not_observed(street: Street) -> None:
    street.publish("main_agent", "undeclared")
    street.publish("stranger", "process_packet")
    assert street.arrived() == []
    assert street.subscriber.lost() == 0


@pytest.mark.negative
def test_what_cannot_be_read_is_counted_until_it_is_recovered(street: Street) -> None:
    street.bus.publish("events." + "main_agent" + "." + "process_packet", {}, key="one")
    assert street.arrived() == []
    assert street.subscriber.lost() == 1
    assert street.subscriber.recover() == 1
    assert street.subscriber.lost() == 0


@pytest.mark.negative
def test_an_event_in_the_name_of_another_is_not_believed(street: Street) -> None:
    topic = "events." + "main_agent" + "." + "process_packet"
    street.publish("impostor", "process_packet", topic=topic)
    assert street.arrived() == []
    assert street.subscriber.lost() == 1
