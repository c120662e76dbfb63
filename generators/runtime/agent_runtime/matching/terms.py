"""What a schema says of matching: the two sides, and what each measure weighs."""

import math
from dataclasses import dataclass

from agent_runtime.errors import ConfigError
from agent_runtime.translation.records import CanonicalRecord

_ROUNDING = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One side of a match: which records it is made of, and which field says what.

    Attributes:
        record: type of its records.
        quantity: field with the quantity.
        price: field with the price a unit.
        place: field with the place.
        party: reference field that names who stands behind it; empty if it is the record itself.
    """

    record: str
    quantity: str
    price: str
    place: str
    party: str = ""

    def party_of(self, record: CanonicalRecord) -> str:
        """Return the entity that stands behind a record of this side."""
        return record.references[self.party] if self.party else str(record.entity)

    def place_of(self, record: CanonicalRecord) -> str:
        """Return the place of a record."""
        return str(record.attributes[self.place])


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """What each measure adds to the worth of a match.

    Raises:
        ConfigError: one is negative, or they do not add up to 1.
    """

    confidence: float
    compatibility: float
    price: float
    freight: float = 0.0

    def __post_init__(self) -> None:
        parts = (self.confidence, self.compatibility, self.freight, self.price)
        if min(parts) < 0 or not math.isclose(sum(parts), 1.0, abs_tol=_ROUNDING):
            raise ConfigError("the weights of a match must not be negative and must add up to 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchTerms:
    """What makes a match.

    Attributes:
        relation: the link that it predicts, from the supplying to the demanding party.
        supply: what is offered.
        demand: what is wanted.
        weights: of the measures.
        least_lot: smallest quantity that passes between two.
    """

    relation: str
    supply: Side
    demand: Side
    weights: Weights
    least_lot: float = 0.0
