"""Pooling of verdicts: known values, vetoes, honest confidence."""

import math
from collections.abc import Mapping

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.reasoning.pooling import agreement, logistic, logit, pooled
from agent_runtime.reasoning.synthesis import MOST_REASONS, EqualWeights, Synthesizer
from agent_runtime.testing_reasoning import case, draft, verdict


class Fixed:
    def __init__(self, **weights: float) -> None:
        self._weights = weights

    def weights(self, domain: str) -> Mapping[str, float]:
        assert domain == "PlastOS"
        return self._weights


def test_the_pool_of_equals_is_the_geometric_mean_of_odds() -> None:
    odds = math.sqrt((0.9 / 0.1) * (0.5 / 0.5))
    assert pooled([0.9, 0.5], [1.0, 1.0]) == pytest.approx(odds / (1 + odds))


def test_pooling_is_externally_bayesian() -> None:
    before = pooled([0.8, 0.3], [0.6, 0.4])
    assert before is not None
    evidence = math.log(3.0)
    after = pooled([logistic(logit(p) + evidence) for p in (0.8, 0.3)], [0.6, 0.4])
    assert after == pytest.approx(logistic(logit(before) + evidence))


def test_without_a_share_there_is_no_opinion_and_no_agreement() -> None:
    assert pooled([0.9], [0.0]) is None
    assert agreement([0.9], [0.0]) == 0.0


def test_certainty_of_one_mode_is_clipped() -> None:
    chance = pooled([0.0, 0.9, 0.9, 0.9], [1.0] * 4)
    assert chance is not None
    assert chance > 0.4
    assert logistic(-800.0) == 0.0
    assert logistic(800.0) == 1.0


@pytest.mark.parametrize(("supports", "expected"), [([0.7, 0.7], 1.0), ([0.0, 1.0], 0.0)])
def test_agreement_is_1_when_unanimous_and_0_when_split(
    supports: list[float], expected: float
) -> None:
    assert agreement(supports, [1.0, 1.0]) == pytest.approx(expected)


def test_the_best_supported_comes_first_and_equals_keep_their_order() -> None:
    made = draft(verdict("a", 0.4, 0.9, 0.4))
    assert made.ranking == (1, 0, 2)
    assert made.support == pytest.approx((0.4, 0.9, 0.4))
    assert made.confidence == pytest.approx(1.0)


def test_a_mode_with_more_weight_decides() -> None:
    verdicts = [verdict("a", 0.9, 0.1), verdict("b", 0.2, 0.8)]
    assert Synthesizer(Fixed(a=3.0, b=1.0)).combine(case(2), verdicts).ranking[0] == 0
    assert Synthesizer(Fixed(a=1.0, b=3.0)).combine(case(2), verdicts).ranking[0] == 1
    assert EqualWeights().weights("any") == {}


def test_confidence_is_backing_times_agreement_times_coverage() -> None:
    verdicts = [verdict("a", 0.9, confidence=0.8), verdict("b", 0.5, confidence=0.4)]
    made = Synthesizer().combine(case(1), verdicts, {"c": "no time was left"})
    backing = (0.8 + 0.4) / 2
    assert made.confidence == pytest.approx(backing * agreement([0.9, 0.5], [0.8, 0.4]) * 2 / 3)
    assert made.confidence < 0.8
    assert made.reasons == ("c gave no verdict: no time was left",)


def test_a_mode_without_opinion_costs_no_confidence() -> None:
    spoke = verdict("a", 0.9, confidence=0.8)
    alone = draft(spoke)
    together = draft(spoke, verdict("b", 0.5, confidence=0.0))
    assert together.confidence == pytest.approx(alone.confidence)
    assert together.support == alone.support
    assert "b" not in together.factors


def test_an_objection_without_support_is_a_veto_that_no_other_mode_outvotes() -> None:
    made = draft(
        verdict("a", 0.99, 0.6),
        verdict("rules", 0.0, 0.5, objections=("contaminated",), reasons=("too dirty",)),
    )
    assert made.ranking == (1,)
    assert made.support[0] == 0.0
    assert made.objections == ("contaminated",)
    assert made.reasons[0] == "too dirty"


def test_when_all_is_vetoed_nothing_is_recommended_and_that_is_sure() -> None:
    made = draft(verdict("a", 0.9), verdict("rules", 0.0, confidence=0.7, objections=("r",)))
    assert made.ranking == ()
    assert made.confidence == 0.7
    assert made.factors["rules"] < 0


def test_without_an_opinion_nothing_is_ranked_and_nothing_is_sure() -> None:
    made = draft(verdict("a", 0.5, 0.5, confidence=0.0))
    assert made.ranking == ()
    assert made.confidence == 0.0
    assert made.factors == {}


def test_factors_are_weighed_by_the_share_of_their_mode() -> None:
    made = draft(
        verdict("a", 0.8, confidence=0.75, factors={"x": 1.0}),
        verdict("b", 0.8, confidence=0.25, factors={"x": -1.0, "y": 1.0}),
    )
    assert made.factors["x"] == pytest.approx(0.5)
    assert made.factors["y"] == pytest.approx(0.25)
    assert made.factors["a"] == pytest.approx(0.75 * 0.6)


def test_reasons_are_few_and_each_once() -> None:
    many = tuple(f"reason {n}" for n in range(30))
    assert len(draft(verdict("a", 0.5, reasons=many)).reasons) == MOST_REASONS
    twice = draft(verdict("a", 0.5, reasons=("x",)), verdict("b", 0.5, reasons=("x",)))
    assert twice.reasons == ("x",)


@pytest.mark.parametrize(
    "wrong", [verdict("a", 0.5), verdict("a", 0.5, 1.1), verdict("a", 0.5, 0.5, confidence=-0.1)]
)
def test_a_verdict_of_the_wrong_size_or_out_of_bounds_is_refused(wrong: object) -> None:
    with pytest.raises(InputBoundsError, match="a: "):
        Synthesizer().combine(case(2), [wrong])
