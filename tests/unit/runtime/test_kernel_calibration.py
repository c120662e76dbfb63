"""Confidences are honest: they agree with a known library, with closed forms, with outcomes."""

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.calibration import IsotonicCalibrator, reliability


def bools(*values):
    return np.array(values, dtype=bool)


def floats(*values):
    return np.array(values, dtype=float)


def drawn_cases(count, seed):
    """Scores whose true chance is a logistic curve of them."""
    generator = np.random.default_rng(seed)
    scores = generator.normal(0.0, 3.0, count)
    chance = 1.0 / (1.0 + np.exp(-1.2 * scores))
    return scores, generator.random(count) < chance, chance


def test_blocks_agree_with_scikit_learns_isotonic_regression():
    from sklearn.isotonic import IsotonicRegression

    scores, outcomes, _ = drawn_cases(400, seed=1)
    fitted = IsotonicCalibrator.fit(scores, outcomes, prior_strength=1e-9)
    reference = IsotonicRegression().fit(scores, outcomes.astype(float)).predict(scores)
    expected = sorted(set(np.round(reference, 6).tolist()))
    assert np.round(fitted.probabilities, 6).tolist() == pytest.approx(expected, abs=2e-6)
    for value, centre in zip(expected, fitted.centres, strict=True):
        block = scores[np.abs(reference - value) < 1e-5]
        assert centre == pytest.approx(block.mean())


def test_two_separate_groups_get_the_posterior_of_their_counts():
    # low: 1 of 4 true; high: 3 of 4 true; overall share 0.5, prior strength 2 -> one case of each
    scores = floats(1, 1, 1, 1, 5, 5, 5, 5)
    outcomes = bools(0, 0, 0, 1, 1, 1, 1, 0)
    fitted = IsotonicCalibrator.fit(scores, outcomes)
    assert fitted.centres.tolist() == [1.0, 5.0]
    assert fitted.probabilities.tolist() == pytest.approx([2 / 6, 4 / 6])
    spread = np.sqrt(2 * 4 / (6 * 6 * 7))  # deviation of Beta(2, 4)
    assert fitted.deviations.tolist() == pytest.approx([spread, spread])


def test_an_uneven_share_pulls_little_evidence_towards_itself():
    fitted = IsotonicCalibrator.fit(floats(0, 1, 2, 3), bools(0, 0, 0, 1), prior_strength=4.0)
    # share 0.25: prior Beta(1, 3); three false -> 1/7, one true -> 2/5
    assert fitted.probabilities.tolist() == pytest.approx([1 / 7, 2 / 5])
    assert fitted.centres.tolist() == [1.0, 3.0]


def test_blocks_whose_posterior_would_fall_are_pooled():
    # frequencies 0/1, 1/12, 1/1 rise, but with a prior of 20 cases of which 20/7 are true the
    # posteriors are 0.136, 0.121, 0.184: the first two must become one block of 1/13
    scores = floats(0, *range(1, 13), 20)
    outcomes = bools(0, 1, *([0] * 11), 1)
    fitted = IsotonicCalibrator.fit(scores, outcomes, prior_strength=20.0)
    true = 20 / 7
    assert fitted.probabilities.tolist() == pytest.approx([(1 + true) / 33, (1 + true) / 21])
    assert fitted.centres.tolist() == [6.0, 20.0]


def test_scores_that_rank_backwards_become_one_block_with_the_overall_share():
    fitted = IsotonicCalibrator.fit(floats(1, 2, 3, 4), bools(1, 1, 0, 0))
    assert fitted.probabilities.tolist() == [0.5]
    assert fitted.centres.tolist() == [2.5]


def test_confidence_is_interpolated_between_centres_and_constant_beyond():
    calibrator = IsotonicCalibrator(
        centres=floats(0, 10), probabilities=floats(0.2, 0.8), deviations=floats(0.1, 0.3)
    )
    answer = calibrator.confidence(floats(-5, 0, 5, 10, 99))
    assert answer.probability.tolist() == pytest.approx([0.2, 0.2, 0.5, 0.8, 0.8])
    assert answer.deviation.tolist() == pytest.approx([0.1, 0.1, 0.2, 0.3, 0.3])


def test_a_higher_score_never_means_a_lower_confidence():
    scores, outcomes, _ = drawn_cases(300, seed=2)
    fitted = IsotonicCalibrator.fit(scores, outcomes)
    answer = fitted.confidence(np.linspace(-9, 9, 2000))
    assert (np.diff(answer.probability) >= 0).all()
    assert answer.probability.min() > 0
    assert answer.probability.max() < 1


def test_calibrated_confidences_come_true_on_fresh_cases():
    scores, outcomes, _ = drawn_cases(2000, seed=3)
    fresh_scores, fresh_outcomes, fresh_chance = drawn_cases(4000, seed=4)
    answer = IsotonicCalibrator.fit(scores, outcomes).confidence(fresh_scores)
    assert reliability(answer.probability, fresh_outcomes).expected_error < 0.04
    misses = np.abs(answer.probability - fresh_chance)
    assert misses.mean() < 0.04
    assert (misses < 3 * answer.deviation).mean() > 0.9  # the deviation is honest too


def test_more_evidence_narrows_the_deviation():
    narrow, wide = (
        IsotonicCalibrator.fit(
            np.repeat(floats(0, 1), 2 * n), np.tile(np.repeat(bools(0, 1), n), 2)
        ).deviations.max()
        for n in (100, 2)
    )
    assert narrow < wide / 4


