"""From a scored case to a recorded decision: reasoning, governance, records, the event.

A decision that governance escalates is answered with that status; who asked must wait for the
anchors. A decision that cannot be recorded is not given.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from agent_runtime.clock import Clock
from agent_runtime.errors import MemoryLayerError
from agent_runtime.escalation import Escalation
from agent_runtime.guards import checked_output
from agent_runtime.observations import CandidatePair
from agent_runtime.reasoning.case import Draft
from agent_runtime.reasoning.contracts import (
    Compliance,
    GovernanceStatus,
    Observer,
    Outcome,
    Reasoner,
    Recorder,
)
from agent_runtime.routing.enrichment import EventWatch
from agent_runtime.routing.ledger import CaseLedger
from agent_runtime.routing.work import Decided, Scored
from agent_runtime.values import JsonObject, JsonValue
from agent_runtime.watch import AuditTrail

REJECTED_BY_HUMAN: Final = "rejected_by_human"


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionSignals:
    """The declared signals that a decision is judged by; empty names are declared nowhere.

    Attributes:
        confidence: get the confidence of the draft.
        criticality: get the criticality of the case.
        conflict: two domains want what excludes each other.
        violation: the draft breaks a rule of compliance.
        memory_failure: the decision could not be recorded.
        override: a human asks to override.
    """

    confidence: tuple[str, ...] = ()
    criticality: tuple[str, ...] = ()
    conflict: str = ""
    violation: str = ""
    memory_failure: str = ""
    override: str = ""


class DecisionWatch(EventWatch, Protocol):
    """Judges decisions and asks the anchors; a generated governance bridge is one."""

    def escalate(self, subject: str, reason: str, severity: str, *, trace_id: str) -> Escalation:
        """Ask the anchors about `subject`."""
        ...


class AnomalyOffice(Protocol):
    """Judges anomaly scores; a generated anomaly handler is one."""

    def judge(
        self, scores: dict[str, float], *, subject: str, trace_id: str
    ) -> tuple[dict[str, float], tuple[Escalation, ...]]:
        """Return what is flagged and what was escalated."""
        ...


class Announcer(Protocol):
    """Tells whoever listens what was decided; a generated event publisher is one."""

    def publish(
        self,
        event_type: str,
        decision_id: str,
        confidence: float,
        result: JsonValue,
        trace_id: str,
    ) -> object:
        """Publish a decision under its trace."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class HumanWord:
    """A ranking that a human put in the place of the agent's; best first."""

    ranking: tuple[CandidatePair, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """Makes decisions.

    Attributes:
        agent: id of the agent.
        reasoner: makes the draft.
        governance: judges it.
        ledger: keeps the case.
        audit: gets a record of each decision.
        clock: gives the time.
        signals: what governance is told.
        audited_as: action of the audit records.
        event_type: type of the events.
        recorders: keep the decision in memory, in this order.
        observers: hear of it once it is recorded and published.
        compliance: names the rules it breaks; None for an agent without a checker.
        anomalies: judges anomaly scores; None for an agent without a handler.
        announcer: publishes it; None for an agent without a publisher.
        new_id: gives a decision its id.
    """

    agent: str
    reasoner: Reasoner
    governance: DecisionWatch
    ledger: CaseLedger
    audit: AuditTrail
    clock: Clock
    signals: DecisionSignals
    audited_as: str
    event_type: str
    recorders: Sequence[Recorder] = ()
    observers: Sequence[Observer] = ()
    compliance: Compliance | None = None
    anomalies: AnomalyOffice | None = None
    announcer: Announcer | None = None
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())

    def decide(self, scored: Scored, word: HumanWord | None = None) -> Decided:
        """Decide a case, record the decision in every layer and tell the others.

        Args:
            scored: the case.
            word: what a human wants instead of the agent's ranking.

        Raises:
            OutputBoundsError: reasoning gave a number out of bounds; the decision is withheld.
            DeadlineExceededError: the case's deadline passed.
            MemoryLayerError: the decision could not be recorded; it is withheld and escalated.
        """
        received = scored.received
        decision_id = self.new_id()
        draft = self._draft(scored, word)
        flags: dict[str, float] = {}
        asked: tuple[Escalation, ...] = ()
        if self.anomalies is not None:
            flags, asked = self.anomalies.judge(
                dict(scored.tensors.anomalies),
                subject=decision_id,
                trace_id=received.case.trace_id,
            )
        asked = (*asked, *self._judge(scored, draft, decision_id))
        escalations = tuple(dict.fromkeys(each.escalation_id for each in asked))
        status: GovernanceStatus = "escalated" if escalations else "proceeded"
        decided = Decided(
            scored=scored,
            draft=draft,
            outcome=Outcome(
                decision_id=decision_id,
                governance_status="overridden" if word is not None else status,
                decided_at=self.clock(),
                escalations=escalations,
                supersedes=received.supersedes,
                model_version=scored.tensors.model_version,
            ),
            milliseconds=max(0.0, (self.clock() - received.began) * 1000.0),
            flags=flags,
        )
        self._record(decided)
        return decided

    def _draft(self, scored: Scored, word: HumanWord | None) -> Draft:
        case = scored.received.case
        draft = self.reasoner.decide(case, scored.enriched.enrichment, scored.tensors)
        checked_output(draft.confidence, low=0.0, high=1.0, name="confidence")
        checked_output(draft.support, low=0.0, high=1.0, name="support")
        if word is not None:
            places = {pair: index for index, pair in enumerate(case.candidates)}
            return replace(
                draft,
                ranking=tuple(places[pair] for pair in word.ranking),
                reasons=(f"overridden: {word.reason}", *draft.reasons),
            )
        rejected = self.ledger.rejected(case.domain)
        kept = tuple(index for index in draft.ranking if case.candidates[index] not in rejected)
        if len(kept) == len(draft.ranking):
            return draft
        return replace(
            draft,
            ranking=kept,
            objections=(*draft.objections, REJECTED_BY_HUMAN),
            reasons=(*draft.reasons, "links that a human rejected were left out"),
        )

    def _judge(self, scored: Scored, draft: Draft, decision_id: str) -> tuple[Escalation, ...]:
        """Have governance judge a draft; return what was escalated."""
        received, signals = scored.received, self.signals
        values: dict[str, float | bool] = dict.fromkeys(signals.confidence, draft.confidence)
        values.update(dict.fromkeys(signals.criticality, received.case.criticality))
        if signals.conflict and self.ledger.rivals(received.case.domain, received.reserves):
            values[signals.conflict] = True
        broken = () if self.compliance is None else self.compliance.violations(draft)
        trace_id = received.case.trace_id
        if broken and signals.violation:
            values[signals.violation] = True
        asked = (
            self.governance.observe_all(values, subject=decision_id, trace_id=trace_id)
            if values
            else ()
        )
        if broken and not signals.violation and not asked:
            reason = f"the draft breaks {', '.join(broken)}"
            asked = (self.governance.escalate(decision_id, reason, "high", trace_id=trace_id),)
        return asked

    def _record(self, decided: Decided) -> None:
        case, outcome = decided.received.case, decided.outcome
        try:
            for recorder in self.recorders:
                recorder.record(decided.draft, outcome)
            self.ledger.keep(decided)
            self.audit.append(
                self.audited_as,
                actor=self.agent,
                subject=outcome.decision_id,
                detail=summary(decided),
                trace_id=case.trace_id,
            )
            if self.announcer is not None:
                self.announcer.publish(
                    self.event_type,
                    outcome.decision_id,
                    decided.draft.confidence,
                    summary(decided),
                    case.trace_id,
                )
            for observer in self.observers:
                observer.record(decided.draft, outcome)
        except MemoryLayerError as error:
            if self.signals.memory_failure:
                self.governance.observe_all(
                    {self.signals.memory_failure: True},
                    subject=outcome.decision_id,
                    trace_id=case.trace_id,
                )
            self.governance.escalate(
                outcome.decision_id,
                f"the decision is not fully recorded: {error}",
                "high",
                trace_id=case.trace_id,
            )
            raise


def summary(decided: Decided) -> JsonObject:
    """Return what monitors and auditors are told of a decision, as JSON."""
    case, draft, outcome = decided.received.case, decided.draft, decided.outcome
    first = case.candidates[draft.ranking[0]] if draft.ranking else None
    return {
        "domain": case.domain,
        "packet_id": case.packet_id,
        "packet_type": case.packet_type,
        "source": case.source,
        "recommended": None if first is None else list(first),
        "candidates": len(case.candidates),
        "confidence": draft.confidence,
        "criticality": case.criticality,
        "factors": dict(draft.factors),
        "governance_status": outcome.governance_status,
        "escalations": list(outcome.escalations),
        "objections": list(draft.objections),
        "anomalies": dict(decided.flags),
        "missing": dict(decided.scored.tensors.missing),
        "model_version": outcome.model_version,
        "supersedes": outcome.supersedes,
        "latency_ms": decided.milliseconds,
    }
