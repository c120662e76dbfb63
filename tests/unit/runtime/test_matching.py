"""Compatibility, freight, price and matching keep every rule, and are as good as can be."""

import math
from dataclasses import replace

import numpy as np
import pytest
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.matching.compatibility import SpecificationRule, check_compatibility
from agent_runtime.matching.freight import Consignment, Corridor, obstacle, usable_corridors
from agent_runtime.matching.margin import (
    DealTerms,
    Offer,
    Pricer,
    PricingRules,
    best_offer,
    offer_at,
)
from agent_runtime.matching.matcher import Matcher, Prospect
from agent_runtime.matching.terms import MatchTerms, Side, Weights
from agent_runtime.translation.records import CanonicalRecord
from agent_runtime.translation.translator import RecordTranslator
from agent_runtime.values import JsonValue

from tests.unit.runtime.plastics import buyer, material, plastics

POLYMER = SpecificationRule(
    name="polymer", supply="polymer", relation="equals", demand=("polymer",)
)
CLEAN = SpecificationRule(
    name="contamination", supply="contamination", relation="at_most", demand=("limit",)
)
ROAD = Corridor(name="road", origin="any", destination="any", cost=60, days=3, capacity=50)
RAIL = Corridor(
    name="rail",
    origin="south",
    destination="north",
    cost=40,
    days=6,
    capacity=500,
    limits={"contamination": 5},
)
PRICING = PricingRules(least_margin=0.03, tick=1.0, longest_days=10)
TRANSLATOR = RecordTranslator(plastics())
TERMS = MatchTerms(
    relation="SUPPLIES",
    supply=Side(
        record="material", party="supplier_id", quantity="offer", price="ask", place="origin"
    ),
    demand=Side(record="buyer", quantity="demand", price="bid", place="region"),
    weights=Weights(confidence=0.5, compatibility=0.2, freight=0.15, price=0.15),
    least_lot=5.0,
)
MATCHER = Matcher(TERMS, (POLYMER, CLEAN), (ROAD, RAIL), longest_days=10)


def _record(name: str = "x", **attributes: str | float) -> CanonicalRecord:
    return CanonicalRecord(record="r", key=name, entity=None, attributes=attributes)


def _offered(key: str = "M1", owner: str = "S1", **changes: JsonValue) -> CanonicalRecord:
    return TRANSLATOR.translate("material", material(key, owner, **changes))


def _wanted(key: str = "B1", **changes: JsonValue) -> CanonicalRecord:
    return TRANSLATOR.translate("buyer", buyer(key, **changes))


@pytest.mark.parametrize(
    ("relation", "value", "limits", "room"),
    [
        ("at_most", 1.0, (2.0,), 0.5),
        ("at_most", 2.0, (2.0,), 0.0),
        ("at_most", 2.1, (2.0,), None),
        ("at_most", 0.0, (0.0,), 1.0),
        ("at_least", 3.0, (2.0,), 0.5),
        ("at_least", 1.9, (2.0,), None),
        ("within", 5.0, (0.0, 10.0), 1.0),
        ("within", 10.0, (0.0, 10.0), 0.0),
        ("within", 10.1, (0.0, 10.0), None),
        ("within", -0.1, (0.0, 10.0), None),
    ],
)
def test_rules_measure_their_room(
    relation: str, value: float, limits: tuple[float, ...], room: float | None
) -> None:
    names = tuple(f"limit{i}" for i in range(len(limits)))
    rule = SpecificationRule(name="r", supply="v", relation=relation, demand=names)
    demand = _record(**dict(zip(names, limits, strict=True)))
    judged = check_compatibility((rule,), _record(v=value), demand)
    assert judged.holds is (room is not None)
    assert judged.score == pytest.approx(room or 0.0)
    assert judged.findings[0].reason.startswith(f"v is {value:g}, ")


def test_one_broken_rule_is_enough() -> None:
    judged = check_compatibility((POLYMER, CLEAN), _offered(contamination=3.0), _wanted())
    assert not judged.holds
    assert judged.score == 0.0
    assert [finding.rule for finding in judged.broken] == ["contamination"]
    wrong = check_compatibility((POLYMER,), _offered(polymer="PET"), _wanted())
    assert wrong.broken[0].reason == "polymer is PET, not PP"


def test_a_demand_may_accept_anything() -> None:
    rule = SpecificationRule(
        name="c", supply="colour", relation="equals", demand=("colour",), unless="any"
    )
    assert check_compatibility((rule,), _record(colour="red"), _record(colour="any")).score == 1.0
    assert not check_compatibility((rule,), _record(colour="red"), _record(colour="blue")).holds


def test_what_is_unknown_is_not_met() -> None:
    for supply, demand in (
        (_record(), _record(limit=1.0)),
        (_record(contamination=1.0), _record()),
    ):
        assert not check_compatibility((CLEAN,), supply, demand).holds
    text = check_compatibility((CLEAN,), _record(contamination="low"), _record(limit=1.0))
    assert text.broken[0].reason == "contamination is no number"


