"""Drift figures agree with scipy and closed forms; drift is a large and significant change."""

import math

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.drift import (
    DriftThresholds,
    binned_kl,
    compare,
    gaussian_kl,
    kl_divergence,
    kolmogorov_smirnov,
    population_stability_index,
)


def normal(count: int, mean: float = 0.0, scale: float = 1.0, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, scale, size=count)


def halves(low: int, high: int) -> np.ndarray:
    """`low` zeros and `high` ones."""
    return np.array([0.0] * low + [1.0] * high)


def test_psi_and_kl_of_two_bins_follow_the_formula():
    before, after = halves(50, 50), halves(80, 20)
    p = (50.5 / 101.0, 50.5 / 101.0)
    q = (80.5 / 101.0, 20.5 / 101.0)
    expected = sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))
    assert population_stability_index(before, after, bins=2) == pytest.approx(expected, abs=1e-12)
    forward = sum(b * math.log(b / a) for a, b in zip(p, q, strict=True))
    assert binned_kl(before, after, bins=2) == pytest.approx(forward, abs=1e-12)


def test_ten_quantile_bins_are_the_default():
    before, after = normal(500), normal(500, 0.4, seed=2)
    edges = np.quantile(before, np.arange(1, 10) / 10)
    p = (np.bincount(np.searchsorted(edges, before), minlength=10) + 0.5) / 505.0
    q = (np.bincount(np.searchsorted(edges, after), minlength=10) + 0.5) / 505.0
    expected = float(np.sum((q - p) * np.log(q / p)))
    assert population_stability_index(before, after) == pytest.approx(expected, abs=1e-12)
    assert binned_kl(before, after) == pytest.approx(float(np.sum(q * np.log(q / p))), abs=1e-12)


def test_psi_is_the_sum_of_both_kl_directions():
    before, after = halves(30, 70), halves(60, 40)
    psi = population_stability_index(before, after, bins=2)
    both = binned_kl(before, after, bins=2) + binned_kl(after, before, bins=2)
    assert psi == pytest.approx(both, abs=1e-12)


def test_an_unchanged_sample_has_no_divergence():
    sample = normal(200)
    assert population_stability_index(sample, sample) == 0.0
    assert binned_kl(sample, sample) == 0.0
    assert kolmogorov_smirnov(sample, sample).statistic == 0.0
    assert kolmogorov_smirnov(sample, sample).p_value == 1.0


@pytest.mark.parametrize("bins", [2, 10])
@pytest.mark.parametrize(("low", "high"), [(30, 70), (70, 30), (5, 95), (95, 5)])
def test_a_flag_that_changes_its_share_is_seen(low, high, bins):
    before, after = halves(low, high), halves(high, low)
    p, q = (low + 0.5) / 101.0, (high + 0.5) / 101.0
    expected = 2.0 * abs(p - q) * abs(math.log(p / q))
    assert population_stability_index(before, after, bins=bins) == pytest.approx(expected, rel=1e-9)


def test_a_frequent_value_in_the_middle_does_not_hide_its_lower_neighbours():
    before = np.concatenate([np.linspace(0.0, 0.4, 10), np.full(80, 0.5), np.linspace(0.6, 1, 10)])
    after = np.concatenate([np.linspace(0.0, 0.4, 50), np.full(40, 0.5), np.linspace(0.6, 1, 10)])
    assert population_stability_index(before, after) > 0.5


def test_a_value_that_holds_just_two_quantiles_has_a_bin_of_its_own():
    before = np.concatenate([np.linspace(0.0, 0.39, 40), np.full(12, 0.5), np.linspace(0.6, 1, 48)])
    assert np.count_nonzero(np.quantile(before, np.arange(1, 10) / 10) == 0.5) == 1
    wider = np.concatenate([np.linspace(0.0, 0.39, 35), np.full(20, 0.5), np.linspace(0.6, 1, 45)])
    assert np.count_nonzero(np.quantile(wider, np.arange(1, 10) / 10) == 0.5) == 2
    after = np.concatenate([np.full(20, 0.39), wider[:35], wider[55:]])
    assert population_stability_index(wider, after) > 0.9


