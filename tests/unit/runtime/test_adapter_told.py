"""What a domain is told of its records, and how it is named."""

from agent_runtime.adapter.intake import Intake
from agent_runtime.adapter.told import documents_of, packet_key, translated
from agent_runtime.shapes.adapter import DomainRecord
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.transactions import Transaction, TransactionPayload
from agent_runtime.testing import TRACE
from agent_runtime.translation.desk import Batch
from agent_runtime.translation.translator import Refusal

from tests.unit.runtime.plastics import buyer
from tests.unit.runtime.test_matching import TRANSLATOR

CALL = Call(trace_id=TRACE)
OTHER = Call(trace_id="22222222-2222-4222-8222-222222222222")
BATCH = Batch(
    accepted=(TRANSLATOR.translate("buyer", buyer()),),
    refused=(Refusal(index=1, record="buyer", key="B2", reasons=("bid is missing",)),),
)
NOTHING = Intake(transactions=(), unfit={})


def test_a_request_is_read_as_types_and_fields() -> None:
    record = DomainRecord.model_validate({"record": "buyer", "fields": buyer()})
    assert documents_of([record]) == [("buyer", buyer())]


def test_the_answer_counts_and_names_what_was_refused() -> None:
    asked = Intake(transactions=(Transaction(transaction_id="T1"),), unfit={"T2": "too dirty"})
    answer = translated(BATCH, asked, "p-1", CALL, criticality=0.25)
    assert (answer.accepted, answer.confidence, answer.criticality) == (1, 0.5, 0.25)
    assert [(each.index, each.reasons) for each in answer.refused] == [(1, ("bid is missing",))]
    assert (answer.packet_id, answer.transactions) == ("p-1", ("T1",))
    assert answer.unfit == {"T2": "too dirty"}
    assert answer.governance_status == "escalated"
    assert answer.entities == ("plastos:buyer/B1",)
    assert "buyers.example" not in answer.model_dump_json()


def test_an_answer_without_records_is_sure_and_goes_on() -> None:
    answer = translated(Batch(accepted=(), refused=()), NOTHING, None, CALL, criticality=0.0)
    assert (answer.confidence, answer.governance_status) == (1.0, "proceeded")


def test_a_decision_is_named_by_what_it_says_and_its_trace() -> None:
    first = translated(BATCH, NOTHING, None, CALL, criticality=0.0)
    assert first == translated(BATCH, NOTHING, None, CALL, criticality=0.0)
    other = translated(BATCH, NOTHING, None, OTHER, criticality=0.0)
    assert first.decision_id != other.decision_id


def test_a_packet_is_known_by_what_it_asks_under_its_trace() -> None:
    asked = [
        TransactionPayload(domain="PlastOS", transactions=(Transaction(transaction_id=name),))
        for name in ("T1", "T2")
    ]
    keys = {packet_key(payload, call) for payload in asked for call in (CALL, OTHER)}
    assert len(keys) == 4
    assert packet_key(asked[0], CALL) in keys
