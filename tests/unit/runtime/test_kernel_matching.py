"""Assignments and allocations are as good as the best that enumeration finds."""

import itertools
import math

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.matching import MOST_SIDE, Assigned, allocate, assign


def _best_assignment(values: list[list[float]], allowed: list[list[bool]]) -> float:
    rows, columns = len(values), len(values[0])
    best = 0.0
    for size in range(1, min(rows, columns) + 1):
        for chosen in itertools.combinations(range(rows), size):
            for order in itertools.permutations(range(columns), size):
                pairs = list(zip(chosen, order, strict=True))
                if all(allowed[r][c] for r, c in pairs):
                    best = max(best, sum(values[r][c] for r, c in pairs))
    return best


def _best_allocation(
    values: list[list[float]], supply: list[int], demand: list[int], lot: int
) -> float:
    """Enumerate whole quantities: with whole limits an optimum has whole quantities."""
    cells = list(itertools.product(range(len(supply)), range(len(demand))))

    def search(index: int, left: tuple[int, ...], wanted: tuple[int, ...]) -> float:
        if index == len(cells):
            return 0.0
        row, column = cells[index]
        best = search(index + 1, left, wanted)
        for amount in range(max(1, lot), min(left[row], wanted[column]) + 1):
            rest = tuple(q - amount * (i == row) for i, q in enumerate(left))
            open_ = tuple(q - amount * (i == column) for i, q in enumerate(wanted))
            best = max(best, amount * values[row][column] + search(index + 1, rest, open_))
        return best

    return search(0, tuple(supply), tuple(demand))


@pytest.mark.parametrize("seed", range(25))
def test_assignment_equals_the_best_of_all(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, columns = random.integers(1, 5, size=2)
    values = random.normal(size=(rows, columns)).tolist()
    allowed = (random.random((rows, columns)) < 0.7).tolist()
    found = assign(values, allowed)
    assert all(allowed[each.row][each.column] for each in found)
    assert len({each.row for each in found}) == len({each.column for each in found}) == len(found)
    total = sum(values[each.row][each.column] for each in found)
    assert total == pytest.approx(_best_assignment(values, allowed))


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("lot", [0, 2])
def test_allocation_equals_the_best_of_all(seed: int, lot: int) -> None:
    random = np.random.default_rng(seed)
    values = random.random((2, 3)).round(3).tolist()
    supply, demand = random.integers(0, 5, size=2).tolist(), random.integers(0, 5, size=3).tolist()
    found = allocate(values, [[True] * 3] * 2, supply, demand, least_lot=float(lot))
    total = sum(values[each.row][each.column] * each.amount for each in found)
    assert total == pytest.approx(_best_allocation(values, supply, demand, lot), abs=1e-6)
    assert all(each.amount >= max(lot, 1e-9) - 1e-6 for each in found)
    for row, limit in enumerate(supply):
        assert sum(each.amount for each in found if each.row == row) <= limit + 1e-6
    for column, limit in enumerate(demand):
        assert sum(each.amount for each in found if each.column == column) <= limit + 1e-6


def test_what_is_worth_nothing_stays_apart() -> None:
    assert assign([[0.0, -1.0]], [[True, True]]) == []
    assert assign([[1.0]], [[False]]) == []
    assert allocate([[-1.0]], [[True]], [5], [5]) == []
    assert allocate([[1.0]], [[True]], [5], [0]) == []
    assert allocate([[1.0]], [[True]], [5], [1], least_lot=2) == []
    assert allocate([[1.0]], [[True]], [5], [2], least_lot=2) == [Assigned(0, 0, 2.0)]


@pytest.mark.parametrize(
    ("supply", "demand", "lot"),
    [([-1.0], [1.0], 0.0), ([1.0], [-1.0], 0.0), ([1.0], [1.0], -1.0), ([1.0], [1.0], math.inf)],
)
def test_negative_quantities_are_refused(
    supply: list[float], demand: list[float], lot: float
) -> None:
    with pytest.raises(InputBoundsError, match="must not be negative"):
        allocate([[1.0]], [[True]], supply, demand, least_lot=lot)


def test_what_cannot_be_matched_is_refused() -> None:
    with pytest.raises(InputBoundsError, match="must agree"):
        assign([[1.0, 2.0]], [[True]])
    with pytest.raises(InputBoundsError, match="not finite"):
        assign([[math.nan]], [[True]])
    with pytest.raises(InputBoundsError, match="2 values; 1 are demanded"):
        allocate([[1.0]], [[True]], [1.0, 2.0], [1.0])
    with pytest.raises(InputBoundsError, match=f"at most {MOST_SIDE} a side"):
        assign([[1.0] * (MOST_SIDE + 1)], [[True] * (MOST_SIDE + 1)])
    wide = [[1.0] * 200] * 101
    with pytest.raises(InputBoundsError, match="20200 pairs"):
        allocate(wide, [[True] * 200] * 101, [1.0] * 101, [1.0] * 200)
