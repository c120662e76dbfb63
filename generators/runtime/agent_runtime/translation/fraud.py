"""Deals of a batch that, with those known from before, speak of fraud."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent_runtime.kernels.trades import Trade, circular_deals, split_deals, wash_trades
from agent_runtime.translation.deals import trades_in
from agent_runtime.translation.integrity import FRAUD, Objection
from agent_runtime.translation.sight import DealSpec, Sight

SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True, kw_only=True, slots=True)
class FraudLimits:
    """What counts as suspicious.

    Attributes:
        window_days: how far apart the deals of one pattern may lie.
        tolerance: by how much quantities and prices in it may differ, as a share.
        watched_value: value from which a deal is looked at, so that it may be cut up to pass below;
            None if no value is watched.
    """

    window_days: float = 30.0
    tolerance: float = 0.05
    watched_value: float | None = None


def check_fraud(sight: Sight, deal: DealSpec, limits: FraudLimits) -> list[Objection]:
    """Object to the deals of the batch that complete a wash trade, a circle or a cut-up deal."""
    fresh = {each.key for each in sight.fresh(deal.record)}
    trades = trades_in(sight, deal)
    window = limits.window_days * SECONDS_A_DAY
    found = _objections(
        deal,
        fresh,
        "goods go back to their seller",
        wash_trades(trades, window_seconds=window, tolerance=limits.tolerance),
    )
    found += _objections(
        deal,
        fresh,
        "goods travel in a circle",
        circular_deals(trades, window_seconds=window, tolerance=limits.tolerance),
    )
    if limits.watched_value is not None:
        cut = split_deals(
            trades,
            window_seconds=window,
            limit=limits.watched_value,
            tolerance=limits.tolerance,
        )
        found += _objections(deal, fresh, "one deal is cut into parts below what is watched", cut)
    return found


def _objections(
    deal: DealSpec, fresh: set[str], reason: str, groups: Iterable[Sequence[Trade]]
) -> list[Objection]:
    return [
        Objection(
            guard=FRAUD,
            record=deal.record,
            key=trade.trade_id,
            reason=f"{reason}: {', '.join(each.trade_id for each in group)}",
        )
        for group in groups
        for trade in group
        if trade.trade_id in fresh
    ]
