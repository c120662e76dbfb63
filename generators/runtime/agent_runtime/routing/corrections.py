"""The steps of chains that correct decisions: a human's word, or news about the world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from agent_runtime.approvals import Credential
from agent_runtime.errors import InputBoundsError, NotAuthenticatedError
from agent_runtime.escalation import Escalation
from agent_runtime.observations import CandidatePair
from agent_runtime.packets import PacketEnvelope
from agent_runtime.routing.cases import qualified
from agent_runtime.routing.deciding import HumanWord
from agent_runtime.routing.ledger import KeptCase
from agent_runtime.routing.receiving import read_payload
from agent_runtime.routing.steps import CaseSteps
from agent_runtime.routing.work import Answer, Decided
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.overrides import OverrideResponse
from agent_runtime.shapes.transactions import ContextPayload, OverrideRequest
from agent_runtime.tokens import GOVERNANCE_ROLE, Claims, TokenVerifier
from agent_runtime.watch import AuditTrail

OVERRIDE_RESULT = "override_result"
CONTEXT_RESULT = "context_result"


class AnchorDesk(Protocol):
    """Lets token holders answer escalations; a generated governance bridge is one."""

    def observe_all(
        self, values: Mapping[str, float | bool], *, subject: str, trace_id: str
    ) -> tuple[Escalation, ...]:
        """Judge the named signals together; return what was escalated."""
        ...

    def escalate(self, subject: str, reason: str, severity: str, *, trace_id: str) -> Escalation:
        """Ask the anchors about `subject`."""
        ...

    def answer(
        self, escalation_id: str, *, token: Credential, approve: bool, reason: str, trace_id: str
    ) -> Escalation:
        """Approve or refuse what was escalated."""
        ...

    def override(
        self, escalation_id: str, *, token: Credential, decision: str, trace_id: str
    ) -> Escalation:
        """Replace a decision."""
        ...


class PendingEscalations(Protocol):
    """Where escalations wait; `escalation.EscalationQueue` is one."""

    def about(self, subject: str) -> tuple[Escalation, ...]:
        """Return all that were ever raised about `subject`, oldest first."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Overridden:
    """A human's word that was applied.

    Attributes:
        request: what was asked.
        approver: who asked.
        call: the circumstances.
        kept: the decision that it was about.
        made: the decision that replaces it; None if it was approved.
        rejected: links that the agent preferred and the human left out.
        reprocessed: further decisions that recommended them, each with the one that replaces it.
    """

    request: OverrideRequest
    approver: str
    call: Call
    kept: KeptCase
    made: Decided | None = None
    rejected: tuple[CandidatePair, ...] = ()
    reprocessed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class OverrideSteps:
    """Steps of chains that begin with a human's word.

    Attributes:
        cases: makes decisions again.
        anchors: closes escalations.
        waiting: the escalations.
        verifier: believes governance tokens.
        audit: gets a record of what was changed.
        audited_as: action of that record.
    """

    cases: CaseSteps
    anchors: AnchorDesk
    waiting: PendingEscalations
    verifier: TokenVerifier
    audit: AuditTrail
    audited_as: str

    def receive(self, packet: PacketEnvelope, call: Call) -> tuple[OverrideRequest, Call]:
        """Read a packet that brings a human's word.

        Raises:
            PacketError: its payload is not what it must be.
        """
        request = read_payload(packet, OverrideRequest)
        return request.model_copy(update={"token": None}), replace(
            call, token=call.token or request.token
        )

    def apply_override(self, asked: tuple[OverrideRequest, Call]) -> Overridden:
        """Close what waits about the decision, and put the human's ranking in its place.

        Raises:
            InputBoundsError: there is no such decision, it was replaced before, or the ranking
                holds what was no candidate.
            NotAuthenticatedError: there is no governance token, or it is not believed.
            NotAuthorisedError: the token lacks the role, or is for another action.
            GovernanceError: the policy forbids it.
        """
        request, call = asked
        kept = self.cases.deciding.ledger.get(request.decision_id)
        if kept.superseded_by is not None:
            raise InputBoundsError(
                f"decision {kept.decision_id} was replaced by {kept.superseded_by}"
            )
        word = self._word(request, kept)
        claims = self._identified(call)
        self._close_escalations(request, claims, call)
        done = Overridden(request=request, approver=claims.subject, call=call, kept=kept)
        ledger = self.cases.deciding.ledger
        if word is None:
            ledger.set_status(kept.decision_id, "approved")
            return done
        rejected = preferred(kept.ranking, word.ranking)
        ledger.reject(kept.domain, rejected, by=claims.subject)
        made = self.cases.again(kept.decision_id, self._fresh(call), word)
        return replace(done, made=made, rejected=rejected)

    def reprocess_affected_decisions(self, done: Overridden) -> Overridden:
        """Make again each live decision that recommends a link which was rejected.

        Raises:
            AgentError: a decision could not be made again.
        """
        ledger = self.cases.deciding.ledger
        affected = dict.fromkeys(
            decision for link in done.rejected for decision in ledger.recommending(link)
        )
        reprocessed = tuple(
            (decision, self.cases.again(decision, self._fresh(done.call)).outcome.decision_id)
            for decision in affected
        )
        return replace(done, reprocessed=reprocessed)

    def audit_log(self, done: Overridden) -> Answer:
        """Record who changed what, and return it.

        Raises:
            MemoryLayerError: it could not be recorded.
        """
        response = self.response(done)
        return Answer(
            packet_type=OVERRIDE_RESULT, payload=response.model_dump(mode="json"), about={}
        )

    def response(self, done: Overridden) -> OverrideResponse:
        """Record who changed what, and return it in the shape of the endpoint.

        Raises:
            MemoryLayerError: it could not be recorded.
        """
        made = None if done.made is None else done.made.outcome.decision_id
        self.audit.append(
            self.audited_as,
            actor=done.approver,
            subject=done.kept.decision_id,
            detail={
                "override": done.request.action,
                "reason": done.request.reason,
                "replaced_by": made,
                "rejected": [list(link) for link in done.rejected],
                "reprocessed": [list(pair) for pair in done.reprocessed],
            },
            trace_id=done.call.trace_id,
        )
        return OverrideResponse(
            decision_id=f"override-{done.kept.decision_id}"[:95],
            trace_id=done.call.trace_id,
            confidence=1.0,
            factors={"human_override_applied": 1.0},
            governance_status="approved" if made is None else "overridden",
            subject=done.kept.decision_id,
            action=done.request.action,
            replaced_by=made,
            reprocessed=tuple(new for _, new in done.reprocessed),
            approver=done.approver,
        )

    def _word(self, request: OverrideRequest, kept: KeptCase) -> HumanWord | None:
        if request.action == "approve":
            return None
        ranking = tuple(
            CandidatePair(
                qualified(kept.domain, each.subject),
                each.relation,
                qualified(kept.domain, each.object),
            )
            for each in request.ranking
        )
        unknown = [pair for pair in ranking if pair not in self.cases.candidates(kept)]
        if unknown or len(set(ranking)) < len(ranking):
            raise InputBoundsError("the ranking must hold candidates of the case, none twice")
        return HumanWord(ranking=ranking, reason=request.reason)

    def _identified(self, call: Call) -> Claims:
        """Return who gives the word; a bare token is spent, claims were spent by the shell."""
        if call.token is None:
            raise NotAuthenticatedError("an override needs a governance token")
        if isinstance(call.token, str):
            return self.verifier.verify(call.token, GOVERNANCE_ROLE)
        self.verifier.require(call.token, GOVERNANCE_ROLE)
        return call.token

    def _close_escalations(self, request: OverrideRequest, claims: Claims, call: Call) -> None:
        subject, trace_id = request.decision_id, call.trace_id
        waiting = [each for each in self.waiting.about(subject) if each.state == "pending"]
        if not waiting:
            waiting = list(self._asked(subject, trace_id))
        for each in waiting:
            if request.action == "approve":
                self.anchors.answer(
                    each.escalation_id,
                    token=claims,
                    approve=True,
                    reason=request.reason,
                    trace_id=trace_id,
                )
            else:
                self.anchors.override(
                    each.escalation_id, token=claims, decision=request.reason, trace_id=trace_id
                )

    def _asked(self, subject: str, trace_id: str) -> tuple[Escalation, ...]:
        """Open the escalation that an unasked-for override closes, so that it leaves a trace."""
        signal = self.cases.deciding.signals.override
        asked = (
            self.anchors.observe_all({signal: True}, subject=subject, trace_id=trace_id)
            if signal
            else ()
        )
        return asked or (
            self.anchors.escalate(subject, "an override is asked for", "high", trace_id=trace_id),
        )

    def _fresh(self, call: Call) -> Call:
        """Return the call without its deadline: corrections are no answer to the first sender."""
        return replace(call, deadline=None, token=None)


