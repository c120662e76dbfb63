"""Each pattern of fraud is found where it was planted, and clean trade raises few alarms."""

import math
from dataclasses import replace

import pytest
from agent_runtime.auditing.measuring import ordinary_trades, planted_fraud
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.trades import (
    Trade,
    circular_deals,
    price_spikes,
    split_deals,
    wash_trades,
)

DAY = 86_400.0


def trade(
    name: str,
    seller: str,
    buyer: str,
    at: float,
    *,
    quantity: float = 10.0,
    price: float = 100.0,
    item: str = "pet",
) -> Trade:
    return Trade(
        trade_id=name, seller=seller, buyer=buyer, item=item, quantity=quantity, price=price, at=at
    )


def ids(groups: list[tuple[Trade, ...]]) -> list[list[str]]:
    return [[each.trade_id for each in group] for group in groups]


def wash(*trades: Trade, tolerance: float = 0.05) -> list[list[str]]:
    return ids(wash_trades(trades, window_seconds=DAY, tolerance=tolerance))


def circles(*trades: Trade) -> list[list[str]]:
    return ids(circular_deals(trades, window_seconds=DAY, tolerance=0.05))


def splits(*trades: Trade) -> list[list[str]]:
    return ids(split_deals(trades, window_seconds=DAY, limit=1000.0, tolerance=0.1))


def test_goods_that_come_back_at_the_same_price_are_a_wash():
    assert wash(trade("2", "b", "a", 60, price=104.0), trade("1", "a", "b", 0)) == [["1", "2"]]


@pytest.mark.parametrize(
    "back",
    [
        trade("2", "b", "a", DAY + 1),
        trade("2", "b", "a", 60, price=106.0),
        trade("2", "b", "a", 60, quantity=9.0),
        trade("2", "b", "a", 60, item="hdpe"),
        trade("2", "b", "c", 60),
        trade("2", "a", "b", 60),
    ],
)
def test_what_does_not_come_back_alike_is_no_wash(back: Trade):
    assert wash(trade("1", "a", "b", 0), back) == []


def test_a_trade_is_washed_once():
    pair = [trade("1", "a", "b", 0), trade("2", "b", "a", 10), trade("3", "a", "b", 20)]
    assert wash(*pair) == [["1", "2"]]
    assert wash(*pair, trade("4", "b", "a", 30)) == [["1", "2"], ["3", "4"]]


def test_goods_that_travel_home_are_a_circle():
    way = [trade("3", "c", "a", 20), trade("1", "a", "b", 0), trade("2", "b", "c", 10)]
    assert circles(*way, trade("0", "b", "d", 5)) == [["1", "2", "3"]]


@pytest.mark.parametrize(
    "last",
    [
        trade("3", "c", "a", DAY + 1),
        trade("3", "c", "a", 5),
        trade("3", "c", "a", 20, quantity=12.0),
        trade("3", "c", "d", 20),
    ],
)
def test_a_way_that_does_not_close_in_time_is_no_circle(last: Trade):
    assert circles(trade("1", "a", "b", 0), trade("2", "b", "c", 10), last) == []


def test_a_circle_has_at_least_three_and_at_most_five_parties():
    assert circles(trade("1", "a", "b", 0), trade("2", "b", "a", 10)) == []
    ring = "abcdef"
    for size, found in ((5, 1), (6, 0)):
        way = [trade(str(n), ring[n], ring[(n + 1) % size], n) for n in range(size)]
        assert len(circles(*way)) == found


def test_a_party_takes_part_in_a_circle_once():
    way = [trade("1", "a", "b", 0), trade("2", "b", "c", 1), trade("3", "c", "b", 2)]
    assert circles(*way, trade("4", "b", "a", 3)) == []


def test_a_circle_is_found_once():
    way = [trade(str(n), "abc"[n % 3], "abc"[(n + 1) % 3], n) for n in range(4)]
    assert circles(*way) == [["0", "1", "2"]]


def test_parts_just_below_the_limit_are_a_split():
    parts = [trade(str(n), "a", "b", n, price=95.0 + n) for n in range(3)]
    assert splits(*parts) == [["0", "1", "2"]]