def test_an_empty_bin_stays_finite():
    assert math.isfinite(population_stability_index(normal(100), normal(100, 50.0)))


def test_kl_divergence_agrees_with_scipy():
    from scipy.stats import entropy

    rng = np.random.default_rng(3)
    p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
    assert kl_divergence(p, q) == pytest.approx(float(entropy(p, q)), abs=1e-12)


def test_kl_divergence_of_outcomes_never_seen_and_ruled_out():
    assert kl_divergence(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(math.log(2.0))
    assert kl_divergence(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == math.inf


@pytest.mark.parametrize(("first", "second"), [(400, 400), (1000, 250), (77, 501)])
@pytest.mark.parametrize("shift", [0.0, 0.15, 0.6])
def test_kolmogorov_smirnov_agrees_with_scipy(first, second, shift):
    from scipy.stats import ks_2samp, kstwobign

    left, right = normal(first), normal(second, shift, seed=9)
    ours = kolmogorov_smirnov(left, right)
    reference = ks_2samp(left, right)
    assert ours.statistic == pytest.approx(float(reference.statistic), abs=1e-12)
    x = ours.statistic * math.sqrt(first * second / (first + second))
    assert ours.p_value == pytest.approx(float(kstwobign.sf(x)), abs=1e-9)
    assert ours.p_value == pytest.approx(float(reference.pvalue), abs=0.03)


def test_kolmogorov_smirnov_of_disjoint_samples_is_one():
    ks = kolmogorov_smirnov(np.zeros(50), np.ones(50))
    assert ks.statistic == 1.0
    assert ks.p_value == pytest.approx(2.0 * math.exp(-50.0), rel=1e-9)


def test_kolmogorov_smirnov_counts_ties_once():
    ks = kolmogorov_smirnov(halves(1, 3), halves(2, 2))
    assert ks.statistic == 0.25


def test_a_hardly_visible_gap_is_pure_chance():
    left = np.arange(400.0)
    right = np.concatenate([np.arange(1.0, 400.0), [0.5]])
    assert kolmogorov_smirnov(left, right).p_value == 1.0


def test_gaussian_kl_follows_the_closed_form_in_one_dimension():
    before, after = normal(300, 1.0, 2.0), normal(200, 0.0, 1.0, seed=4)
    m1, s1 = before.mean(), before.std(ddof=1)
    m0, s0 = after.mean(), after.std(ddof=1)
    expected = math.log(s1 / s0) + (s0**2 + (m0 - m1) ** 2) / (2.0 * s1**2) - 0.5
    ours = gaussian_kl(before[:, np.newaxis], after[:, np.newaxis])
    assert ours == pytest.approx(expected, abs=1e-12)


def test_gaussian_kl_sees_a_changed_correlation_that_single_features_hide():
    rng = np.random.default_rng(5)
    together = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], size=2000)
    apart = rng.multivariate_normal([0, 0], [[1, -0.9], [-0.9, 1]], size=2000)
    assert compare(together, apart, names=["a", "b"]).drifted == ()
    # closed form of the true covariances: 0.5 (tr - 2) with tr = 2 (1 + 0.81) / (1 - 0.81)
    assert gaussian_kl(together, apart) == pytest.approx(0.5 * (3.62 / 0.19 - 2.0), rel=0.1)


