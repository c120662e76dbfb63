"""The shapes of answers hold whatever an outbound payload of a schema can be made of."""

import inspect
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from agent_runtime.jsontext import canonical_json
from agent_runtime.routing import fields
from agent_runtime.routing.work import Decided
from agent_runtime.shapes.answers import CaseAnswer
from agent_runtime.testing import AgentBench
from agent_runtime.testing_routing import decided_case
from pydantic import ValidationError

FIELDS: dict[str, Callable[[Decided], object]] = {
    name: function
    for name, function in inspect.getmembers(fields, inspect.isfunction)
    if function.__module__ == fields.__name__
}


@pytest.fixture
def decided(tmp_path: Path) -> Decided:
    return decided_case(AgentBench(tmp_path, agent="hub"))


def test_a_case_answer_has_every_field_that_a_payload_can_have() -> None:
    assert {*CaseAnswer.model_fields} == {*FIELDS, "job"}


@pytest.mark.parametrize("name", FIELDS)
def test_what_a_field_says_of_a_decision_fits_the_shape(decided: Decided, name: str) -> None:
    value = FIELDS[name](decided)
    if name == "match_scores":
        value = [asdict(each) for each in fields.match_scores(decided)]
    answer = CaseAnswer.model_validate_json(canonical_json({name: value}))  # type: ignore[dict-item]
    assert answer.model_fields_set == {name}
    assert answer.model_dump(mode="json", include={name}) == {
        name: [*value] if isinstance(value, tuple) else _plain(value)
    }


def test_an_answer_with_another_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="mood"):
        CaseAnswer.model_validate({"mood": "good"})


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: [*each] if isinstance(each, tuple) else each for key, each in value.items()}
    return value
