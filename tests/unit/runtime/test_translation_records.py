"""Records are checked field by field, converted exactly, and come back as they were."""

import math

import pytest
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.observations import CandidatePair
from agent_runtime.translation.fields import LONGEST_TEXT, FieldSpec
from agent_runtime.translation.records import CanonicalRecord, LinkSpec, RecordSpec, RecordSpecs
from agent_runtime.translation.translator import RecordTranslator, split_entity
from agent_runtime.translation.units import convert, dimension
from agent_runtime.values import JsonObject
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.runtime.plastics import buyer, material, plastics, transaction

TRANSLATOR = RecordTranslator(plastics())


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (12_500, "kg", "t", 12.5),
        (0.1, "t", "kg", 100.0),
        (0.9, "eur/kg", "eur/t", 900.0),
        (2, "keur", "eur", 2000.0),
        (0.07, "ratio", "percent", 7.0),
        (36, "h", "day", 1.5),
        (3, "km", "m", 3000.0),
    ],
)
def test_units_of_one_dimension_convert_exactly(
    value: float, unit: str, to: str, expected: float
) -> None:
    assert convert(value, unit, to) == expected


@pytest.mark.parametrize(
    ("unit", "to"), [("kg", "eur"), ("eur/t", "eur"), ("percent", "t"), ("eur/t", "eur/h")]
)
def test_units_of_different_dimensions_are_refused(unit: str, to: str) -> None:
    with pytest.raises(InputBoundsError, match="measures"):
        convert(1.0, unit, to)


def test_unknown_units_are_refused() -> None:
    with pytest.raises(InputBoundsError, match="'lb' is not known"):
        convert(1.0, "lb", "kg")
    with pytest.raises(ConfigError, match="'eur/lb' is not known"):
        dimension("eur/lb")
    assert convert(2.0, "lb", "lb") == 2.0


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "money"},
        {"kind": "text", "unit": "t"},
        {"kind": "text", "low": 1.0},
        {"kind": "number", "unit": "parsec"},
        {"kind": "number", "low": 2.0, "high": 1.0},
        {"kind": "number", "choices": ("a",)},
        {"kind": "text", "of": "buyer"},
        {"kind": "reference"},
    ],
)
def test_a_field_that_contradicts_itself_cannot_be_declared(bad: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        FieldSpec(name="f", **bad)  # type: ignore[arg-type]


def test_fields_read_what_they_declare() -> None:
    assert FieldSpec(name="f", kind="flag").read(True) is True
    assert FieldSpec(name="f", kind="integer", low=0).read(3) == 3
    assert FieldSpec(name="f", kind="number", unit="t").read({"value": 500, "unit": "kg"}) == 0.5
    assert FieldSpec(name="f", choices=("a", "b")).read("b") == "b"
    assert FieldSpec(name="f", kind="reference", of="x").read("X-1") == "X-1"
    assert FieldSpec(name="f").read("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (FieldSpec(name="f", kind="flag"), 1, "is true or false"),
        (FieldSpec(name="f", kind="integer"), 1.5, "is a whole number"),
        (FieldSpec(name="f", kind="number"), True, "is a number, not bool"),
        (FieldSpec(name="f", kind="number"), "1", "is a number, not str"),
        (FieldSpec(name="f", kind="number"), math.nan, "is not finite"),
        (FieldSpec(name="f", kind="number", low=0), -1, "outside"),
        (FieldSpec(name="f", kind="number"), {"value": 1, "unit": "t"}, "needs one here"),
        (FieldSpec(name="f", kind="number", unit="t"), {"value": 1}, "needs one here"),
        (FieldSpec(name="f", kind="number", unit="t"), {"value": 1, "unit": "eur"}, "measures"),
        (FieldSpec(name="f"), 1, "is a text"),
        (FieldSpec(name="f"), "", "printable"),
        (FieldSpec(name="f"), "x" * (LONGEST_TEXT + 1), "printable"),
        (FieldSpec(name="f"), "a\nb", "printable"),
        (FieldSpec(name="f", choices=("a",)), "b", "none of a"),
        (FieldSpec(name="f", kind="reference", of="x"), "no name", "not an identifier"),
    ],
)
def test_fields_refuse_anything_else(field: FieldSpec, value: object, reason: str) -> None:
    with pytest.raises(InputBoundsError, match=reason):
        field.read(value)  # type: ignore[arg-type]


