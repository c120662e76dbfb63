"""From scored links to priced matches that a trader can read."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agent_runtime.matching.freight import Consignment
from agent_runtime.matching.margin import DealTerms, Offer
from agent_runtime.matching.matcher import Confidences, Matching, Prospect
from agent_runtime.matching.terms import MatchTerms, Side
from agent_runtime.shapes.adapter import Match, MatchScore
from agent_runtime.translation.records import CanonicalRecord
from agent_runtime.translation.sight import KnownRecords

HELD = "held"
RELEASED = "released"

ChooseMatches = Callable[
    [Iterable[CanonicalRecord], Iterable[CanonicalRecord], Confidences], Matching
]
"""Chooses among offers and demands by the confidences of their parties."""

ChoosePrice = Callable[[DealTerms, str], Offer | None]
"""Prices a deal of this name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A match with its price: the prospect, how much of it, and the offer."""

    prospect: Prospect
    quantity: float
    offer: Offer

    @property
    def match_id(self) -> str:
        """Return what the match is called: a digest of both keys, the same for the same pair."""
        pair = f"{self.prospect.supply.key}\n{self.prospect.demand.key}"
        return f"match-{hashlib.sha256(pair.encode()).hexdigest()[:16]}"

    @property
    def value(self) -> float:
        """Price of the whole quantity."""
        return self.offer.price * self.quantity

    def shape(self, relation: str, status: str, about: str | None = None) -> Match:
        """Return the match as it is answered."""
        prospect, offer = self.prospect, self.offer
        return Match(
            match_id=self.match_id,
            supply=prospect.supply.key,
            demand=prospect.demand.key,
            seller=prospect.seller,
            buyer=prospect.buyer,
            relation=relation,
            quantity=self.quantity,
            price=offer.price,
            value=self.value,
            margin=offer.margin,
            corridor=offer.corridor.name,
            confidence=prospect.confidence,
            worth=prospect.worth,
            reasons=(
                *prospect.reasons,
                f"at {offer.price:g} a unit by {offer.corridor.name} it leaves {offer.margin:.0f}",
            ),
            status=status,
            place=prospect.place,
            about=about,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposals:
    """What scored links lead to, best first, and how many pairs were excluded."""

    chosen: tuple[Proposal, ...]
    excluded: int


def propose(
    scores: Sequence[MatchScore],
    known: KnownRecords,
    terms: MatchTerms,
    choose: ChooseMatches,
    price: ChoosePrice,
) -> Proposals:
    """Choose and price matches among the parties of `scores`; other relations are left out.

    Raises:
        InputBoundsError: a record lacks a number.
        OutputBoundsError: the best choice was not found.
    """
    sure = {
        (each.subject, each.object): each.score
        for each in scores
        if each.relation == terms.relation
    }
    supplies = _of_parties(known, terms.supply, {seller for seller, _ in sure})
    demands = _of_parties(known, terms.demand, {buyer for _, buyer in sure})
    matching = choose(supplies, demands, sure)
    chosen: list[Proposal] = []
    for prospect, quantity in matching.chosen:
        deal = DealTerms(
            ask=prospect.supply.number(terms.supply.price),
            bid=prospect.demand.number(terms.demand.price),
            load=Consignment(
                origin=terms.supply.place_of(prospect.supply),
                destination=terms.demand.place_of(prospect.demand),
                quantity=quantity,
                measures=prospect.supply.numbers,
            ),
            confidence=prospect.confidence,
        )
        offer = price(deal, f"{prospect.supply.key} for {prospect.demand.key}")
        if offer is not None:
            chosen.append(Proposal(prospect=prospect, quantity=quantity, offer=offer))
    unpriced = len(matching.chosen) - len(chosen)
    return Proposals(chosen=tuple(chosen), excluded=len(matching.excluded) + unpriced)


def _of_parties(known: KnownRecords, side: Side, parties: set[str]) -> list[CanonicalRecord]:
    return [each for each in known.of_type(side.record) if side.party_of(each) in parties]
