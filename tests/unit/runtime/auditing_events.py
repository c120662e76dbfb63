"""Events for tests of auditing: observed ones, made without a bus."""

from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.clock import ManualClock
from agent_runtime.events import new_event
from agent_runtime.kernels.sampling import Drawn
from agent_runtime.testing import TRACE
from agent_runtime.values import JsonValue

CLOCK = ManualClock()


def seen(
    number: int,
    result: JsonValue,
    *,
    agent: str = "scorer",
    event_type: str = "score",
    confidence: float = 0.9,
    status: str = "proceeded",
) -> ObservedEvent:
    event = new_event(
        event_type,
        agent,
        decision_id=f"d{number}",
        confidence=confidence,
        result=result,
        trace_id=TRACE,
        clock=CLOCK,
        governance_status=status,
    )
    return ObservedEvent(sequence=number, message_id=f"m{number}", received_at=CLOCK(), event=event)


def batch_of(*events: ObservedEvent) -> AuditBatch:
    sample = tuple(Drawn(key=e.message_id, stratum=e.kind, probability=1.0) for e in events)
    return AuditBatch(
        fresh=events, sample=sample, recent=events, period="2026-01-01", trace_id=TRACE
    )
