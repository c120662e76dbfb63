"""Events of other agents as typed values, and several agents behind one client."""

import pytest
from agent_runtime.bus import SqliteBus
from agent_runtime.clients.observing import Observation
from agent_runtime.clients.peers import Peers
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, UnknownAgentError
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
    Observation(bus, "auditor").on("scorer", "scored", heard.append)
    publish(bus, clock, key="d-1")
    publish(bus, clock, event_type="trained")
    publish(bus, clock, agent="other")
    publish(bus, clock, key="d-2")
    bus.pump()
    assert [event.event_data.decision_id for event in heard] == ["d-1", "d-2"]


def test_two_observers_hear_the_same_event(bus, clock):
    heard = []
    Observation(bus, "auditor").on("scorer", "scored", lambda event: heard.append("auditor"))
    Observation(bus, "trainer").on("scorer", "scored", lambda event: heard.append("trainer"))
    publish(bus, clock)
    bus.pump()
    assert sorted(heard) == ["auditor", "trainer"]


def test_what_is_no_event_becomes_a_dead_letter_of_the_observer(bus, clock):
    heard = []
    Observation(bus, "auditor").on("scorer", "scored", heard.append)
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

    Observation(bus, "auditor").on("scorer", "scored", handle)
    publish(bus, clock)
    bus.pump()
    clock.advance(60.0)
    bus.pump()
    assert attempts == ["d-1", "d-1"]


def test_events_from_before_anybody_observed_are_read_page_by_page(bus, clock):
    for key in ("d-1", "d-2", "d-3"):
        publish(bus, clock, key=key)
    publish(bus, clock, event_type="trained", key="d-4")
    observation = Observation(bus, "auditor")
    first = observation.read("scorer", "scored", limit=2)
    assert [event.event_data.decision_id for event in first.events] == ["d-1", "d-2"]
    rest = observation.read("scorer", "scored", after=first.position)
    assert [event.event_data.decision_id for event in rest.events] == ["d-3"]
    end = observation.read("scorer", "scored", after=rest.position)
    assert (end.events, end.position) == ((), rest.position)


def test_what_is_no_event_is_passed_over_when_events_are_read(bus, clock):
    bus.publish("events.scorer.scored", {"event_type": "scored"}, key="k")
    publish(bus, clock, key="d-1")
    page = Observation(bus, "auditor").read("scorer", "scored")
    assert [event.event_data.decision_id for event in page.events] == ["d-1"]


def test_what_is_read_is_bounded(bus):
    with pytest.raises(InputBoundsError, match="below 1"):
        Observation(bus, "auditor").read("scorer", "scored", limit=0)
    with pytest.raises(InputBoundsError, match="no topic"):
        bus.published("events.*")


def test_a_closed_observation_leaves_events_waiting_for_the_next(bus, clock):
    early, late = [], []
    observation = Observation(bus, "auditor")
    observation.on("scorer", "scored", early.append)
    observation.close()
    publish(bus, clock)
    bus.pump()
    Observation(bus, "auditor").on("scorer", "scored", late.append)
    bus.pump()
    assert ([*early], [event.event_data.decision_id for event in late]) == ([], ["d-1"])


def test_peers_are_found_by_id_and_gone_through_in_order():
    peers = Peers({"north": 1, "south": 2})
    assert (peers["north"], list(peers)) == (1, [1, 2])


@pytest.mark.parametrize(
    ("known", "told"), [({"south": 1, "north": 2}, "north, south"), ({}, "none")]
)
def test_an_agent_that_is_no_peer_is_refused_with_those_that_are(known, told):
    with pytest.raises(UnknownAgentError, match=f"no agent 'west' is called here; known: {told}"):
        Peers(known)["west"]
