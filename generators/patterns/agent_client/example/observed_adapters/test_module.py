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


@pytest.mark.positive
@pytest.mark.parametrize("agent", ("plastos_adapter",))
def test_report_outcome_events_of_each_agent_are_observed(parts: AgentParts, agent: str) -> None:
    heard: list[Event] = []
    AdapterClient.open(parts).on_report_outcome(heard.append)
    for kind in ("report_outcome", "something_else"):
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
    parts.bus.pump()
    assert [(each.agent, each.event_type, each.trace_id) for each in heard] == [
        (agent, "report_outcome", TRACE)
    ]


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
