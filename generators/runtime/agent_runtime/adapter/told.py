"""What a domain is told of the records that it sent, and how the packet about them is known."""

import hashlib
from collections.abc import Sequence

from agent_runtime.adapter.intake import Intake
from agent_runtime.jsontext import canonical_json
from agent_runtime.kernels.trades import Trade
from agent_runtime.shapes.adapter import Deal, DomainRecord, RefusedRecord, TranslateResponse
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.transactions import TransactionPayload
from agent_runtime.translation.desk import Batch
from agent_runtime.values import JsonObject


def documents_of(records: Sequence[DomainRecord]) -> list[tuple[str, JsonObject]]:
    """Return type and fields of each record."""
    return [(each.record, dict(each.model_dump(mode="json")["fields"])) for each in records]


def packet_key(payload: TransactionPayload, call: Call) -> str:
    """Return the idempotency key of what is asked under a trace: asked again it is the same."""
    return f"ask:{_digest({'trace': call.trace_id, 'payload': payload.model_dump(mode='json')})}"


def translated(
    batch: Batch, intake: Intake, packet_id: str | None, call: Call, *, criticality: float
) -> TranslateResponse:
    """Return what became of a batch of records; its confidence is the share of those accepted."""
    refused = tuple(
        RefusedRecord(index=each.index, record=each.record, key=each.key, reasons=each.reasons)
        for each in batch.refused
    )
    asked = tuple(each.transaction_id for each in intake.transactions)
    entities = dict.fromkeys(each.entity for each in batch.accepted if each.entity is not None)
    told: JsonObject = {
        "trace": call.trace_id,
        "report": batch.report,
        "asked": list(asked),
        "unfit": dict(intake.unfit),
        "packet": packet_id,
    }
    total = len(batch.accepted) + len(refused)
    return TranslateResponse(
        decision_id=f"translated-{_digest(told)}",
        trace_id=call.trace_id,
        confidence=len(batch.accepted) / total if total else 1.0,
        criticality=criticality,
        factors={
            "accepted": float(len(batch.accepted)),
            "refused": float(len(refused)),
            "unfit": float(len(intake.unfit)),
        },
        entities=tuple(entities),
        governance_status="escalated" if batch.objected or intake.unfit else "proceeded",
        accepted=len(batch.accepted),
        refused=refused,
        packet_id=packet_id,
        transactions=asked,
        unfit=intake.unfit,
        deals=tuple(_deal(each) for each in batch.deals),
    )


def _deal(trade: Trade) -> Deal:
    return Deal(
        deal_id=trade.trade_id,
        seller=trade.seller,
        buyer=trade.buyer,
        item=trade.item,
        quantity=trade.quantity,
        price=trade.price,
        at=trade.at,
    )


def _digest(content: JsonObject) -> str:
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()[:24]
