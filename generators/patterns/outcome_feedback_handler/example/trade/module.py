"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by outcome_feedback_handler@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from agent_runtime.adapter.outcomes import OutcomeBook, outcome_told, send_feedback
from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock
from agent_runtime.shapes.adapter import OutcomeRequest, OutcomeResponse
from agent_runtime.shapes.base import Call

from L9.agents.adapters.plastos.governance_bridge import GovernanceBridge

AGENT: Final = "plastos_adapter"
DOMAIN: Final = "PlastOS"  # integration.shareddomains
AUDIT_EVENT: Final = "outcome_feedback_logging"  # governance.auditscope
FEEDBACK: Final[Mapping[str, str]] = {
    "main_agent": "transaction_outcome_signals"
}  # matching.feedback: channel by agent
STORE: Final = "deals.db"


class OutcomeFeedbackHandler:
    """Keeps each outcome once; learning hears of it by the event, `FEEDBACK` by the bus."""

    def __init__(self, book: OutcomeBook, governance: GovernanceBridge, bus: EventBus) -> None:
        self._book = book
        self._governance = governance
        self._bus = bus

    @classmethod
    def open(cls, folder: Path, governance: GovernanceBridge, bus: EventBus, clock: Clock) -> Self:
        """Open the outcomes kept in `folder`.

        Raises:
            MemoryLayerError: they cannot be opened.
        """
        return cls(OutcomeBook(folder / STORE, clock), governance, bus)

    def report_call(self, request: OutcomeRequest, call: Call) -> OutcomeResponse:
        """Keep an outcome and pass it on; reported again it is the same and counts once.

        Raises:
            InputBoundsError: another outcome was reported under this id.
            MemoryLayerError: it could not be kept, audited or sent.
        """
        fresh = self._book.note(request)
        send_feedback(request, self._bus, FEEDBACK, source=AGENT)
        response = outcome_told(request, call, domain=DOMAIN, fresh=fresh)
        detail = {"succeeded": request.succeeded, "accepted": request.accepted, "new": fresh}
        self._governance.audit(AUDIT_EVENT, response.decision_id, {**detail}, call.trace_id)
        return response

    def acceptance(self) -> float:
        """Return the share of recommendations that were taken; NaN without any outcome."""
        return self._book.acceptance()

    def success(self) -> float:
        """Return the share of outcomes in which the deal came off; NaN without any."""
        return self._book.success()

    def close(self) -> None:
        """Close the store."""
        self._book.close()
