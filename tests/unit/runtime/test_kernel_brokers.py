"""Brokers planted in a market are found, and nobody else."""

import itertools

import numpy as np
import pytest
from agent_runtime.errors import ConfigError
from agent_runtime.kernels.brokers import (
    BrokerRules,
    betweenness,
    broker_openings,
    measure_parties,
)
from agent_runtime.kernels.trades import Trade

RULES = BrokerRules(least_deals=4, least_markup=0.03, least_balance=0.6)


def _market(seed: int, brokers: int) -> list[Trade]:
    """Makers sell to users, directly or through brokers, who take 8 percent."""
    random = np.random.default_rng(seed)
    trades: list[Trade] = []
    count = itertools.count()

    def sale(seller: str, buyer: str, item: str, price: float) -> None:
        index = next(count)
        trades.append(
            Trade(
                trade_id=f"T{index}",
                seller=seller,
                buyer=buyer,
                item=item,
                quantity=10.0,
                price=price,
                at=float(index),
            )
        )

    for _ in range(60):
        maker, user = random.integers(10), random.integers(20)
        sale(f"maker{maker}", f"user{user}", f"item{maker}", 100.0 + random.normal())
    for broker in range(brokers):
        for _ in range(6):
            maker, user = random.integers(10), random.integers(20)
            sale(f"maker{maker}", f"broker{broker}", f"item{maker}", 100.0 + random.normal())
            sale(f"broker{broker}", f"user{user}", f"item{maker}", 108.0 + random.normal())
    return trades


@pytest.mark.parametrize("seed", range(10))
def test_planted_brokers_and_nobody_else_are_found(seed: int) -> None:
    measured = measure_parties(_market(seed, brokers=3))
    found = {each.party for each in measured if each.is_broker(RULES)}
    assert found == {"broker0", "broker1", "broker2"}


@pytest.mark.parametrize("seed", range(10))
def test_a_market_without_brokers_has_none(seed: int) -> None:
    assert not [p for p in measure_parties(_market(seed, brokers=0)) if p.is_broker(RULES)]


def test_a_party_that_resells_at_cost_is_no_broker() -> None:
    trades = [
        Trade(
            trade_id=f"{n}{side}",
            seller="a" if side == "in" else "m",
            buyer="m" if side == "in" else "z",
            item="i",
            quantity=1.0,
            price=100.0,
            at=0.0,
        )
        for n in range(4)
        for side in ("in", "out")
    ]
    (middle,) = [each for each in measure_parties(trades) if each.party == "m"]
    assert (middle.bought, middle.sold, middle.balance, middle.betweenness) == (4, 4, 1.0, 0.5)
    assert middle.markup == pytest.approx(0.0)
    assert not middle.is_broker(RULES)
    assert middle.is_broker(BrokerRules(least_deals=4, least_markup=0.0, least_balance=1.0))
    assert not middle.is_broker(BrokerRules(least_deals=5, least_markup=0.0, least_balance=1.0))


def _by_enumeration(graph: dict[str, set[str]]) -> dict[str, float]:
    """Count over all simple paths: the definition, slowly."""
    total = dict.fromkeys(graph, 0.0)
    for source, target in itertools.permutations(graph, 2):
        paths = [[source]]
        complete: list[list[str]] = []
        while paths and not complete:
            paths = [[*p, n] for p in paths for n in graph[p[-1]] if n not in p]
            complete = [path for path in paths if path[-1] == target]
        for node in graph:
            if complete and node not in (source, target):
                total[node] += sum(node in path for path in complete) / len(complete)
    pairs = (len(graph) - 1) * (len(graph) - 2)
    return {node: value / pairs for node, value in total.items()}


@pytest.mark.parametrize("seed", range(10))
def test_betweenness_equals_its_definition(seed: int) -> None:
    random = np.random.default_rng(seed)
    names = [f"n{i}" for i in range(6)]
    graph = {a: {b for b in names if a != b and random.random() < 0.35} for a in names}
    assert betweenness(graph) == pytest.approx(_by_enumeration(graph))


def test_small_graphs_have_nothing_in_between() -> None:
    assert betweenness({"a": ["b"], "b": []}) == {"a": 0.0, "b": 0.0}
    assert measure_parties([]) == ()


def test_openings_are_sales_nobody_made_directly() -> None:
    trades = _market(0, brokers=1)
    direct = {(trade.seller, trade.buyer) for trade in trades}
    openings = broker_openings(trades, ["broker0"])
    assert openings
    assert all((s, "broker0") in direct and ("broker0", b) in direct for s, _, b in openings)
    assert not {(s, b) for s, _, b in openings} & direct
    assert broker_openings(trades, []) == ()


@pytest.mark.parametrize(
    "bad", [{"least_deals": 0}, {"least_markup": -0.1}, {"least_balance": 1.1}]
)
def test_rules_without_a_meaning_are_refused(bad: dict[str, float]) -> None:
    plain = {"least_deals": 1, "least_markup": 0.0, "least_balance": 0.5}
    with pytest.raises(ConfigError):
        BrokerRules(**(plain | bad))  # type: ignore[arg-type]
