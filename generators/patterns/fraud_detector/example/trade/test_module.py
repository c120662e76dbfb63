"""What `L9.example.module` promises.

Expected by the schema and by fraud_detector@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.auditing.fraud import FraudPattern
from agent_runtime.auditing.measuring import ordinary_trades
from agent_runtime.kernels.trades import Trade
from agent_runtime.testing_auditing import ObservedBench

from L9.governance.tensor_auditor.fraud_detector import KIND, PATTERNS, TRANSACTIONS, FraudDetector

PRICE = 100.0
LEAST_DEVIATION = 0.01  # of log prices, however little they moved


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ObservedBench]:
    made = ObservedBench(tmp_path)
    yield made
    made.close()


def trades(steps: list[tuple[str, str, float, float]], seconds: float) -> list[Trade]:
    """Return trades of one item at even steps over `seconds`: seller, buyer, quantity, price."""
    apart = seconds / max(len(steps) - 1, 1)
    return [
        Trade(
            trade_id=f"t{number}",
            seller=seller,
            buyer=buyer,
            item="goods",
            quantity=quantity,
            price=price,
            at=number * apart,
        )
        for number, (seller, buyer, quantity, price) in enumerate(steps)
    ]


def planted(pattern: FraudPattern, *, amiss: float = 0.5, fewer: int = 0) -> list[Trade]:
    """Return trades that fit `pattern` while `amiss` is below 1 and there are not `fewer`.

    `amiss` is how far they go in what the pattern tolerates, as a share of it.
    """
    off = 1 - amiss * pattern.tolerance
    count = pattern.least - fewer
    ring = [f"party {number}" for number in range(count)]
    deviations = pattern.limit / amiss if pattern.kind == "price_spike" else 0.0
    steps = {
        "wash_trade": [("x", "y", 20.0, PRICE), ("y", "x", 20.0 * off, PRICE)][: 2 - fewer],
        "circular_deal": [
            (ring[n], ring[(n + 1) % count], 20.0 * (off if n else 1.0), PRICE)
            for n in range(count)
        ],
        "split_deal": [("x", "y", pattern.limit * off / PRICE, PRICE) for _ in range(count)],
        "price_spike": [
            *(("x", f"buyer {n}", 20.0, PRICE) for n in range(count)),
            ("x", "y", 20.0, PRICE * math.exp(deviations * LEAST_DEVIATION)),
        ],
    }
    return trades(steps[pattern.kind], pattern.window_seconds)


def observe(bench: ObservedBench, deals: list[Trade]) -> None:
    bench.tell(
        TRANSACTIONS.source,
        [
            {
                TRANSACTIONS.trade_id: deal.trade_id,
                TRANSACTIONS.seller: deal.seller,
                TRANSACTIONS.buyer: deal.buyer,
                TRANSACTIONS.item: deal.item,
                TRANSACTIONS.quantity: deal.quantity,
                TRANSACTIONS.price: deal.price,
                TRANSACTIONS.at: deal.at,
            }
            for deal in deals
        ],
    )


def names(deals: list[Trade]) -> list[str]:
    return [match.pattern.name for match in FraudDetector().match(deals)]


@pytest.mark.positive
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_a_planted_case_is_found_with_its_transactions(
    bench: ObservedBench, pattern: FraudPattern
) -> None:
    deals = planted(pattern)
    observe(bench, deals)
    (finding,) = [
        each
        for each in FraudDetector().examine(bench.batch())
        if each.evidence["pattern"] == pattern.name
    ]
    assert (finding.kind, finding.agent) == (KIND, "plastos_adapter")
    assert finding.subject.startswith(f"{pattern.name}:")
    assert pattern.kind in finding.reason
    assert finding.evidence["decisions"]


@pytest.mark.positive
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_the_case_is_the_same_when_more_was_observed(pattern: FraudPattern) -> None:
    deals = planted(pattern)
    later = [*ordinary_trades(7, count=20), *deals]
    one, two = (
        [match.subject for match in FraudDetector().match(each) if match.pattern == pattern]
        for each in (deals, later)
    )
    assert one == two
    assert len(one) == 1


@pytest.mark.positive
def test_the_patterns_are_those_of_the_schema() -> None:
    assert [
        (each.name, each.kind, each.window_seconds, each.tolerance, each.limit, each.least)
        for each in PATTERNS
    ] == [
        ("round_trip", "wash_trade", 86400, 0.05, 0, 3),
        ("carousel", "circular_deal", 86400, 0.05, 0, 3),
        ("below_the_limit", "split_deal", 86400, 0.05, 100000, 3),
        ("price_jump", "price_spike", 86400, 0.05, 8, 10),
    ]


@pytest.mark.positive
def test_transactions_are_read_from_the_declared_event(bench: ObservedBench) -> None:
    assert TRANSACTIONS.source.event == "plastos_adapter.translate_transaction"
    assert KIND == "fraud_pattern_match"
    assert FraudDetector().examine(bench.batch()) == ()


@pytest.mark.positive
def test_the_same_trades_in_another_order_are_the_same_case() -> None:
    deals = planted(PATTERNS[0])
    assert names(deals) == names(deals[::-1])


@pytest.mark.negative
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_what_lies_beyond_the_declared_tolerance_does_not_fit(pattern: FraudPattern) -> None:
    assert pattern.name in names(planted(pattern, amiss=0.99))
    assert pattern.name not in names(planted(pattern, amiss=1.01))


@pytest.mark.negative
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_one_transaction_fewer_does_not_fit(pattern: FraudPattern) -> None:
    assert pattern.name not in names(planted(pattern, fewer=1))


@pytest.mark.negative
@pytest.mark.parametrize("seed", range(5))
def test_ordinary_trade_raises_no_alarm(seed: int) -> None:
    assert names(ordinary_trades(seed)) == []


@pytest.mark.negative
def test_what_is_no_complete_transaction_is_left_out(bench: ObservedBench) -> None:
    observe(bench, planted(PATTERNS[0])[:1])
    bench.tell(TRANSACTIONS.source, [{TRANSACTIONS.trade_id: "t1", TRANSACTIONS.seller: "y"}])
    assert FraudDetector().examine(bench.batch()) == ()
