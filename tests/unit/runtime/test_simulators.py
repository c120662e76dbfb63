"""A simulated market fits its contract, holds the structure that was planted, and no other."""

import jsonschema
import pytest
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.matching.compatibility import SpecificationRule, check_compatibility
from agent_runtime.shapes.adapter import Match
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.domain import (
    DeliverRequest,
    DeliverResponse,
    RecordsPage,
    RecordsRequest,
)
from agent_runtime.simulators.domain import DELIVER, LIST, SimulatedDomain
from agent_runtime.simulators.market import DISLIKED, LIKED, MarketPlan, SimulatedMarket
from agent_runtime.simulators.plaingoods import LOT
from agent_runtime.testing import TRACE
from agent_runtime.translation.contract import contract_of, record_schema
from agent_runtime.translation.fields import FieldSpec
from agent_runtime.translation.records import RecordSpec, RecordSpecs

from tests.unit.runtime.plastics import DEAL, plastics
from tests.unit.runtime.test_matching import CLEAN, POLYMER, TERMS, TRANSLATOR

CALL = Call(trace_id=TRACE)


def _market(seed: int = 1, **changes: object) -> SimulatedMarket:
    plain: dict[str, object] = {"seed": seed, "parties": 30, "deals": 300}
    plan = MarketPlan(**(plain | changes))  # type: ignore[arg-type]
    return SimulatedMarket(plastics(), DEAL, TERMS, (POLYMER, CLEAN), plan)


def _pairs(market: SimulatedMarket) -> list[float]:
    return [
        market.chance(seller, buyer)
        for seller in market.records("supplier")
        for buyer in market.records("buyer")
    ]


def test_every_record_fits_the_contract_and_is_translated() -> None:
    market = _market()
    for name in plastics().names:
        schema = record_schema(plastics().get(name))
        for key, record in market.records(name).items():
            jsonschema.validate(dict(record), schema)
            assert TRANSLATOR.translate(name, record).key == key


def test_plain_goods_all_fit_and_each_seller_has_one() -> None:
    market = _market(plain=True)
    offers = [TRANSLATOR.translate("material", r) for r in market.records("material").values()]
    wishes = [TRANSLATOR.translate("buyer", r) for r in market.records("buyer").values()]
    rules = (POLYMER, CLEAN)
    assert all(check_compatibility(rules, offer, wish).holds for offer in offers for wish in wishes)
    assert len({offer.references["supplier_id"] for offer in offers}) == len(offers) == 30
    assert max(offer.number("offer") for offer in offers) <= 1 + 499 * LOT
    mixed = _market()
    drawn = [TRANSLATOR.translate("material", r) for r in mixed.records("material").values()]
    assert not all(
        check_compatibility(rules, offer, wish).holds for offer in drawn for wish in wishes
    )


def test_plain_groups_are_liked_by_equally_many() -> None:
    market = _market(plain=True, parties=60, groups=6)
    sellers, buyers = market.records("supplier"), market.records("buyer")
    liked = {tuple(market.chance(seller, buyer) == LIKED for buyer in buyers) for seller in sellers}
    assert len(liked) == 6  # one pattern a group of sellers
    for place in range(len(buyers)):
        assert sum(each[place] for each in liked) == 2


def test_the_same_seed_is_the_same_market_and_another_is_not() -> None:
    assert _market().records("transaction") == _market().records("transaction")
    assert _market().records("transaction") != _market(2).records("transaction")


def test_deals_are_mostly_among_those_who_like_to_deal() -> None:
    market = _market()
    dealt = [
        market.chance(str(deal["supplier_id"]), str(deal["buyer_id"]))
        for deal in market.records("transaction").values()
    ]
    everybody = _pairs(market)
    assert set(everybody) == {LIKED, DISLIKED}
    assert dealt.count(LIKED) / len(dealt) > everybody.count(LIKED) / len(everybody) + 0.1


def test_the_control_has_no_structure() -> None:
    assert len(set(_pairs(_market(structured=False)))) == 1


def test_deals_come_from_the_owner_of_the_material_in_order_of_time() -> None:
    market = _market()
    deals = [*market.records("transaction").values()]
    materials = market.records("material")
    assert all(materials[str(d["material_id"])]["supplier_id"] == d["supplier_id"] for d in deals)
    assert [deal["agreed_at"] for deal in deals] == [float(n) for n in range(300)]


def test_matches_are_taken_up_by_the_hidden_chance_and_always_alike() -> None:
    market = _market()
    pairs = [(s, b) for s in market.records("supplier") for b in market.records("buyer")]
    taken = {pair: market.takes_up(*pair, "m") for pair in pairs}
    assert taken == {pair: market.takes_up(*pair, "m") for pair in pairs}
    for chance in (LIKED, DISLIKED):
        group = [taken[pair] for pair in pairs if market.chance(*pair) == chance]
        assert sum(group) / len(group) == pytest.approx(chance, abs=0.1)
    closed = [market.closes(*pair, "m") for pair in pairs]
    assert sum(closed) / len(closed) == pytest.approx(0.9, abs=0.05)


