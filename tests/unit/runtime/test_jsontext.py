"""Untrusted JSON is judged exactly, and canonical text is one text."""

import pytest
from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.jsontext import (
    MAX_DEPTH,
    canonical_json,
    checked_object,
    json_problem,
    parse_object,
)


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


def test_canonical_text_sorts_keys_drops_spaces_and_escapes_what_is_not_ascii():
    assert canonical_json({"b": [1, 2.5], "a": "é"}) == '{"a":"\\u00e9","b":[1,2.5]}'


def test_canonical_text_refuses_what_json_has_no_text_for():
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json(float("inf"))


@pytest.mark.parametrize(
    "value", [None, True, 0, -1.5, "", [], {}, {"a": [None, {"b": 2}]}, (1, 2)]
)
def test_values_of_json_have_no_problem(value):
    assert json_problem(value, where="v") is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (float("nan"), "v is not a finite number"),
        ({"a": [1, float("inf")]}, "v.a[1] is not a finite number"),
        ({"a": b"x"}, "v.a is a bytes, which JSON cannot carry"),
        ({1: 2}, "v has the key 1, which is not text"),
        ({1}, "v is a set, which JSON cannot carry"),
        ([0, {"b": {2: 3}}], "v[1].b has the key 2, which is not text"),
    ],
)
def test_the_place_of_a_problem_is_named(value, problem):
    assert json_problem(value, where="v") == problem


def test_nesting_is_allowed_up_to_the_limit_and_not_one_level_deeper():
    assert json_problem(nested(MAX_DEPTH), where="v") is None
    assert (
        json_problem(nested(MAX_DEPTH + 1), where="v") == "v" + "[0]" * 32 + " is nested too deeply"
    )
    assert json_problem({"a": {}}, where="v", depth=1) == "v.a is nested too deeply"
    assert json_problem({"a": {}}, where="v", depth=2) is None
    assert json_problem({"a": 1}, where="v", depth=1) is None


def test_ten_thousand_levels_do_not_exhaust_the_stack():
    assert json_problem(nested(10_000), where="v").endswith("is nested too deeply")


def test_an_object_is_returned_as_it_is():
    value = {"a": 1}
    assert checked_object(value, name="x", refuse=InputBoundsError) is value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "x must be a JSON object, not list"),
        ({"a": {1}}, "x.a is a set, which JSON cannot carry"),
    ],
)
def test_what_is_no_object_is_refused_with_the_callers_error(value, message):
    with pytest.raises(InputBoundsError) as caught:
        checked_object(value, name="x", refuse=InputBoundsError)
    assert str(caught.value) == message


def test_an_object_deeper_than_asked_is_refused():
    with pytest.raises(InputBoundsError, match=r"x\.a is nested too deeply"):
        checked_object({"a": {}}, name="x", refuse=InputBoundsError, depth=1)


def test_stored_objects_come_back():
    assert parse_object('{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("text", ["{", "[1]", None, b"{}"])
def test_a_damaged_store_is_a_memory_error(text):
    with pytest.raises(MemoryLayerError, match="stored JSON is damaged"):
        parse_object(text)
