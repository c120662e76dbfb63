"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by margin_optimizer@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.matching.freight import Corridor
from agent_runtime.matching.margin import DealTerms, Offer, Pricer, PricingRules

from L9.agents.adapters.plastos.governance_bridge import GovernanceBridge

CORRIDORS: Final = (  # matching.corridors
    Corridor(
        name="home_road",
        origin="same",
        destination="same",
        cost=18,
        days=1,
        capacity=500,
        limits={"contamination": 20},
    ),
    Corridor(
        name="trunk_road",
        origin="any",
        destination="any",
        cost=62,
        days=3,
        capacity=50,
        limits={"contamination": 20},
    ),
    Corridor(
        name="north_south_rail",
        origin="north",
        destination="south",
        cost=41,
        days=6,
        capacity=500,
        limits={"contamination": 5},
    ),
    Corridor(
        name="east_west_rail",
        origin="east",
        destination="west",
        cost=38,
        days=7,
        capacity=500,
        limits={"contamination": 5},
    ),
)
PRICING: Final = PricingRules(  # matching.pricing
    least_margin=0.03,
    tick=1,
    longest_days=10,
)
FREIGHT_VIOLATED: Final = {
    "freight_constraint_violation": True
}  # governance.escalationpolicy, escalationtriggers


class MarginOptimizer:
    """Prices a deal exactly: no admissible price and corridor has a higher expected margin."""

    def __init__(self, governance: GovernanceBridge) -> None:
        self._governance = governance
        self._pricer = Pricer(CORRIDORS, PRICING)

    def best(self, terms: DealTerms, *, subject: str, trace_id: str) -> Offer | None:
        """Return the best offer, None if none is admissible; people hear of freight that cannot be.

        Args:
            terms: ask, bid, load and confidence of the deal.
            subject: what the deal is called.
            trace_id: trace to work under.

        Raises:
            InputBoundsError: a number of the terms is not finite or out of bounds.
        """
        offer = self._pricer.best(terms)
        if offer is None and not self._pricer.carries(terms.load):
            self._governance.observe_all(FREIGHT_VIOLATED, subject=subject, trace_id=trace_id)
        return offer
