"""Intervals agree with scipy and with published examples; gaps hold their level."""

import math

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.fairness import (
    GroupRate,
    Judged,
    demographic_parity,
    difference,
    equalised_odds,
    widest_gap,
    wilson,
)
from scipy.stats import binomtest


def group(name: str, hits: int, total: int) -> GroupRate:
    return GroupRate(group=name, hits=hits, total=total)


def cases(name: str, favourable: int, total: int, truth: bool | None = None) -> list[Judged]:
    return [Judged(group=name, favourable=n < favourable, truth=truth) for n in range(total)]


@pytest.mark.parametrize(("hits", "total"), [(0, 10), (1, 30), (81, 263), (15, 148), (20, 20)])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_the_interval_of_a_rate_is_that_of_scipy(hits: int, total: int, level: float):
    ours = wilson(hits, total, level=level)
    theirs = binomtest(hits, total).proportion_ci(level, method="wilson")
    assert ours.low == pytest.approx(theirs.low, abs=1e-12)
    assert ours.high == pytest.approx(theirs.high, abs=1e-12)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe 1998, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_the_interval_of_a_difference_is_the_published_one(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
):
    found = difference(group("a", *first), group("b", *second), level=0.95)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_the_surest_gap_is_reported_with_who_is_ahead():
    gap = widest_gap("parity", [group("a", 50, 100), group("b", 90, 100), group("c", 3, 4)])
    assert (gap.ahead.group, gap.behind.group) == ("b", "a")
    assert gap.value == pytest.approx(0.4)
    assert gap.exceeds(0.1)
    assert not gap.exceeds(gap.interval.low)


def test_the_level_is_shared_by_all_pairs():
    two = widest_gap("p", [group("a", 50, 100), group("b", 90, 100)], level=0.95)
    three = widest_gap(
        "p", [group("a", 50, 100), group("b", 90, 100), group("c", 70, 100)], level=0.95
    )
    alone = difference(group("b", 90, 100), group("a", 50, 100), level=1 - 0.05 / 3)
    assert three.interval == alone
    assert three.interval.low < two.interval.low


def test_parity_counts_favourable_predictions_by_group():
    gap = demographic_parity(cases("north", 80, 100) + cases("south", 40, 100))
    assert gap is not None
    assert (gap.ahead.hits, gap.behind.hits) == (80, 40)
    assert gap.value == pytest.approx(0.4)


def test_odds_compare_both_rates_and_share_the_level():
    known = cases("a", 90, 100, True) + cases("b", 50, 100, True)
    known += cases("a", 30, 100, False) + cases("b", 10, 100, False)
    true_rate, false_rate = equalised_odds(known + cases("c", 5, 9), level=0.98)
    assert true_rate.measure == "true_positive_rate"
    assert true_rate.value == pytest.approx(0.4)
    assert false_rate.measure == "false_positive_rate"
    assert false_rate.value == pytest.approx(0.2)
    expected = difference(group("a", 90, 100), group("b", 50, 100), level=0.99)
    assert true_rate.interval.low == pytest.approx(expected.low, abs=1e-12)


def test_groups_too_small_to_judge_are_left_out():
    few = cases("a", 10, 10) + cases("b", 0, 9)
    assert demographic_parity(few, least=10) is None
    assert demographic_parity(few, least=9) is not None
    assert equalised_odds(few) == ()


def test_groups_treated_alike_are_seldom_told_apart():
    draws = np.random.default_rng(3)
    alarms = 0
    for _ in range(400):
        hits = draws.binomial(200, 0.3, size=3)
        gap = widest_gap("p", [group(n, int(h), 200) for n, h in zip("abc", hits, strict=True)])
        alarms += gap.exceeds(0.0)
    assert alarms / 400 < 0.01 + 3 * math.sqrt(0.01 * 0.99 / 400)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, math.nan])
def test_a_level_that_is_none_is_refused(level: float):
    with pytest.raises(InputBoundsError, match="confidence level"):
        wilson(1, 2, level=level)
    with pytest.raises(InputBoundsError, match="confidence level"):
        widest_gap("p", [group("a", 1, 2), group("b", 1, 2)], level=level)


@pytest.mark.parametrize(("hits", "total"), [(-1, 5), (6, 5), (0, 0)])
def test_counts_that_are_no_rate_are_refused(hits: int, total: int):
    with pytest.raises(InputBoundsError, match="is no rate"):
        group("a", hits, total)


@pytest.mark.parametrize("names", ["a", "aa", ""])
def test_fewer_than_two_different_groups_are_refused(names: str):
    with pytest.raises(InputBoundsError, match="two or more groups"):
        widest_gap("p", [group(name, 1, 2) for name in names])
