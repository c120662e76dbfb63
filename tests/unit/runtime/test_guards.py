"""Guards accept exactly what is finite, in bounds and of the right shape."""

import math

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError, OutputBoundsError
from agent_runtime.guards import (
    checked_output,
    finite_matrix,
    finite_vector,
    identifier,
    identifiers,
    within,
)


def test_rows_become_a_float_matrix():
    matrix = finite_matrix([[1, 2.5], [3, 4]], columns=2, name="observations")
    assert matrix.dtype == np.float64
    assert matrix.tolist() == [[1.0, 2.5], [3.0, 4.0]]


def test_an_array_is_copied_so_that_the_caller_cannot_change_it_later():
    source = np.ones((1, 2))
    matrix = finite_matrix(source, columns=2, name="observations")
    source[0, 0] = math.nan
    assert matrix[0, 0] == 1.0


def test_any_width_is_accepted_when_none_is_demanded():
    assert finite_matrix([[1.0]], columns=None, name="x").shape == (1, 1)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_the_place_of_a_value_that_is_not_finite_is_named(bad):
    with pytest.raises(InputBoundsError, match=r"observations is not finite at \[1, 0\]"):
        finite_matrix([[1.0, 2.0], [bad, 4.0]], columns=2, name="observations")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "must be a matrix of at least one row"),
        ([[]], "must be a matrix of at least one row"),
        ([1.0, 2.0], r"must be a matrix of at least one row, not \(2,\)"),
        ([[[1.0]]], "must be a matrix"),
        ([[1.0, 2.0], [3.0]], "x is ragged"),
        ([[1.0]], "x has 1 columns; 2 are demanded"),
        ([[1.0, 2.0, 3.0]], "x has 3 columns; 2 are demanded"),
        ([["1.0", "2.0"]], "x must hold numbers only, not str"),
        ([[True, False]], "x must hold numbers only, not bool"),
        ([[None, 1.0]], "x must hold numbers only, not object"),
        ([[1j, 1.0]], "x must hold numbers only, not complex128"),
        ([[10**400, 1.0]], "x must hold numbers only, not object"),
    ],
)
def test_what_is_no_matrix_of_that_width_is_refused(rows, message):
    with pytest.raises(InputBoundsError, match=message):
        finite_matrix(rows, columns=2, name="x")


def test_a_matrix_may_have_the_most_rows_and_not_one_more():
    assert finite_matrix([[1.0]] * 3, columns=1, name="x", most_rows=3).shape == (3, 1)
    with pytest.raises(InputBoundsError, match="x has 4 rows; at most 3 are accepted"):
        finite_matrix([[1.0]] * 4, columns=1, name="x", most_rows=3)


def test_a_vector_has_the_length_that_is_demanded():
    assert finite_vector([1, 2], name="v", length=2).tolist() == [1.0, 2.0]
    assert finite_vector([7.5], name="v").tolist() == [7.5]
    with pytest.raises(InputBoundsError, match="v has 2 values; 3 are demanded"):
        finite_vector([1.0, 2.0], name="v", length=3)


@pytest.mark.parametrize("values", [[], [[1.0]], 1.0])
def test_what_is_no_vector_is_refused(values):
    with pytest.raises(InputBoundsError, match="v must be a vector of at least one value"):
        finite_vector(values, name="v")


def test_a_vector_names_the_place_of_what_is_not_finite():
    with pytest.raises(InputBoundsError, match=r"v is not finite at \[2\]"):
        finite_vector([0.0, 1.0, math.nan], name="v")


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, 1, np.float32(0.5), np.int64(0)])
def test_a_value_on_or_between_the_bounds_is_returned_as_a_float(value):
    assert within(value, 0.0, 1.0, "ratio") == float(value)
    assert type(within(value, 0.0, 1.0, "ratio")) is float


@pytest.mark.parametrize("value", [math.nextafter(0.0, -1.0), math.nextafter(1.0, 2.0)])
def test_a_value_just_beyond_a_bound_is_refused(value):
    with pytest.raises(InputBoundsError, match=r"ratio = .* is outside 0\.0\.\.1\.0"):
        within(value, 0.0, 1.0, "ratio")


