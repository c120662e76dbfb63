"""What `L9.example.module` promises.

Expected by the schema and by packet_validator@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.audit import AuditRecord
from agent_runtime.errors import PacketError, UnknownAgentError
from agent_runtime.examples import example_of
from agent_runtime.routing.receiving import LARGEST_PACKET
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.values import JsonObject

from L9.agents.main.packet_validator import PROTOCOL, PacketValidator
from L9.core.packetprotocol import PacketEnvelope, new_packet

TYPES = (
    "transaction_batch",
    "loan_application",
    "batch_job",
    "override_request",
    "context_update",
)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="main_agent")


def packet(bench: AgentBench, kind: str = TYPES[0], to: str = "main_agent") -> PacketEnvelope:
    """Return a packet with the smallest payload that its type takes."""
    return new_packet(
        "sender",
        to,
        example_of(PROTOCOL.payloads[kind]),
        clock=bench.clock,
        packet_type=kind,
        trace_id=TRACE,
    )


def refused(bench: AgentBench, document: JsonObject, told: str) -> AuditRecord:
    """Have a packet refused; return the audit record about it."""
    with pytest.raises((PacketError, UnknownAgentError), match=told) as refusal:
        PacketValidator(bench.audit).check(document)
    (record,) = bench.audit.records()
    assert record.action == "packet_reception_and_routing"
    assert record.detail["status"] == refusal.value.status
    assert told.replace("\\", "") in str(record.detail["why"])
    return record


@pytest.mark.positive
@pytest.mark.parametrize("kind", TYPES)
def test_each_declared_packet_type_passes_with_its_payload(bench: AgentBench, kind: str) -> None:
    sent = packet(bench, kind)
    assert PacketValidator(bench.audit).check(sent.to_json()) == sent
    assert list(bench.audit.records()) == []


@pytest.mark.positive
@pytest.mark.parametrize("name", ("main_agent", "MainAgent"))
def test_the_agent_may_be_called_by_each_of_its_names(bench: AgentBench, name: str) -> None:
    sent = packet(bench, to=name)
    assert PacketValidator(bench.audit).check(sent.to_json()).destination_agent == name


@pytest.mark.positive
def test_fields_of_a_newer_release_are_kept(bench: AgentBench) -> None:
    document = {**packet(bench).to_json(), "hops": 3}
    assert PacketValidator(bench.audit).check(document).extensions == {"hops": 3}


@pytest.mark.positive
def test_another_refusal_is_audited_and_handed_back(bench: AgentBench) -> None:
    error = UnknownAgentError("nobody knows the sender")
    document = packet(bench).to_json()
    assert PacketValidator(bench.audit).refuse(document, "source", error) is error
    (record,) = bench.audit.records()
    assert (record.detail["refused"], record.detail["status"]) == ("source", 404)
    assert (record.subject, record.trace_id) == (document["packet_id"], TRACE)


@pytest.mark.regression
def test_the_packet_types_are_those_of_the_schema() -> None:
    assert (PROTOCOL.agent, PROTOCOL.names) == ("main_agent", ("main_agent", "MainAgent"))
    assert {kind: shape.__name__ for kind, shape in PROTOCOL.payloads.items()} == {
        "transaction_batch": "TransactionPayload",
        "loan_application": "TransactionPayload",
        "batch_job": "JobPayload",
        "override_request": "OverrideRequest",
        "context_update": "ContextPayload",
    }


@pytest.mark.negative
@pytest.mark.parametrize(
    "field", ["packet_id", "source_agent", "destination_agent", "timestamp", "payload", "metadata"]
)
def test_a_packet_without_a_field_is_refused_with_400(bench: AgentBench, field: str) -> None:
    document = {key: value for key, value in packet(bench).to_json().items() if key != field}
    record = refused(bench, document, f"{field} is missing")
    assert (record.detail["refused"], record.detail["status"]) == ("envelope", 400)


@pytest.mark.negative
def test_a_packet_for_somebody_else_is_refused_with_404(bench: AgentBench) -> None:
    record = refused(
        bench, packet(bench, to="nobody_we_know").to_json(), "no agent 'nobody_we_know'"
    )
    assert (record.detail["refused"], record.detail["status"]) == ("destination", 404)


@pytest.mark.negative
def test_a_packet_type_that_is_not_declared_is_refused_with_400(bench: AgentBench) -> None:
    sent = new_packet(
        "sender", "main_agent", {}, clock=bench.clock, packet_type="delete_everything"
    )
    record = refused(bench, sent.to_json(), "packet_type must be one of")
    assert (record.detail["refused"], record.detail["status"]) == ("packet_type", 400)


@pytest.mark.negative
@pytest.mark.parametrize("kind", TYPES)
def test_a_payload_with_a_field_that_its_type_lacks_is_refused(
    bench: AgentBench, kind: str
) -> None:
    sent = packet(bench, kind).to_json()
    record = refused(bench, {**sent, "payload": {"no_such_field": 1}}, r"payload\.no_such_field")
    assert (record.detail["refused"], record.detail["packet_type"]) == ("payload", kind)


@pytest.mark.negative
def test_a_packet_larger_than_any_may_be_is_refused(bench: AgentBench) -> None:
    sent = packet(bench).to_json()
    record = refused(bench, {**sent, "payload": {"x": "y" * LARGEST_PACKET}}, "are accepted")
    assert record.detail["refused"] == "size"
