"""Events carry a decision with its confidence to whoever listens."""

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import PacketError
from agent_runtime.events import new_event, parse_event

TRACE_ID = "0a2b3c4d-1111-4222-8333-444455556666"


def event(**changes):
    values = {
        "decision_id": "d-1",
        "confidence": 0.75,
        "result": {"score": 0.9},
        "trace_id": TRACE_ID,
        "clock": ManualClock(0.0),
        **changes,
    }
    return new_event("decision_recorded", "tensoraios", **values)


@pytest.mark.positive
def test_an_event_has_the_five_fields_of_the_contract():
    assert event().to_json() == {
        "event_type": "decision_recorded",
        "agent": "tensoraios",
        "timestamp": "1970-01-01T00:00:00.000+00:00",
        "event_data": {"decision_id": "d-1", "confidence": 0.75, "result": {"score": 0.9}},
        "trace_id": TRACE_ID,
    }


def test_an_event_survives_the_wire_and_unknown_fields_are_ignored():
    sent = dict(event().to_json())
    sent["new_field"] = 1
    assert parse_event(sent) == event()


def test_the_topic_names_agent_and_type():
    assert event().topic == "events.tensoraios.decision_recorded"


@pytest.mark.parametrize("confidence", [0, 1, 0.0, 1.0])
def test_the_bounds_of_confidence_are_inside(confidence):
    assert event(confidence=confidence).event_data.confidence == float(confidence)


@pytest.mark.negative
@pytest.mark.parametrize("confidence", [-0.001, 1.001, True, "0.5", None])
def test_confidence_outside_0_to_1_is_refused(confidence):
    with pytest.raises(PacketError, match=r"event_data\.confidence must be a number from 0 to 1"):
        event(confidence=confidence)


@pytest.mark.negative
def test_a_result_may_be_null_but_not_absent():
    assert event(result=None).event_data.result is None
    sent = dict(event().to_json())
    sent["event_data"] = {"decision_id": "d-1", "confidence": 0.5}
    with pytest.raises(
        PacketError, match=r"^event_data\.result is missing: it must be a JSON value$"
    ):
        parse_event(sent)


@pytest.mark.negative
def test_every_fault_of_an_event_is_named():
    with pytest.raises(PacketError) as caught:
        parse_event({"event_type": "a b", "agent": "", "timestamp": "x", "trace_id": 1})
    assert str(caught.value) == (
        "event_data is missing: it must be a JSON object; "
        "event_type must be a name; agent must be an agent's name; "
        "timestamp must be an ISO 8601 time with its offset from UTC; "
        "event_data.decision_id is missing: it must be a name; "
        "event_data.confidence is missing: it must be a number from 0 to 1; "
        "event_data.result is missing: it must be a JSON value; "
        "trace_id must be a UUID"
    )


@pytest.mark.negative
def test_a_result_that_json_cannot_carry_is_refused():
    with pytest.raises(PacketError, match=r"event\.event_data\.result is not a finite number"):
        event(result=float("inf"))


def test_an_event_tells_how_governance_left_the_decision_and_what_hangs_on_it():
    event = new_event(
        "score",
        "tensoraios",
        decision_id="d-1",
        confidence=0.5,
        result=None,
        trace_id="11111111-1111-4111-8111-111111111111",
        clock=ManualClock(),
        governance_status="escalated",
        criticality=0.9,
    )
    assert parse_event(event.to_json()) == event
    assert event.to_json()["event_data"]["governance_status"] == "escalated"
    with pytest.raises(PacketError, match="criticality"):
        parse_event(
            {**event.to_json(), "event_data": {**event.to_json()["event_data"], "criticality": 2}}
        )
