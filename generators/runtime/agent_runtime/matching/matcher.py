"""Match offers with demands: every rule kept, the total worth as high as it can be."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent_runtime.guards import within
from agent_runtime.kernels.matching import Assigned, allocate
from agent_runtime.matching.compatibility import (
    Compatibility,
    SpecificationRule,
    check_compatibility,
)
from agent_runtime.matching.freight import Consignment, Corridor, usable_corridors
from agent_runtime.matching.terms import MatchTerms
from agent_runtime.translation.records import CanonicalRecord

Confidences = Mapping[tuple[str, str], float]
"""How sure the tensor layer is that a party supplies another, 0 to 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prospect:
    """An offer and a demand that may be matched, and what speaks for it.

    Attributes:
        supply: the offer.
        demand: the demand.
        seller: entity behind the offer.
        buyer: entity behind the demand.
        confidence: of the tensor layer, 0 to 1.
        compatibility: what the rules say.
        corridor: the cheapest way; None where nothing has to travel.
        spread: what bid less ask and freight leaves, a unit.
        worth: weighted sum of the measures, 0 to 1.
        quantity: how much can pass, at most.
        place: where it is wanted.
    """

    supply: CanonicalRecord
    demand: CanonicalRecord
    seller: str
    buyer: str
    confidence: float
    compatibility: Compatibility
    corridor: Corridor | None
    spread: float
    worth: float
    quantity: float
    place: str = ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why, in words that a trader can read, most important first."""
        found = sorted(self.compatibility.findings, key=lambda each: (each.room, each.rule))
        way = self.corridor
        travel: tuple[str, ...] = ()
        cost = "ask"
        if way is not None:
            travel = (f"goes by {way.name}: {way.cost:g} a unit, {way.days:g} days",)
            cost = "ask and freight"
        return (
            f"confidence {self.confidence:.2f} that {self.seller} supplies {self.buyer}",
            *(finding.reason for finding in found),
            *travel,
            f"bid less {cost} leaves {self.spread:g} a unit",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Matching:
    """The chosen prospects with their quantities, best first, and why others are none."""

    chosen: tuple[tuple[Prospect, float], ...]
    excluded: Mapping[tuple[str, str], str]


class Matcher:
    """Matches by the terms, rules and corridors of a schema. Stateless."""

    def __init__(
        self,
        terms: MatchTerms,
        rules: Sequence[SpecificationRule],
        corridors: Sequence[Corridor] | None = None,
        *,
        longest_days: float = math.inf,
    ) -> None:
        """Take what a schema says; without corridors, nothing has to travel."""
        self._terms = terms
        self._rules = tuple(rules)
        self._corridors = None if corridors is None else tuple(corridors)
        self._longest_days = longest_days

    def match(
        self,
        supplies: Iterable[CanonicalRecord],
        demands: Iterable[CanonicalRecord],
        confidences: Confidences,
    ) -> Matching:
        """Choose among all pairs those that together are worth most.

        A pair that the tensor layer did not score, that breaks a rule, that no corridor serves, or
        that leaves nothing between bid, ask and freight is excluded, with the reason.

        Raises:
            InputBoundsError: a confidence is not within 0 to 1, or a record lacks a number.
            OutputBoundsError: the best choice was not found.
        """
        rows = sorted(supplies, key=lambda each: each.key)
        columns = sorted(demands, key=lambda each: each.key)
        prospects: dict[tuple[int, int], Prospect] = {}
        excluded: dict[tuple[str, str], str] = {}
        for row, supply in enumerate(rows):
            for column, demand in enumerate(columns):
                found = self.prospect(supply, demand, confidences)
                if isinstance(found, Prospect):
                    prospects[row, column] = found
                else:
                    excluded[supply.key, demand.key] = found
        if not prospects:
            return Matching(chosen=(), excluded=excluded)
        chosen = [
            (prospects[each.row, each.column], each.amount)
            for each in self._allocated(rows, columns, prospects)
        ]
        chosen.sort(key=lambda each: (-each[0].worth, each[0].supply.key, each[0].demand.key))
        return Matching(chosen=tuple(chosen), excluded=excluded)

    def prospect(
        self, supply: CanonicalRecord, demand: CanonicalRecord, confidences: Confidences
    ) -> Prospect | str:
        """Return the prospect of one pair, or why it is none.

        Raises:
            InputBoundsError: a confidence is not within 0 to 1, or a record lacks a number.
        """
        terms = self._terms
        seller, buyer = terms.supply.party_of(supply), terms.demand.party_of(demand)
        confidence = confidences.get((seller, buyer))
        if confidence is None:
            return "not scored"
        within(confidence, 0.0, 1.0, "confidence")
        compatibility = check_compatibility(self._rules, supply, demand)
        if not compatibility.holds:
            return "; ".join(finding.reason for finding in compatibility.broken)
        quantity = min(supply.number(terms.supply.quantity), demand.number(terms.demand.quantity))
        ways = self._ways(supply, demand, quantity)
        if not ways:
            return "no corridor carries it"
        way = ways[0]
        cost = 0.0 if way is None else way.cost
        bid, ask = demand.number(terms.demand.price), supply.number(terms.supply.price)
        spread = bid - ask - cost
        if spread <= 0:
            freight = "" if way is None else f" and freight {cost:g}"
            return f"ask {ask:g}{freight} exceed the bid of {bid:g}"
        return Prospect(
            supply=supply,
            demand=demand,
            seller=seller,
            buyer=buyer,
            confidence=confidence,
            compatibility=compatibility,
            corridor=way,
            spread=spread,
            worth=self._worth(confidence, compatibility.score, cost / bid, spread / bid),
            quantity=quantity,
            place=terms.demand.place_of(demand),
        )

    def _ways(
        self, supply: CanonicalRecord, demand: CanonicalRecord, quantity: float
    ) -> Sequence[Corridor | None]:
        """Return the ways that a quantity could take, the best first; None stands for no travel."""
        if self._corridors is None:
            return (None,)
        load = Consignment(
            origin=self._terms.supply.place_of(supply),
            destination=self._terms.demand.place_of(demand),
            quantity=quantity,
            measures=supply.numbers,
        )
        return usable_corridors(self._corridors, load, longest_days=self._longest_days)

    def _worth(self, confidence: float, score: float, freight: float, spread: float) -> float:
        weights = self._terms.weights
        return (
            weights.confidence * confidence
            + weights.compatibility * score
            + weights.freight * max(0.0, 1.0 - freight)
            + weights.price * min(1.0, spread)
        )

    def _allocated(
        self,
        rows: Sequence[CanonicalRecord],
        columns: Sequence[CanonicalRecord],
        prospects: Mapping[tuple[int, int], Prospect],
    ) -> list[Assigned]:
        terms = self._terms
        grid = [[prospects.get((r, c)) for c in range(len(columns))] for r in range(len(rows))]
        return allocate(
            [[each.worth if each else 0.0 for each in row] for row in grid],
            [[each is not None for each in row] for row in grid],
            [each.number(terms.supply.quantity) for each in rows],
            [each.number(terms.demand.quantity) for each in columns],
            least_lot=terms.least_lot,
        )
