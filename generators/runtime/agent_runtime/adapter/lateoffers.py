"""Offers that came in after the orchestrator was asked: scored directly, so that they compete."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from agent_runtime.adapter.intake import Check
from agent_runtime.clock import Clock
from agent_runtime.errors import AgentError, InputBoundsError
from agent_runtime.matching.terms import MatchTerms
from agent_runtime.shapes.adapter import MatchScore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.links import MOST_CANDIDATES, Candidate, ScoreRequest, ScoreResponse
from agent_runtime.translation.sight import KnownRecords


class ScoreLayer(Protocol):
    """A service that scores links; a generated client of one is one."""

    def score_candidates(self, request: ScoreRequest, call: Call) -> ScoreResponse:
        """Score candidate links."""
        ...


class LateOffers:
    """Scores the pairs that fit, and that an orchestrator could not know of when it was asked."""

    def __init__(
        self,
        terms: MatchTerms,
        known: KnownRecords,
        check: Check,
        layer: ScoreLayer,
        *,
        clock: Clock,
        milliseconds: float,
    ) -> None:
        """Take who scores, and how long that may take.

        Args:
            terms: what makes a match.
            known: all records.
            check: judges an offer by a wish.
            layer: scores links.
            clock: source of time.
            milliseconds: most that all the scoring of one answer may take.
        """
        self._terms = terms
        self._known = known
        self._check = check
        self._layer = layer
        self._clock = clock
        self._seconds = milliseconds / 1000.0

    def scores(self, told: Sequence[MatchScore], call: Call) -> tuple[tuple[MatchScore, ...], str]:
        """Return the scores of further pairs, and in words why some could not be had.

        Args:
            told: what the orchestrator scored; only who demands in there is looked for.
            call: under whose trace and deadline to ask.
        """
        candidates = tuple(islice(self._unscored(told), MOST_CANDIDATES))
        deadline = self._clock() + self._seconds
        if call.deadline is not None:
            deadline = min(deadline, call.deadline)
        found: list[MatchScore] = []
        try:
            for each in self._asked(candidates, replace(call, deadline=deadline)):
                found += each
        except AgentError as error:
            return tuple(found), f"later offers are not all scored: {error}"
        return tuple(found), ""

    def _unscored(self, told: Sequence[MatchScore]) -> Iterator[Candidate]:
        relation, demand = self._terms.relation, self._terms.demand
        pairs = {(each.subject, each.object) for each in told if each.relation == relation}
        buyers = {buyer for _, buyer in pairs}
        wishes = [w for w in self._known.of_type(demand.record) if demand.party_of(w) in buyers]
        for offer in self._known.of_type(self._terms.supply.record) if wishes else ():
            seller = self._terms.supply.party_of(offer)
            for wish in wishes:
                pair = seller, demand.party_of(wish)
                if pair not in pairs and self._check(offer, wish).holds:
                    pairs.add(pair)
                    yield Candidate(subject=pair[0], relation=relation, object=pair[1])

    def _asked(self, candidates: tuple[Candidate, ...], call: Call) -> Iterator[list[MatchScore]]:
        """Yield scores, batch by batch: one name that the layer does not know refuses its batch.

        Raises:
            AgentError: the layer cannot answer, or not in time.
        """
        if not candidates:
            return
        try:
            answer = self._layer.score_candidates(ScoreRequest(candidates=candidates), call)
        except InputBoundsError:
            middle = len(candidates) // 2
            if middle:
                yield from self._asked(candidates[:middle], call)
                yield from self._asked(candidates[middle:], call)
            return
        yield [
            MatchScore(
                subject=link.subject,
                relation=link.relation,
                object=link.object,
                score=link.confidence,
            )
            for link in answer.ranking
        ]
