"""Enriched results become priced matches, of which those that may leave are delivered."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent_runtime.adapter.lateoffers import LateOffers
from agent_runtime.adapter.proposals import ChooseMatches, Proposal, Proposals, propose
from agent_runtime.adapter.release import RELEASE_MATCH, Gate, released
from agent_runtime.approvals import Approval, Credential
from agent_runtime.errors import AgentError, NotAuthenticatedError, NotAuthorisedError
from agent_runtime.escalation import Escalation
from agent_runtime.jsontext import canonical_json
from agent_runtime.matching.margin import DealTerms, Offer
from agent_runtime.matching.terms import MatchTerms
from agent_runtime.shapes.adapter import Match, MatchScore, ResultsRequest, ResultsResponse
from agent_runtime.shapes.base import Call
from agent_runtime.translation.sight import KnownRecords


class MatchGovernance(Protocol):
    """What is asked of a governance bridge."""

    def observe_all(
        self, values: Mapping[str, float | bool], *, subject: str, trace_id: str
    ) -> tuple[Escalation, ...]:
        """Judge signals together; return what was escalated."""

    def escalate(self, subject: str, reason: str, severity: str, *, trace_id: str) -> Escalation:
        """Ask the anchors."""

    def authorise(
        self, action: str, token: Credential | None, trace_id: str, *, subject: str | None = None
    ) -> Approval:
        """Permit an action that others notice, or raise."""


class PriceDeals(Protocol):
    """Prices deals; a margin optimizer is one."""

    def best(self, terms: DealTerms, *, subject: str, trace_id: str) -> Offer | None:
        """Return the best offer, None if none is admissible."""


Deliver = Callable[[tuple[Match, ...], Call], Iterable[str]]
"""Tells the domain of matches; returns the ids of those that it takes up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultPlan:
    """What a schema says of results.

    Attributes:
        terms: what makes a match.
        limit: value of a match above which it leaves only with an approval.
        confidence: signals that are the confidence of a match.
        value: signals that are its value.
    """

    terms: MatchTerms
    limit: float
    confidence: tuple[str, ...] = ()
    value: tuple[str, ...] = ()

    def signals(self, proposal: Proposal) -> dict[str, float]:
        """Return what governance judges about a match."""
        return {
            **dict.fromkeys(self.confidence, proposal.prospect.confidence),
            **dict.fromkeys(self.value, proposal.value),
        }


class ResultDesk:
    """Chooses, prices, gates and delivers matches. Stateless but for what it is made from."""

    def __init__(
        self,
        plan: ResultPlan,
        known: KnownRecords,
        choose: ChooseMatches,
        pricing: PriceDeals,
        governance: MatchGovernance,
        *,
        deliver: Deliver | None = None,
        late: LateOffers | None = None,
    ) -> None:
        """Take what the schema says, and who does each part.

        Args:
            plan: what the schema says of results.
            known: all records.
            choose: chooses among offers and demands.
            pricing: prices a chosen pair.
            governance: judges and releases.
            deliver: tells the domain; without it nobody is told.
            late: scores offers that the orchestrator did not know of; without it they wait.
        """
        self._plan = plan
        self._known = known
        self._choose = choose
        self._pricing = pricing
        self._governance = governance
        self._deliver = deliver
        self._late = late

    def process(self, request: ResultsRequest, call: Call) -> ResultsResponse:
        """Return the matches that scored links lead to; those released are delivered.

        The same results under the same trace give the same answer. That the domain or who scores
        later offers cannot be reached is told in `problem`, and fails nothing.

        Raises:
            InputBoundsError: a record lacks a number.
            OutputBoundsError: the best choice was not found.
            MemoryLayerError: an escalation could not be stored.
        """
        later, unscored = self._late.scores(request.match_scores, call) if self._late else ((), "")
        proposals = self._proposals((*request.match_scores, *later), call)
        raised = {each.match_id: self._judged(each, call) for each in proposals.chosen}
        gate = Gate(relation=self._plan.terms.relation, limit=self._plan.limit)
        matches = gate.sort(
            proposals.chosen,
            lambda proposal: self._authorise(proposal, call),
            doubted={name for name, found in raised.items() if found},
            about=request.decision_id,
        )
        delivered, untold = self._delivered(released(matches), call)
        escalations = tuple(each.escalation_id for found in raised.values() for each in found)
        return ResultsResponse(
            decision_id=_decision_id(call, matches, delivered),
            trace_id=call.trace_id,
            confidence=request.confidence,
            factors={
                "matches": float(len(matches)),
                "released": float(len(released(matches))),
                "excluded": float(proposals.excluded),
            },
            entities=tuple(dict.fromkeys(e for m in matches for e in (m.seller, m.buyer))),
            governance_status="proceeded" if matches == released(matches) else "escalated",
            escalations=escalations,
            matches=matches,
            excluded=proposals.excluded,
            delivered=delivered,
            problem="; ".join(each for each in (unscored, untold) if each),
        )

    def _proposals(self, scores: Sequence[MatchScore], call: Call) -> Proposals:
        return propose(
            scores,
            self._known,
            self._plan.terms,
            self._choose,
            lambda deal, name: self._pricing.best(deal, subject=name, trace_id=call.trace_id),
        )

    def _judged(self, proposal: Proposal, call: Call) -> tuple[Escalation, ...]:
        signals = self._plan.signals(proposal)
        if not signals:
            return ()
        return self._governance.observe_all(
            signals, subject=proposal.match_id, trace_id=call.trace_id
        )

    def _authorise(self, proposal: Proposal, call: Call) -> None:
        """Obtain the approval of a match; where nobody gave one, the anchors are asked."""
        try:
            self._governance.authorise(
                RELEASE_MATCH, call.token, call.trace_id, subject=proposal.match_id
            )
        except (NotAuthenticatedError, NotAuthorisedError):
            self._governance.escalate(
                proposal.match_id,
                f"a match worth {proposal.value:g} is above {self._plan.limit:g}",
                "medium",
                trace_id=call.trace_id,
            )
            raise

    def _delivered(self, matches: tuple[Match, ...], call: Call) -> tuple[tuple[str, ...], str]:
        if self._deliver is None or not matches:
            return (), ""
        try:
            return tuple(self._deliver(matches, call)), ""
        except AgentError as error:
            return (), str(error)


def _decision_id(call: Call, matches: tuple[Match, ...], delivered: tuple[str, ...]) -> str:
    """Return a name that the same matches under the same trace always get."""
    told = canonical_json(
        {
            "trace": call.trace_id,
            "matches": [match.model_dump(mode="json") for match in matches],
            "delivered": list(delivered),
        }
    )
    return f"matches-{hashlib.sha256(told.encode()).hexdigest()[:24]}"