def test_gaussian_kl_adds_up_over_independent_columns():
    rng = np.random.default_rng(6)
    before, after = rng.normal(size=(500, 3)), rng.normal(0.5, 1.5, size=(400, 3))
    m1, m0 = before.mean(axis=0), after.mean(axis=0)
    c1, c0 = np.cov(before, rowvar=False), np.cov(after, rowvar=False)
    inverse = np.linalg.inv(c1)
    expected = 0.5 * (
        np.trace(inverse @ c0)
        + (m1 - m0) @ inverse @ (m1 - m0)
        - 3
        + math.log(np.linalg.det(c1) / np.linalg.det(c0))
    )
    assert gaussian_kl(before, after) == pytest.approx(expected, rel=1e-9)
    assert gaussian_kl(before, before) == pytest.approx(0.0, abs=1e-12)


def test_a_shifted_feature_is_reported_with_its_figures_and_the_others_are_not():
    before = np.column_stack([normal(600, seed=1), normal(600, seed=2)])
    after = np.column_stack([normal(600, 1.0, seed=3), normal(600, seed=4)])
    report = compare(before, after, names=["price", "weight"])
    assert report.drifted == ("price",)
    price, weight = report.features
    assert price.drifted
    assert not weight.drifted
    assert price.psi == population_stability_index(before[:, 0], after[:, 0])
    assert price.kl == binned_kl(before[:, 0], after[:, 0])
    assert price.ks == kolmogorov_smirnov(before[:, 0], after[:, 0])
    assert report.largest_kl == price.kl
    (reason,) = report.reasons()
    assert reason == (
        f"price: psi {price.psi:.4g} > 0.2; kl {price.kl:.4g} > 0.1; ks p {price.ks.p_value:.3g}"
    )


def test_a_large_change_of_a_small_sample_is_not_drift():
    before, after = normal(12, seed=1)[:, np.newaxis], normal(12, seed=2)[:, np.newaxis]
    report = compare(before, after, names=["x"])
    assert report.features[0].psi > 0.2
    assert report.features[0].ks.p_value > 0.01
    assert report.drifted == ()
    assert report.reasons() == ()


def test_a_significant_change_of_a_large_sample_is_not_drift_if_it_is_small():
    before, after = normal(20000, seed=1), normal(20000, 0.06, seed=2)
    report = compare(before[:, np.newaxis], after[:, np.newaxis], names=["x"])
    assert report.features[0].ks.p_value < 0.01
    assert report.drifted == ()


def figures(low: int = 50, high: int = 50) -> tuple[np.ndarray, np.ndarray]:
    return halves(50, 50)[:, np.newaxis], halves(low, high)[:, np.newaxis]


@pytest.mark.parametrize("label", ["psi", "kl"])
def test_a_figure_exactly_at_its_threshold_is_not_large(label):
    before, after = figures(80, 20)
    generous = DriftThresholds(psi=99.0, kl=99.0, bins=2)
    value = getattr(compare(before, after, names=["x"], thresholds=generous).features[0], label)
    others = {"psi": 99.0, "kl": 99.0, "bins": 2}
    at = DriftThresholds(**{**others, label: value})
    below = DriftThresholds(**{**others, label: value * 0.999})
    assert compare(before, after, names=["x"], thresholds=at).drifted == ()
    report = compare(before, after, names=["x"], thresholds=below)
    assert report.drifted == ("x",)
    assert report.features[0].reasons[0].startswith(f"{label} ")
    assert len(report.features[0].reasons) == 2


def test_the_significance_is_shared_among_the_features_of_a_report():
    before, after = figures(80, 20)
    p_value = kolmogorov_smirnov(before[:, 0], after[:, 0]).p_value
    alone = DriftThresholds(psi=0.1, significance=p_value * 1.5, bins=2)
    assert compare(before, after, names=["x"], thresholds=alone).drifted == ("x",)
    twice = (np.hstack([before, before]), np.hstack([after, after]))
    assert compare(*twice, names=["x", "y"], thresholds=alone).drifted == ()
    at = DriftThresholds(psi=0.1, significance=p_value, bins=2)
    assert compare(before, after, names=["x"], thresholds=at).drifted == ()


