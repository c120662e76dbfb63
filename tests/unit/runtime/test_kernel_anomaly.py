"""The exported isolation forest agrees with scikit-learn and refuses what it cannot score."""

import itertools
import math
import time

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError, ModelStoreError
from agent_runtime.kernels.anomaly import IsolationForest
from safetensors.numpy import load, save

SEED = 20251212
FLOAT32_MAX = float(np.finfo(np.float32).max)


def ordinary_rows(count: int = 400, columns: int = 5, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, columns))


@pytest.fixture(scope="module")
def forest() -> IsolationForest:
    return IsolationForest.fit(ordinary_rows(), seed=SEED)


@pytest.mark.parametrize(
    ("rows", "columns", "trees", "sample_size"),
    [(400, 5, 100, 256), (60, 3, 25, 256), (300, 1, 10, 2), (2, 2, 3, 256), (500, 8, 40, 64)],
)
def test_isolation_equals_scikit_learn(rows, columns, trees, sample_size):
    from sklearn.ensemble import IsolationForest as Reference

    training = ordinary_rows(rows, columns)
    probes = np.vstack([ordinary_rows(200, columns, seed=2) * 3.0, training])
    reference = Reference(
        n_estimators=trees, max_samples=min(sample_size, rows), random_state=SEED
    ).fit(training.astype(np.float32))
    ours = IsolationForest.fit(training, seed=SEED, trees=trees, sample_size=sample_size)
    expected = -reference.score_samples(probes.astype(np.float32))
    np.testing.assert_allclose(ours.isolation(probes), expected, rtol=0.0, atol=1e-9)


def test_isolation_follows_the_closed_form_on_two_rows_a_tree():
    # each tree parts its two rows at depth 1, and c(2) = 1
    forest = IsolationForest.fit(np.array([[0.0], [1.0]]), seed=SEED, trees=4, sample_size=2)
    single = forest.trees.path_length[forest.trees.left == np.arange(len(forest.trees.left))]
    assert forest.sample_path == 1.0
    assert set(single.tolist()) <= {1.0}
    assert forest.isolation(np.array([[0.0], [1.0]])).tolist() == [0.5, 0.5]


def test_mean_path_of_256_rows_is_equation_1(forest):
    expected = 2.0 * (math.log(255.0) + 0.5772156649015329) - 2.0 * 255.0 / 256.0
    assert forest.sample_path == pytest.approx(expected, abs=1e-12)


def test_defaults_are_those_of_the_paper(forest):
    assert len(forest.trees.roots) == 100
    assert forest.trees.depth == 8  # the binary logarithm of 256 rows bounds every tree
    assert forest.columns == 5


def test_planted_outliers_rank_first(forest):
    rows = np.vstack([ordinary_rows(97, seed=3), np.full((3, 5), 9.0)])
    ranked = sorted(forest.score(rows), key=lambda score: -score.score)
    assert {score.row for score in ranked[:3]} == {97, 98, 99}


def test_scores_stay_within_bounds_and_keep_the_order_of_isolation(forest):
    rows = np.vstack([ordinary_rows(300, seed=4) * scale for scale in (0.1, 1.0, 10.0)])
    scores = forest.score(rows)
    assert [score.row for score in scores] == list(range(900))
    assert all(0.0 <= score.score <= 1.0 for score in scores)
    by_isolation = sorted(scores, key=lambda score: score.isolation)
    assert all(low.score <= high.score for low, high in itertools.pairwise(by_isolation))


def test_score_is_the_gaussian_scaling_of_isolation(forest):
    isolation = forest.isolation(ordinary_rows())
    assert forest.centre == pytest.approx(float(isolation.mean()), abs=1e-12)
    assert forest.spread == pytest.approx(float(isolation.std()), abs=1e-12)
    for score in forest.score(ordinary_rows(50, seed=5)):
        z = (score.isolation - forest.centre) / forest.spread
        assert score.score == pytest.approx(max(0.0, math.erf(z / math.sqrt(2.0))), abs=1e-12)