def test_a_missing_bound_does_not_bind():
    assert within(-1e300, None, 0.0, "x") == -1e300
    assert within(1e300, 0.0, None, "x") == 1e300


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_not_finite_is_refused_without_bounds(value):
    with pytest.raises(InputBoundsError, match="x is not finite"):
        within(value, None, None, "x")


@pytest.mark.parametrize("value", [True, "1", None])
def test_a_value_that_is_no_number_is_refused(value):
    with pytest.raises(InputBoundsError, match="x must be a number, not"):
        within(value, None, None, "x")


def test_an_integer_beyond_the_floats_is_refused():
    with pytest.raises(InputBoundsError, match="x is too large for a float"):
        within(10**400, None, None, "x")


@pytest.mark.parametrize("text", ["a", "buyer-17", "org:acme/eu@1.2", "_x", "0", "x" * 128])
def test_identifiers_are_returned_as_they_are(text):
    assert identifier(text, name="entity") == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " a",
        "a b",
        "-a",
        "/etc",
        "../x",
        "a..b",
        "a\nb",
        "a\n",
        "é",
        "a\x00",
        "a'b",
        "a;b",
        "{{}}",
    ],
)
def test_what_could_break_a_key_a_log_or_a_path_is_refused(text):
    with pytest.raises(InputBoundsError, match="is not an identifier"):
        identifier(text, name="entity")


def test_an_identifier_has_a_longest_length():
    with pytest.raises(InputBoundsError, match="entity has 129 characters; at most 128"):
        identifier("x" * 129, name="entity")
    with pytest.raises(InputBoundsError, match="entity has 3 characters; at most 2"):
        identifier("xxx", name="entity", longest=2)


def test_an_identifier_is_a_string():
    with pytest.raises(InputBoundsError, match="entity must be a string, not int"):
        identifier(7, name="entity")


def test_identifiers_keep_their_order():
    assert identifiers(["b", "a"], name="entities", most=2) == ("b", "a")
    assert identifiers(["a"], name="entities", most=1) == ("a",)


@pytest.mark.parametrize("texts", [[], ["a", "b", "c"], "ab"])
def test_the_number_of_identifiers_is_bounded(texts):
    with pytest.raises(InputBoundsError, match="entities must be a list of 1 to 2 identifiers"):
        identifiers(texts, name="entities", most=2)


def test_an_identifier_that_comes_twice_is_named():
    with pytest.raises(InputBoundsError, match="entities holds 'b' twice"):
        identifiers(["a", "b", "c", "b"], name="entities")


def test_one_bad_identifier_refuses_the_list():
    with pytest.raises(InputBoundsError, match="entities 'b b' is not an identifier"):
        identifiers(["a", "b b"], name="entities")


@pytest.mark.parametrize("values", [[0.0, 1.0], 0.5, np.array([[0.25, 0.75]]), []])
def test_an_output_within_bounds_passes(values):
    result = checked_output(values, low=0.0, high=1.0, name="scores")
    assert result.tolist() == np.asarray(values, dtype=float).tolist()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.5, math.nan], r"scores is not finite at \[1\]"),
        ([math.inf], "scores is not finite"),
        ([0.5, math.nextafter(1.0, 2.0)], r"scores = 1\.0000000000000002 is outside None\.\.1\.0"),
        ([math.nextafter(0.0, -1.0), 0.5], r"scores = -5e-324 is outside 0\.0\.\.None"),
        (["0.5"], "scores must hold numbers only"),
        ([[0.5], [0.5, 0.5]], "scores is ragged"),
    ],
)
def test_an_output_out_of_bounds_is_withheld(values, message):
    with pytest.raises(OutputBoundsError, match=message):
        checked_output(values, low=0.0, high=1.0, name="scores")


def test_an_output_without_bounds_must_still_be_finite():
    assert checked_output([-1e300, 1e300], low=None, high=None, name="x").tolist() == [
        -1e300,
        1e300,
    ]
    with pytest.raises(OutputBoundsError):
        checked_output([-math.inf], low=None, high=None, name="x")
