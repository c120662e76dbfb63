"""The fast yes and the slow no agree with the validator that names places and reasons."""

import pytest
from jsonschema import Draft202012Validator

from generators.engine.model.schema_check import SchemaCheck
from tests.unit.engine.collection_builder import AGENT_SCHEMA

IDENTITY = {"system": "S", "module": "m", "name": "N", "role": "r", "rootpath": "L9/n"}
CHECK = SchemaCheck(AGENT_SCHEMA)
EXACT = Draft202012Validator(dict(AGENT_SCHEMA))


@pytest.mark.parametrize(
    "data",
    [
        {},
        IDENTITY,
        {**IDENTITY, "rootpath": 10**400},
        {**IDENTITY, "governance": {"humanoverride": "perhaps", "anchors": "Igor"}},
        {**IDENTITY, "title": "\ud800"},
        {**IDENTITY, "deployment": {"replicas": float("nan")}},
        {**IDENTITY, "depends_on": {"hard": [float("inf")]}},
    ],
)
def test_errors_are_those_of_the_exact_validator(data: dict[str, object]) -> None:
    expected = [error.message for error in EXACT.iter_errors(data)]
    assert [error.message for error in CHECK.errors(data)] == expected


def test_a_line_end_behind_a_name_is_judged_as_python_judges_it() -> None:
    check = SchemaCheck({"properties": {"a": {"pattern": "^[a-z]+$"}}})
    assert not list(check.errors({"a": "word\n"}))
    assert [error.json_path for error in check.errors({"a": "two words"})] == ["$.a"]