def test_rules_without_a_meaning_are_refused() -> None:
    with pytest.raises(ConfigError, match="none of"):
        SpecificationRule(name="r", supply="s", relation="near", demand=("d",))
    with pytest.raises(ConfigError, match=r"within compares 2 field"):
        SpecificationRule(name="r", supply="s", relation="within", demand=("d",))
    with pytest.raises(ConfigError, match="at least one rule"):
        check_compatibility((), _record(), _record())


LOAD = Consignment(origin="south", destination="north", quantity=20, measures={"contamination": 1})


def test_corridors_come_cheapest_first() -> None:
    assert usable_corridors((ROAD, RAIL), LOAD, longest_days=10) == (RAIL, ROAD)
    assert usable_corridors((ROAD, RAIL), LOAD, longest_days=5) == (ROAD,)


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (Consignment(origin="north", destination="south", quantity=1), "does not lead"),
        (Consignment(origin="south", destination="north", quantity=501), "carries 500"),
        (Consignment(origin="south", destination="north", quantity=1), "not stated"),
        (
            Consignment(
                origin="south", destination="north", quantity=1, measures={"contamination": 5.1}
            ),
            "contamination is 5.1, at most 5",
        ),
    ],
)
def test_obstacles_are_named(load: Consignment, words: str) -> None:
    assert words in str(obstacle(RAIL, load, longest_days=6))
    assert obstacle(RAIL, LOAD, longest_days=6) is None
    assert obstacle(RAIL, LOAD, longest_days=5.9) == "takes 6 days, more than 5.9"


def test_corridors_within_a_place() -> None:
    home = Corridor(name="h", origin="same", destination="same", cost=1, days=1, capacity=1)
    assert home.leads("north", "north")
    assert not home.leads("north", "south")
    for bad in ({"cost": -1}, {"days": math.nan}, {"capacity": 0}, {"origin": "any"}):
        plain: dict[str, object] = {
            "name": "h",
            "origin": "same",
            "destination": "same",
            "cost": 1,
            "days": 1,
            "capacity": 1,
        }
        with pytest.raises(ConfigError):
            Corridor(**(plain | bad))  # type: ignore[arg-type]


def _enumerated(terms: DealTerms, rules: PricingRules) -> Offer | None:
    ways = usable_corridors((ROAD, RAIL), terms.load, longest_days=rules.longest_days)
    offers = [
        offer
        for way in ways
        for ticks in range(int(terms.bid / rules.tick) + 2)
        for offer in [offer_at(ticks, terms, way, rules)]
        if offer is not None
    ]
    return max(offers, key=lambda each: each.expected, default=None)


@pytest.mark.parametrize("seed", range(60))
def test_the_best_offer_is_the_best_of_all(seed: int) -> None:
    random = np.random.default_rng(seed)
    load = Consignment(
        origin="south",
        destination=str(random.choice(["north", "south"])),
        quantity=float(random.integers(1, 80)),
        measures={"contamination": float(random.uniform(0, 8))},
    )
    terms = DealTerms(
        ask=float(random.uniform(50, 300)),
        bid=float(random.uniform(50, 500)),
        load=load,
        confidence=float(random.uniform(0.1, 1)),
    )
    rules = PricingRules(
        least_margin=float(random.uniform(0, 0.3)),
        tick=float(random.choice([0.5, 1.0, 7.0])),
        longest_days=float(random.choice([2, 5, 10])),
    )
    found, best = best_offer(terms, (ROAD, RAIL), rules), _enumerated(terms, rules)
    assert (found is None) == (best is None)
    if found is not None and best is not None:
        assert found.expected == pytest.approx(best.expected)
        assert found.share >= rules.least_margin - 1e-9
        assert found.price <= terms.bid + 1e-9


def test_an_offer_says_what_it_leaves() -> None:
    offer = best_offer(
        DealTerms(ask=700, bid=900, load=LOAD, confidence=0.8), (ROAD, RAIL), PRICING
    )
    assert offer is not None
    assert offer.corridor is RAIL
    assert offer.margin == pytest.approx((offer.price - 740) * 20)
    assert 0 < offer.chance <= 0.8
    assert offer.expected == pytest.approx(offer.chance * offer.margin)


def test_a_deal_that_pays_nobody_has_no_offer() -> None:
    assert (
        best_offer(DealTerms(ask=880, bid=900, load=LOAD, confidence=1), (RAIL,), PRICING) is None
    )
    assert best_offer(DealTerms(ask=1, bid=900, load=LOAD, confidence=1), (), PRICING) is None


@pytest.mark.parametrize("bad", [{"ask": math.nan}, {"bid": -1.0}, {"confidence": 1.1}])
def test_impossible_terms_are_refused(bad: dict[str, float]) -> None:
    plain: dict[str, object] = {"ask": 1.0, "bid": 2.0, "load": LOAD, "confidence": 0.5}
    with pytest.raises(InputBoundsError):
        best_offer(DealTerms(**(plain | bad)), (RAIL,), PRICING)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [{"least_margin": 1.0}, {"tick": 0.0}, {"longest_days": -1.0}])
