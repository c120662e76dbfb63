"""Which fields are sealed: those that memory declares, and those that records mark."""

from collections.abc import Mapping

import pytest

from generators.engine.patterns.refusal import RefusalError
from generators.patterns.memory_bridge.personal import personal_fields
from tests.patterns.pattern_contexts import context

RECORDS: Mapping[str, object] = {
    "buyer": {
        "key": "buyer_id",
        "fields": {
            "buyer_id": {"type": "text"},
            "email": {"type": "text", "personal": True},
            "phone": {"type": "text", "personal": True},
            "region": {"type": "text", "personal": False},
        },
    },
    "lot": {"key": "lot_id", "fields": {"lot_id": {"type": "text"}}},
}


def found(*, records: object = None, personal: object = None) -> list[object]:
    memory = {"workingmemory": {"storagetype": "redis"}, "personal": personal}
    declared = {key: value for key, value in memory.items() if value is not None}
    return [*personal_fields(context("memory_bridge", memorytopology=declared, records=records))]


def test_the_person_of_a_record_is_whom_its_key_names() -> None:
    assert found(records=RECORDS) == [{"subject": "buyer_id", "fields": ["email", "phone"]}]


def test_what_memory_declares_comes_first_and_nothing_comes_twice() -> None:
    declared = [
        {"subject": "buyer_id", "fields": ["name", "email", "name"]},
        {"subject": "driver_id", "fields": ["name"]},
    ]
    assert found(records=RECORDS, personal=declared) == [
        {"subject": "buyer_id", "fields": ["name", "email", "phone"]},
        {"subject": "driver_id", "fields": ["name"]},
    ]


def test_a_schema_without_personal_data_seals_nothing() -> None:
    assert found() == []


def test_whom_a_record_is_about_cannot_be_sealed() -> None:
    declared = [{"subject": "driver_id", "fields": ["driver_id"]}]
    with pytest.raises(RefusalError, match=r"memorytopology\.personal seals 'driver_id'"):
        found(personal=declared)
    records = {"buyer": {"key": "email", "fields": {"email": {"type": "text", "personal": True}}}}
    with pytest.raises(RefusalError, match=r"records\.buyer seals 'email'"):
        found(records=records)
