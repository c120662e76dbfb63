"""What `L9.example.module` promises.

Expected by the schema and by broker_detector@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.translation.book import RecordBook
from agent_runtime.translation.records import CanonicalRecord

from L9.agents.adapters.plastos.broker_detector import BROKERS, DEAL, BrokerDetector

MAKERS, USERS, TIMES = ("maker 1", "maker 2"), ("user 1", "user 2"), 4


@pytest.fixture
def book(tmp_path: Path) -> Iterator[RecordBook]:
    book = RecordBook(tmp_path / "records.db", ManualClock())
    yield book
    book.close()


@pytest.fixture
def detector(book: RecordBook) -> BrokerDetector:
    return BrokerDetector(book)


def deal(key: str, seller: str, buyer: str, price: float) -> CanonicalRecord:
    return CanonicalRecord(
        record=DEAL.record,
        key=key,
        entity=None,
        attributes={DEAL.quantity: 10.0, DEAL.price: price, DEAL.time: 0.0},
        references={DEAL.seller: seller, DEAL.buyer: buyer, DEAL.item: "goods"},
    )


def resold(book: RecordBook, markup: float, *, times: int = TIMES, sold: int = TIMES) -> None:
    """Let a middleman buy `times` from a maker, and sell `sold` times, at `markup` of its cost."""
    bought = [deal(f"in {n}", MAKERS[n % 2], "middle", 100.0) for n in range(times)]
    onward = [deal(f"out {n}", "middle", USERS[n % 2], 100.0 * markup) for n in range(sold)]
    direct = [deal("direct", MAKERS[0], USERS[0], 100.0)]
    book.note([*bought, *onward, *direct])


@pytest.mark.positive
def test_a_planted_broker_is_found(book: RecordBook, detector: BrokerDetector) -> None:
    resold(book, 1.04)
    (found,) = detector.brokers()
    assert found.party == "middle"
    assert (found.bought, found.sold, found.balance) == (TIMES, TIMES, 1.0)
    assert found.markup == pytest.approx(1.04 - 1.0)


@pytest.mark.positive
def test_openings_are_sales_nobody_made_directly(
    book: RecordBook, detector: BrokerDetector
) -> None:
    resold(book, 1.04, times=max(TIMES, 2), sold=max(TIMES, 2))
    openings = detector.openings()
    assert (MAKERS[1], "middle", USERS[1]) in openings
    assert (MAKERS[0], "middle", USERS[0]) not in openings


@pytest.mark.positive
def test_one_party_under_two_names_is_one(book: RecordBook, detector: BrokerDetector) -> None:
    seller, buyer = ("vat_number", "vat_number")
    names = ("supplier", seller, "middle sells"), ("buyer", buyer, "middle buys")
    book.note(
        CanonicalRecord(record=record, key=name, entity=name, attributes={mark: "one and the same"})
        for record, mark, name in names
        if mark
    )
    book.note(deal(f"in {n}", MAKERS[0], "middle buys", 100.0) for n in range(TIMES))
    book.note(deal(f"out {n}", "middle sells", USERS[0], 100.0 * 1.04) for n in range(TIMES))
    assert len(detector.brokers()) == int(bool(seller and buyer and seller == buyer))


@pytest.mark.positive
def test_the_thresholds_are_those_of_the_schema() -> None:
    assert BROKERS.least_deals == 4
    assert BROKERS.least_markup == 0.03
    assert BROKERS.least_balance == 0.6


@pytest.mark.positive
def test_a_market_without_deals_has_no_broker(detector: BrokerDetector) -> None:
    assert detector.brokers() == ()
    assert detector.openings() == ()


@pytest.mark.negative
def test_a_mark_up_below_the_least_makes_no_broker(
    book: RecordBook, detector: BrokerDetector
) -> None:
    resold(book, 1.02)
    assert detector.brokers() == ()


@pytest.mark.negative
def test_too_few_deals_make_no_broker(book: RecordBook, detector: BrokerDetector) -> None:
    resold(book, 1.04, times=TIMES - 1, sold=TIMES - 1)
    assert detector.brokers() == ()


@pytest.mark.negative
def test_who_keeps_most_of_it_is_no_broker(book: RecordBook, detector: BrokerDetector) -> None:
    bought = int(TIMES / max(0.6, 0.01)) + 1
    resold(book, 1.04, times=bought)
    assert detector.brokers() == ()
