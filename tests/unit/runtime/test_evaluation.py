"""Candidates are called better or worse only where chance is ruled out."""

from itertools import product

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.evaluation import evaluate_accuracy
from agent_runtime.kernels.datasets import split_triples
from agent_runtime.kernels.signflip import DRAWS, EXACT_PAIRS, sign_flip_test
from agent_runtime.kernels.synthetic import structure_free
from agent_runtime.testing_links import market, models_apart, naive_run, skilled_run
from agent_runtime.validation import HoldOut

HOLD_OUT = HoldOut.of(market())


class TestSignFlip:
    def test_few_pairs_are_counted_exactly(self):
        values = np.array([3.0, 1.0, -0.5, 2.0])
        patterns = [np.dot(signs, values) for signs in product((1.0, -1.0), repeat=4)]
        share = sum(each >= values.sum() - 1e-9 for each in patterns) / len(patterns)
        assert sign_flip_test(values) == share == 2 / 16

    def test_only_one_pattern_is_as_great_as_all_gains(self):
        assert sign_flip_test(np.ones(EXACT_PAIRS)) == 2.0**-EXACT_PAIRS

    def test_many_pairs_are_drawn_and_never_impossible(self):
        assert sign_flip_test(np.ones(200)) == 1 / (DRAWS + 1)
        assert sign_flip_test(-np.ones(200)) == 1.0

    def test_no_difference_at_all_is_chance(self):
        assert sign_flip_test(np.zeros(5)) == sign_flip_test(np.zeros(50)) == 1.0

    def test_exact_and_drawn_agree(self):
        values = np.random.default_rng(5).normal(0.3, 1.0, EXACT_PAIRS)
        exact = sign_flip_test(values)
        drawn = sign_flip_test(np.append(values, 0.0), draws=40_000)
        assert drawn == pytest.approx(exact, abs=0.01)

    def test_the_seed_decides_the_draws(self):
        values = np.random.default_rng(1).normal(0.1, 1.0, 40)
        assert sign_flip_test(values, seed=3) == sign_flip_test(values, seed=3)
        assert sign_flip_test(values, seed=3) != sign_flip_test(values, seed=4)

    def test_under_chance_it_errs_as_often_as_its_level_says(self):
        random = np.random.default_rng(11)
        found = [sign_flip_test(random.normal(size=10)) <= 0.05 for _ in range(400)]
        assert 0.02 < np.mean(found) < 0.09

    @pytest.mark.parametrize("values", [[], [[1.0]], [np.nan]])
    def test_what_are_no_pairs_is_refused(self, values):
        with pytest.raises(InputBoundsError):
            sign_flip_test(np.array(values, dtype=np.float64))

    def test_no_draw_is_refused(self):
        with pytest.raises(InputBoundsError):
            sign_flip_test(np.ones(3), draws=0)


class TestEvaluation:
    def test_a_skilled_model_is_better_than_a_naive_one(self):
        report = evaluate_accuracy(skilled_run().model, naive_run().model, HOLD_OUT)
        assert report.verdict == "better"
        assert report.p_better <= 0.05 < report.p_worse
        assert (report.drop, report.links) == (0.0, len(market().test))

    def test_the_other_way_round_it_is_worse_by_the_share_of_accuracy_lost(self):
        report = evaluate_accuracy(naive_run().model, skilled_run().model, HOLD_OUT)
        assert report.verdict == "worse"
        lost = 1.0 - report.candidate_mrr / report.reference_mrr
        assert report.drop == pytest.approx(lost)
        assert report.figures()["drop"] == report.drop

    def test_the_same_model_twice_is_alike(self):
        report = evaluate_accuracy(skilled_run().model, skilled_run().model, HOLD_OUT)
        assert (report.verdict, report.drop) == ("alike", 0.0)
        assert report.p_better == report.p_worse == 1.0

    def test_a_known_drop_is_measured(self):
        pair = models_apart(0.02)
        report = evaluate_accuracy(pair.candidate, pair.current, pair.hold_out)
        assert report.drop == pytest.approx(0.02)
        assert report.verdict == "worse"

    def test_without_a_current_model_popularity_is_the_reference(self):
        report = evaluate_accuracy(skilled_run().model, None, HOLD_OUT)
        assert report.verdict == "better"
        assert report.candidate_mrr > report.reference_mrr > 0.0

    def test_a_stricter_level_asks_for_more(self):
        pair = models_apart(0.02)
        report = evaluate_accuracy(pair.candidate, pair.current, pair.hold_out, level=0.0)
        assert report.verdict == "alike"

    def test_with_too_few_common_links_nothing_is_known(self):
        elsewhere = HoldOut.of(split_triples(structure_free()))
        report = evaluate_accuracy(skilled_run().model, naive_run().model, elsewhere)
        assert (report.verdict, report.links) == ("unknown", 0)
        assert report.p_better == report.p_worse == 1.0

    def test_a_level_above_one_half_is_refused(self):
        with pytest.raises(InputBoundsError, match="significance level"):
            evaluate_accuracy(skilled_run().model, None, HOLD_OUT, level=0.6)
