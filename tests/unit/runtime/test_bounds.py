"""Declared values: what each kind accepts, where its bounds are, and what leaves is checked."""

import math

import pytest
from agent_runtime.bounds import Bound, Kind, check_record, check_values, checked_result, refusing
from agent_runtime.errors import InputBoundsError, OutputBoundsError

WEIGHT = Bound(name="weight", kind="number", unit="kg", low=0.5, high=10)
GRADE = Bound(name="grade", kind="text", longest=3, choices=("PET", "PP", "HDPEX"))
NOTE = Bound(name="note", kind="text", optional=True)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("text", "a", 1),
        ("number", 1.5, "1.5"),
        ("number", 2, True),
        ("integer", 2, 2.0),
        ("integer", 0, False),
        ("flag", False, 0),
        ("texts", ["a", "b"], ["a", 1]),
        ("texts", (), "ab"),
        ("numbers", (1, 2.5), [1, "2"]),
        ("numbers", [], [True]),
        ("record", {"a": 1}, [("a", 1)]),
    ],
)
def test_each_kind_takes_its_own_values_only(kind: Kind, good: object, bad: object) -> None:
    bound = Bound(name="it", kind=kind)
    assert bound.problem(good) == ""
    assert bound.problem(bad).startswith("it must be ")
    assert bound.problem(None) != ""


@pytest.mark.parametrize("value", [0.5, 10, 3.3])
def test_bounds_are_inclusive(value: float) -> None:
    assert WEIGHT.problem(value) == ""


@pytest.mark.parametrize("value", [0.4999, 10.0001, math.inf, -math.inf, math.nan])
def test_a_number_outside_or_not_finite_is_named_with_its_unit(value: float) -> None:
    assert WEIGHT.problem(value).startswith("weight ")
    if math.isfinite(value):
        assert WEIGHT.problem(value) == f"weight = {value} is outside 0.5..10 kg"


def test_without_a_unit_the_message_ends_after_the_bounds() -> None:
    assert Bound(name="n", kind="integer", low=1).problem(0) == "n = 0 is outside 1..None"
    assert Bound(name="n", kind="integer", high=1).problem(2) == "n = 2 is outside None..1"


def test_texts_have_a_longest_and_choices() -> None:
    assert GRADE.problem("PET") == ""
    assert GRADE.problem("PVC") == "grade must be one of PET, PP, HDPEX"
    assert GRADE.problem("HDPEX") == "grade is 5 long; at most 3 is allowed"


def test_bounds_hold_for_each_item_of_a_list() -> None:
    bound = Bound(name="shares", kind="numbers", low=0, high=1, longest=2)
    assert bound.problem((0, 1.0)) == ""
    assert "= 1.5 is outside" in bound.problem((0.5, 1.5))
    assert bound.problem((0, 0, 0)) == "shares is 3 long; at most 2 is allowed"


def test_all_that_is_wrong_with_a_record_is_said_at_once() -> None:
    with pytest.raises(InputBoundsError) as refusal:
        check_record((WEIGHT, GRADE, NOTE), {"weight": 11, "colour": "red"})
    assert str(refusal.value) == (
        "colour is not known; weight = 11 is outside 0.5..10 kg; grade is missing"
    )


def test_an_optional_value_may_be_missing_or_none() -> None:
    check_record((NOTE,), {})
    check_values((NOTE,), note=None)
    with pytest.raises(InputBoundsError, match="note must be a text, not int"):
        check_values((NOTE,), note=1)


def test_a_result_outside_its_bounds_is_withheld() -> None:
    assert checked_result(WEIGHT, 2.5) == 2.5
    with pytest.raises(OutputBoundsError, match="not finite"):
        checked_result(WEIGHT, math.nan)


def test_declared_refusals_become_input_errors_and_others_stay() -> None:
    with pytest.raises(InputBoundsError, match=r"^no number$"), refusing(ValueError):
        raise ValueError("no number")
    with pytest.raises(InputBoundsError, match=r"^KeyError$"), refusing(KeyError):
        raise KeyError
    with pytest.raises(ZeroDivisionError), refusing(ValueError):
        raise ZeroDivisionError
