"""Documents from outside: accepted as the request they are, or refused with all that is wrong."""

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.requests import RequestValidator
from agent_runtime.shapes.base import Shape
from pydantic import Field


class Order(Shape):
    item: str = Field(min_length=1)
    tonnes: float = Field(gt=0, le=25)


VALIDATOR = RequestValidator({"place_order": Order})


def test_a_good_document_becomes_the_request() -> None:
    document = {"item": "PET", "tonnes": 25}
    assert VALIDATOR.validate("place_order", document) == Order(item="PET", tonnes=25)
    assert VALIDATOR.problems("place_order", document) == ()


def test_all_problems_are_named_at_once() -> None:
    problems = VALIDATOR.problems("place_order", {"tonnes": 26, "colour": "red"})
    assert [problem.partition(":")[0] for problem in problems] == ["item", "tonnes", "colour"]
    with pytest.raises(InputBoundsError, match=r"^item: .*; tonnes: .*; colour: "):
        VALIDATOR.validate("place_order", {"tonnes": 26, "colour": "red"})


def test_an_operation_that_nobody_declared_is_refused() -> None:
    with pytest.raises(InputBoundsError, match="'cancel' is none of place_order"):
        VALIDATOR.validate("cancel", {})
