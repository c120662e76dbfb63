"""What `L9.example.module` promises.

Expected by the schema and by outcome_feedback_handler@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.datasets.records import read_outcome
from agent_runtime.errors import InputBoundsError
from agent_runtime.feedback.collection import feedback_topic, parse_feedback
from agent_runtime.shapes.adapter import OutcomeRequest
from agent_runtime.shapes.base import Call
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.values import JsonObject
from pydantic import ValidationError

from L9.agents.adapters.plastos.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.adapters.plastos.outcome_feedback_handler import (
    AGENT,
    AUDIT_EVENT,
    DOMAIN,
    FEEDBACK,
    OutcomeFeedbackHandler,
)

CALL = Call(trace_id=TRACE)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent=AGENT, signals=SIGNALS, rules=RULES, policy=POLICY)


@pytest.fixture
def handler(tmp_path: Path, bench: AgentBench) -> Iterator[OutcomeFeedbackHandler]:
    governance = GovernanceBridge(bench.governance)
    made = OutcomeFeedbackHandler.open(tmp_path, governance, bench.bus, bench.clock)
    yield made
    made.close()


def outcome(key: str = "o-1", *, accepted: bool = True, succeeded: bool = True) -> OutcomeRequest:
    return OutcomeRequest(
        record_id=key,
        subject="domain:party/1",
        relation="SUPPLIES",
        object="domain:party/2",
        accepted=accepted,
        succeeded=succeeded,
        occurred_at=10.0,
        about="decision-1",
        measures={"price": 12.5},
    )


@pytest.mark.positive
def test_an_outcome_is_told_as_learning_reads_it(handler: OutcomeFeedbackHandler) -> None:
    response = handler.report_call(outcome(), CALL)
    read = read_outcome(response.model_dump(mode="json"), source=AGENT)
    assert (read.record_id, read.domain, read.succeeded) == ("o-1", DOMAIN, True)
    assert read.link == ("domain:party/1", "SUPPLIES", "domain:party/2")
    assert read.measures == {"price": 12.5}
    assert DOMAIN == "PlastOS"


@pytest.mark.positive
def test_reported_again_it_counts_once(handler: OutcomeFeedbackHandler) -> None:
    first = handler.report_call(outcome(), CALL)
    again = handler.report_call(outcome(), CALL)
    assert (first.new, again.new) == (True, False)
    handler.report_call(outcome("o-2", succeeded=False), CALL)
    assert handler.success() == 0.5


@pytest.mark.positive
def test_rates_are_shares_of_all_outcomes(handler: OutcomeFeedbackHandler) -> None:
    assert math.isnan(handler.acceptance())
    for n in range(4):
        handler.report_call(outcome(f"o-{n}", accepted=n < 3, succeeded=n < 1), CALL)
    assert (handler.acceptance(), handler.success()) == (0.75, 0.25)


@pytest.mark.positive
def test_those_who_decided_hear_of_it_by_their_channel(
    bench: AgentBench, handler: OutcomeFeedbackHandler
) -> None:
    heard: list[JsonObject] = []
    for agent in FEEDBACK:
        bench.bus.subscribe(feedback_topic(agent), agent, lambda sent: heard.append(sent.message))
    handler.report_call(outcome(succeeded=False), CALL)
    bench.bus.pump()
    told = [parse_feedback(message) for message in heard]
    assert [each.channel for each in told] == [*FEEDBACK.values()]
    assert FEEDBACK == {"main_agent": "transaction_outcome_signals"}
    assert all(each.correct is False and each.accepted is True for each in told)


@pytest.mark.positive
def test_outcomes_outlive_the_process(
    tmp_path: Path, bench: AgentBench, handler: OutcomeFeedbackHandler
) -> None:
    handler.report_call(outcome(), CALL)
    handler.close()
    governance = GovernanceBridge(bench.governance)
    later = OutcomeFeedbackHandler.open(tmp_path, governance, bench.bus, bench.clock)
    assert later.acceptance() == 1.0
    assert not later.report_call(outcome(), CALL).new
    later.close()


@pytest.mark.positive
def test_every_report_is_audited(bench: AgentBench, handler: OutcomeFeedbackHandler) -> None:
    response = handler.report_call(outcome(), CALL)
    (audited,) = [each for each in bench.audit.records() if each.action == AUDIT_EVENT]
    assert (audited.subject, audited.trace_id) == (response.decision_id, TRACE)
    assert audited.detail == {"succeeded": True, "accepted": True, "new": True}


@pytest.mark.negative
def test_another_outcome_under_the_same_id_is_refused(
    bench: AgentBench, handler: OutcomeFeedbackHandler
) -> None:
    handler.report_call(outcome(), CALL)
    with pytest.raises(InputBoundsError, match="differently"):
        handler.report_call(outcome(succeeded=False), CALL)
    assert handler.success() == 1.0


@pytest.mark.negative
@pytest.mark.parametrize("changes", [{"record_id": ""}, {"subject": ""}, {"occurred_at": -1.0}])
def test_an_outcome_that_names_nothing_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OutcomeRequest.model_validate({**outcome().model_dump(), **changes})


@pytest.mark.negative
def test_a_figure_that_is_not_finite_is_refused() -> None:
    plain = outcome().model_dump()
    with pytest.raises(ValidationError):
        OutcomeRequest.model_validate({**plain, "measures": {"price": float("nan")}})
