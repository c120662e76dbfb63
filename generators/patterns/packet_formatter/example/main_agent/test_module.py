"""What `L9.example.module` promises.

Expected by the schema and by packet_formatter@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from dataclasses import fields as fields_of
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.reasoning.contracts import GovernanceStatus
from agent_runtime.routing import fields
from agent_runtime.testing import AgentBench
from agent_runtime.testing_routing import decided_case

from L9.agents.main.packet_formatter import ANSWERS, DOMAINS, PacketFormatter

ASKED = {
    "transaction_batch": (
        "enriched_results",
        ("match_scores", "tensor_embeddings", "anomaly_flags", "confidence"),
    ),
    "loan_application": (
        "risk_assessment",
        ("credit_risk_score", "market_impact", "governance_flags"),
    ),
}
BY_DOMAIN = {
    "plastos": "enriched_results",
    "mortgageos": "risk_assessment",
}
NOTICES = (("monitoring", "telemetry_event"),)
ON_ESCALATION = (("governance", "escalation_notice"),)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="main_agent")


@pytest.mark.positive
@pytest.mark.parametrize("asked", ASKED)
def test_each_packet_type_is_answered_with_exactly_the_declared_fields(
    bench: AgentBench, asked: str
) -> None:
    answer = PacketFormatter().answer(decided_case(bench, packet_type=asked))
    assert (answer.packet_type, tuple(answer.payload)) == ASKED[asked]


@pytest.mark.positive
@pytest.mark.parametrize("asked", ASKED)
def test_what_a_payload_says_is_what_was_decided(bench: AgentBench, asked: str) -> None:
    decided = decided_case(bench, packet_type=asked)
    _, payload = ANSWERS[asked]
    shaped = payload.of(decided)
    for field in fields_of(shaped):
        assert getattr(shaped, field.name) == getattr(fields, field.name)(decided)


@pytest.mark.positive
def test_an_answer_tells_decision_status_confidence_and_reasons(bench: AgentBench) -> None:
    about = PacketFormatter().answer(decided_case(bench, status="escalated")).about
    assert about["decision_id"] == "d-1"
    assert about["governance_status"] == "escalated"
    assert about["confidence"] == 0.75
    assert about["reasoning_trace"] == [
        "likeliest",
        "symbolic: 0.750",
        "gap: weather",
        "missing: anomaly_detection: late",
    ]


@pytest.mark.positive
@pytest.mark.parametrize("domain", BY_DOMAIN)
def test_a_part_of_a_job_is_answered_as_its_domain_expects(bench: AgentBench, domain: str) -> None:
    decided = decided_case(bench, packet_type="some_job", domain=domain)
    assert PacketFormatter().answer(decided).packet_type == BY_DOMAIN[domain]


@pytest.mark.positive
def test_notices_of_a_decision_that_proceeds(bench: AgentBench) -> None:
    notices = PacketFormatter().notices(decided_case(bench))
    assert {each.to: each.answer.packet_type for each in notices} == dict(NOTICES)


@pytest.mark.positive
def test_notices_of_a_decision_that_waits_for_the_anchors(bench: AgentBench) -> None:
    notices = PacketFormatter().notices(decided_case(bench, status="escalated"))
    assert {(each.to, each.answer.packet_type) for each in notices} == {*NOTICES, *ON_ESCALATION}


@pytest.mark.regression
def test_the_domains_are_those_of_the_schema() -> None:
    assert {domain: packet_type for domain, (packet_type, _) in DOMAINS.items()} == BY_DOMAIN


@pytest.mark.negative
def test_a_domain_that_nobody_declared_gets_the_first_answer(bench: AgentBench) -> None:
    decided = decided_case(bench, packet_type="unheard_of", domain="Nowhere")
    answer = PacketFormatter().answer(decided)
    assert answer.packet_type == "enriched_results"


@pytest.mark.negative
@pytest.mark.parametrize("status", ["proceeded", "approved", "overridden"])
def test_nobody_is_asked_about_a_decision_that_does_not_wait(
    bench: AgentBench, status: GovernanceStatus
) -> None:
    notices = PacketFormatter().notices(decided_case(bench, status=status))
    assert not {each.answer.packet_type for each in notices} & {kind for _, kind in ON_ESCALATION}


@pytest.mark.negative
def test_what_is_not_known_is_null_and_no_number(bench: AgentBench) -> None:
    decided = decided_case(bench)
    silent = replace(decided, scored=replace(decided.scored, risk=None))
    for _, payload in ANSWERS.values():
        shaped = payload.of(silent)
        assert getattr(shaped, "credit_risk_score", None) is None
        assert getattr(shaped, "risk_score", None) is None
