"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by data_ingestion_agent@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Iterable
from typing import Final

from agent_runtime.bus import EventBus
from agent_runtime.datasets.ingestion import Assessment, Ingestion, IngestionPlan, OutcomeSource
from agent_runtime.datasets.ledger import IngestionCounts, OutcomeLedger
from agent_runtime.datasets.quality import QualityLimits
from agent_runtime.values import JsonValue

from L9.orchestration.tensor_trainer.governance_bridge import GovernanceBridge

TOPICS: Final[tuple[str, ...]] = (
    "events.plastos_adapter.report_outcome",
)  # wirings of the glue, event_observe
AUDIT_EVENT: Final = "data_ingestion_events"  # governance.auditscope
LEAST_SCORE: Final = 0.9  # learningsystem.autonomyprofile.escalationtriggers.1
SCOPE_DAYS: Final[float | None] = 730  # reasoningengine.temporalscope
PLAN: Final = IngestionPlan(
    topics=TOPICS,
    consumer="tensor_trainer.outcomes",
    audit_event=AUDIT_EVENT,
    issue_events=("data_quality_issue_detected",),  # governance.escalationpolicy
    score_signals=("data_quality",),  # learningsystem.autonomyprofile.escalationtriggers.1
    limits=QualityLimits(least_score=LEAST_SCORE),
)


class DataIngestionAgent:
    """Collects what came of links; an outcome counts once, however often it is reported."""

    def __init__(self, governance: GovernanceBridge, ledger: OutcomeLedger) -> None:
        self._ledger = ledger
        self._ingestion = Ingestion(PLAN, ledger, governance)

    def listen(self, bus: EventBus) -> None:
        """Take in what comes over `TOPICS` from now on, also what came while nobody ran.

        Raises:
            MemoryLayerError: the bus failed.
        """
        self._ingestion.listen(bus)

    def take(
        self, documents: Iterable[JsonValue], *, source: str, trace_id: str
    ) -> IngestionCounts:
        """Take in `documents` reported by the agent `source`; each refusal is audited.

        Raises:
            MemoryLayerError: the ledger failed; take them again, none will count twice.
        """
        return self._ingestion.take(documents, source=source, trace_id=trace_id)

    def pull(self, source: OutcomeSource, *, trace_id: str) -> IngestionCounts:
        """Read `source` from where the last pull ended until it has no more.

        Raises:
            AgentError: the source or the ledger failed; pull again.
        """
        return self._ingestion.pull(source, trace_id=trace_id)

    def assess(self, subject: str, *, domain: str | None = None, trace_id: str) -> Assessment:
        """Judge the outcomes of `SCOPE_DAYS` and refusals of the same time; people hear of issues.

        Args:
            subject: what the data is for, such as a training job.
            domain: only its outcomes; of all domains if None.
            trace_id: trace to work under.

        Raises:
            InputBoundsError: there is no outcome.
        """
        return self._ingestion.assess(
            days=SCOPE_DAYS, domain=domain, subject=subject, trace_id=trace_id
        )

    def latency(self) -> float:
        """Return the mean seconds from an outcome to its intake within a day; NaN without any."""
        return self._ledger.latency(days=1.0)

    def counts(self) -> IngestionCounts:
        """Return what became of all reports so far."""
        return self._ledger.counts()
