"""Events of other agents as typed values, and several agents behind one client."""

import pytest
from agent_runtime.bus import SqliteBus
from agent_runtime.clients.observing import observe
from agent_runtime.clients.peers import Peers
from agent_runtime.clock import ManualClock
from agent_runtime.errors import UnknownAgentError
from agent_runtime.events import new_event
from agent_runtime.testing import TRACE


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def bus(tmp_path, clock):
    bus = SqliteBus(tmp_path / "bus.db", clock, max_attempts=2)
    yield bus
    bus.close()


def publish(bus, clock, event_type="scored", agent="scorer", key="d-1"):
    event = new_event(
        event_type, agent, decision_id=key, confidence=0.5, result=1, trace_id=TRACE, clock=clock
    )
    bus.publish(event.topic, event.to_json(), key=key)


def test_events_of_the_type_and_agent_arrive_typed_and_in_order(bus, clock):
    heard = []
    observe(bus, "auditor", "scorer", "scored", heard.append)
    publish(bus, clock, key="d-1")
    publish(bus, clock, event_type="trained")
    publish(bus, clock, agent="other")
    publish(bus, clock, key="d-2")
    bus.pump()
    assert [event.event_data.decision_id for event in heard] == ["d-1", "d-2"]


def test_two_observers_hear_the_same_event(bus, clock):
    heard = []
    observe(bus, "auditor", "scorer", "scored", lambda event: heard.append("auditor"))
    observe(bus, "trainer", "scorer", "scored", lambda event: heard.append("trainer"))
    publish(bus, clock)
    bus.pump()
    assert sorted(heard) == ["auditor", "trainer"]


def test_what_is_no_event_becomes_a_dead_letter_of_the_observer(bus, clock):
    heard = []
    observe(bus, "auditor", "scorer", "scored", heard.append)
    bus.publish("events.scorer.scored", {"event_type": "scored"}, key="k")
    for _attempt in range(3):
        bus.pump()
        clock.advance(60.0)
    assert heard == []
    (letter,) = bus.dead_letters("auditor.scorer.scored")
    assert "event_data" in letter.error


def test_a_handler_that_fails_gets_the_event_again(bus, clock):
    attempts = []

    def handle(event):
        attempts.append(event.event_data.decision_id)
        if len(attempts) == 1:
            raise ValueError("not now")

    observe(bus, "auditor", "scorer", "scored", handle)
    publish(bus, clock)
    bus.pump()
    clock.advance(60.0)
    bus.pump()
    assert attempts == ["d-1", "d-1"]


def test_peers_are_found_by_id_and_gone_through_in_order():
    peers = Peers({"north": 1, "south": 2})
    assert (peers["north"], list(peers)) == (1, [1, 2])


@pytest.mark.parametrize(
    ("known", "told"), [({"south": 1, "north": 2}, "north, south"), ({}, "none")]
)
def test_an_agent_that_is_no_peer_is_refused_with_those_that_are(known, told):
    with pytest.raises(UnknownAgentError, match=f"no agent 'west' is called here; known: {told}"):
        Peers(known)["west"]
