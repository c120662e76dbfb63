"""Grown isolation trees part rows as the algorithm says, and as scikit-learn's do."""

import math
import time

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.anomaly import IsolationForest
from agent_runtime.kernels.isolation_trees import Trees, grow_trees, unbuilt_depth


def rows(count: int = 300, columns: int = 4, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, columns)).astype(np.float32)


def grown(matrix: np.ndarray, *, trees: int = 20, rows_a_tree: int | None = None, seed: int = 0):
    return grow_trees(
        matrix,
        trees=trees,
        rows_a_tree=len(matrix) if rows_a_tree is None else rows_a_tree,
        generator=np.random.default_rng(seed),
    )


def leaves_of(trees: Trees, matrix: np.ndarray, tree: int) -> np.ndarray:
    """Walk the rows down one tree, one step at a time."""
    nodes = np.full(len(matrix), trees.roots[tree])
    for _ in range(trees.depth):
        left = matrix[np.arange(len(matrix)), trees.feature[nodes]] <= trees.threshold[nodes]
        nodes = np.where(left, trees.left[nodes], trees.right[nodes])
    return nodes


@pytest.mark.positive
def test_grown_and_fitted_forests_follow_one_law():
    training = rows(1000, 5).astype(np.float64)
    probes = np.vstack([rows(300, 5, seed=2) * scale for scale in (0.5, 1.0, 3.0)])
    ours = IsolationForest.grow(training, seed=0, trees=400).isolation(probes)
    theirs = IsolationForest.fit(training, seed=0, trees=400).isolation(probes)
    again = IsolationForest.fit(training, seed=1, trees=400).isolation(probes)
    assert np.corrcoef(ours, theirs)[0, 1] > 0.995
    chance = np.abs(again - theirs).mean()
    assert np.abs(ours - theirs).mean() < 1.5 * chance
    assert abs(float((ours - theirs).mean())) < chance


def test_growing_takes_a_fraction_of_a_request():
    training = rows(256, 8).astype(np.float64)
    durations = []
    for _ in range(5):
        began = time.thread_time()
        IsolationForest.grow(training, seed=0)
        durations.append(time.thread_time() - began)
    assert min(durations) < 0.1


def test_a_full_tree_holds_each_row_in_the_leaf_its_path_length_speaks_of():
    matrix = rows(64)
    trees = grown(matrix, trees=10)
    for tree in range(10):
        leaves, counts = np.unique(leaves_of(trees, matrix, tree), return_counts=True)
        assert counts.sum() == 64
        assert (trees.left[leaves] == leaves).all()
        assert (trees.right[leaves] == leaves).all()
        whole = trees.path_length[leaves] - unbuilt_depth(counts)
        depths = np.round(whole)
        np.testing.assert_allclose(whole, depths, rtol=0.0, atol=1e-12)
        assert (counts[depths < 6] == 1).all()  # only the depth of halving leaves rows together
        assert depths.max() == 6


def test_no_child_is_empty_and_each_comes_after_its_parent():
    matrix = rows(50)
    trees = grown(matrix)
    inner = np.flatnonzero(trees.left != np.arange(len(trees.left)))
    assert (trees.left[inner] > inner).all()
    assert (trees.right[inner] == trees.left[inner] + 1).all()
    reached = np.concatenate([leaves_of(trees, matrix, tree) for tree in range(20)])
    leaves = np.flatnonzero(trees.left == np.arange(len(trees.left)))
    assert set(reached.tolist()) == set(leaves.tolist())


def test_depth_is_bounded_by_halving():
    assert grown(rows(300), rows_a_tree=256).depth == 8
    assert grown(rows(300), rows_a_tree=257).depth == 9
    assert grown(rows(2), trees=3).depth == 1


