"""What `L9.example.module` promises.

Expected by the schema and by tensor_utils@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError

from L9.core.tensoraios.tensorutils import (
    CandidatePair,
    FeatureMatrix,
    candidate_pairs,
    feature_matrix,
    unit_rows,
)


@pytest.mark.positive
def test_rows_become_a_matrix_of_floats() -> None:
    matrix: FeatureMatrix = feature_matrix([[1, 2, 3], [4, 5, 6]])
    assert matrix.dtype == np.float64
    assert matrix.tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


@pytest.mark.positive
def test_one_row_of_one_number_is_enough() -> None:
    assert feature_matrix([[7.5]]).shape == (1, 1)


@pytest.mark.positive
def test_a_numeric_array_is_accepted() -> None:
    assert feature_matrix(np.arange(4).reshape(2, 2)).tolist() == [[0.0, 1.0], [2.0, 3.0]]


@pytest.mark.positive
def test_the_demanded_width_is_accepted() -> None:
    assert feature_matrix([[1.0, 2.0]], columns=2).shape == (1, 2)


@pytest.mark.positive
def test_unit_rows_have_length_one_and_keep_their_direction() -> None:
    units = unit_rows([[3.0, 4.0], [0.0, -2.0]])
    assert units.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, -1.0]]


@pytest.mark.positive
def test_products_of_unit_rows_are_cosines() -> None:
    one, other = unit_rows([[1.0, 0.0], [1.0, 1.0]])
    assert float(one @ other) == pytest.approx(math.cos(math.pi / 4))


@pytest.mark.negative
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(InputBoundsError, match=r"features is not finite at \[1, 0\]"):
        feature_matrix([[1.0, 2.0], [bad, 2.0]])
    with pytest.raises(InputBoundsError, match="features is not finite"):
        unit_rows([[bad, 2.0]])


@pytest.mark.negative
@pytest.mark.parametrize("rows", [[], [[]], [[1.0], [1.0, 2.0]]])
def test_rows_without_a_common_width_are_refused(rows: list[list[float]]) -> None:
    with pytest.raises(InputBoundsError, match="features"):
        feature_matrix(rows)


@pytest.mark.negative
def test_another_width_than_demanded_is_refused() -> None:
    with pytest.raises(InputBoundsError, match="features has 2 columns; 3 are demanded"):
        feature_matrix([[1.0, 2.0]], columns=3)


@pytest.mark.negative
def test_a_zero_row_has_no_direction() -> None:
    with pytest.raises(InputBoundsError, match="row 1 is zero: it has no direction"):
        unit_rows([[1.0, 0.0], [0.0, 0.0]])


@pytest.mark.positive
def test_candidate_pairs_keep_their_order_and_count_once() -> None:
    rows = [("b", "buys", "x"), ("a", "buys", "x"), ("b", "buys", "x")]
    pairs = candidate_pairs(rows)
    assert pairs == (CandidatePair("b", "buys", "x"), CandidatePair("a", "buys", "x"))
    assert (pairs[0].subject, pairs[0].relation, pairs[0].object) == ("b", "buys", "x")


@pytest.mark.negative
@pytest.mark.parametrize("row", [("", "buys", "x"), ("a", " ", "x"), ("a", "buys", "x\n")])
def test_a_pair_with_an_unusable_name_is_refused(row: tuple[str, str, str]) -> None:
    with pytest.raises(InputBoundsError, match="triple 1"):
        candidate_pairs([row])


@pytest.mark.negative
def test_no_pairs_are_refused() -> None:
    with pytest.raises(InputBoundsError, match="0 candidate pairs"):
        candidate_pairs([])


@pytest.mark.regression
def test_rows_so_long_that_their_squares_overflow_keep_their_direction() -> None:
    assert unit_rows([[3e200, 4e200]]).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]
