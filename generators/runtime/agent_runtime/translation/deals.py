"""The deals that records tell of, as trades between the parties behind them."""

from agent_runtime.kernels.trades import Trade
from agent_runtime.translation.records import CanonicalRecord
from agent_runtime.translation.sight import DealSpec, Sight


def trades_in(sight: Sight, deal: DealSpec) -> tuple[Trade, ...]:
    """Return all deals, known and fresh, by key; a party is who stands behind its names."""
    return tuple(_trade(sight, deal, each) for each in sight.everything(deal.record))


def fresh_trades(sight: Sight, deal: DealSpec) -> tuple[Trade, ...]:
    """Return the deals of the batch alone, in the order they came."""
    return tuple(_trade(sight, deal, each) for each in sight.fresh(deal.record))


def _trade(sight: Sight, deal: DealSpec, record: CanonicalRecord) -> Trade:
    return Trade(
        trade_id=record.key,
        seller=sight.party(record.references[deal.seller]),
        buyer=sight.party(record.references[deal.buyer]),
        item=record.references[deal.item],
        quantity=record.number(deal.quantity),
        price=record.number(deal.price),
        at=record.number(deal.time),
    )