def test_two_rows_are_parted_at_once():
    trees = grown(np.array([[0.0], [1.0]], dtype=np.float32), trees=50)
    assert len(trees.left) == 150
    assert trees.path_length[50:].tolist() == [1.0] * 100
    cuts = trees.threshold[:50]
    assert ((cuts >= 0.0) & (cuts < 1.0)).all()
    assert cuts.std() == pytest.approx(1.0 / math.sqrt(12.0), rel=0.25)  # uniform on [0, 1)


def test_equal_rows_stay_together():
    trees = grown(np.ones((30, 3), dtype=np.float32), trees=5)
    assert trees.depth == 0
    assert trees.left.tolist() == [0, 1, 2, 3, 4]
    assert trees.path_length.tolist() == unbuilt_depth(np.full(5, 30)).tolist()


def test_a_feature_in_which_rows_do_not_differ_is_never_chosen():
    matrix = np.zeros((40, 6), dtype=np.float32)
    matrix[:, 4] = np.arange(40)
    trees = grown(matrix, trees=30)
    inner = trees.left != np.arange(len(trees.left))
    assert set(trees.feature[inner].tolist()) == {4}
    assert (trees.left[:30] != np.arange(30)).all()


def test_all_features_that_differ_are_chosen_equally_often():
    matrix = rows(200, 6)
    matrix[:, 1] = 0.0
    matrix[:, 3] = 0.0
    roots = grown(matrix, trees=2000).feature[:2000]
    counts = np.bincount(roots, minlength=6)
    assert counts[[1, 3]].tolist() == [0, 0]
    assert (np.abs(counts[[0, 2, 4, 5]] - 500) < 100).all()  # five standard deviations


def test_each_tree_draws_its_rows_without_replacement():
    matrix = np.arange(100, dtype=np.float32)[:, np.newaxis]
    trees = grown(matrix, trees=40, rows_a_tree=10)
    leaves = trees.left == np.arange(len(trees.left))
    depth_of_halving = 4
    alone = trees.path_length[leaves & (trees.path_length < depth_of_halving)]
    assert (alone == np.round(alone)).all()  # ten different rows: none shares a shallow leaf
    firsts = trees.threshold[:40]
    assert len(set(firsts.tolist())) == 40


def test_the_seed_decides_the_trees():
    first, again, other = (grown(rows(), seed=seed) for seed in (1, 1, 2))
    for name in ("feature", "threshold", "left", "right", "path_length"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.threshold[:20], other.threshold[:20])


def test_values_next_to_each_other_are_parted():
    low = np.float32(1.0)
    matrix = np.array([[low], [np.nextafter(low, np.float32(2.0))]], dtype=np.float32)
    trees = grown(matrix, trees=200)
    assert trees.depth == 1
    assert (leaves_of(trees, matrix, 0) == trees.left[[0]].repeat(2) + np.array([0, 1])).all()
    assert (trees.threshold[:200] < float(matrix[1, 0])).all()


def test_mean_depths_of_small_unbuilt_trees():
    expected = [0.0, 0.0, 1.0, 2.0 * (math.log(2.0) + 0.5772156649015329) - 4.0 / 3.0]
    assert unbuilt_depth(np.array([0, 1, 2, 3])).tolist() == pytest.approx(expected, abs=1e-12)


def test_a_grown_forest_survives_the_model_store():
    from safetensors.numpy import load, save

    forest = IsolationForest.grow(rows().astype(np.float64), seed=0, trees=10)
    again = IsolationForest.from_arrays(load(save(forest.to_arrays())))
    assert again.score(rows(20, seed=3)) == forest.score(rows(20, seed=3))
    assert again.trees.depth == forest.trees.depth


@pytest.mark.negative
@pytest.mark.parametrize(
    ("count", "trees", "sample_size"), [(1, 10, 256), (10, 0, 256), (10, 10, 1)]
)
def test_too_little_to_grow_a_tree_of_is_refused(count, trees, sample_size):
    with pytest.raises(InputBoundsError, match="an isolation forest needs 2 rows"):
        IsolationForest.grow(rows(count), seed=0, trees=trees, sample_size=sample_size)
