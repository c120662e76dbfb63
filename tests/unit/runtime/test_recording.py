"""From the answer of an operation to the decision that memory keeps."""

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.recording import decision_of
from agent_runtime.shapes.base import DecisionShape
from agent_runtime.testing import TRACE


class Scored(DecisionShape):
    model_version: str
    ranking: tuple[float, ...] = (0.5, 0.25)


ANSWER = Scored(
    decision_id="d-1",
    trace_id=TRACE,
    confidence=0.75,
    criticality=0.5,
    factors={"history": 1.0},
    entities=("acme",),
    governance_status="escalated",
    escalations=("e-1",),
    model_version="000001",
)


@pytest.mark.positive
def test_a_decision_holds_what_was_answered():
    decision = decision_of(ANSWER, agent="scorer", now=0.0)
    assert (decision.decision_id, decision.agent_id, decision.trace_id) == ("d-1", "scorer", TRACE)
    assert (decision.confidence, decision.criticality) == (0.75, 0.5)
    assert decision.result == {"model_version": "000001", "ranking": [0.5, 0.25]}
    assert decision.factors == {"history": 1.0}
    assert decision.entities == ("acme",)
    assert decision.governance_status == "escalated"
    assert decision.escalated_to == ("e-1",)
    assert decision.attributes == {}


@pytest.mark.positive
def test_indexed_fields_become_attributes_if_the_answer_or_the_clock_has_them():
    indexed = ("model_version", "ranking", "domain", "inference_timestamp", "timestamp")
    decision = decision_of(ANSWER, agent="scorer", indexed=indexed, now=1_700_000_000.0)
    when = "2023-11-14T22:13:20.000+00:00"
    assert decision.attributes == {
        "model_version": "000001",
        "inference_timestamp": when,
        "timestamp": when,
    }


@pytest.mark.negative
def test_an_answer_that_is_no_decision_is_refused():
    with pytest.raises(InputBoundsError, match="no plain name"):
        decision_of(ANSWER.model_copy(update={"decision_id": "../x"}), agent="scorer", now=0.0)