@pytest.mark.negative
@pytest.mark.parametrize(
    ("scores", "outcomes", "message"),
    [
        (floats(1, 2), bools(1, 1), "cases that came true and cases that did not"),
        (floats(1, 2), bools(0, 0), "cases that came true and cases that did not"),
        (floats(1, 2), bools(1), "expected 2 outcomes of type bool"),
        (floats(1, 2), np.array([0, 1]), "expected 2 outcomes of type bool"),
        (floats(1, np.nan), bools(0, 1), "calibration scores is not finite"),
        (floats(), bools(), "calibration scores must be a vector"),
    ],
)
def test_unusable_calibration_cases_are_refused(scores, outcomes, message):
    with pytest.raises(InputBoundsError, match=message):
        IsotonicCalibrator.fit(scores, outcomes)


@pytest.mark.negative
@pytest.mark.parametrize("strength", [0.0, -1.0, float("nan"), float("inf")])
def test_a_prior_without_positive_strength_is_refused(strength):
    with pytest.raises(InputBoundsError, match="prior strength must be above 0"):
        IsotonicCalibrator.fit(floats(0, 1), bools(0, 1), prior_strength=strength)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"centres": floats(1, 1)}, "centres must rise"),
        ({"probabilities": floats(0.5, 0.4)}, "probabilities must not fall"),
        ({"probabilities": floats(-0.1, 0.4)}, r"probabilities must be within 0..1"),
        ({"probabilities": floats(0.1, 1.1)}, r"probabilities must be within 0..1"),
        ({"deviations": floats(0.1, 0.6)}, r"deviations must be within 0..0.5"),
        ({"deviations": floats(-0.1, 0.5)}, r"deviations must be within 0..0.5"),
        ({"deviations": floats(0.1)}, "deviations has 1 values; 2 are demanded"),
        ({"probabilities": floats(0.1)}, "probabilities has 1 values; 2 are demanded"),
    ],
)
def test_a_damaged_map_is_refused(change, message):
    sound = {
        "centres": floats(0, 1),
        "probabilities": floats(0.0, 1.0),
        "deviations": floats(0.0, 0.5),
    }
    IsotonicCalibrator(**sound)
    with pytest.raises(InputBoundsError, match=message):
        IsotonicCalibrator(**{**sound, **change})


def test_level_probabilities_are_accepted():
    level = IsotonicCalibrator(
        centres=floats(0, 1), probabilities=floats(0.4, 0.4), deviations=floats(0.1, 0.1)
    )
    assert level.confidence(floats(0.3)).probability.tolist() == [0.4]


@pytest.mark.negative
def test_scores_that_are_not_finite_have_no_confidence():
    calibrator = IsotonicCalibrator.fit(floats(0, 1), bools(0, 1))
    with pytest.raises(InputBoundsError, match="scores is not finite"):
        calibrator.confidence(floats(np.inf))


class TestReliability:
    def test_figures_agree_with_hand_computed_ones(self):
        report = reliability(floats(0.1, 0.3, 0.6, 1.0), bools(0, 1, 1, 1), bins=2)
        low, high = report.bins
        assert (low.low, low.high, low.count) == (0.0, 0.5, 2)
        assert (high.low, high.high, high.count) == (0.5, 1.0, 2)
        assert (low.mean_probability, low.true_share) == pytest.approx((0.2, 0.5))
        assert (high.mean_probability, high.true_share) == pytest.approx((0.8, 1.0))
        assert report.expected_error == pytest.approx(0.5 * 0.3 + 0.5 * 0.2)
        assert report.brier == pytest.approx((0.01 + 0.49 + 0.16 + 0.0) / 4)
        assert report.count == 4

    def test_bins_weigh_by_their_cases(self):
        report = reliability(floats(0.0, 1.0, 1.0, 1.0), bools(1, 1, 1, 1))
        assert report.expected_error == pytest.approx(0.25)

    def test_empty_bins_are_left_out_and_an_edge_belongs_to_the_upper_bin(self):
        report = reliability(floats(0.0, 0.5, 1.0), bools(0, 0, 1))
        assert [(b.low, b.count) for b in report.bins] == [(0.0, 1), (0.5, 1), (0.9, 1)]

    def test_perfect_promises_have_no_error(self):
        report = reliability(floats(0, 0, 1), bools(0, 0, 1))
        assert (report.expected_error, report.brier) == (0.0, 0.0)

    @pytest.mark.negative
    @pytest.mark.parametrize(
        ("probabilities", "outcomes", "bins", "message"),
        [
            (floats(1.1), bools(1), 10, "probabilities must be within 0..1"),
            (floats(-0.1), bools(1), 10, "probabilities must be within 0..1"),
            (floats(0.5), bools(1), 0, "at least 1 bin, not 0"),
            (floats(0.5), bools(1, 0), 10, "expected 1 outcomes"),
            (floats(np.nan), bools(1), 10, "not finite"),
        ],
    )
    def test_impossible_arguments_are_refused(self, probabilities, outcomes, bins, message):
        with pytest.raises(InputBoundsError, match=message):
            reliability(probabilities, outcomes, bins=bins)

    def test_one_bin_is_enough(self):
        assert reliability(floats(0.2, 0.4), bools(0, 1), bins=1).expected_error == pytest.approx(
            0.2
        )
