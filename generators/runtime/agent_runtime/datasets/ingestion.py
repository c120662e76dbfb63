"""Take outcomes in from adapters, pushed or pulled, each exactly once; refusals are on record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from agent_runtime.bus import Delivery, EventBus
from agent_runtime.datasets.ledger import IngestionCounts, OutcomeLedger
from agent_runtime.datasets.quality import QualityLimits, QualityReport, assess_quality
from agent_runtime.datasets.records import OutcomeRecord, outcome_documents, read_outcome
from agent_runtime.errors import InputBoundsError, PacketError
from agent_runtime.events import parse_event
from agent_runtime.tracing import bind_trace, new_trace_id
from agent_runtime.values import JsonObject, JsonValue

MOST_PAGES: Final = 1_000
"""Pages that one pull reads at most, so that a source that never ends cannot hold it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomePage:
    """Part of what a source has to tell, and where to go on; an empty position ends it."""

    outcomes: tuple[JsonValue, ...]
    position: str


class OutcomeSource(Protocol):
    """Whom outcomes can be pulled from; a client of an adapter is made one by a small function."""

    @property
    def name(self) -> str:
        """Agent id of the source."""

    def outcomes_after(self, position: str, *, trace_id: str) -> OutcomePage:
        """Return the next page after `position`; empty is the beginning."""


class IngestionOffice(Protocol):
    """What ingestion needs of governance; a generated governance bridge is one."""

    def audit(self, action: str, subject: str, detail: JsonObject, trace_id: str) -> None:
        """Record an audited event."""

    def observe_all(
        self, values: dict[str, float | bool], *, subject: str, trace_id: str
    ) -> Sequence[object]:
        """Judge signals together and return what was escalated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestionPlan:
    """What a schema says of ingestion.

    Attributes:
        topics: event topics whose results are outcomes.
        consumer: name under which the agent subscribes; it keeps its place over restarts.
        audit_event: name of the audited event.
        issue_events: true-or-false signals raised when data misses a limit.
        score_signals: signals that are fed the quality score.
        limits: what data is good enough.
    """

    topics: tuple[str, ...]
    consumer: str
    audit_event: str
    issue_events: tuple[str, ...]
    score_signals: tuple[str, ...]
    limits: QualityLimits


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """Outcomes with the verdict on them.

    Attributes:
        records: the outcomes that were judged.
        report: the figures, and an issue for each limit that is missed.
        raised: the escalations that it led to.
    """

    records: tuple[OutcomeRecord, ...]
    report: QualityReport
    raised: tuple[object, ...]


class Ingestion:
    """Fills a ledger of outcomes. Thread-safe as far as the ledger is."""

    def __init__(
        self, plan: IngestionPlan, ledger: OutcomeLedger, governance: IngestionOffice
    ) -> None:
        self._plan = plan
        self._ledger = ledger
        self._governance = governance

    def listen(self, bus: EventBus) -> None:
        """Take in what adapters push over `bus` from now on, also what comes while we are away.

        Raises:
            MemoryLayerError: the bus failed.
        """
        for topic in self._plan.topics:
            bus.subscribe(topic, self._plan.consumer, self._delivered)

    def take(
        self, documents: Iterable[JsonValue], *, source: str, trace_id: str
    ) -> IngestionCounts:
        """Take in `documents`; each that is unusable is refused, counted and audited.

        Returns:
            What became of these documents.

        Raises:
            MemoryLayerError: the ledger failed; take them again, none will count twice.
        """
        taken = repeated = refused = 0
        for document in documents:
            try:
                if self._ledger.take(read_outcome(document, source=source)):
                    taken += 1
                else:
                    repeated += 1
            except InputBoundsError as error:
                refused += 1
                self._refused(source, str(error), trace_id)
        if taken:
            self._audit(source, {"taken": taken, "repeated": repeated}, trace_id)
        return IngestionCounts(taken=taken, repeated=repeated, refused=refused)

    def pull(self, source: OutcomeSource, *, trace_id: str) -> IngestionCounts:
        """Read on from where the last pull ended until `source` has no more.

        The position is noted after each page, so that a crash repeats a page and loses none.

        Raises:
            AgentError: the source or the ledger failed; pull again.
        """
        total = IngestionCounts()
        position = self._ledger.cursor(source.name)
        for _ in range(MOST_PAGES):
            page = source.outcomes_after(position, trace_id=trace_id)
            found = self.take(page.outcomes, source=source.name, trace_id=trace_id)
            total = IngestionCounts(
                taken=total.taken + found.taken,
                repeated=total.repeated + found.repeated,
                refused=total.refused + found.refused,
            )
            if not page.position or page.position == position:
                break
            position = page.position
            self._ledger.advance(source.name, position)
        return total

    def assess(
        self,
        *,
        days: float | None = None,
        domain: str | None = None,
        subject: str,
        trace_id: str,
    ) -> Assessment:
        """Judge what was taken in and tell governance of issues.

        Reports that were refused in the same time count against the data; with a domain, those of
        the agents that report on it, as a refused report names none.

        Args:
            days: only outcomes and refusals of so many days; all if None.
            domain: only outcomes of this domain; all if None.
            subject: what governance is told that it is about.
            trace_id: trace to work under.

        Raises:
            InputBoundsError: there is no outcome.
        """
        records = self._ledger.records(days=days, domain=domain)
        sources = None if domain is None else {record.source for record in records}
        report = assess_quality(
            records,
            refused=self._ledger.refused(days=days, sources=sources),
            limits=self._plan.limits,
        )
        signals: dict[str, float | bool] = dict.fromkeys(
            self._plan.issue_events, bool(report.issues)
        )
        signals |= dict.fromkeys(self._plan.score_signals, report.score)
        raised: Sequence[object] = ()
        if signals:
            raised = self._governance.observe_all(signals, subject=subject, trace_id=trace_id)
        return Assessment(records=records, report=report, raised=tuple(raised))

    def _delivered(self, delivery: Delivery) -> None:
        """Take in one event; what is no event is refused for good, not tried again."""
        try:
            event = parse_event(delivery.message)
        except PacketError as error:
            self._refused(delivery.topic, str(error), new_trace_id())
            return
        with bind_trace(event.trace_id):
            documents = outcome_documents(event.event_data.result)
            self.take(documents, source=event.agent, trace_id=event.trace_id)

    def _refused(self, source: str, reason: str, trace_id: str) -> None:
        self._ledger.refuse(source)
        self._audit(source, {"refused": reason}, trace_id)

    def _audit(self, source: str, detail: JsonObject, trace_id: str) -> None:
        self._governance.audit(
            self._plan.audit_event, subject=source, detail=detail, trace_id=trace_id
        )
