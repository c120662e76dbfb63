"""What `L9.example.module` promises.

Expected by the schema and by pair_matcher@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.translation.fields import Scalar
from agent_runtime.translation.records import CanonicalRecord

from L9.agents.adapters.plastos.buyer_supplier_matcher import TERMS, PairMatcher

LOT = 5.0
ASK = 10.0 * 0.0 + 10.0
BID = 2.0 * ASK
HERE = "here"
OFFERED: dict[str, Scalar] = {
    "polymer": "polymer_family wanted",
    "melt_flow": 2.0,
    "contamination": 2.0,
    "colour": "colour wanted",
}
WANTED: dict[str, Scalar] = {
    "polymer": "polymer_family wanted",
    "melt_flow_low": 1.0,
    "melt_flow_high": 3.0,
    "contamination_limit": 3.0,
    "colour": "colour wanted",
}


def offer(key: str = "offer", changes: dict[str, Scalar] | None = None) -> CanonicalRecord:
    facts: dict[str, Scalar] = {
        **OFFERED,
        TERMS.supply.quantity: LOT,
        TERMS.supply.price: ASK,
        TERMS.supply.place: HERE,
    }
    parties = {TERMS.supply.party: f"seller of {key}"} if TERMS.supply.party else {}
    return CanonicalRecord(
        record=TERMS.supply.record,
        key=key,
        entity=f"seller of {key}",
        attributes=facts | (changes or {}),
        references=parties,
    )


def wish(key: str = "wish", changes: dict[str, Scalar] | None = None) -> CanonicalRecord:
    facts: dict[str, Scalar] = {
        **WANTED,
        TERMS.demand.quantity: LOT,
        TERMS.demand.price: BID,
        TERMS.demand.place: HERE,
    }
    parties = {TERMS.demand.party: f"buyer of {key}"} if TERMS.demand.party else {}
    return CanonicalRecord(
        record=TERMS.demand.record,
        key=key,
        entity=f"buyer of {key}",
        attributes=facts | (changes or {}),
        references=parties,
    )


def sure(*pairs: tuple[str, str, float]) -> dict[tuple[str, str], float]:
    return {(f"seller of {a}", f"buyer of {b}"): confidence for a, b, confidence in pairs}


@pytest.fixture
def matcher() -> PairMatcher:
    return PairMatcher()


@pytest.mark.positive
def test_a_fitting_pair_is_matched_with_its_reasons(matcher: PairMatcher) -> None:
    matching = matcher.match([offer()], [wish()], sure(("offer", "wish", 0.9)))
    ((prospect, amount),) = matching.chosen
    assert amount == LOT
    assert prospect.reasons[0] == "confidence 0.90 that seller of offer supplies buyer of wish"
    assert 0.0 < prospect.worth <= 1.0
    assert matching.excluded == {}


@pytest.mark.positive
def test_the_surer_of_two_gets_the_only_lot(matcher: PairMatcher) -> None:
    confidences = sure(("offer", "a", 0.4), ("offer", "b", 0.9))
    matching = matcher.match([offer()], [wish("a"), wish("b")], confidences)
    assert [prospect.demand.key for prospect, _ in matching.chosen] == ["b"]


@pytest.mark.positive
def test_the_whole_counts_and_not_the_first_choice(matcher: PairMatcher) -> None:
    confidences = sure(("x", "a", 0.9), ("x", "b", 0.8), ("y", "a", 0.85), ("y", "b", 0.1))
    matching = matcher.match([offer("x"), offer("y")], [wish("a"), wish("b")], confidences)
    pairs = {(prospect.supply.key, prospect.demand.key) for prospect, _ in matching.chosen}
    assert pairs == {("x", "b"), ("y", "a")}


@pytest.mark.positive
def test_the_weights_of_the_schema_add_up(matcher: PairMatcher) -> None:
    low, high = (
        matcher.match([offer()], [wish()], sure(("offer", "wish", confidence))).chosen[0][0].worth
        for confidence in (0.25, 0.75)
    )
    assert high - low == pytest.approx(0.5 * 0.5)
    assert TERMS.relation == "FINANCES"


@pytest.mark.positive
def test_nobody_gives_or_gets_more_than_stated(matcher: PairMatcher) -> None:
    offers = [offer("x", {TERMS.supply.quantity: 2 * LOT}), offer("y")]
    wishes = [wish("a"), wish("b", {TERMS.demand.quantity: 2 * LOT})]
    confidences = sure(*((o, w, 0.7) for o in ("x", "y") for w in ("a", "b")))
    chosen = matcher.match(offers, wishes, confidences).chosen
    assert sum(amount for _, amount in chosen) == pytest.approx(3 * LOT)
    for record in (*offers, *wishes):
        used = sum(a for p, a in chosen if record in (p.supply, p.demand))
        stated = TERMS.supply if record in offers else TERMS.demand
        assert used <= record.number(stated.quantity) + 1e-6


@pytest.mark.negative
def test_a_pair_that_was_not_scored_is_excluded(matcher: PairMatcher) -> None:
    matching = matcher.match([offer()], [wish()], {})
    assert matching.chosen == ()
    assert matching.excluded == {("offer", "wish"): "not scored"}


@pytest.mark.negative
def test_a_pair_that_breaks_a_rule_is_excluded(matcher: PairMatcher) -> None:
    field, wrong = ("polymer", "not wanted")
    matching = matcher.match(
        [offer("offer", {field: wrong})], [wish()], sure(("offer", "wish", 1.0))
    )
    assert matching.chosen == ()
    assert field in matching.excluded["offer", "wish"]


@pytest.mark.negative
def test_a_bid_below_cost_is_excluded(matcher: PairMatcher) -> None:
    poor = wish("wish", {TERMS.demand.price: ASK / 2})
    matching = matcher.match([offer()], [poor], sure(("offer", "wish", 1.0)))
    assert matching.chosen == ()
    assert "exceed the bid" in matching.excluded["offer", "wish"]


@pytest.mark.negative
@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_an_impossible_confidence_is_refused(matcher: PairMatcher, confidence: float) -> None:
    with pytest.raises(InputBoundsError, match="confidence"):
        matcher.match([offer()], [wish()], sure(("offer", "wish", confidence)))
