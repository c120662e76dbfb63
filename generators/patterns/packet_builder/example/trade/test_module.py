"""What `L9.example.module` promises.

Expected by the schema and by packet_builder@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.bus import Delivery
from agent_runtime.clients.packets import PacketClient
from agent_runtime.packets import PacketEnvelope, parse_packet
from agent_runtime.shapes.adapter import DomainRecord, TranslateRequest
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.transactions import TransactionPayload
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.translation.book import RecordBook
from agent_runtime.values import JsonObject
from pydantic import ValidationError

from L9.agents.adapters.plastos.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.adapters.plastos.main_agent_client import MainAgentClient
from L9.agents.adapters.plastos.material_compatibility_checker import CompatibilityChecker
from L9.agents.adapters.plastos.packet_builder import AUDIT_EVENT, PACKET_TYPE, PacketBuilder
from L9.agents.adapters.plastos.plastos_data_translator import DOMAIN, DataTranslator

AGENT = "plastos_adapter"
ORCHESTRATOR = "main_agent"
CALL = Call(trace_id=TRACE)
SAMPLES: dict[str, JsonObject] = {
    "buyer": {
        "buyer_id": "buyer-1",
        "legal_name": "legal_name of buyer 1",
        "contact_email": "contact_email of buyer 1",
        "vat_number": "vat_number of buyer 1",
        "region": "north",
        "polymer": "PP",
        "melt_flow_low": 30.05,
        "melt_flow_high": 60.05,
        "contamination_limit": 5.0,
        "colour": "natural",
        "demand": 250.5,
        "bid_price": 2550.0,
    },
    "supplier": {
        "supplier_id": "supplier-1",
        "legal_name": "legal_name of supplier 1",
        "contact_email": "contact_email of supplier 1",
        "vat_number": "vat_number of supplier 1",
        "region": "north",
    },
    "material": {
        "material_id": "material-1",
        "supplier_id": "supplier-1",
        "polymer": "PP",
        "melt_flow": 45.05,
        "contamination": 5.0,
        "colour": "natural",
        "origin": "north",
        "offer": 250.5,
        "ask_price": 2525.0,
    },
    "transaction": {
        "transaction_id": "transaction-1",
        "supplier_id": "supplier-1",
        "buyer_id": "buyer-1",
        "material_id": "material-1",
        "quantity": 250.25,
        "price": 2525.0,
        "agreed_at": 10.0,
    },
}


class Orchestrator:
    """Keeps the packets that come to it."""

    def __init__(self, bench: AgentBench) -> None:
        self.heard: list[PacketEnvelope] = []
        bench.bus.subscribe(f"packets.{ORCHESTRATOR}", "test", self._keep)

    def _keep(self, delivery: Delivery) -> None:
        self.heard.append(parse_packet(delivery.message))


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent=AGENT, signals=SIGNALS, rules=RULES, policy=POLICY)


@pytest.fixture
def orchestrator(bench: AgentBench) -> Orchestrator:
    return Orchestrator(bench)


@pytest.fixture
def book(tmp_path: Path, bench: AgentBench) -> Iterator[RecordBook]:
    book = RecordBook(tmp_path / "records.db", bench.clock)
    yield book
    book.close()


@pytest.fixture
def builder(bench: AgentBench, book: RecordBook) -> PacketBuilder:
    governance = GovernanceBridge(bench.governance)
    return PacketBuilder(
        DataTranslator(governance, book),
        CompatibilityChecker(governance),
        governance,
        book,
        MainAgentClient(PacketClient(AGENT, ORCHESTRATOR, bench.bus, clock=bench.clock)),
    )


def records(*names: str) -> TranslateRequest:
    chosen = names or tuple(SAMPLES)
    return TranslateRequest.model_validate(
        {
            "records": [{"record": name, "fields": SAMPLES[name]} for name in chosen],
            "criticality": 0.5,
        }
    )


@pytest.mark.positive
def test_records_become_one_packet_to_the_orchestrator(
    bench: AgentBench, orchestrator: Orchestrator, builder: PacketBuilder
) -> None:
    response = builder.translate_call(records(), CALL)
    bench.bus.pump()
    (packet,) = orchestrator.heard
    assert (packet.source_agent, packet.destination_agent) == (AGENT, ORCHESTRATOR)
    assert packet.metadata.packet_type == PACKET_TYPE == "transaction_batch"
    assert packet.metadata.trace_id == TRACE
    assert packet.packet_id == response.packet_id
    payload = TransactionPayload.model_validate(dict(packet.payload))
    assert (payload.domain, payload.criticality, payload.respond) == (DOMAIN, 0.5, "later")
    assert tuple(each.transaction_id for each in payload.transactions) == response.transactions
    assert response.accepted == len(SAMPLES)
    assert response.confidence == 1.0


@pytest.mark.positive
def test_a_wish_asks_about_whoever_could_meet_it(
    bench: AgentBench, orchestrator: Orchestrator, builder: PacketBuilder
) -> None:
    response = builder.translate_call(records(), CALL)
    bench.bus.pump()
    payload = TransactionPayload.model_validate(dict(orchestrator.heard[0].payload))
    wishes = [each for each in payload.transactions if "wish" in each.details]
    assert len(wishes) == 1
    assert wishes[0].candidates
    assert {link.object for link in wishes[0].candidates} <= set(response.entities)


@pytest.mark.positive
def test_what_was_sent_is_audited_without_its_content(
    bench: AgentBench, builder: PacketBuilder
) -> None:
    response = builder.translate_call(records(), CALL)
    (audited,) = [each for each in bench.audit.records() if each.action == AUDIT_EVENT]
    assert audited.subject == response.packet_id
    assert audited.detail == {
        "packet_type": PACKET_TYPE,
        "transactions": len(response.transactions),
    }


@pytest.mark.positive
def test_asked_again_under_the_same_trace_the_packet_has_the_same_key(
    bench: AgentBench, orchestrator: Orchestrator, builder: PacketBuilder
) -> None:
    for _ in range(2):
        builder.translate_call(records(), CALL)
    builder.translate_call(records(), Call(trace_id="22222222-2222-4222-8222-222222222222"))
    bench.bus.pump()
    keys = [packet.metadata.idempotency_key for packet in orchestrator.heard]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.positive
def test_records_come_in_over_several_calls(
    bench: AgentBench, orchestrator: Orchestrator, builder: PacketBuilder
) -> None:
    asked = [builder.translate_call(records(name), CALL).transactions for name in SAMPLES]
    assert sum(len(each) for each in asked) >= 1
    bench.bus.pump()
    assert len(orchestrator.heard) == len([each for each in asked if each])


@pytest.mark.negative
def test_a_broken_record_is_refused_with_the_reason_and_the_rest_goes_on(
    builder: PacketBuilder,
) -> None:
    record, field = ("buyer", "buyer_id")
    broken = DomainRecord.model_validate(
        {"record": record, "fields": {**SAMPLES[record], field: None}}
    )
    request = TranslateRequest(records=(broken, *records().records))
    response = builder.translate_call(request, CALL)
    (refused,) = response.refused
    assert (refused.index, refused.record) == (0, record)
    assert field in refused.reasons[0]
    assert response.accepted == len(SAMPLES)
    assert response.confidence < 1.0


@pytest.mark.negative
def test_an_unknown_type_asks_nothing(
    bench: AgentBench, orchestrator: Orchestrator, builder: PacketBuilder
) -> None:
    unknown = DomainRecord(record="nothing_of_the_kind", fields={"x": 1})
    response = builder.translate_call(TranslateRequest(records=(unknown,)), CALL)
    bench.bus.pump()
    assert (response.accepted, response.packet_id, response.transactions) == (0, None, ())
    assert orchestrator.heard == []
    assert [each for each in bench.audit.records() if each.action == AUDIT_EVENT] == []


@pytest.mark.negative
def test_a_request_without_records_is_none() -> None:
    with pytest.raises(ValidationError):
        TranslateRequest(records=())
