"""Isolation trees as flat arrays: grown level by level for all trees at once, walked likewise."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

IntVector = NDArray[np.int64]
FloatVector = NDArray[np.float64]

LEAST: Final = 2
"""Rows a tree: one row has no path that isolates it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Trees:
    """The nodes of t trees one after the other, m in all.

    A leaf is its own left and right child, so a walk may take more steps than its tree is deep.

    Attributes:
        roots: (t,) index of each tree's first node.
        feature: (m,) column that a node compares.
        threshold: (m,) a row goes left when its value is at most this.
        left: (m,) index of the left child, greater than the node's own unless it is a leaf.
        right: (m,) the same for the right child.
        path_length: (m,) at a leaf its depth plus the mean depth of the subtree left unbuilt
            there, in steps; not read elsewhere.
        depth: steps from a root to the deepest leaf.
    """

    roots: IntVector
    feature: IntVector
    threshold: FloatVector
    left: IntVector
    right: IntVector
    path_length: FloatVector
    depth: int

    def mean_path_length(self, rows: NDArray[np.float32]) -> FloatVector:
        """Walk `rows` (n, d) down every tree; return the mean path length (n,) in steps."""
        nodes = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        index = np.arange(len(rows))[:, np.newaxis]
        for _ in range(self.depth):
            goes_left = rows[index, self.feature[nodes]] <= self.threshold[nodes]
            nodes = np.where(goes_left, self.left[nodes], self.right[nodes])
        return np.asarray(self.path_length[nodes].mean(axis=1), dtype=np.float64)


def grow_trees(
    matrix: NDArray[np.float32],
    *,
    trees: int,
    rows_a_tree: int,
    generator: np.random.Generator,
) -> Trees:
    """Part random rows of `matrix` (n, d) by random features at random values.

    A tree ends where its rows are alone or equal, or at the depth that halving would need. Source:
    Liu, Ting, Zhou, "Isolation Forest", ICDM 2008, algorithms 1 and 2.
    """
    samples = [generator.choice(len(matrix), rows_a_tree, replace=False) for _ in range(trees)]
    rows, local = np.concatenate(samples), np.repeat(np.arange(trees), rows_a_tree)
    levels: list[_Level] = [_Level.of_leaves(0, np.full(trees, rows_a_tree), depth=0)]
    for depth in range(1, math.ceil(math.log2(rows_a_tree)) + 1):
        level = levels[-1]
        feature, low, high = _extents(matrix, rows, local, level.counts, generator)
        parents = np.flatnonzero(low < high)
        if not len(parents):
            break
        cut = low + generator.random(len(low)) * (high - low)
        cut = np.where(cut < high, cut, low)
        children = level.end + 2 * np.arange(len(parents))
        level.split(parents, feature[parents], cut[parents], children)
        kept = (low < high)[local]
        rows, local = rows[kept], local[kept]
        goes_right = matrix[rows, feature[local]] > cut[local]
        local = np.searchsorted(parents, local) * 2 + goes_right
        counts = np.bincount(local, minlength=2 * len(parents))
        levels.append(_Level.of_leaves(level.end, counts, depth=depth))
    return Trees(
        roots=np.arange(trees),
        feature=np.concatenate([level.feature for level in levels]),
        threshold=np.concatenate([level.threshold for level in levels]),
        left=np.concatenate([level.left for level in levels]),
        right=np.concatenate([level.right for level in levels]),
        path_length=np.concatenate([level.depth + unbuilt_depth(level.counts) for level in levels]),
        depth=len(levels) - 1,
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Level:
    """The nodes of one depth of all trees; `start` is the number of the first."""

    start: int
    depth: int
    counts: IntVector
    feature: IntVector
    threshold: FloatVector
    left: IntVector
    right: IntVector

    @classmethod
    def of_leaves(cls, start: int, counts: IntVector, *, depth: int) -> "_Level":
        """Make leaves that hold `counts` rows each."""
        own = start + np.arange(len(counts))
        return cls(
            start=start,
            depth=depth,
            counts=counts,
            feature=np.zeros(len(counts), dtype=np.int64),
            threshold=np.zeros(len(counts)),
            left=own.copy(),
            right=own,
        )

    @property
    def end(self) -> int:
        """Number of the first node of the next depth."""
        return self.start + len(self.counts)

    def split(
        self, parents: IntVector, feature: IntVector, cut: FloatVector, children: IntVector
    ) -> None:
        """Give some nodes two children each, `children` and the one after it."""
        self.feature[parents] = feature
        self.threshold[parents] = cut
        self.left[parents] = children
        self.right[parents] = children + 1


def _extents(
    matrix: NDArray[np.float32],
    rows: IntVector,
    local: IntVector,
    counts: IntVector,
    generator: np.random.Generator,
) -> tuple[IntVector, FloatVector, FloatVector]:
    """Choose for each node a random feature in which its rows differ, if there is one.

    Args:
        matrix: (n, d) all rows.
        rows: (k,) rows that are in the nodes of this level.
        local: (k,) the node each is in.
        counts: (m,) rows a node.
        generator: chooses.

    Returns:
        The feature of each node, and the least and greatest value of its rows therein.
    """
    order = np.argsort(local, kind="stable")
    rows, local = rows[order], local[order]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    columns = matrix.shape[1]
    feature = generator.integers(columns, size=len(counts))

    def extent() -> tuple[FloatVector, FloatVector]:
        values = matrix[rows, feature[local]].astype(np.float64)
        return np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)

    low, high = extent()
    stuck = np.flatnonzero((low == high) & (counts >= LEAST))
    others = generator.permuted(np.tile(np.arange(columns), (len(stuck), 1)), axis=1)
    for place in range(columns if len(stuck) else 0):
        still = low[stuck] == high[stuck]
        if not still.any():
            break
        feature[stuck[still]] = others[still, place]
        low, high = extent()
    return feature, low, high


def unbuilt_depth(rows: IntVector) -> FloatVector:
    """Mean depth c(n) of a tree never built over n `rows` (k,): equation 1 of Liu et al."""
    counts = rows.astype(np.float64)
    depth = np.where(counts == LEAST, 1.0, 0.0)
    many = counts > LEAST
    harmonic = np.log(counts[many] - 1.0) + np.euler_gamma
    depth[many] = 2.0 * harmonic - 2.0 * (counts[many] - 1.0) / counts[many]
    return depth


def node_depths(left: IntVector, right: IntVector) -> IntVector:
    """Depth of each node of one tree whose node 0 is the root."""
    depths = np.zeros(len(left), dtype=np.int64)
    for level, nodes in enumerate(_levels(np.array([0]), left, right)):
        depths[nodes] = level
    return depths


def steps_to_deepest(roots: IntVector, left: IntVector, right: IntVector) -> int:
    """Count the steps from `roots` to the deepest leaf."""
    return sum(1 for _ in _levels(roots, left, right)) - 1


def _levels(roots: IntVector, left: IntVector, right: IntVector) -> Iterable[IntVector]:
    """Yield the nodes of each level, from the roots down."""
    nodes = roots
    while len(nodes):
        yield nodes
        inner = nodes[left[nodes] != nodes]
        nodes = np.unique(np.concatenate([left[inner], right[inner]]))
