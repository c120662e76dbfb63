"""Who stands between others: betweenness, balance of buying and selling, and mark-up.

Betweenness by U. Brandes, "A faster algorithm for betweenness centrality", 2001, on the directed
graph of who sold to whom, without weights.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent_runtime.errors import ConfigError
from agent_runtime.kernels.trades import Trade


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokerRules:
    """From when on a party counts as a broker.

    Attributes:
        least_deals: fewest deals on either side.
        least_markup: lowest mark-up on what it resells, as a share.
        least_balance: lowest ratio of the smaller to the larger of bought and sold quantity.

    Raises:
        ConfigError: a number has no meaning.
    """

    least_deals: int
    least_markup: float
    least_balance: float

    def __post_init__(self) -> None:
        usable = self.least_deals >= 1 and self.least_markup >= 0
        if not (usable and 0.0 <= self.least_balance <= 1.0):
            raise ConfigError("broker rules need a deal, a mark-up from 0 and a balance of 0 to 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class PartyMeasures:
    """What the trades say of one party.

    Attributes:
        party: who.
        bought: number of deals on the buying side.
        sold: number on the selling side.
        balance: ratio of the smaller to the larger of bought and sold quantity, 0 to 1.
        markup: by how much more it sold than it bought, as a share, over items that it did both
            with, weighted by the quantity sold; None if there is no such item.
        betweenness: share of the shortest ways between two others that lead through it, 0 to 1.
    """

    party: str
    bought: int
    sold: int
    balance: float
    markup: float | None
    betweenness: float

    def is_broker(self, rules: BrokerRules) -> bool:
        """Whether it buys and sells often, in balance, the same goods, at a mark-up, in between."""
        often = min(self.bought, self.sold) >= rules.least_deals
        balanced = self.balance >= rules.least_balance
        marked_up = self.markup is not None and self.markup >= rules.least_markup
        return often and balanced and marked_up and self.betweenness > 0


def measure_parties(trades: Iterable[Trade]) -> tuple[PartyMeasures, ...]:
    """Measure every party of `trades`, the one most in between first, ties by name."""
    known = tuple(trades)
    graph: dict[str, set[str]] = {}
    for trade in known:
        graph.setdefault(trade.seller, set()).add(trade.buyer)
        graph.setdefault(trade.buyer, set())
    between = betweenness(graph)
    measured = [_measures(party, known, between[party]) for party in graph]
    return tuple(sorted(measured, key=lambda each: (-each.betweenness, each.party)))


def broker_openings(
    trades: Iterable[Trade], brokers: Iterable[str]
) -> tuple[tuple[str, str, str], ...]:
    """Return seller, broker and buyer of sales that a broker could make and nobody made directly.

    The broker bought from the seller and sold to the buyer, who never dealt with each other.
    """
    known = tuple(trades)
    direct = {(trade.seller, trade.buyer) for trade in known}
    found = {
        (first.seller, broker, second.buyer)
        for broker in brokers
        for first in known
        if first.buyer == broker
        for second in known
        if second.seller == broker and second.buyer != first.seller
    }
    return tuple(sorted(each for each in found if (each[0], each[2]) not in direct))


def betweenness(graph: Mapping[str, Iterable[str]]) -> dict[str, float]:
    """Return the betweenness of each node of a directed graph, as a share of all ordered pairs.

    Args:
        graph: successors by node; every successor is a node as well.
    """
    total = dict.fromkeys(sorted(graph), 0.0)
    for source in total:
        order, paths, before = _shortest(graph, source)
        credit = dict.fromkeys(order, 0.0)
        for node in reversed(order):
            for previous in before[node]:
                credit[previous] += paths[previous] / paths[node] * (1.0 + credit[node])
            if node != source:
                total[node] += credit[node]
    pairs = (len(total) - 1) * (len(total) - 2)
    return {node: value / pairs if pairs > 0 else 0.0 for node, value in total.items()}


def _shortest(
    graph: Mapping[str, Iterable[str]], source: str
) -> tuple[list[str], dict[str, int], dict[str, list[str]]]:
    """Return nodes by distance, the number of shortest ways to each, and who comes before it."""
    distance, paths = {source: 0}, {source: 1}
    before: dict[str, list[str]] = {source: []}
    order: list[str] = []
    queue = deque([source])
    while queue:
        node = queue.popleft()
        order.append(node)
        for following in sorted(graph[node]):
            if following not in distance:
                distance[following] = distance[node] + 1
                paths[following], before[following] = 0, []
                queue.append(following)
            if distance[following] == distance[node] + 1:
                paths[following] += paths[node]
                before[following].append(node)
    return order, paths, before


def _measures(party: str, trades: Sequence[Trade], between: float) -> PartyMeasures:
    bought = [trade for trade in trades if trade.buyer == party]
    sold = [trade for trade in trades if trade.seller == party]
    quantities = sorted([sum(t.quantity for t in bought), sum(t.quantity for t in sold)])
    return PartyMeasures(
        party=party,
        bought=len(bought),
        sold=len(sold),
        balance=quantities[0] / quantities[1] if quantities[1] > 0 else 0.0,
        markup=_markup(bought, sold),
        betweenness=between,
    )


def _markup(bought: Sequence[Trade], sold: Sequence[Trade]) -> float | None:
    costs, incomes = _totals(bought), _totals(sold)
    both = sorted(costs.keys() & incomes.keys())
    if not both:
        return None
    weight = sum(incomes[item][0] for item in both)
    shares = (incomes[item][0] * (_unit(incomes[item]) / _unit(costs[item]) - 1.0) for item in both)
    return sum(shares) / weight


def _totals(trades: Sequence[Trade]) -> dict[str, tuple[float, float]]:
    """Return quantity and value by item."""
    totals: dict[str, tuple[float, float]] = {}
    for trade in trades:
        quantity, value = totals.get(trade.item, (0.0, 0.0))
        totals[trade.item] = (quantity + trade.quantity, value + trade.value)
    return totals


def _unit(total: tuple[float, float]) -> float:
    return total[1] / total[0]