def preferred(
    agent: tuple[CandidatePair, ...], human: tuple[CandidatePair, ...]
) -> tuple[CandidatePair, ...]:
    """Return the links that the agent put before the human's first choice and the human left out.

    A human who recommends nothing rejects them all.
    """
    until = agent.index(human[0]) if human and human[0] in agent else len(agent)
    return tuple(pair for pair in agent[:until] if pair not in human)


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What a connector saw, taken in; `subject` is the entity or domain that it is about."""

    subject: str
    signals: tuple[str, ...]
    call: Call


@dataclass(frozen=True, kw_only=True)
class ContextSteps:
    """Steps of chains that begin with news about the world.

    Attributes:
        cases: makes decisions again.
        observe: takes in what a connector saw: a method of a world model bridge.
    """

    cases: CaseSteps
    observe: Callable[[str, str, Mapping[str, float]], None]

    def update_enrichment_context(self, packet: PacketEnvelope, call: Call) -> News:
        """Take in what a connector of the world model saw.

        Raises:
            PacketError: the payload is not what it must be.
            InputBoundsError: the connector is not declared, or a value is not finite.
        """
        seen = read_payload(packet, ContextPayload)
        self.observe(seen.connector, seen.subject, seen.values)
        return News(subject=seen.subject, signals=tuple(sorted(seen.values)), call=call)

    def retrigger_relevant_decisions(self, news: News) -> Answer:
        """Make again the live decisions about what the news is about, latest first.

        Raises:
            AgentError: a decision could not be made again.
        """
        ledger = self.cases.deciding.ledger
        call = replace(news.call, deadline=None, token=None)
        changed: dict[str, str] = {}
        again: dict[str, str] = {}
        for decision in ledger.about(news.subject):
            before = ledger.get(decision).ranking[:1]
            made = self.cases.again(decision, call)
            name = made.outcome.decision_id
            again[decision] = name
            if ledger.get(name).ranking[:1] != before:
                changed[decision] = name
        return Answer(
            packet_type=CONTEXT_RESULT,
            payload={
                "subject": news.subject,
                "signals": list(news.signals),
                "retriggered": again,
                "changed": changed,
            },
        )
