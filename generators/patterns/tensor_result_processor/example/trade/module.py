"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by tensor_result_processor@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Callable
from typing import Final

from agent_runtime.adapter.inbox import PacketInbox
from agent_runtime.adapter.lateoffers import LateOffers, ScoreLayer
from agent_runtime.adapter.results import ResultDesk, ResultPlan
from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock, system_clock
from agent_runtime.shapes.adapter import ResultsRequest, ResultsResponse
from agent_runtime.shapes.base import Call
from agent_runtime.translation.book import RecordBook

from L9.agents.adapters.plastos.buyer_supplier_matcher import TERMS, PairMatcher
from L9.agents.adapters.plastos.governance_bridge import GovernanceBridge
from L9.agents.adapters.plastos.margin_optimizer import MarginOptimizer
from L9.agents.adapters.plastos.material_compatibility_checker import CompatibilityChecker
from L9.agents.adapters.plastos.plastos_bridge import DomainBridge

AGENT: Final = "plastos_adapter"
PACKET_TYPE: Final = "enriched_results"
AUDIT_EVENT: Final = "tensor_result_processing"  # governance.auditscope
PLAN: Final = ResultPlan(
    terms=TERMS,
    limit=25000,  # governance.thresholds, in eur
    confidence=(
        "match_confidence",
        "tensor_confidence",
    ),  # governance.escalationpolicy, escalationtriggers
    value=("deal_value",),
)
LATE_MS: Final = 250.0  # half of the time-out of process_tensor_results


class TensorResultProcessor:
    """Ranks and prices matches; above 25000 eur one leaves only with an approval."""

    def __init__(
        self,
        matcher: PairMatcher,
        optimizer: MarginOptimizer,
        governance: GovernanceBridge,
        book: RecordBook,
        checker: CompatibilityChecker,
        *,
        bridge: DomainBridge | None = None,
        layer: ScoreLayer | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """Take who does each part; `layer` scores offers that came after the packet was sent."""
        self._governance = governance
        self._desk = ResultDesk(
            PLAN,
            book,
            matcher.match,
            optimizer,
            governance,
            deliver=None if bridge is None else bridge.deliver,
            late=(
                None
                if layer is None
                else LateOffers(
                    TERMS, book, checker.check, layer, clock=clock, milliseconds=LATE_MS
                )
            ),
        )

    def listen(
        self, bus: EventBus, record: Callable[[ResultsResponse], object], clock: Clock
    ) -> None:
        """Take results from the bus from now on; `record` keeps what is made of them."""
        PacketInbox(
            AGENT, PACKET_TYPE, ResultsRequest, self.process_call, record=record, clock=clock
        ).listen(bus)

    def process_call(self, request: ResultsRequest, call: Call) -> ResultsResponse:
        """Answer scored links with matches, best first; those that may leave are delivered.

        Raises:
            InputBoundsError: a record lacks a number.
            OutputBoundsError: the best choice was not found.
            MemoryLayerError: an escalation or the audit could not be written.
        """
        response = self._desk.process(request, call)
        detail = {match.match_id: match.status for match in response.matches}
        self._governance.audit(AUDIT_EVENT, response.decision_id, {**detail}, call.trace_id)
        return response
