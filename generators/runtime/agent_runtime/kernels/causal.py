"""Why a score is what it is, what it would be otherwise, and which factors act on which.

Attribution and counterfactuals ask the model; the skeleton asks the data.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import FloatMatrix, finite_matrix

Factors = Mapping[str, float]
ScoreFunction = Callable[[Factors], float]
Pair = tuple[str, str]

_MOST_FACTORS = 12  # exact Shapley values cost 2^factors scores: 4,096
_LEAST_EIGENVALUE = 1e-10


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribution:
    """How the factors moved a score away from the baseline's; shares sum to the difference.

    Attributes:
        baseline: score with every factor at its baseline.
        score: score with every factor as observed.
        shares: part of `score - baseline` that each factor brings, in the order given.
    """

    baseline: float
    score: float
    shares: Factors

    def ranked(self) -> tuple[str, ...]:
        """Name the factors, the strongest influence in either direction first."""
        return tuple(sorted(self.shares, key=lambda name: (-abs(self.shares[name]), name)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Counterfactual:
    """A score recomputed with some factors set to other values."""

    changed: Factors
    before: float
    after: float

    @property
    def effect(self) -> float:
        """How much the changed factors move the score."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """Two factors that stay dependent whatever else is held fixed.

    Attributes:
        pair: the factors, in the order of the columns.
        strength: weakest partial correlation found between them, -1 to 1.
        p_value: chance of that correlation or a stronger one between independent factors.
    """

    pair: Pair
    strength: float
    p_value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Skeleton:
    """The undirected causal graph of a data set, and the common effects that can be told.

    Attributes:
        edges: the dependent pairs.
        separators: for each other pair the factors that make it independent.
        colliders: (cause, effect, cause) where the causes are not adjacent and the effect does
            not separate them.
    """

    edges: tuple[Edge, ...]
    separators: Mapping[Pair, tuple[str, ...]]
    colliders: tuple[tuple[str, str, str], ...]


def attribute(score: ScoreFunction, factors: Factors, *, baseline: Factors) -> Attribution:
    """Share `score(factors) - score(baseline)` out among the factors by exact Shapley values.

    For a linear score the share of a factor is its weight times its distance from the baseline.
    Source: Shapley, "A Value for n-Person Games", 1953.

    Args:
        score: the model, called 2^d times.
        factors: the d observed values, by name, 12 at most.
        baseline: the values to compare with, same names.

    Raises:
        InputBoundsError: no or too many factors, other names, or a value or score that is not
            finite.
    """
    names = tuple(factors)
    if not 1 <= len(names) <= _MOST_FACTORS:
        raise InputBoundsError(f"{len(names)} factors; attribution takes 1 to {_MOST_FACTORS}")
    if set(baseline) != set(names):
        raise InputBoundsError(f"the baseline names {sorted(baseline)}, not {sorted(names)}")
    count = len(names)
    scores = [
        _finite_score(
            score,
            {
                name: factors[name] if chosen >> position & 1 else baseline[name]
                for position, name in enumerate(names)
            },
        )
        for chosen in range(1 << count)
    ]
    weights = [1.0 / (count * math.comb(count - 1, size)) for size in range(count)]
    shares = {
        name: math.fsum(
            weights[chosen.bit_count()] * (scores[chosen | 1 << position] - scores[chosen])
            for chosen in range(1 << count)
            if not chosen >> position & 1
        )
        for position, name in enumerate(names)
    }
    return Attribution(baseline=scores[0], score=scores[-1], shares=shares)


def counterfactual(score: ScoreFunction, factors: Factors, *, changed: Factors) -> Counterfactual:
    """Score again with the `changed` factors set and the others as they were observed.

    Raises:
        InputBoundsError: nothing is changed, an unknown factor is, or a value or score is not
            finite.
    """
    unknown = sorted(set(changed) - set(factors))
    if unknown or not changed:
        raise InputBoundsError(f"a counterfactual sets known factors, not {unknown}")
    return Counterfactual(
        changed=dict(changed),
        before=_finite_score(score, factors),
        after=_finite_score(score, {**factors, **changed}),
    )


def latent_factors(*embeddings: NDArray[np.float64]) -> dict[str, float]:
    """Split a multilinear score, sum over k of the product of (r,) `embeddings`, by component.

    Returns:
        The r contributions, `latent_0` on; they sum to the score.

    Raises:
        InputBoundsError: no embeddings, different lengths, or a value that is not finite.
    """
    if not embeddings or len({embedding.shape for embedding in embeddings}) != 1:
        raise InputBoundsError("latent factors need embeddings of one length")
    stacked = finite_matrix(np.stack(embeddings), columns=None, name="embeddings")
    contributions = np.prod(stacked, axis=0)
    return {f"latent_{k}": value for k, value in enumerate(contributions.tolist())}


def causal_skeleton(
    rows: FloatMatrix,
    *,
    names: Sequence[str],
    significance: float = 0.01,
    largest_condition: int = 3,
) -> Skeleton:
    """Find which factors stay dependent given any few others (PC algorithm, linear-Gaussian).

    Neighbourhoods are fixed within a level, so the order of the columns does not matter. Sources:
    Spirtes, Glymour, Scheines, "Causation, Prediction, and Search", 2000; Colombo, Maathuis,
    "Order-Independent Constraint-Based Causal Structure Learning", 2014.

    Args:
        rows: (n, d) observations, one column a factor.
        names: (d,) unique names of the factors.
        significance: a pair is independent when its p-value is above this.
        largest_condition: most factors held fixed at once.

    Raises:
        InputBoundsError: a value is not finite, a column is constant or determined by others,
            names are not unique, or there are too few rows for the conditions.
    """
    matrix = finite_matrix(rows, columns=len(names), name="observations")
    if len(set(names)) != len(names):
        raise InputBoundsError(f"factors need different names, got {list(names)}")
    if not 0.0 < significance < 1.0:
        raise InputBoundsError(f"significance {significance} is not within (0, 1)")
    correlation = _correlation(matrix, largest_condition)
    graph = _Graph.complete(len(names))
    for size in range(largest_condition + 1):
        if not graph.thin(correlation, len(matrix), size, significance):
            break
    return graph.named(names)


def partial_correlation(
    correlation: FloatMatrix, first: int, second: int, given: Sequence[int]
) -> float:
    """Return the correlation of two variables with those `given` held fixed.

    Computed as -P_ij / sqrt(P_ii P_jj) of the inverse P of the correlations (d, d) involved.
    """
    chosen = [first, second, *given]
    precision = np.linalg.inv(correlation[np.ix_(chosen, chosen)])
    value = -precision[0, 1] / math.sqrt(precision[0, 0] * precision[1, 1])
    return float(np.clip(value, -1.0, 1.0))


def fisher_z_p_value(correlation: float, *, rows: int, given: int) -> float:
    """Chance of a partial correlation this strong, or stronger, if there were none.

    2 (1 - Phi(sqrt(rows - given - 3) |atanh r|)). Source: Fisher, "The distribution of the
    partial correlation coefficient", 1924.
    """
    if abs(correlation) >= 1.0:
        return 0.0
    z = math.sqrt(rows - given - 3) * abs(math.atanh(correlation))
    return math.erfc(z / math.sqrt(2.0))


class _Graph:
    """The skeleton while it is thinned out; vertices are column numbers."""

    def __init__(self, neighbours: list[set[int]]) -> None:
        self._neighbours = neighbours
        self._separators: dict[tuple[int, int], tuple[int, ...]] = {}
        self._weakest: dict[tuple[int, int], tuple[float, float]] = {}

    @classmethod
    def complete(cls, count: int) -> "_Graph":
        """Connect every vertex with every other."""
        return cls([set(range(count)) - {vertex} for vertex in range(count)])

    def thin(self, correlation: FloatMatrix, rows: int, size: int, significance: float) -> bool:
        """Drop pairs independent given `size` neighbours; tell whether any pair could be tested."""
        frozen = [frozenset(neighbours) for neighbours in self._neighbours]
        tested = False
        for first, second in combinations(range(len(frozen)), 2):
            if second not in frozen[first]:
                continue
            for given in _conditions(frozen, first, second, size):
                tested = True
                strength = partial_correlation(correlation, first, second, given)
                p_value = fisher_z_p_value(strength, rows=rows, given=size)
                if p_value > significance:
                    self._separate(first, second, given)
                    break
                self._weaken(first, second, strength, p_value)
        return tested

    def named(self, names: Sequence[str]) -> Skeleton:
        """Give the vertices their names."""
        edges = tuple(
            Edge(
                pair=(names[first], names[second]),
                strength=self._weakest[first, second][0],
                p_value=self._weakest[first, second][1],
            )
            for first, second in combinations(range(len(names)), 2)
            if second in self._neighbours[first]
        )
        separators = {
            (names[first], names[second]): tuple(names[vertex] for vertex in given)
            for (first, second), given in sorted(self._separators.items())
        }
        colliders = tuple(
            (names[first], names[middle], names[second])
            for (first, second), given in sorted(self._separators.items())
            for middle in sorted(self._neighbours[first] & self._neighbours[second])
            if middle not in given
        )
        return Skeleton(edges=edges, separators=separators, colliders=colliders)

    def _separate(self, first: int, second: int, given: tuple[int, ...]) -> None:
        self._neighbours[first].discard(second)
        self._neighbours[second].discard(first)
        self._separators[first, second] = given

    def _weaken(self, first: int, second: int, strength: float, p_value: float) -> None:
        known = self._weakest.get((first, second))
        if known is None or abs(strength) < abs(known[0]):
            self._weakest[first, second] = (strength, p_value)


def _conditions(
    neighbours: Sequence[frozenset[int]], first: int, second: int, size: int
) -> list[tuple[int, ...]]:
    """List the sets of `size` other neighbours of either end, each once."""
    sides = (neighbours[first] - {second}, neighbours[second] - {first})
    found = [given for side in sides for given in combinations(sorted(side), size)]
    return list(dict.fromkeys(found))


def _correlation(rows: FloatMatrix, largest_condition: int) -> FloatMatrix:
    """Correlations (d, d) of the columns of `rows`, checked to be invertible."""
    if largest_condition < 0 or len(rows) <= largest_condition + 3:
        raise InputBoundsError(f"{len(rows)} rows for conditions of {largest_condition} factors")
    if not rows.std(axis=0).all():
        raise InputBoundsError("a factor is constant")
    correlation = np.atleast_2d(np.corrcoef(rows, rowvar=False))
    if float(np.linalg.eigvalsh(correlation)[0]) < _LEAST_EIGENVALUE:
        raise InputBoundsError("a factor is determined by the others")
    return np.asarray(correlation, dtype=np.float64)


def _finite_score(score: ScoreFunction, factors: Factors) -> float:
    """Score finite `factors` and check the result."""
    value = float(score(factors))
    if not all(math.isfinite(factor) for factor in factors.values()) or not math.isfinite(value):
        raise InputBoundsError(f"factors {dict(factors)} or their score {value} are not finite")
    return value
