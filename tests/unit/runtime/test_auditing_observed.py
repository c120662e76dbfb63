"""Every declared event is kept once, in order, across restarts; what cannot be read is counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.auditing.observed import EventIntake, ObservedEvents
from agent_runtime.bus import SqliteBus
from agent_runtime.clock import ManualClock
from agent_runtime.events import Event, new_event
from agent_runtime.testing import TRACE


class World:
    """A bus, a store, and the means to stop and start the observer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.bus = SqliteBus(folder / "bus.db", self.clock, max_attempts=1)
        self.observed = ObservedEvents(folder / "observed.db", self.clock)
        self.intake = self.opened()

    def opened(self) -> EventIntake:
        return EventIntake(
            self.bus,
            self.observed,
            consumer="auditor",
            watched={"scorer": ["score"], "trainer": ["train", "promote"]},
        )

    def restart(self) -> None:
        self.bus.close()
        self.observed.close()
        self.bus = SqliteBus(self.folder / "bus.db", self.clock, max_attempts=1)
        self.observed = ObservedEvents(self.folder / "observed.db", self.clock)

    def publish(self, number: int, event_type: str = "score", agent: str = "scorer") -> Event:
        event = new_event(
            event_type,
            agent,
            decision_id=f"d{number}",
            confidence=0.5,
            result={"number": number},
            trace_id=TRACE,
            clock=self.clock,
        )
        self.bus.publish(event.topic, event.to_json(), key="one", message_id=f"m{number}")
        return event

    def numbers(self) -> list[str]:
        return [each.event.event_data.decision_id for each in self.observed.after(0)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.bus.close()
    made.observed.close()


def test_events_arrive_in_the_order_of_publishing(world: World):
    events = [world.publish(number) for number in range(20)]
    world.bus.pump()
    assert [each.event for each in world.observed.after(0)] == events
    assert [each.sequence for each in world.observed.after(0)] == list(range(1, 21))


def test_what_was_published_while_nobody_ran_arrives_after_a_restart(world: World):
    world.publish(1)
    world.bus.pump()
    world.restart()
    world.publish(2)
    world.publish(3)
    world.opened()
    world.bus.pump()
    assert world.numbers() == ["d1", "d2", "d3"]


def test_a_message_that_is_delivered_again_is_kept_once(world: World):
    heard: list[Event] = []
    world.intake.listen(heard.append)
    event = world.publish(1)
    world.bus.pump()
    assert world.observed.take(event, "m1") is False
    assert world.observed.take(event, "other") is True
    world.bus.purge(older_than_seconds=-1)
    world.publish(1)
    world.bus.pump()
    assert world.numbers() == ["d1", "d1"]
    assert heard == [event]


def test_only_declared_events_are_observed(world: World):
    world.publish(1, "gossip")
    world.publish(2, agent="stranger")
    world.publish(3, "promote", "trainer")
    world.bus.pump()
    assert world.observed.counts() == {"trainer.promote": 1}


def test_what_cannot_be_read_is_counted_and_can_be_recovered(world: World):
    world.bus.publish("events.scorer.score", {"agent": "scorer"}, key="one")
    forged = new_event(
        "score", "trainer", decision_id="d", confidence=1.0, result=None, trace_id=TRACE,
        clock=world.clock,
    )  # fmt: skip
    world.bus.publish("events.scorer.score", forged.to_json(), key="two")
    world.bus.pump()
    assert world.intake.lost() == 2
    assert world.numbers() == []
    assert "events.trainer.score" in world.bus.dead_letters("auditor")[1].error
    assert world.intake.recover() == 2
    assert world.intake.lost() == 0


def test_readings_choose_by_number_time_agent_and_decision(world: World):
    for number in (1, 2):
        world.publish(number)
    world.bus.pump()
    world.clock.advance(100)
    world.publish(3, "train", "trainer")
    world.bus.pump()
    observed = world.intake.observed
    assert [each.sequence for each in observed.after(1, limit=1)] == [2]
    assert [each.sequence for each in observed.since(world.clock() - 1)] == [3]
    assert [each.sequence for each in observed.since(0, limit=2)] == [2, 3]
    assert [each.sequence for each in observed.of("scorer")] == [1, 2]
    assert [each.sequence for each in observed.of("scorer", limit=1)] == [2]
    assert [each.kind for each in observed.about("d3")] == ["trainer.train"]
    assert observed.after(0)[2].at == pytest.approx(world.clock())
    assert observed.after(0)[2].received_at == world.clock()


def test_a_reader_goes_forward_only(world: World):
    assert world.observed.position("audit") == 0
    world.observed.advance("audit", 5)
    world.observed.advance("audit", 3)
    assert world.observed.position("audit") == 5
    assert world.observed.position("other") == 0
