"""Isolation forest that scikit-learn fits once and plain numpy scores row by row.

scikit-learn needs milliseconds to score one row; walking the exported trees takes a fraction of
one. A forest goes to and comes from the model store as named arrays, never as a pickle.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import InputBoundsError, ModelStoreError
from agent_runtime.guards import FloatMatrix, finite_matrix
from agent_runtime.kernels.isolation_trees import (
    LEAST,
    FloatVector,
    IntVector,
    Trees,
    grow_trees,
    node_depths,
    steps_to_deepest,
    unbuilt_depth,
)

_CHUNK_ROWS = 4096  # bounds the memory of a walk to about 100 MB at 1,000 trees
_FLOAT32_MAX = float(np.finfo(np.float32).max)
_NODE_ARRAYS = {"feature": "i", "left": "i", "right": "i", "threshold": "f", "path_length": "f"}
_ARRAY_KINDS = {**_NODE_ARRAYS, "roots": "i", "typical": "f", "calibration": "f"}


@dataclass(frozen=True, kw_only=True, slots=True)
class AnomalyScore:
    """How unlike the training rows one row is.

    Attributes:
        row: index of the row in the scored matrix.
        score: 0 to 1, 1 most anomalous; above 0.95 lies what is more than 1.96 standard
            deviations above the mean isolation of the training rows.
        isolation: the forest's own score in (0, 1], scikit-learn's `-score_samples`.
    """

    row: int
    score: float
    isolation: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class IsolationForest:
    """A fitted forest and what its scores were on the rows it was fitted on.

    Attributes:
        trees: the exported trees.
        typical: (d,) medians of the training rows.
        sample_path: mean path length c of a tree over as many rows as it was fitted on, in steps.
        centre: mean isolation of the training rows.
        spread: standard deviation of the isolation of the training rows.
    """

    trees: Trees
    typical: FloatVector
    sample_path: float
    centre: float
    spread: float

    @classmethod
    def fit(cls, rows: FloatMatrix, *, seed: int, trees: int = 100, sample_size: int = 256) -> Self:
        """Fit `trees` trees to `rows` (n, d), each on `sample_size` rows or on all n if fewer.

        Source: Liu, Ting, Zhou, "Isolation Forest", ICDM 2008, which proposes the defaults.

        Raises:
            InputBoundsError: a value is not finite, or fewer than two rows, two rows a tree or
                one tree are asked for.
        """
        from sklearn.ensemble import IsolationForest as Fitter

        matrix, rows_a_tree = _training_rows(rows, trees=trees, sample_size=sample_size)
        fitter = Fitter(n_estimators=trees, max_samples=rows_a_tree, random_state=seed)
        fitter.fit(matrix)
        exported = _export(estimator.tree_ for estimator in fitter.estimators_)
        return cls._of(exported, matrix, rows_a_tree)

    @classmethod
    def grow(
        cls, rows: FloatMatrix, *, seed: int, trees: int = 100, sample_size: int = 256
    ) -> Self:
        """Do as `fit`, without scikit-learn and some twenty times faster, within a request.

        The trees follow the same law but other random numbers.

        Raises:
            InputBoundsError: see `fit`.
        """
        matrix, rows_a_tree = _training_rows(rows, trees=trees, sample_size=sample_size)
        generator = np.random.default_rng(seed)
        grown = grow_trees(matrix, trees=trees, rows_a_tree=rows_a_tree, generator=generator)
        return cls._of(grown, matrix, rows_a_tree)

    @classmethod
    def _of(cls, trees: Trees, matrix: NDArray[np.float32], rows_a_tree: int) -> Self:
        """Scale the scores of `trees` by those of the rows they were made from."""
        unscaled = cls(
            trees=trees,
            typical=np.median(matrix.astype(np.float64), axis=0),
            sample_path=float(unbuilt_depth(np.array([rows_a_tree]))[0]),
            centre=0.0,
            spread=0.0,
        )
        isolation = unscaled.isolation(matrix.astype(np.float64))
        return replace(unscaled, centre=float(isolation.mean()), spread=float(isolation.std()))

    @property
    def columns(self) -> int:
        """Number of features d of a row."""
        return len(self.typical)

    def isolation(self, rows: FloatMatrix) -> FloatVector:
        """Return 2^(-mean path / c) for each of `rows` (n, d): near 1 isolated, below 0.5 ordinary.

        Raises:
            InputBoundsError: a value is not finite, or a row is not `columns` wide.
        """
        matrix = _single_precision(rows, columns=self.columns)
        paths = np.empty(len(matrix))
        for start in range(0, len(matrix), _CHUNK_ROWS):
            chunk = slice(start, start + _CHUNK_ROWS)
            paths[chunk] = self.trees.mean_path_length(matrix[chunk])
        return np.asarray(np.exp2(-paths / self.sample_path), dtype=np.float64)

    def score(self, rows: FloatMatrix) -> list[AnomalyScore]:
        """Score each of `rows` (n, d), in their order.

        Isolation alone cannot reach a fixed threshold such as 0.95 (on 256 rows a tree it ends
        at 0.935), so it is scaled to max(0, erf((isolation - centre) / (spread sqrt 2))): Kriegel,
        Kröger, Schubert, Zimek, "Interpreting and Unifying Outlier Scores", SDM 2011. The order
        of the rows stays that of isolation.

        Raises:
            InputBoundsError: a value is not finite, or a row is not `columns` wide.
        """
        return [
            AnomalyScore(row=row, score=self._scaled(isolation), isolation=isolation)
            for row, isolation in enumerate(self.isolation(rows).tolist())
        ]

    def influences(self, row: FloatVector) -> FloatVector:
        """Tell how much each value of `row` (d,) adds to its isolation.

        Returns:
            (d,) the isolation lost when that value alone is set to the training rows' median.

        Raises:
            InputBoundsError: a value is not finite, or the row is not `columns` wide.
        """
        observed = finite_matrix(row[np.newaxis], columns=self.columns, name="observations")
        altered = np.where(np.eye(self.columns, dtype=bool), self.typical, observed)
        isolation = self.isolation(np.vstack([observed, altered]))
        return np.asarray(isolation[0] - isolation[1:], dtype=np.float64)

    def to_arrays(self) -> dict[str, IntVector | FloatVector]:
        """Return the forest as named arrays, ready for safetensors."""
        return {
            "calibration": np.array([self.sample_path, self.centre, self.spread]),
            "typical": self.typical,
            "roots": self.trees.roots,
            **{name: getattr(self.trees, name) for name in _NODE_ARRAYS},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """Rebuild a forest from the arrays of `to_arrays`, which may have been tampered with.

        Raises:
            ModelStoreError: an array is missing, unknown, of the wrong kind or length, or the
                nodes do not form trees that every walk leaves.
        """
        _check_kinds(arrays)
        ints = {name: arrays[name].astype(np.int64) for name in ("roots", "feature")}
        left, right = arrays["left"].astype(np.int64), arrays["right"].astype(np.int64)
        sample_path, centre, spread = arrays["calibration"].astype(np.float64).tolist()
        _check_range("roots", ints["roots"], 0, len(left) - 1)
        _check_range("feature", ints["feature"], 0, len(arrays["typical"]) - 1)
        _check_children(left, right)
        if sample_path <= 0 or spread < 0:
            raise ModelStoreError(f"calibration {sample_path}, {spread} is not that of a forest")
        trees = Trees(
            **ints,
            threshold=arrays["threshold"].astype(np.float64),
            left=left,
            right=right,
            path_length=arrays["path_length"].astype(np.float64),
            depth=steps_to_deepest(ints["roots"], left, right),
        )
        return cls(
            trees=trees,
            typical=arrays["typical"].astype(np.float64),
            sample_path=sample_path,
            centre=centre,
            spread=spread,
        )

    def _scaled(self, isolation: float) -> float:
        """Scale one isolation score to [0, 1] by the training rows' mean and deviation."""
        excess = isolation - self.centre
        if self.spread == 0.0:
            return float(excess > np.finfo(np.float32).eps)
        return max(0.0, math.erf(excess / (self.spread * math.sqrt(2.0))))