def test_threshold_0_95_is_crossed_by_a_far_row_and_not_by_an_ordinary_one(forest):
    far, ordinary = forest.score(np.array([[9.0] * 5, [0.0] * 5]))
    assert far.score > 0.95
    assert far.isolation < 0.935  # the reason for the scaling: isolation alone never reaches 0.95
    assert ordinary.score < 0.05


def test_influences_name_the_value_that_isolates_a_row(forest):
    row = np.array([0.0, 0.0, 8.0, 0.0, 0.0])
    influences = forest.influences(row)
    assert int(np.argmax(influences)) == 2
    assert influences[2] > 10.0 * np.abs(np.delete(influences, 2)).max()


def test_an_influence_is_the_isolation_lost_at_the_training_median(forest):
    row = np.array([1.0, -2.0, 3.0, 0.5, 0.0])
    medians = np.median(ordinary_rows().astype(np.float32).astype(np.float64), axis=0)
    np.testing.assert_array_equal(forest.typical, medians)
    whole = forest.isolation(row[np.newaxis])[0]
    for column in range(5):
        altered = row.copy()
        altered[column] = medians[column]
        lost = whole - forest.isolation(altered[np.newaxis])[0]
        assert forest.influences(row)[column] == pytest.approx(lost, abs=1e-15)


@pytest.mark.negative
def test_influences_refuse_what_a_score_refuses(forest):
    with pytest.raises(InputBoundsError, match="not finite"):
        forest.influences(np.array([0.0, 0.0, math.nan, 0.0, 0.0]))
    with pytest.raises(InputBoundsError, match="4 columns; 5 are demanded"):
        forest.influences(np.zeros(4))


def test_equal_training_rows_make_a_forest_without_spread():
    forest = IsolationForest.fit(np.ones((10, 2)), seed=SEED)
    assert forest.trees.depth == 0
    assert forest.spread == 0.0
    assert [score.score for score in forest.score(np.array([[1.0, 1.0], [7.0, 7.0]]))] == [0.0, 0.0]


def test_without_spread_only_what_exceeds_the_centre_is_anomalous():
    from dataclasses import replace

    level = IsolationForest.fit(np.array([[0.0], [1.0]]), seed=SEED, sample_size=2)
    probe = np.array([[0.0]])
    assert replace(level, centre=0.5, spread=0.0).score(probe)[0].score == 0.0
    assert replace(level, centre=0.4999, spread=0.0).score(probe)[0].score == 1.0


def test_same_seed_gives_the_same_bytes_and_another_seed_does_not():
    def saved(seed: int) -> bytes:
        return save(IsolationForest.fit(ordinary_rows(), seed=seed, trees=5).to_arrays())

    assert saved(1) == saved(1)
    assert saved(1) != saved(2)


def test_a_single_row_takes_well_under_a_millisecond(forest):
    row = ordinary_rows(1)
    forest.score(row)
    durations = []
    for _ in range(50):
        began = time.thread_time()
        forest.score(row)
        durations.append(time.thread_time() - began)
    assert min(durations) < 0.001


def test_rows_beyond_one_chunk_score_like_single_rows(forest):
    rows = np.vstack([ordinary_rows(4097, seed=6)])
    whole = forest.isolation(rows)
    assert len(whole) == 4097
    for row in (0, 4095, 4096):
        assert whole[row] == forest.isolation(rows[row : row + 1])[0]


def test_a_forest_survives_safetensors(forest):
    again = IsolationForest.from_arrays(load(save(forest.to_arrays())))
    probes = ordinary_rows(64, seed=7)
    assert again.score(probes) == forest.score(probes)
    assert again.trees.depth == forest.trees.depth


@pytest.mark.negative
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_refused(forest, bad):
    rows = ordinary_rows(2)
    rows[1, 3] = bad
    with pytest.raises(InputBoundsError, match="observations is not finite"):
        forest.score(rows)
    with pytest.raises(InputBoundsError, match="observations is not finite"):
        IsolationForest.fit(rows, seed=SEED)


