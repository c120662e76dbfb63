"""Sequences of trades that speak of fraud: wash trades, circular deals, splitting, price spikes.

Each function takes trades in any order and returns the groups of trades that fit the pattern,
ordered by time. A trade that arrives late is found as well: what counts is when it was made.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from agent_runtime.errors import InputBoundsError

_MAD_TO_DEVIATION: Final = 1.4826
"""Turns the median absolute deviation of a normal sample into its standard deviation."""
_LEAST_SPREAD: Final = 0.01
"""Of log prices: prices that hardly move would make every change a spike."""
_LONGEST_CYCLE: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Trade:
    """One sale of a quantity of an item; `price` a unit, `at` in seconds since the epoch."""

    trade_id: str
    seller: str
    buyer: str
    item: str
    quantity: float
    price: float
    at: float

    def __post_init__(self) -> None:
        """Refuse what is no sale.

        Raises:
            InputBoundsError: a name is empty, or a number is not finite or not positive.
        """
        numbers = (self.quantity, self.price)
        positive = all(math.isfinite(number) and number > 0 for number in numbers)
        named = all((self.trade_id, self.seller, self.buyer, self.item))
        if not (positive and named and math.isfinite(self.at)):
            raise InputBoundsError(f"trade {self.trade_id or '?'} is no sale")

    @property
    def value(self) -> float:
        """Price of the whole quantity."""
        return self.quantity * self.price


Group = tuple[Trade, ...]


def wash_trades(trades: Iterable[Trade], *, window_seconds: float, tolerance: float) -> list[Group]:
    """Find goods that come back to their seller at about the same quantity and price.

    Args:
        trades: the trades.
        window_seconds: how soon they come back.
        tolerance: by how much quantity and price may differ, as a share.
    """
    found: list[Group] = []
    for group in _by_item(trades):
        used: set[str] = set()
        for index, first in enumerate(group):
            for second in _following(group, index, window_seconds):
                swapped = (second.seller, second.buyer) == (first.buyer, first.seller)
                if swapped and first.trade_id not in used and second.trade_id not in used:
                    alike = _near(first.quantity, second.quantity, tolerance)
                    if alike and _near(first.price, second.price, tolerance):
                        used |= {first.trade_id, second.trade_id}
                        found.append((first, second))
    return found


def circular_deals(
    trades: Iterable[Trade], *, window_seconds: float, tolerance: float, least: int = 3
) -> list[Group]:
    """Find goods that travel through at least `least` parties and end where they began.

    Each trade follows the one before in time and moves about the same quantity; a party takes part
    once, and a cycle has at most five trades.

    Args:
        trades: the trades.
        window_seconds: from the first to the last trade.
        tolerance: by how much the quantity may differ from the first trade's, as a share.
        least: fewest trades.
    """
    found: list[Group] = []
    for group in _by_item(trades):
        used: set[str] = set()
        for index, first in enumerate(group):
            later = [
                trade
                for trade in _following(group, index, window_seconds)
                if trade.trade_id not in used and _near(first.quantity, trade.quantity, tolerance)
            ]
            cycle = _cycle((first,), later, least) if first.trade_id not in used else None
            if cycle is not None:
                used |= {trade.trade_id for trade in cycle}
                found.append(cycle)
    return found


def split_deals(
    trades: Iterable[Trade],
    *,
    window_seconds: float,
    limit: float,
    tolerance: float,
    least: int = 3,
) -> list[Group]:
    """Find one deal cut into several, each just below the value from which it would be looked at.

    Args:
        trades: the trades.
        window_seconds: from the first to the last part.
        limit: the value at which a deal is looked at.
        tolerance: how far below the limit a part counts as just below it, as a share of the limit.
        least: fewest parts.
    """
    found: list[Group] = []
    parties: dict[tuple[str, str, str], list[Trade]] = {}
    for trade in _ordered(trades):
        if limit * (1 - tolerance) <= trade.value < limit:
            parties.setdefault((trade.seller, trade.buyer, trade.item), []).append(trade)
    for _, group in sorted(parties.items()):
        start = 0
        while start < len(group):
            together = (group[start], *_following(group, start, window_seconds))
            if len(together) >= least:
                found.append(together)
            start += len(together) if len(together) >= least else 1
    return found


def price_spikes(
    trades: Iterable[Trade], *, window_seconds: float, limit: float, least: int = 10
) -> list[Group]:
    """Find prices that lie far from what the item cost before.

    A price counts if its logarithm is more than `limit` deviations from the median of those in the
    window before it; the deviation is estimated by the median absolute deviation, which spikes do
    not widen. Source: Iglewicz and Hoaglin, "How to detect and handle outliers", 1993.

    Args:
        trades: the trades.
        window_seconds: how far back prices are compared.
        limit: deviations.
        least: fewest earlier prices to judge by.
    """
    found: list[Group] = []
    for group in _by_item(trades):
        for index, trade in enumerate(group):
            before = [
                math.log(earlier.price)
                for earlier in group[:index]
                if trade.at - earlier.at <= window_seconds
            ]
            if len(before) >= least:
                centre = median(before)
                spread = _MAD_TO_DEVIATION * median(abs(price - centre) for price in before)
                if abs(math.log(trade.price) - centre) > limit * max(spread, _LEAST_SPREAD):
                    found.append((trade,))
    return found


def _cycle(path: Group, later: Sequence[Trade], least: int) -> Group | None:
    """Extend `path` until the goods are back at its first seller; the earliest way counts."""
    holder, home = path[-1].buyer, path[0].seller
    if holder == home:
        return path if len(path) >= least else None
    if len(path) == _LONGEST_CYCLE:
        return None
    visited = {trade.seller for trade in path}
    for index, trade in enumerate(later):
        if trade.seller == holder and (trade.buyer == home or trade.buyer not in visited):
            cycle = _cycle((*path, trade), later[index + 1 :], least)
            if cycle is not None:
                return cycle
    return None


def _ordered(trades: Iterable[Trade]) -> list[Trade]:
    """Sort by time; a trade that comes twice counts once."""
    once = {trade.trade_id: trade for trade in trades}
    return sorted(once.values(), key=lambda trade: (trade.at, trade.trade_id))


def _by_item(trades: Iterable[Trade]) -> Iterator[list[Trade]]:
    items: dict[str, list[Trade]] = {}
    for trade in _ordered(trades):
        items.setdefault(trade.item, []).append(trade)
    for _, group in sorted(items.items()):
        yield group


def _following(group: Sequence[Trade], index: int, window_seconds: float) -> Iterator[Trade]:
    """Yield the trades after `index` that begin within the window."""
    for trade in group[index + 1 :]:
        if trade.at - group[index].at > window_seconds:
            return
        yield trade


def _near(first: float, second: float, tolerance: float) -> bool:
    return abs(first - second) <= tolerance * max(first, second)
