"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by pair_matcher@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Iterable
from typing import Final

from agent_runtime.matching.matcher import Confidences, Matcher, Matching
from agent_runtime.matching.terms import MatchTerms, Side, Weights
from agent_runtime.translation.records import CanonicalRecord

from L9.agents.adapters.plastos.material_compatibility_checker import SPECIFICATION

TERMS: Final = MatchTerms(  # matching
    relation="FINANCES",
    supply=Side(
        record="loan_product",
        quantity="available_sum",
        price="rate",
        place="region",
        party="lender_id",
    ),
    demand=Side(
        record="loan_application",
        quantity="loan_sum",
        price="highest_rate",
        place="region",
        party="",
    ),
    weights=Weights(
        confidence=0.5,
        compatibility=0.3,
        price=0.2,
    ),
    least_lot=5,
)


class PairMatcher:
    """Weighs confidence, compatibility and price of every pair, and chooses among all."""

    def __init__(self) -> None:
        self._matcher = Matcher(TERMS, SPECIFICATION)

    def match(
        self,
        supplies: Iterable[CanonicalRecord],
        demands: Iterable[CanonicalRecord],
        confidences: Confidences,
    ) -> Matching:
        """Choose the pairs that together are worth most, with quantities and reasons.

        Args:
            supplies: records of the offering side.
            demands: records of the demanding side.
            confidences: of the tensor layer, 0 to 1, by offering and demanding party.

        Raises:
            InputBoundsError: a confidence is not within 0 to 1, or a record lacks a number.
        """
        return self._matcher.match(supplies, demands, confidences)
