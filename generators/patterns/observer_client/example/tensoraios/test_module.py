"""What `L9.example.module` promises.

Expected by the schema and by observer_client@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.observer import REFUSED
from agent_runtime.errors import GovernanceError
from agent_runtime.events import new_event
from agent_runtime.testing import TRACE, AgentBench

from L9.governance.tensor_auditor.event_subscriber import EventSubscriber
from L9.governance.tensor_auditor.tensoraios_auditor_client import (
    AGENTS,
    EVENTS,
    TensorAIOSObserver,
)


class Street:
    """Agents that publish, and the observer beside them."""

    def __init__(self, folder: Path) -> None:
        self.bench = AgentBench(folder, agent="tensor_auditor")
        self.subscriber = EventSubscriber.open(self.bench.bus, folder, self.bench.clock)
        self.observer = TensorAIOSObserver(self.subscriber, self.bench.audit)

    def publish(self, kind: str, agent: str = AGENTS[0], *, number: int = 1) -> None:
        event = new_event(
            kind,
            agent,
            decision_id=f"d{number}",
            confidence=0.5,
            result={},
            trace_id=TRACE,
            clock=self.bench.clock,
        )
        message_id = f"{event.topic}:{number}"
        self.bench.bus.publish(event.topic, event.to_json(), key="one", message_id=message_id)
        self.bench.bus.pump()

    def of(self, kind: str) -> tuple[ObservedEvent, ...]:
        """Call the method that is named after an event type."""
        found: dict[str, tuple[ObservedEvent, ...]] = {
            "score_candidates": self.observer.score_candidates(),
            "detect_anomaly": self.observer.detect_anomaly(),
            "trigger_retraining": self.observer.trigger_retraining(),
        }
        return found[kind]


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    made.subscriber.close()


@pytest.mark.positive
@pytest.mark.parametrize("kind", EVENTS)
def test_each_declared_event_is_seen_under_its_name(street: Street, kind: str) -> None:
    street.publish(kind)
    (seen,) = street.of(kind)
    assert seen.kind == f"{AGENTS[0]}.{kind}"
    assert all(street.of(other) == () for other in EVENTS if other != kind)


@pytest.mark.positive
def test_whom_it_observes_is_wired_by_the_glue() -> None:
    assert AGENTS == ("tensoraios",)
    assert EVENTS == ("score_candidates", "detect_anomaly", "trigger_retraining")


@pytest.mark.positive
def test_events_are_in_the_order_of_arrival(street: Street) -> None:
    for number, kind in enumerate(EVENTS):
        street.publish(kind, number=number)
    assert [each.event.event_type for each in street.observer.events()] == list(EVENTS)
    assert [each.event.event_type for each in street.observer.events(limit=1)] == [EVENTS[-1]]


@pytest.mark.positive
def test_a_decision_is_followed_through_its_events(street: Street) -> None:
    for number in (1, 2):
        street.publish(EVENTS[0], number=number)
    (seen,) = street.observer.decision("d2")
    assert seen.event.event_data.decision_id == "d2"


@pytest.mark.positive
def test_looking_leaves_no_trace_with_the_observed(street: Street) -> None:
    street.publish(EVENTS[0])
    before = street.bench.bus.pump()
    street.observer.events()
    street.observer.decision("d1")
    assert (before, street.bench.bus.pump(), street.bench.actions()) == (0, 0, [])


@pytest.mark.negative
@pytest.mark.parametrize("operation", [*EVENTS, "shut_down"])
def test_acting_on_the_observed_is_refused_and_audited(street: Street, operation: str) -> None:
    with pytest.raises(GovernanceError, match=f"{operation} is refused"):
        street.observer.reach(operation, trace_id=TRACE)
    (record,) = street.bench.audit.records()
    assert (record.action, record.actor) == (REFUSED, "tensor_auditor")
    assert record.detail["operation"] == operation
    assert street.bench.bus.pump() == 0


@pytest.mark.negative
def test_the_events_of_others_are_not_shown(street: Street) -> None:
    street.publish(EVENTS[0], "stranger")
    assert street.observer.events() == ()
    assert street.observer.decision("d1") == ()


@pytest.mark.negative
def test_an_undeclared_event_is_not_seen(street: Street) -> None:
    street.publish("undeclared")
    assert street.observer.events() == ()
