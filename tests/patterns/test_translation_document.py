"""What TRANSLATION_SPEC tells of records and rules, and the schemas it cannot be written for."""

from collections.abc import Mapping

import pytest

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from tests.patterns.pattern_contexts import context, params

RECORDS: Mapping[str, Plain] = {
    "farm": {
        "key": "farm_id",
        "fields": {
            "farm_id": {"type": "text"},
            "owner": {"type": "text", "personal": True},
            "grade": {"type": "text", "choices": ["A", "B"]},
            "yield": {"type": "number", "unit": "t", "low": 1, "high": 90},
        },
    },
    "mill": {
        "key": "mill_id",
        "fields": {
            "mill_id": {"type": "text"},
            "wanted": {"type": "text"},
            "need": {"type": "number", "unit": "t", "low": 2},
        },
    },
    "sale": {
        "entity": False,
        "key": "sale_id",
        "links": [{"subject": "farm_id", "relation": "FEEDS", "object": "mill_id"}],
        "fields": {
            "sale_id": {"type": "text"},
            "farm_id": {"type": "reference", "of": "farm"},
            "mill_id": {"type": "reference", "of": "mill"},
            "load": {"type": "number", "unit": "t"},
        },
    },
}
MATCHING: Mapping[str, Plain] = {
    "relation": "FEEDS",
    "demand": {"record": "mill", "quantity": "need"},
    "deal": {"record": "sale"},
    "compatibility": [
        {"name": "quality", "supply": "grade", "relation": "equals", "demand": ["wanted"]}
    ],
}


def written(*, roles: tuple[str, ...] = ("data_translator",), **changes: object) -> PatternContext:
    declared: dict[str, object] = {
        "integration": {"connectto": [], "shareddomains": ["GrainOS"]},
        "records": RECORDS,
        "matching": MATCHING,
    }
    return context("doc_translation_spec", roles=roles, **{**declared, **changes})


def becomes(record: str) -> dict[Plain, Plain]:
    told = params(written())["records"]
    assert isinstance(told, list)
    (found,) = [each for each in told if each["name"] == record]  # type: ignore[index, call-overload]
    return {each["name"]: each["becomes"] for each in found["fields"]}  # type: ignore[index, union-attr, call-overload]


def test_personal_data_is_told_to_go_into_no_packet() -> None:
    assert becomes("farm")["owner"] == "nothing: personal data goes into no packet"


def test_numbers_of_what_is_asked_for_are_attributes_and_the_others_are_kept() -> None:
    assert becomes("mill")["need"] == "a number in attributes"
    assert becomes("farm")["yield"] == "kept, to judge matches by"
    assert becomes("sale") == {
        "sale_id": "the id of the transaction",
        "farm_id": "the name of a farm",
        "mill_id": "the name of a mill",
        "load": "a number in attributes",
    }


def test_rules_links_and_bounds_are_told_as_the_schema_states_them() -> None:
    told = params(written())
    assert told["prefix"] == "grainos:"
    assert told["rules"] == [
        {
            "name": "quality",
            "supply": "grade",
            "relation": "equals",
            "demand": "wanted",
            "unless": "-",
        }
    ]
    farm, mill, sale = told["records"]  # type: ignore[misc]
    assert [each["allowed"] for each in farm["fields"]] == ["any", "any", "A, B", "from 1 to 90"]
    assert mill["fields"][2]["allowed"] == "from 2"
    assert sale["links"] == ["farm_id FEEDS mill_id"]


def test_a_document_without_a_translator_is_refused() -> None:
    with pytest.raises(RefusalError, match="no generated file answers to data_translator"):
        params(written(roles=()))


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ({"records": None}, "what the records of its domain look like"),
        ({"matching": None}, "what makes a match"),
        ({"matching": {**MATCHING, "compatibility": []}}, "states no rule"),
    ],
)
def test_a_schema_that_lacks_what_is_told_is_refused(
    missing: Mapping[str, object], reason: str
) -> None:
    with pytest.raises(RefusalError, match=reason):
        params(written(**missing))