class _FittedTree(Protocol):
    """What is read of scikit-learn's `Tree`."""

    node_count: int
    feature: IntVector
    threshold: FloatVector
    children_left: IntVector
    children_right: IntVector
    n_node_samples: IntVector


def _single_precision(rows: FloatMatrix, *, columns: int | None) -> NDArray[np.float32]:
    """Check `rows` (n, d) and round them as scikit-learn does before it compares."""
    matrix = finite_matrix(rows, columns=columns, name="observations")
    if float(np.abs(matrix).max()) > _FLOAT32_MAX:
        raise InputBoundsError(f"observations: a value is beyond ±{_FLOAT32_MAX:.4g}")
    return matrix.astype(np.float32)


def _training_rows(
    rows: FloatMatrix, *, trees: int, sample_size: int
) -> tuple[NDArray[np.float32], int]:
    """Check what a forest is made from; return the rows and how many of them a tree gets."""
    matrix = _single_precision(rows, columns=None)
    if len(matrix) < LEAST or sample_size < LEAST or trees < 1:
        raise InputBoundsError(
            "an isolation forest needs 2 rows, 2 rows a tree and 1 tree at least; got "
            f"{len(matrix)}, {sample_size} and {trees}"
        )
    return matrix, min(sample_size, len(matrix))