def test_impossible_pricing_is_refused(bad: dict[str, float]) -> None:
    plain = {"least_margin": 0.0, "tick": 1.0, "longest_days": 1.0}
    with pytest.raises(ConfigError):
        PricingRules(**(plain | bad))


def _sure(*pairs: tuple[str, str, float]) -> dict[tuple[str, str], float]:
    return {(f"plastos:supplier/{s}", f"plastos:buyer/{b}"): c for s, b, c in pairs}


def test_a_match_gives_its_reasons() -> None:
    matching = MATCHER.match([_offered()], [_wanted()], _sure(("S1", "B1", 0.82)))
    ((prospect, amount),) = matching.chosen
    assert amount == 20.0
    assert (prospect.seller, prospect.buyer) == ("plastos:supplier/S1", "plastos:buyer/B1")
    assert prospect.corridor is RAIL
    assert prospect.spread == 160.0
    worth = 0.5 * 0.82 + 0.2 * 0.75 + 0.15 * (1 - 40 / 900) + 0.15 * 160 / 900
    assert prospect.worth == pytest.approx(worth)
    assert prospect.place == "north"
    assert prospect.reasons == (
        "confidence 0.82 that plastos:supplier/S1 supplies plastos:buyer/B1",
        "contamination is 1, at most 2 is wanted",
        "polymer is PP, as wanted",
        "goes by rail: 40 a unit, 6 days",
        "bid less ask and freight leaves 160 a unit",
    )


def test_without_corridors_nothing_travels_and_nothing_is_paid_for_it() -> None:
    terms = replace(TERMS, weights=Weights(confidence=0.6, compatibility=0.2, price=0.2))
    matcher = Matcher(terms, (POLYMER, CLEAN))
    ((prospect, amount),) = matcher.match(
        [_offered()], [_wanted()], _sure(("S1", "B1", 0.82))
    ).chosen
    assert (amount, prospect.corridor, prospect.spread) == (20.0, None, 200.0)
    assert prospect.worth == pytest.approx(0.6 * 0.82 + 0.2 * 0.75 + 0.2 * 200 / 900)
    assert prospect.reasons[-1] == "bid less ask leaves 200 a unit"
    assert len(prospect.reasons) == 4
    found = matcher.prospect(_offered(ask=900.0), _wanted(), _sure(("S1", "B1", 0.82)))
    assert found == "ask 900 exceed the bid of 900"


def test_quantities_go_to_the_surer_buyer_first() -> None:
    sure = _sure(("S1", "B1", 0.3), ("S1", "B2", 0.9))
    matching = MATCHER.match([_offered()], [_wanted(), _wanted("B2")], sure)
    assert [(p.demand.key, amount) for p, amount in matching.chosen] == [("B2", 20.0), ("B1", 5.0)]


@pytest.mark.parametrize(
    ("offer", "want", "confidences", "reason"),
    [
        ({}, {}, (), "not scored"),
        ({"polymer": "PET"}, {}, ("S1", "B1", 0.9), "polymer is PET, not PP"),
        ({"contamination": 2.5}, {}, ("S1", "B1", 0.9), "contamination is 2.5, at most 2"),
        ({"ask": 870.0}, {}, ("S1", "B1", 0.9), "ask 870 and freight 40 exceed the bid of 900"),
        (
            {"origin": "north", "offer": 90.0},
            {"demand": 90.0},
            ("S1", "B1", 0.9),
            "no corridor carries it",
        ),
    ],
)
def test_what_is_excluded_says_why(
    offer: dict[str, float],
    want: dict[str, float],
    confidences: tuple[str, str, float],
    reason: str,
) -> None:
    sure = _sure(confidences) if confidences else {}
    matching = MATCHER.match([_offered(**offer)], [_wanted(**want)], sure)
    assert matching.chosen == ()
    assert reason in matching.excluded["M1", "B1"]


def test_a_confidence_that_is_none_is_refused() -> None:
    with pytest.raises(InputBoundsError, match="confidence"):
        MATCHER.prospect(_offered(), _wanted(), _sure(("S1", "B1", 1.5)))
    assert isinstance(MATCHER.prospect(_offered(), _wanted(), _sure(("S1", "B1", 1.0))), Prospect)


def test_weights_add_up() -> None:
    for bad in ((0.5, 0.5, 0.5, 0.5), (1.5, -0.5, 0.0, 0.0)):
        with pytest.raises(ConfigError, match="add up to 1"):
            Weights(confidence=bad[0], compatibility=bad[1], freight=bad[2], price=bad[3])


def test_a_pricer_prices_by_its_own_corridors_and_knows_what_they_carry() -> None:
    terms = DealTerms(ask=700, bid=900, load=LOAD, confidence=0.8)
    for corridors in ((ROAD, RAIL), (ROAD,)):
        assert Pricer(corridors, PRICING).best(terms) == best_offer(terms, corridors, PRICING)
    assert Pricer((RAIL,), PRICING).carries(LOAD)
    assert not Pricer((RAIL,), replace(PRICING, longest_days=RAIL.days - 1)).carries(LOAD)
    assert not Pricer((), PRICING).carries(LOAD)
