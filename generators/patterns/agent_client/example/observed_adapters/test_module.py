"""What `L9.example.module` promises.

Expected by the schema and by agent_client@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.events import Event, new_event
from agent_runtime.parts import AgentParts
from agent_runtime.testing import TRACE
from agent_runtime.testing_service import calling_parts

from L9.orchestration.tensor_trainer.adapter_client import TARGETS, AdapterClient

AGENT = "tensor_trainer"
PEER = "plastos_adapter"


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[AgentParts]:
    with calling_parts(tmp_path, AGENT) as made:
        yield made


def publish(parts: AgentParts, kind: str, agent: str) -> None:
    event = new_event(
        kind,
        agent,
        decision_id="d-1",
        confidence=0.5,
        result={"ok": True},
        trace_id=TRACE,
        clock=parts.clock,
    )
    parts.bus.publish(event.topic, event.to_json(), key="d-1")


@pytest.mark.positive
@pytest.mark.parametrize("agent", ("plastos_adapter",))
def test_report_outcome_events_of_each_agent_are_observed(parts: AgentParts, agent: str) -> None:
    heard: list[Event] = []
    AdapterClient.open(parts).on_report_outcome(heard.append)
    for kind in ("report_outcome", "something_else"):
        publish(parts, kind, agent)
    parts.bus.pump()
    assert [(each.agent, each.event_type, each.trace_id) for each in heard] == [
        (agent, "report_outcome", TRACE)
    ]


@pytest.mark.positive
def test_earlier_report_outcome_events_are_read_from_a_position_on(parts: AgentParts) -> None:
    publish(parts, "report_outcome", PEER)
    publish(parts, "something_else", PEER)
    client = AdapterClient.open(parts)
    page = client.read_report_outcome(PEER)
    assert [(each.agent, each.event_type) for each in page.events] == [(PEER, "report_outcome")]
    rest = client.read_report_outcome(PEER, after=page.position)
    assert (rest.events, rest.position) == ((), page.position)


@pytest.mark.regression
def test_report_outcome_events_wait_while_the_client_is_closed(parts: AgentParts) -> None:
    early: list[Event] = []
    late: list[Event] = []
    client = AdapterClient.open(parts)
    client.on_report_outcome(early.append)
    client.close()
    publish(parts, "report_outcome", PEER)
    parts.bus.pump()
    AdapterClient.open(parts).on_report_outcome(late.append)
    parts.bus.pump()
    assert ([each.agent for each in early], [each.agent for each in late]) == ([], [PEER])


@pytest.mark.negative
def test_what_is_no_report_outcome_event_is_not_handed_on(parts: AgentParts) -> None:
    heard: list[Event] = []
    AdapterClient.open(parts).on_report_outcome(heard.append)
    parts.bus.publish(f"events.{PEER}.report_outcome", {"event_type": "broken"}, key="d-1")
    parts.bus.pump()
    assert heard == []


@pytest.mark.regression
def test_the_agents_are_where_the_registry_puts_them() -> None:
    assert TARGETS == {
        "plastos_adapter": "http://127.0.0.1:8002",
    }
