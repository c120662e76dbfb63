"""A batch of records is guarded, reported without personal data, and remembered."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.translation.book import RecordBook
from agent_runtime.translation.desk import Batch, TranslationDesk, TranslationPlan
from agent_runtime.translation.fraud import SECONDS_A_DAY, FraudLimits
from agent_runtime.translation.integrity import GUARDS
from agent_runtime.translation.sight import Sight
from agent_runtime.translation.translator import RecordTranslator
from agent_runtime.values import JsonObject

from tests.unit.runtime.plastics import (
    DEAL,
    buyer,
    market,
    material,
    plastics,
    supplier,
    transaction,
)


@pytest.fixture
def book(tmp_path: Path) -> Iterable[RecordBook]:
    book = RecordBook(tmp_path / "records.db", ManualClock())
    yield book
    book.close()


def _desk(book: RecordBook, **changes: object) -> TranslationDesk:
    plain: dict[str, object] = {
        "guards": GUARDS,
        "deal": DEAL,
        "fraud": FraudLimits(watched_value=10_000.0),
    }
    plan = TranslationPlan(**(plain | changes))  # type: ignore[arg-type]
    return TranslationDesk(RecordTranslator(plastics()), plan, book)


def _reasons(batch: Batch) -> dict[str, str]:
    return {each.key: "; ".join(each.reasons) for each in batch.refused}


def test_good_records_are_accepted_and_remembered(book: RecordBook) -> None:
    batch = _desk(book).take(market(("transaction", transaction())))
    assert batch.refused == ()
    assert batch.objected == ()
    assert len(batch.links) == 3
    found = book.entity("plastos:material/M1")
    assert found is not None
    assert found.number("ask") == 700.0
    assert found.references == {"supplier_id": "plastos:supplier/S1"}
    assert found.links == batch.accepted[2].links
    assert book.get("buyer", "B1") is not None
    assert book.get("buyer", "B2") is None
    assert book.entity("plastos:buyer/B2") is None
    assert [each.key for each in book.of_type("transaction")] == ["T1"]


def test_persons_reach_neither_book_nor_report(book: RecordBook) -> None:
    batch = _desk(book).take(market(("buyer", buyer("B2", vat=1))))
    known = book.get("buyer", "B1")
    assert known is not None
    assert known.personal == {}
    assert "example" not in json.dumps(batch.report)
    assert batch.report == {
        "accepted": ["buyer/B1", "supplier/S1", "material/M1"],
        "refused": [{"record": "buyer", "key": "B2", "reasons": ["vat is a text, not int"]}],
    }
    assert batch.objected == ()


def test_a_newer_record_replaces_the_older(book: RecordBook) -> None:
    desk = _desk(book)
    desk.take([("buyer", buyer())])
    desk.take([("buyer", buyer(bid=950.0))])
    found = book.get("buyer", "B1")
    assert found is not None
    assert found.number("bid") == 950.0


def test_records_that_differ_under_one_key_are_refused(book: RecordBook) -> None:
    batch = _desk(book).take([("buyer", buyer()), ("buyer", buyer(bid=1.0))])
    assert [each.index for each in batch.refused] == [0, 1]
    assert "integrity: comes twice" in batch.refused[1].reasons[0]
    assert batch.objected == ("buyer/B1",)


def test_the_same_record_twice_is_no_contradiction(book: RecordBook) -> None:
    assert _desk(book).take([("buyer", buyer())] * 2).refused == ()


def test_a_reference_that_nobody_knows_is_refused(book: RecordBook) -> None:
    desk = _desk(book)
    batch = desk.take([("material", material())])
    assert _reasons(batch) == {
        "M1": "integrity: supplier_id names the supplier S1, which nobody knows"
    }
    desk.take([("supplier", supplier())])
    assert desk.take([("material", material())]).refused == ()


def test_a_seller_must_offer_what_it_sells(book: RecordBook) -> None:
    more = ("supplier", supplier("S2")), ("transaction", transaction(supplier_id="S2"))
    batch = _desk(book).take(market(*more))
    assert _reasons(batch) == {"T1": "integrity: sells what its seller does not offer"}


@pytest.mark.parametrize("vat", ["VAT-S1", " vat-s1 "])
def test_a_deal_with_oneself_is_refused(book: RecordBook, vat: str) -> None:
    deals = market(("buyer", buyer("B2", vat=vat)), ("transaction", transaction(buyer_id="B2")))
    batch = _desk(book).take(deals)
    assert _reasons(batch) == {"T1": "conflict: seller and buyer are one party"}


def test_goods_that_come_back_are_refused(book: RecordBook) -> None:
    desk = _desk(book)
    assert desk.take(market(("transaction", transaction()))).refused == ()
    back: list[tuple[str, JsonObject]] = [
        ("supplier", supplier("S9", vat="VAT-B1")),
        ("buyer", buyer("B9", vat="VAT-S1")),
        ("material", material(owner="S9")),
        ("transaction", transaction("T2", supplier_id="S9", buyer_id="B9", agreed_at=2_000.0)),
    ]
    batch = desk.take(back)
    assert _reasons(batch) == {"T2": "fraud: goods go back to their seller: T1, T2"}
    told = [(each.trade_id, each.seller, each.buyer, each.at) for each in batch.deals]
    assert told == [("T2", "vat vat-b1", "vat vat-s1", 2_000.0)]  # refused, and told to auditors


def test_a_party_without_an_identity_is_itself(book: RecordBook) -> None:
    sight = Sight(specs=plastics(), batch=(), known=book)
    assert sight.party("plastos:buyer/nobody") == "plastos:buyer/nobody"
    _desk(book).take(market())
    assert sight.party("plastos:buyer/B1") == "vat vat-b1"
    assert sight.party("plastos:material/M1") == "plastos:material/M1"


def test_goods_that_come_back_much_later_are_no_fraud(book: RecordBook) -> None:
    desk = _desk(book)
    desk.take(market(("transaction", transaction())))
    later = 1_000.0 + 31 * SECONDS_A_DAY
    back: list[tuple[str, JsonObject]] = [
        ("supplier", supplier("S9", vat="VAT-B1")),
        ("buyer", buyer("B9", vat="VAT-S1")),
        ("material", material(owner="S9")),
        ("transaction", transaction("T2", supplier_id="S9", buyer_id="B9", agreed_at=later)),
    ]
    assert desk.take(back).refused == ()


def test_a_deal_cut_to_stay_below_what_is_watched_is_refused(book: RecordBook) -> None:
    parts = [
        ("transaction", transaction(f"T{n}", quantity=12.0, price=830.0, agreed_at=1_000.0 + n))
        for n in range(3)
    ]
    batch = _desk(book).take(market(*parts))
    assert set(_reasons(batch)) == {"T0", "T1", "T2"}
    assert "cut into parts" in batch.refused[0].reasons[0]
    unwatched = _desk(book, fraud=FraudLimits())
    assert unwatched.take(market(*parts)).refused == ()


def test_guards_that_are_not_declared_do_not_object(book: RecordBook) -> None:
    deal = [("transaction", transaction())]
    plain = _desk(book, guards=())
    assert plain.take(deal).refused == ()
    no_deal = _desk(book, deal=None)
    assert len(no_deal.take([("transaction", transaction("T2"))]).refused) == 1