@pytest.mark.negative
@pytest.mark.parametrize("width", [4, 6])
def test_a_row_of_the_wrong_width_is_refused(forest, width):
    with pytest.raises(InputBoundsError, match=f"{width} columns; 5 are demanded"):
        forest.score(np.zeros((1, width)))


@pytest.mark.negative
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_value_beyond_single_precision_is_refused(forest, sign):
    edge = np.zeros((1, 5))
    edge[0, 2] = sign * FLOAT32_MAX
    assert 0.0 <= forest.score(edge)[0].score <= 1.0
    edge[0, 2] = sign * FLOAT32_MAX * 1.01
    with pytest.raises(InputBoundsError, match="observations: a value is beyond"):
        forest.score(edge)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("count", "trees", "sample_size"), [(1, 10, 256), (10, 0, 256), (10, 10, 1)]
)
def test_too_little_to_build_a_tree_of_is_refused(count, trees, sample_size):
    with pytest.raises(InputBoundsError, match="an isolation forest needs 2 rows") as refused:
        IsolationForest.fit(ordinary_rows(count), seed=SEED, trees=trees, sample_size=sample_size)
    assert f"got {count}, {sample_size} and {trees}" in str(refused.value)


def tampered(forest: IsolationForest, name: str, index: int, value: float) -> dict:
    arrays = {key: array.copy() for key, array in forest.to_arrays().items()}
    arrays[name][index] = value
    return arrays


@pytest.mark.negative
@pytest.mark.parametrize(
    ("name", "index", "value", "message"),
    [
        ("feature", 0, 5, r"array feature leaves \[0, 4\]"),
        ("feature", 0, -1, "array feature leaves"),
        ("roots", 0, -1, "array roots leaves"),
        ("roots", 0, 10**6, "array roots leaves"),
        ("left", 0, 0, "child index"),
        ("right", 0, 0, "child index"),
        ("left", 5, 0, "child index"),
        ("left", 0, 10**6, "child index"),
        ("right", 0, 10**6, "child index"),
        ("calibration", 0, 0.0, "calibration"),
        ("calibration", 2, -0.1, "calibration"),
        ("threshold", 0, math.nan, "array threshold holds a value that is not finite"),
        ("path_length", 0, math.inf, "array path_length holds a value that is not finite"),
    ],
)
def test_tampered_arrays_are_refused(forest, name, index, value, message):
    with pytest.raises(ModelStoreError, match=message):
        IsolationForest.from_arrays(tampered(forest, name, index, value))


@pytest.mark.negative
def test_a_child_one_past_the_last_node_is_refused(forest):
    last = len(forest.trees.left)
    for name in ("left", "right"):
        with pytest.raises(ModelStoreError, match="child index"):
            IsolationForest.from_arrays(tampered(forest, name, 0, last))
    with pytest.raises(ModelStoreError, match="roots leaves"):
        IsolationForest.from_arrays(tampered(forest, "roots", 0, last))


@pytest.mark.negative
def test_arrays_of_another_model_are_refused(forest):
    arrays = forest.to_arrays()
    with pytest.raises(ModelStoreError, match="a forest has arrays"):
        IsolationForest.from_arrays({name: arrays[name] for name in arrays if name != "left"})
    with pytest.raises(ModelStoreError, match="a forest has arrays"):
        IsolationForest.from_arrays({**arrays, "extra": arrays["left"]})


@pytest.mark.negative
@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("left", np.zeros(3, dtype=np.int64)),
        ("left", np.zeros((3, 1), dtype=np.int64)),
        ("threshold", np.zeros(3, dtype=np.int64)),
        ("feature", np.zeros(3)),
        ("roots", np.zeros(0, dtype=np.int64)),
        ("roots", np.zeros((1, 1), dtype=np.int64)),
        ("typical", np.zeros((5, 1))),
        ("typical", np.zeros(0)),
        ("calibration", np.ones(2)),
    ],
)
def test_arrays_of_another_kind_or_length_are_refused(forest, name, array):
    with pytest.raises(ModelStoreError, match=r"array \w+ is \w+ \("):
        IsolationForest.from_arrays({**forest.to_arrays(), name: array})
