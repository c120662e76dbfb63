"""Optimal matching: one to one, and of quantities, each as an exact program."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp

from agent_runtime.errors import InputBoundsError, OutputBoundsError
from agent_runtime.guards import FloatMatrix, finite_matrix, finite_vector

MOST_SIDE: Final = 2_000
MOST_PAIRS: Final = 20_000


class Assigned(NamedTuple):
    """Row and column that belong together, and how much passes between them (1 for one to one)."""

    row: int
    column: int
    amount: float


def assign(values: Sequence[Sequence[float]], allowed: Sequence[Sequence[bool]]) -> list[Assigned]:
    """Pair rows with columns, each at most once, so that the sum of values is highest.

    Pairs that are not allowed, or worth nothing, stay apart. Solved by the Hungarian method on the
    values with forbidden pairs at zero, so that leaving two apart costs nothing.

    Args:
        values: worth of each pair, shape (n, m).
        allowed: which pairs may be, shape (n, m).

    Raises:
        InputBoundsError: the shapes differ, a value is not finite, or a side is too long.
    """
    worth, mask = _checked(values, allowed)
    gains = np.where(mask & (worth > 0), worth, 0.0)
    rows, columns = linear_sum_assignment(gains, maximize=True)
    return [
        Assigned(int(row), int(column), 1.0)
        for row, column in zip(rows, columns, strict=True)
        if gains[row, column] > 0
    ]


def allocate(
    values: Sequence[Sequence[float]],
    allowed: Sequence[Sequence[bool]],
    supply: Sequence[float],
    demand: Sequence[float],
    *,
    least_lot: float = 0.0,
) -> list[Assigned]:
    """Send quantities from rows to columns so that value times quantity is highest.

    A row sends at most its supply, a column takes at most its demand, and what passes between two
    is nothing or at least `least_lot`: a mixed integer linear program, solved to optimality.

    Args:
        values: worth a unit of each pair, shape (n, m).
        allowed: which pairs may be, shape (n, m).
        supply: quantity of each row (n,), at least 0.
        demand: quantity of each column (m,), at least 0.
        least_lot: smallest quantity between two.

    Raises:
        InputBoundsError: shapes differ, or a number is not finite or negative.
        OutputBoundsError: the solver did not prove an optimum.
    """
    worth, mask = _checked(values, allowed)
    rows, columns = worth.shape
    offered = finite_vector(supply, name="supply", length=rows)
    wanted = finite_vector(demand, name="demand", length=columns)
    if offered.min() < 0 or wanted.min() < 0 or not 0 <= least_lot < np.inf:
        raise InputBoundsError("quantities must not be negative")
    caps = np.minimum(offered[:, None], wanted[None, :])
    usable = mask & (worth > 0) & (caps > 0) & (caps >= least_lot)
    pairs = np.argwhere(usable)
    if pairs.shape[0] == 0:
        return []
    if pairs.shape[0] > MOST_PAIRS:
        raise InputBoundsError(f"{pairs.shape[0]} pairs; at most {MOST_PAIRS} are accepted")
    limits = np.concatenate([offered, wanted])
    amounts = _solve(worth[usable], caps[usable], pairs + np.array([0, rows]), limits, least_lot)
    return [
        Assigned(int(row), int(column), float(amount))
        for (row, column), amount in zip(pairs, amounts, strict=True)
        if amount > 0
    ]


def _solve(
    worth: NDArray[np.float64],
    caps: NDArray[np.float64],
    ends: NDArray[np.int_],
    limits: NDArray[np.float64],
    least_lot: float,
) -> NDArray[np.float64]:
    """Solve for amounts (p,) and, if there is a least lot, switches (p,) that open a pair.

    `ends` (p, 2) are the places of both ends of each pair in `limits` (n + m,).
    """
    count = len(worth)
    integral = least_lot > 0
    sums = np.zeros((len(limits), count))
    sums[ends[:, 0], np.arange(count)] = 1.0
    sums[ends[:, 1], np.arange(count)] = 1.0
    empty = np.zeros_like(sums)
    constraints = [LinearConstraint(np.hstack([sums, empty]) if integral else sums, ub=limits)]
    bounds = Bounds(0.0, caps)
    objective = -worth
    kinds = np.zeros(count)
    if integral:
        unit = np.eye(count)
        constraints.append(LinearConstraint(np.hstack([unit, -np.diag(caps)]), ub=0.0))
        constraints.append(LinearConstraint(np.hstack([unit, -least_lot * unit]), lb=0.0))
        bounds = Bounds(0.0, np.concatenate([caps, np.ones(count)]))
        objective = np.concatenate([objective, np.zeros(count)])
        kinds = np.concatenate([kinds, np.ones(count)])
    result = milp(objective, constraints=constraints, bounds=bounds, integrality=kinds)
    if not result.success:  # pragma: no cover - zero is always feasible; the solver gave up
        raise OutputBoundsError(f"the allocation was not solved: {result.message}")
    amounts: NDArray[np.float64] = np.round(result.x[:count], 9)
    return amounts


def _checked(
    values: Sequence[Sequence[float]], allowed: Sequence[Sequence[bool]]
) -> tuple[FloatMatrix, NDArray[np.bool_]]:
    worth = finite_matrix(values, columns=None, name="values", most_rows=MOST_SIDE)
    mask = np.asarray(allowed, dtype=bool)
    if mask.shape != worth.shape or worth.shape[1] > MOST_SIDE:
        raise InputBoundsError(
            f"values {worth.shape} and allowed {mask.shape} must agree, at most {MOST_SIDE} a side"
        )
    return worth, mask
