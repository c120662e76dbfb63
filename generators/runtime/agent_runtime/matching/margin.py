"""The price and corridor by which a deal is worth most, exactly, under all its constraints.

The seller asks `ask` a unit, the buyer bids at most `bid`, freight costs what the corridor costs. A
buyer accepts a price with a chance that falls from `confidence` at the lowest price that covers
cost to zero at the first tick above the bid; so the expected margin is a concave parabola in the
price, whose best tick is one of the two beside its vertex, or an end of the range.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent_runtime.errors import ConfigError
from agent_runtime.guards import within
from agent_runtime.matching.freight import Consignment, Corridor, usable_corridors

_EPSILON: Final = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class PricingRules:
    """How a price may be chosen.

    Attributes:
        least_margin: lowest margin as a share of the price, 0 to 1.
        tick: step of prices.
        longest_days: longest transport.

    Raises:
        ConfigError: a number has no meaning.
    """

    least_margin: float
    tick: float
    longest_days: float

    def __post_init__(self) -> None:
        if not (0.0 <= self.least_margin < 1.0 and self.tick > 0 and self.longest_days >= 0):
            raise ConfigError("pricing needs a margin below 1, a positive tick and some time")


@dataclass(frozen=True, kw_only=True, slots=True)
class DealTerms:
    """What is known of a deal before its price: ask and bid a unit, the load, the confidence."""

    ask: float
    bid: float
    load: Consignment
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A price with its way.

    Attributes:
        price: a unit.
        corridor: how the goods travel.
        margin: price less ask and freight, for the whole quantity.
        share: margin as a share of the price.
        chance: that the buyer accepts, 0 to 1.
        expected: chance times margin.
    """

    price: float
    corridor: Corridor
    margin: float
    share: float
    chance: float
    expected: float


def best_offer(
    terms: DealTerms, corridors: Sequence[Corridor], rules: PricingRules
) -> Offer | None:
    """Return the offer with the highest expected margin, None if no price is admissible.

    Equal offers: the faster corridor, then the lower price.

    Raises:
        InputBoundsError: a number of `terms` is not finite or out of bounds.
    """
    within(terms.ask, 0.0, None, "ask")
    within(terms.bid, 0.0, None, "bid")
    within(terms.confidence, 0.0, 1.0, "confidence")
    within(terms.load.quantity, 0.0, None, "quantity")
    ways = usable_corridors(corridors, terms.load, longest_days=rules.longest_days)
    found = [offer for way in ways for offer in _candidates(terms, way, rules)]
    return min(
        found,
        key=lambda each: (-round(each.expected, 6), each.corridor.days, each.price),
        default=None,
    )


def offer_at(ticks: int, terms: DealTerms, corridor: Corridor, rules: PricingRules) -> Offer | None:
    """Return the offer at a price of `ticks` ticks, None if the rules do not admit it."""
    lowest, highest = _range(terms, corridor, rules)
    if not lowest <= ticks <= highest:
        return None
    price = ticks * rules.tick
    unit = price - terms.ask - corridor.cost
    chance = terms.confidence * (highest + 1 - ticks) / (highest + 1 - lowest)
    margin = unit * terms.load.quantity
    return Offer(
        price=price,
        corridor=corridor,
        margin=margin,
        share=unit / price,
        chance=chance,
        expected=chance * margin,
    )


def _range(terms: DealTerms, corridor: Corridor, rules: PricingRules) -> tuple[int, int]:
    """Return the lowest and the highest admissible price in ticks."""
    floor = (terms.ask + corridor.cost) / (1.0 - rules.least_margin)
    lowest = max(1, math.ceil(floor / rules.tick - _EPSILON))
    return lowest, math.floor(terms.bid / rules.tick + _EPSILON)


def _candidates(terms: DealTerms, corridor: Corridor, rules: PricingRules) -> list[Offer]:
    lowest, highest = _range(terms, corridor, rules)
    if lowest > highest:
        return []
    cost = (terms.ask + corridor.cost) / rules.tick
    vertex = math.floor((cost + highest + 1) / 2)
    ticks = {min(max(each, lowest), highest) for each in (vertex, vertex + 1)}
    offers = [offer_at(each, terms, corridor, rules) for each in sorted(ticks)]
    return [offer for offer in offers if offer is not None]


class Pricer:
    """Prices deals by the corridors and rules of a schema. Stateless."""

    def __init__(self, corridors: Sequence[Corridor], rules: PricingRules) -> None:
        """Take the ways that goods may go, and how a price may be chosen."""
        self._corridors = tuple(corridors)
        self._rules = rules

    def best(self, terms: DealTerms) -> Offer | None:
        """Return the best offer, None if none is admissible; see `best_offer`.

        Raises:
            InputBoundsError: a number of `terms` is not finite or out of bounds.
        """
        return best_offer(terms, self._corridors, self._rules)

    def carries(self, load: Consignment) -> bool:
        """Tell whether some corridor carries `load` in time."""
        days = self._rules.longest_days
        return bool(usable_corridors(self._corridors, load, longest_days=days))