def _spec(**changes: object) -> RecordSpec:
    plain: dict[str, object] = {
        "name": "r",
        "key": "k",
        "fields": (FieldSpec(name="k"), FieldSpec(name="o", kind="reference", of="r")),
    }
    return RecordSpec(**(plain | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"key": "o"}, "plain text field"),
        ({"key": "x"}, "plain text field"),
        ({"fields": (FieldSpec(name="k"), FieldSpec(name="k"))}, "declared twice"),
        ({"fields": (FieldSpec(name="k", personal=True),)}, "plain text field"),
        ({"identity": "x"}, "tells its identity"),
        ({"links": (LinkSpec(subject="k", relation="R", object="x"),)}, "x cannot be the end"),
        (
            {"entity": False, "links": (LinkSpec(subject="k", relation="R", object="o"),)},
            "k cannot be the end",
        ),
    ],
)
def test_record_types_that_do_not_fit_cannot_be_declared(
    changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        _spec(**changes)


def test_a_domain_needs_records_that_refer_to_entities() -> None:
    with pytest.raises(ConfigError, match="declares no record"):
        RecordSpecs("D", ())
    with pytest.raises(ConfigError, match="declared twice"):
        RecordSpecs("D", (_spec(), _spec()))
    with pytest.raises(ConfigError, match=r"r\.o refers to 'r', no entity"):
        RecordSpecs("D", (_spec(entity=False),))
    assert plastics().names == ("buyer", "supplier", "material", "transaction")
    assert plastics().get("buyer").personal == ("email",)
    with pytest.raises(ConfigError, match="has no field 'x'"):
        plastics().get("buyer").field("x")


def test_a_transaction_becomes_links_references_and_attributes() -> None:
    canonical = TRANSLATOR.translate("transaction", transaction())
    assert canonical.entity is None
    assert canonical.references == {
        "supplier_id": "plastos:supplier/S1",
        "buyer_id": "plastos:buyer/B1",
        "material_id": "plastos:material/M1",
    }
    assert canonical.links == (
        CandidatePair("plastos:supplier/S1", "SUPPLIES", "plastos:buyer/B1"),
        CandidatePair("plastos:buyer/B1", "BUYS", "plastos:material/M1"),
    )
    assert canonical.numbers == {"quantity": 10.0, "price": 800.0, "agreed_at": 1000.0}


def test_personal_fields_are_kept_apart() -> None:
    canonical = TRANSLATOR.translate("buyer", buyer())
    assert canonical.personal == {"email": "B1@buyers.example"}
    assert "email" not in canonical.attributes
    assert canonical.entity == "plastos:buyer/B1"


@pytest.mark.parametrize(
    ("record", "document"),
    [("buyer", buyer()), ("material", material()), ("transaction", transaction())],
)
def test_records_come_back_as_they_were(record: str, document: dict[str, object]) -> None:
    assert TRANSLATOR.restore(TRANSLATOR.translate(record, document)) == document  # type: ignore[arg-type]


@given(
    key=st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,30}", fullmatch=True),
    demand=st.floats(1, 500),
    bid=st.floats(1, 1e6),
    email=st.one_of(st.none(), st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.example", fullmatch=True)),
)
def test_any_record_survives_the_round_trip(
    key: str, demand: float, bid: float, email: str | None
) -> None:
    document = dict(buyer(key, demand=demand, bid=bid))
    document.pop("email")
    if email is not None:
        document["email"] = email
    assert TRANSLATOR.restore(TRANSLATOR.translate("buyer", document)) == document


def test_all_that_is_wrong_with_a_record_is_named() -> None:
    broken = {**buyer(demand=9_000.0, extra=1), "vat": None}
    with pytest.raises(InputBoundsError) as refusal:
        TRANSLATOR.translate("buyer", broken)
    reasons = str(refusal.value).split("; ")
    assert reasons[0] == "extra is not declared"
    assert reasons[1] == "vat is missing"
    assert reasons[2].startswith("demand = 9000.0 is outside")
    with pytest.raises(InputBoundsError, match="'ship' is no record of PlastOS"):
        TRANSLATOR.translate("ship", {})


def test_a_batch_goes_on_past_what_is_refused() -> None:
    accepted, refused = TRANSLATOR.translate_all(
        [("buyer", buyer("no key")), ("buyer", buyer()), ("buyer", {}), ("buyer", {"demand": 1})]
    )
    assert [each.key for each in accepted] == ["B1"]
    assert [(each.index, each.key) for each in refused] == [(0, ""), (2, ""), (3, "")]
    assert refused[0].reasons == ("buyer_id is not an identifier",)


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"email": "Ann Smith", **buyer(vat=None)}, "B1"),
        (buyer("Ann Smith"), ""),
        (buyer(region="Ann Smith"), "B1"),
        (buyer(email=7), "B1"),
        (buyer(email="Ann Smith\n"), "B1"),
        (material(supplier_id="Ann Smith"), ""),
        ({"Ann Smith": "B1", **buyer()}, "B1"),
        ({"Ann Smith": "Ann Smith"}, ""),
        ({"buyer_id": {"Ann Smith": 1}}, ""),
    ],
)
def test_what_is_refused_is_told_without_a_text_that_may_be_of_a_person(
    document: JsonObject, key: str
) -> None:
    _, (refused,) = TRANSLATOR.translate_all([("buyer", document)])
    assert refused.key == key
    assert refused.reasons
    assert "Ann Smith" not in str(refused)


def test_a_record_of_an_unknown_type_tells_nothing_of_itself() -> None:
    _, (refused,) = TRANSLATOR.translate_all([("ship", {"captain": "Ann Smith"})])
    assert refused.key == ""
    assert refused.reasons[0].startswith("'ship' is no record of PlastOS")
    assert "Ann Smith" not in str(refused)


def test_names_of_other_domains_and_types_are_refused() -> None:
    with pytest.raises(InputBoundsError, match="another domain"):
        TRANSLATOR.key("buyer", "forge:buyer/B1")
    with pytest.raises(InputBoundsError, match="is no buyer"):
        TRANSLATOR.key("buyer", "plastos:supplier/S1")
    assert split_entity("plastos:buyer/B1") == ("plastos", "buyer", "B1")
    with pytest.raises(InputBoundsError, match="names no entity"):
        split_entity("plastos:B1")


def test_a_canonical_record_that_breaks_its_type_is_not_restored() -> None:
    with pytest.raises(InputBoundsError, match="vat is missing"):
        TRANSLATOR.restore(CanonicalRecord(record="buyer", key="B1", entity="plastos:buyer/B1"))


def test_only_numbers_are_numbers() -> None:
    canonical = CanonicalRecord(record="r", key="k", entity=None, attributes={"a": 1, "b": True})
    assert canonical.number("a") == 1.0
    assert canonical.numbers == {"a": 1.0}
    for name in ("b", "c"):
        with pytest.raises(InputBoundsError, match=f"states no number {name}"):
            canonical.number(name)
