"""Accepted records become transactions: deals as they are told, wishes with what would fit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.adapter.intake import DEAL_VALUE, Intake, take_in
from agent_runtime.clock import ManualClock
from agent_runtime.matching.compatibility import Compatibility, check_compatibility
from agent_runtime.shapes.transactions import MOST_TRANSACTIONS, Transaction
from agent_runtime.translation.book import RecordBook
from agent_runtime.translation.records import CanonicalRecord
from agent_runtime.values import JsonObject

from tests.unit.runtime.plastics import DEAL, buyer, market, material, supplier, transaction
from tests.unit.runtime.test_matching import CLEAN, POLYMER, TERMS, TRANSLATOR


@pytest.fixture
def book(tmp_path: Path) -> Iterator[RecordBook]:
    book = RecordBook(tmp_path / "records.db", ManualClock())
    yield book
    book.close()


class Judge:
    """Holds offers against wishes; `asked` lists the deals that somebody meant to close."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def check(self, supply: CanonicalRecord, demand: CanonicalRecord) -> Compatibility:
        return check_compatibility((POLYMER, CLEAN), supply, demand)

    def judge(self, supply: CanonicalRecord, demand: CanonicalRecord) -> Compatibility:
        self.asked.append(supply.key)
        return self.check(supply, demand)


def _taken(
    book: RecordBook, documents: list[tuple[str, JsonObject]], judge: Judge | None = None
) -> Intake:
    judge = judge or Judge()
    records, refused = TRANSLATOR.translate_all(documents)
    assert refused == ()
    book.note(records)
    return take_in(records, book, deal=DEAL, terms=TERMS, check=judge.check, judge=judge.judge)


def test_a_deal_is_told_with_its_links_its_value_and_no_person(book: RecordBook) -> None:
    intake = _taken(book, market(("transaction", transaction())))
    deal = intake.transactions[0]
    assert deal.transaction_id == "T1"
    assert [(each.subject, each.relation, each.object) for each in deal.candidates] == [
        ("plastos:supplier/S1", "SUPPLIES", "plastos:buyer/B1"),
        ("plastos:buyer/B1", "BUYS", "plastos:material/M1"),
    ]
    assert deal.attributes[DEAL_VALUE] == 8_000.0
    assert deal.details["buyer_id"] == "plastos:buyer/B1"
    assert "buyers.example" not in deal.model_dump_json()
    assert intake.unfit == {}


def test_a_wish_asks_about_every_seller_that_fits_once(book: RecordBook) -> None:
    intake = _taken(
        book,
        market(
            ("material", material("M2", "S1")),
            ("supplier", supplier("S2")),
            ("material", material("M3", "S2", contamination=9.0)),
        ),
    )
    (wish,) = intake.transactions
    assert wish.transaction_id == "buyer/B1"
    assert [each.subject for each in wish.candidates] == ["plastos:supplier/S1"]
    assert wish.attributes[DEAL_VALUE] == 20.0 * 900.0
    assert "example" not in wish.model_dump_json()


def test_a_wish_that_nothing_fits_asks_nothing(book: RecordBook) -> None:
    intake = _taken(book, [("buyer", buyer(polymer="PVC")), ("material", material())])
    assert intake.transactions == ()
    assert intake.payload("PlastOS", 0.0) is None


def test_a_deal_off_specification_is_unfit_and_judged_in_earnest(book: RecordBook) -> None:
    judge = Judge()
    documents = [
        ("buyer", buyer(limit=0.5)),
        ("supplier", supplier()),
        ("material", material()),
        ("transaction", transaction()),
    ]
    intake = _taken(book, documents, judge)
    assert intake.transactions == ()
    assert "contamination" in intake.unfit["T1"]
    assert judge.asked == ["M1"]


def test_a_deal_among_unknown_parties_is_told_unjudged(book: RecordBook) -> None:
    judge = Judge()
    intake = _taken(book, [("transaction", transaction())], judge)
    assert [each.transaction_id for each in intake.transactions] == ["T1"]
    assert judge.asked == []


def test_the_payload_is_answered_later_and_within_what_a_packet_holds() -> None:
    many = tuple(Transaction(transaction_id=f"T{n}") for n in range(MOST_TRANSACTIONS + 1))
    payload = Intake(transactions=many, unfit={}).payload("PlastOS", 0.5)
    assert payload is not None
    assert (payload.domain, payload.criticality, payload.respond) == ("PlastOS", 0.5, "later")
    assert payload.transactions == many[:MOST_TRANSACTIONS]
