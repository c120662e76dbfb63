"""A plain market of sellers, buyers and wares, for systems without a domain of their own."""

from typing import Final

from agent_runtime.matching.terms import MatchTerms, Side, Weights
from agent_runtime.simulators.market import MarketPlan, SimulatedMarket
from agent_runtime.translation.fields import NUMBER, REFERENCE, FieldSpec
from agent_runtime.translation.records import LinkSpec, RecordSpec, RecordSpecs
from agent_runtime.translation.sight import DealSpec

DOMAIN: Final = "Trade"
SUPPLIES: Final = "SUPPLIES"
DEAL: Final = DealSpec(
    record="deal",
    seller="seller_id",
    buyer="buyer_id",
    item="ware_id",
    quantity="quantity",
    price="price",
    time="agreed_at",
)
TERMS: Final = MatchTerms(
    relation=SUPPLIES,
    supply=Side(record="ware", party="seller_id", quantity="offer", price="ask", place="origin"),
    demand=Side(record="buyer", quantity="demand", price="bid", place="region"),
    weights=Weights(confidence=0.5, compatibility=0.2, freight=0.15, price=0.15),
)
_PLACES: Final = ("north", "south")


def plain_records() -> RecordSpecs:
    """Return the record types: buyers, sellers, wares and deals."""
    return RecordSpecs(
        DOMAIN,
        (
            RecordSpec(
                name="buyer",
                key="buyer_id",
                fields=(
                    FieldSpec(name="buyer_id"),
                    FieldSpec(name="region", choices=_PLACES),
                    FieldSpec(name="demand", kind=NUMBER, unit="t", low=1, high=500),
                    FieldSpec(name="bid", kind=NUMBER, unit="eur/t", low=1, high=2_000),
                ),
            ),
            RecordSpec(name="seller", key="seller_id", fields=(FieldSpec(name="seller_id"),)),
            RecordSpec(
                name="ware",
                key="ware_id",
                links=(LinkSpec(subject="seller_id", relation="OFFERS", object="ware_id"),),
                fields=(
                    FieldSpec(name="ware_id"),
                    FieldSpec(name="seller_id", kind=REFERENCE, of="seller"),
                    FieldSpec(name="origin", choices=_PLACES),
                    FieldSpec(name="offer", kind=NUMBER, unit="t", low=1, high=500),
                    FieldSpec(name="ask", kind=NUMBER, unit="eur/t", low=1, high=2_000),
                ),
            ),
            RecordSpec(
                name="deal",
                key="deal_id",
                entity=False,
                links=(
                    LinkSpec(subject="seller_id", relation=SUPPLIES, object="buyer_id"),
                    LinkSpec(subject="buyer_id", relation="BUYS", object="ware_id"),
                ),
                fields=(
                    FieldSpec(name="deal_id"),
                    FieldSpec(name="seller_id", kind=REFERENCE, of="seller"),
                    FieldSpec(name="buyer_id", kind=REFERENCE, of="buyer"),
                    FieldSpec(name="ware_id", kind=REFERENCE, of="ware"),
                    FieldSpec(name="quantity", kind=NUMBER, unit="t", low=1, high=500),
                    FieldSpec(name="price", kind=NUMBER, unit="eur/t", low=1, high=2_000),
                    FieldSpec(name="agreed_at", kind=NUMBER, unit="s", low=0),
                ),
            ),
        ),
    )


def plain_market(plan: MarketPlan) -> SimulatedMarket:
    """Invent a market of these records."""
    return SimulatedMarket(plain_records(), DEAL, TERMS, (), plan)
