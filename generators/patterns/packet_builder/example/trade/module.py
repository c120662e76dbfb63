"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by packet_builder@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.adapter.intake import take_in
from agent_runtime.adapter.told import documents_of, packet_key, translated
from agent_runtime.clients.packets import OpenPayload
from agent_runtime.shapes.adapter import TranslateRequest, TranslateResponse
from agent_runtime.shapes.base import Call
from agent_runtime.translation.book import RecordBook
from agent_runtime.values import JsonObject

from L9.agents.adapters.plastos.buyer_supplier_matcher import TERMS
from L9.agents.adapters.plastos.governance_bridge import GovernanceBridge
from L9.agents.adapters.plastos.main_agent_client import MainAgentClient
from L9.agents.adapters.plastos.material_compatibility_checker import CompatibilityChecker
from L9.agents.adapters.plastos.plastos_data_translator import DOMAIN, PLAN, DataTranslator

PACKET_TYPE: Final = "transaction_batch"  # glue: wirings of this agent
AUDIT_EVENT: Final = "packet_creation_and_routing"  # governance.auditscope


class PacketBuilder:
    """Records come in, transaction_batch goes out; the answer comes in a packet of its own."""

    def __init__(
        self,
        translator: DataTranslator,
        checker: CompatibilityChecker,
        governance: GovernanceBridge,
        book: RecordBook,
        client: MainAgentClient,
    ) -> None:
        self._translator = translator
        self._checker = checker
        self._governance = governance
        self._book = book
        self._client = client

    def translate_call(self, request: TranslateRequest, call: Call) -> TranslateResponse:
        """Take records in, and ask about the deals and wishes among them.

        Raises:
            MemoryLayerError: records could not be kept, or the bus failed.
        """
        batch = self._translator.take(documents_of(request.records), trace_id=call.trace_id)
        intake = take_in(
            batch.accepted,
            self._book,
            deal=PLAN.deal,
            terms=TERMS,
            check=self._checker.check,
            judge=lambda offer, wish: self._checker.judge(offer, wish, trace_id=call.trace_id),
        )
        payload = intake.payload(DOMAIN, request.criticality)
        packet_id = None
        if payload is not None:
            packet_id = self._client.send_transaction_batch(
                OpenPayload.of(payload), call, key=packet_key(payload, call)
            )
            detail: JsonObject = {
                "packet_type": PACKET_TYPE,
                "transactions": len(payload.transactions),
            }
            self._governance.audit(AUDIT_EVENT, packet_id, detail, call.trace_id)
        return translated(batch, intake, packet_id, call, criticality=request.criticality)