@pytest.mark.parametrize(
    "third",
    [
        trade("2", "a", "b", 2, price=100.0),
        trade("2", "a", "b", 2, price=89.0),
        trade("2", "a", "c", 2, price=95.0),
        trade("2", "a", "b", 2, price=95.0, item="pp"),
        trade("2", "a", "b", DAY + 2, price=95.0),
    ],
)
def test_two_parts_and_something_else_are_no_split(third: Trade):
    assert splits(*[trade(str(n), "a", "b", n, price=95.0) for n in range(2)], third) == []


def test_splits_do_not_share_parts():
    parts = [trade(str(n), "a", "b", n * DAY / 2.5, price=95.0) for n in range(6)]
    assert splits(*parts) == [["0", "1", "2"], ["3", "4", "5"]]
    late = [trade("z", "a", "b", -DAY / 1.5, price=95.0)]
    assert splits(*late, *parts[:3]) == [["0", "1", "2"]]


def test_a_price_far_from_the_past_is_a_spike():
    past = [trade(str(n), "a", "b", n, price=100.0 + n % 3) for n in range(10)]
    spike = trade("s", "a", "b", 11, price=150.0)
    assert ids(price_spikes([*past, spike], window_seconds=DAY, limit=6.0)) == [["s"]]
    low = trade("s", "a", "b", 11, price=66.0)
    assert ids(price_spikes([*past, low], window_seconds=DAY, limit=6.0)) == [["s"]]
    assert price_spikes([*past[1:], spike], window_seconds=DAY, limit=6.0) == []
    assert price_spikes([*past, spike], window_seconds=1.0, limit=6.0) == []


def test_prices_that_never_moved_allow_a_small_step():
    past = [trade(str(n), "a", "b", n) for n in range(10)]
    step = trade("s", "a", "b", 11, price=100.0 * math.exp(0.059))
    assert price_spikes([*past, step], window_seconds=DAY, limit=6.0) == []
    more = replace(step, price=100.0 * math.exp(0.061))
    assert ids(price_spikes([*past, more], window_seconds=DAY, limit=6.0)) == [["s"]]


def test_a_spike_does_not_hide_the_next():
    past = [trade(str(n), "a", "b", n, price=100.0 + n % 3) for n in range(20)]
    spikes = [trade(f"s{n}", "a", "b", 30 + n, price=200.0) for n in range(3)]
    assert len(price_spikes([*past, *spikes], window_seconds=DAY, limit=6.0)) == 3


@pytest.mark.parametrize("kind", ["wash_trade", "circular_deal", "split_deal", "price_spike"])
@pytest.mark.parametrize("seed", range(5))
def test_planted_fraud_is_found_among_ordinary_trade(kind: str, seed: int):
    trades = planted_fraud(kind, seed)
    found = {
        "wash_trade": wash_trades(trades, window_seconds=DAY, tolerance=0.05),
        "circular_deal": circular_deals(trades, window_seconds=DAY, tolerance=0.05),
        "split_deal": split_deals(trades, window_seconds=DAY, limit=10_000.0, tolerance=0.05),
        "price_spike": price_spikes(trades, window_seconds=30 * DAY, limit=8.0),
    }[kind]
    planted = [each for group in ids(found) for each in group if each.startswith("fraud")]
    assert planted == [each.trade_id for each in trades if each.trade_id.startswith("fraud")]


@pytest.mark.parametrize("seed", range(5))
def test_ordinary_trade_raises_no_alarm(seed: int):
    trades = ordinary_trades(seed)
    assert wash_trades(trades, window_seconds=DAY, tolerance=0.05) == []
    assert circular_deals(trades, window_seconds=DAY, tolerance=0.05) == []
    assert split_deals(trades, window_seconds=DAY, limit=10_000.0, tolerance=0.05) == []
    assert price_spikes(trades, window_seconds=30 * DAY, limit=8.0) == []


def test_an_unknown_kind_of_fraud_is_refused():
    with pytest.raises(InputBoundsError, match="no kind of fraud"):
        planted_fraud("magic", 1)


@pytest.mark.parametrize(
    "wrong",
    [{"seller": ""}, {"price": 0.0}, {"quantity": -1.0}, {"price": math.inf}, {"at": math.nan}],
)
def test_what_is_no_sale_is_refused(wrong: dict[str, object]):
    with pytest.raises(InputBoundsError, match="is no sale"):
        replace(trade("1", "a", "b", 0), **wrong)
    assert trade("1", "a", "b", 0).value == 1000.0