def test_usual_thresholds():
    usual = compare(*figures(), names=["x"]).thresholds
    assert (usual.psi, usual.kl, usual.significance, usual.bins) == (0.2, 0.1, 0.01, 10)


@pytest.mark.negative
@pytest.mark.parametrize(
    "bad",
    [
        {"psi": 0.0},
        {"kl": 0.0},
        {"significance": 0.0},
        {"significance": 1.0},
        {"psi": math.nan},
        {"bins": 1},
    ],
)
def test_thresholds_that_never_or_always_fire_are_refused(bad):
    with pytest.raises(InputBoundsError, match="thresholds must be positive"):
        DriftThresholds(**bad)


@pytest.mark.negative
def test_a_report_refuses_other_widths_and_values_that_are_not_finite():
    good = np.zeros((5, 2))
    with pytest.raises(InputBoundsError, match="reference has 2 columns; 1 are demanded"):
        compare(good, good, names=["x"])
    with pytest.raises(InputBoundsError, match="current has 3 columns; 2 are demanded"):
        compare(good, np.zeros((5, 3)), names=["x", "y"])
    with pytest.raises(InputBoundsError, match="current is not finite"):
        compare(good, np.full((5, 2), math.nan), names=["x", "y"])
    with pytest.raises(InputBoundsError, match="reference has 2 columns; 0 are demanded"):
        compare(good, good, names=[])


@pytest.mark.negative
def test_samples_too_small_or_not_finite_are_refused():
    good = normal(10)
    with pytest.raises(InputBoundsError, match="current: a sample of at least 2 values"):
        population_stability_index(good, good[:1])
    with pytest.raises(InputBoundsError, match="second: a value is not finite"):
        kolmogorov_smirnov(good, np.array([1.0, math.inf]))
    with pytest.raises(InputBoundsError, match="first: a sample"):
        kolmogorov_smirnov(good[:, np.newaxis], good)
    with pytest.raises(InputBoundsError, match="1 bins"):
        population_stability_index(good, good, bins=1)
    assert population_stability_index(good[:2], good[:2], bins=2) == 0.0


@pytest.mark.negative
def test_what_is_no_distribution_is_refused():
    half = np.array([0.5, 0.5])
    with pytest.raises(InputBoundsError, match="actual: probabilities"):
        kl_divergence(np.array([-0.5, 1.5]), half)
    with pytest.raises(InputBoundsError, match="expected: probabilities"):
        kl_divergence(half, np.array([0.5, 0.6]))
    with pytest.raises(InputBoundsError, match="2 and 3 outcomes"):
        kl_divergence(half, np.array([0.5, 0.25, 0.25]))


@pytest.mark.negative
def test_gaussian_kl_refuses_what_has_no_density():
    rows = np.random.default_rng(7).normal(size=(4, 3))
    assert gaussian_kl(rows, rows) == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(InputBoundsError, match="reference: 3 rows cannot span 3 columns"):
        gaussian_kl(rows[:3], rows)
    with pytest.raises(InputBoundsError, match="current: a column is constant"):
        gaussian_kl(rows, np.column_stack([rows[:, :2], np.ones(4)]))
    with pytest.raises(InputBoundsError, match="determined by the others"):
        gaussian_kl(rows, np.column_stack([rows[:, :2], rows[:, 0] + rows[:, 1]]))
    with pytest.raises(InputBoundsError, match="current has 2 columns"):
        gaussian_kl(rows, rows[:, :2])


def test_a_column_that_never_changes_does_not_drift():
    constant = np.zeros((50, 1))
    (still,) = compare(constant, constant, names=["flag"]).features
    assert (still.kl, still.psi, still.drifted) == (0.0, 0.0, False)


def test_a_column_that_was_constant_and_moved_drifts():
    (moved,) = compare(np.zeros((50, 1)), np.ones((50, 1)), names=["flag"]).features
    assert moved.drifted