def _export(fitted: Iterable[_FittedTree]) -> Trees:
    """Lay scikit-learn's trees one after the other, leaves pointing to themselves."""
    parts: list[tuple[IntVector, FloatVector, IntVector, IntVector, FloatVector]] = []
    roots: list[int] = []
    offset = 0
    for tree in fitted:
        own = np.arange(tree.node_count, dtype=np.int64)
        leaf = tree.children_left < 0
        left = np.where(leaf, own, tree.children_left)
        right = np.where(leaf, own, tree.children_right)
        path_length = node_depths(left, right) + unbuilt_depth(tree.n_node_samples)
        feature = np.where(leaf, 0, tree.feature).astype(np.int64)
        parts.append((feature, tree.threshold, left + offset, right + offset, path_length))
        roots.append(offset)
        offset += tree.node_count
    feature, threshold, left, right, path_length = (
        np.concatenate(arrays) for arrays in zip(*parts, strict=True)
    )
    first = np.array(roots, dtype=np.int64)
    return Trees(
        roots=first,
        feature=feature,
        threshold=threshold,
        left=left,
        right=right,
        path_length=path_length,
        depth=steps_to_deepest(first, left, right),
    )


def _check_kinds(arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Refuse wrong names, kinds, lengths and values that are not finite."""
    if arrays.keys() != _ARRAY_KINDS.keys():
        raise ModelStoreError(f"a forest has arrays {sorted(_ARRAY_KINDS)}, not {sorted(arrays)}")
    nodes = arrays["feature"].size
    lengths = {**dict.fromkeys(_NODE_ARRAYS, nodes), "calibration": 3}
    for name, kind in _ARRAY_KINDS.items():
        array = arrays[name]
        expected = lengths.get(name, array.size)
        if array.dtype.kind != kind or array.shape != (expected,) or not array.size:
            raise ModelStoreError(f"array {name} is {array.dtype} {array.shape}")
        if not np.isfinite(array.astype(np.float64)).all():
            raise ModelStoreError(f"array {name} holds a value that is not finite")


def _check_range(name: str, array: IntVector, low: int, high: int) -> None:
    """Refuse an index outside [low, high]."""
    if int(array.min()) < low or int(array.max()) > high:
        raise ModelStoreError(f"array {name} leaves [{low}, {high}]")


def _check_children(left: IntVector, right: IntVector) -> None:
    """Refuse children that lead outside or back, on which a walk would not end at a leaf."""
    own = np.arange(len(left))
    leaf = (left == own) & (right == own)
    forward = (left > own) & (right > own) & (left < len(own)) & (right < len(own))
    if not (leaf | forward).all():
        raise ModelStoreError("a child index leads outside the forest or back to its root")