def test_strangers_and_unknown_types_are_refused() -> None:
    with pytest.raises(InputBoundsError, match="no party"):
        _market().chance("supplier-01", "nobody")
    with pytest.raises(InputBoundsError, match="no record"):
        _market().records("invoice")


def test_a_market_of_nobody_is_refused() -> None:
    with pytest.raises(ConfigError):
        MarketPlan(seed=1, parties=0)


def test_a_reference_to_what_comes_later_is_refused() -> None:
    first = RecordSpec(
        name="a",
        key="id",
        fields=(FieldSpec(name="id"), FieldSpec(name="b", kind="reference", of="b")),
    )
    second = RecordSpec(name="b", key="id", fields=(FieldSpec(name="id"),))
    with pytest.raises(ConfigError, match="declared later"):
        SimulatedMarket(
            RecordSpecs("Any", (first, second)), DEAL, TERMS, (), MarketPlan(seed=1, deals=0)
        )


def test_lower_ends_stay_below_upper_ends_and_every_kind_is_invented() -> None:
    wish = RecordSpec(
        name="wish",
        key="id",
        fields=(
            FieldSpec(name="id"),
            FieldSpec(name="low", kind="integer", low=0, high=9),
            FieldSpec(name="high", kind="integer", low=0, high=9),
            FieldSpec(name="sorted", kind="flag"),
        ),
    )
    rule = SpecificationRule(name="r", supply="x", relation="within", demand=("low", "high"))
    market = SimulatedMarket(
        RecordSpecs("Any", (wish, *(plastics().get(name) for name in plastics().names))),
        DEAL,
        TERMS,
        (rule,),
        MarketPlan(seed=3, parties=50, deals=0),
    )
    wishes = [*market.records("wish").values()]
    assert all(float(str(each["low"])) <= float(str(each["high"])) for each in wishes)
    assert {each["sorted"] for each in wishes} == {True, False}
    for each in wishes:
        jsonschema.validate(dict(each), record_schema(wish))


def match_of(seller: str, buyer: str, number: int) -> Match:
    return Match(
        match_id=f"m-{number}",
        supply="x",
        demand="y",
        seller=f"plastos:supplier/{seller}",
        buyer=f"plastos:buyer/{buyer}",
        relation="SUPPLIES",
        quantity=1.0,
        price=1.0,
        value=1.0,
        margin=0.0,
        corridor="road",
        confidence=0.5,
        worth=0.5,
        reasons=(),
        status="released",
    )


def test_the_domain_lists_all_records_page_by_page() -> None:
    market = _market()
    domain = SimulatedDomain("PlastOS", market)
    keys: list[str] = []
    after = ""
    while True:
        request = RecordsRequest(record="buyer", after=after, limit=7)
        page = domain.operations[LIST].handle(request, CALL)
        assert isinstance(page, RecordsPage)
        keys += [str(record["buyer_id"]) for record in page.records]
        after = page.position
        if not after:
            break
    assert keys == sorted(market.records("buyer"))


def test_the_domain_takes_up_what_the_market_would() -> None:
    market = _market()
    domain = SimulatedDomain("PlastOS", market)
    sellers, buyers = sorted(market.records("supplier")), sorted(market.records("buyer"))
    request = DeliverRequest(
        matches=tuple(
            match_of(s, b, n) for n, (s, b) in enumerate(zip(sellers, buyers, strict=True))
        )
    )
    answer = domain.operations[DELIVER].handle(request, CALL)
    assert isinstance(answer, DeliverResponse)
    wanted = [
        match.match_id
        for match, seller, buyer in zip(request.matches, sellers, buyers, strict=True)
        if market.takes_up(seller, buyer, match.match_id)
    ]
    assert [*answer.accepted] == wanted == [*domain.taken]
    assert {*answer.accepted, *answer.declined} == {m.match_id for m in request.matches}


def test_the_contract_names_records_endpoints_and_what_is_personal() -> None:
    contract = contract_of(plastics(), "plastos")
    domain = SimulatedDomain("PlastOS", _market(parties=2, deals=0))
    assert contract["domain"] == "PlastOS"
    records, endpoints = contract["records"], contract["endpoints"]
    assert isinstance(records, dict)
    assert isinstance(endpoints, list)
    assert [*records] == ["buyer", "supplier", "material", "transaction"]
    assert [(e["name"], e["path"]) for e in endpoints if isinstance(e, dict)] == [
        (each.name, each.path) for each in domain.endpoints
    ]
    properties = record_schema(plastics().get("buyer"))["properties"]
    assert properties == {
        "buyer_id": {"type": "string", "minLength": 1},
        "email": {"type": "string", "minLength": 1, "x-personal": True},
        "vat": {"type": "string", "minLength": 1},
        "region": {"enum": ["north", "south"]},
        "polymer": {"type": "string", "minLength": 1},
        "limit": {"type": "number", "minimum": 0, "maximum": 10, "x-unit": "percent"},
        "demand": {"type": "number", "minimum": 1, "maximum": 500, "x-unit": "t"},
        "bid": {"type": "number", "minimum": 1, "x-unit": "eur/t"},
    }
