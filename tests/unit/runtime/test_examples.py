"""The smallest example of a shape is accepted by it, and nothing is guessed."""

from typing import Literal

import pytest
from agent_runtime.errors import ConfigError
from agent_runtime.examples import example_of
from agent_runtime.shapes.anomaly import AnomalyRequest
from agent_runtime.shapes.base import Shape
from agent_runtime.shapes.links import ScoreRequest
from pydantic import Field, ValidationError, model_validator


class Part(Shape):
    name: str = Field(min_length=3)
    flag: bool
    nothing: None


class Whole(Shape):
    parts: tuple[Part, ...] = Field(min_length=2)
    pair: tuple[int, str]
    mode: Literal["fast", "slow"]
    only: Literal["one"]
    either: int | str
    count: int = Field(ge=4)
    above: int = Field(gt=4)
    ratio: float = Field(gt=0.0, lt=1.0)
    positive: float = Field(gt=1.0)
    most: float = Field(gt=1.0, le=3.0)
    free: float
    negative: float = Field(le=-2.5)
    text: str
    shown: str = Field(pattern="^a+$", examples=["aa"])
    numbers: tuple[float, ...] = Field(min_length=1)
    empty: tuple[int, ...]
    optional: int = 7


def test_each_kind_of_field_has_its_smallest_value():
    part = {"name": "xxx", "flag": False, "nothing": None}
    assert example_of(Whole) == {
        "parts": [part, part],
        "pair": [0, "x"],
        "mode": "fast",
        "only": "one",
        "either": 0,
        "count": 4,
        "above": 5,
        "ratio": 0.5,
        "positive": 2.0,
        "most": 2.0,
        "free": 0.0,
        "negative": -2.5,
        "text": "x",
        "shown": "aa",
        "numbers": [0.0],
        "empty": [],
    }


@pytest.mark.parametrize("shape", [AnomalyRequest, ScoreRequest])
def test_requests_of_the_runtime_have_examples(shape):
    shape.model_validate(example_of(shape))


def test_a_shape_without_fields_has_the_empty_example():
    class Empty(Shape):
        pass

    assert example_of(Empty) == {}


@pytest.mark.negative
def test_what_has_no_smallest_value_is_not_guessed():
    class Patterned(Shape):
        code: str = Field(pattern="^[a-z]{7}$")

    class Free(Shape):
        extra: dict[str, int] | None
        anything: object

    with pytest.raises(ConfigError, match="no smallest value is known"):
        example_of(Patterned)
    with pytest.raises(ConfigError, match="no smallest value is known"):
        example_of(Free)


@pytest.mark.negative
def test_a_validator_that_wants_more_is_not_hidden():
    class Picky(Shape):
        number: float

        @model_validator(mode="after")
        def large(self):
            if self.number < 10:
                raise ValueError("too small")
            return self

    with pytest.raises(ValidationError, match="too small"):
        example_of(Picky)
