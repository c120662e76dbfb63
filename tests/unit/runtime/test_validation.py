"""A candidate is accepted only within the stability threshold, with reasons in plain words."""

import math

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.datasets import TripleEncoder, Vocabulary
from agent_runtime.validation import HoldOut, compare_models, relative_drop

ENTITIES = tuple(f"e{i:02d}" for i in range(12))


class Table:
    """A scorer that gives 1 to the links it knows and 0 to all others."""

    def __init__(self, known, entities):
        self.entity_count, self.relation_count = entities, 1
        self.table = np.zeros((entities, entities))
        self.table[known[:, 0], known[:, 2]] = 1.0

    def object_scores(self, rows):
        return self.table[rows[:, 0]]

    def subject_scores(self, rows):
        return self.table[:, rows[:, 2]].T


class Known:
    """As much of a link model as a comparison asks for."""

    def __init__(self, partner, entities):
        self.vocabulary = Vocabulary(entities=entities, relations=("r",))
        self.encoder = TripleEncoder(self.vocabulary)
        known = [(s, "r", o) for s, o in partner.items() if s in entities and o in entities]
        self.factorization = Table(self.encoder.rows(known), len(entities))


def model_that_says(partner, entities=ENTITIES):
    return Known(partner, entities)


# a ring without short cycles, so that a partner's partner is somebody else
RING = {ENTITIES[i]: ENTITIES[(i + 1) % 12] for i in range(12)}
LINKS = tuple((subject, "r", RING[subject]) for subject in ENTITIES)
HOLD_OUT = HoldOut(links=LINKS, background=())


def knowing(count):
    """A model that knows the first `count` links and guesses the rest."""
    return model_that_says({name: RING[name] for name in ENTITIES[:count]})


def mrr_of(model):
    return compare_models(model, model, HOLD_OUT, stability_threshold=0.0).metrics["candidate_mrr"]


def test_a_model_that_knows_all_links_ranks_perfectly():
    assert mrr_of(knowing(12)) == 1.0
    assert mrr_of(knowing(6)) < 0.75


GUESS = 1 / 6.5  # a guess among 12 ties: the middle of ranks 1 to 12
LOSS = 1 - GUESS  # what one forgotten link costs, before the mean over links


def test_the_figures_are_those_of_hand_counted_ranks():
    report = compare_models(knowing(9), knowing(12), HOLD_OUT, stability_threshold=1.0)
    assert report.metrics["reference_mrr"] == 1.0
    assert report.metrics["candidate_mrr"] == pytest.approx((9 + 3 * GUESS) / 12)
    assert report.metrics["drop"] == pytest.approx(3 * LOSS / 12)
    spread = np.std([0.0] * 9 + [LOSS] * 3, ddof=1) / np.sqrt(12)
    assert report.metrics["drop_error"] == pytest.approx(spread)
    assert report.metrics["links"] == 12
    assert report.metrics["lost_share"] == 0.0


def test_a_candidate_as_good_as_the_current_model_is_accepted():
    report = compare_models(knowing(6), knowing(6), HOLD_OUT, stability_threshold=0.0)
    assert report.accepted
    assert report.reasons == (
        (
            "the candidate ranks at least as well as the current model: mean reciprocal rank 0.577 "
            "against 0.577 on 12 held-out links"
        ),
        (
            "the candidate no longer knows 0.0% of the held-out links that the current model "
            "knows, within the 0.0% allowed"
        ),
    )


def test_a_better_candidate_is_accepted():
    report = compare_models(knowing(8), knowing(6), HOLD_OUT, stability_threshold=0.0)
    assert report.accepted
    assert report.metrics["drop"] < 0
    assert report.reasons[0].startswith("the candidate ranks at least as well as the current model")


def test_a_drop_of_just_the_threshold_is_accepted():
    report = compare_models(knowing(11), knowing(12), HOLD_OUT, stability_threshold=LOSS / 12)
    assert report.accepted
    assert report.reasons[0] == (
        "the candidate ranks worse by 0.071 (standard error 0.071), within the stability "
        "threshold of 0.071: mean reciprocal rank 0.929 against 1.000 on 12 held-out links"
    )


@pytest.mark.negative
def test_a_drop_just_above_the_threshold_is_refused():
    threshold = LOSS / 12 - 1e-6
    report = compare_models(knowing(11), knowing(12), HOLD_OUT, stability_threshold=threshold)
    assert not report.accepted
    assert ", above the stability threshold of 0.071:" in report.reasons[0]


def test_rounding_of_binary_fractions_does_not_refuse():
    threshold = LOSS / 12 - 1e-10
    assert compare_models(
        knowing(11), knowing(12), HOLD_OUT, stability_threshold=threshold
    ).accepted


class TestForgetting:
    """A candidate without the last entity cannot judge the two links that touch it."""

    narrow = model_that_says(RING, entities=ENTITIES[:11])

    def test_losing_just_the_allowed_share_is_accepted(self):
        report = compare_models(self.narrow, knowing(12), HOLD_OUT, stability_threshold=2 / 12)
        assert report.accepted
        assert report.metrics["lost_share"] == pytest.approx(2 / 12)
        assert report.metrics["links"] == 10
        assert report.metrics["drop"] == 0.0

    @pytest.mark.negative
    def test_losing_more_is_refused_however_well_it_ranks(self):
        threshold = 2 / 12 - 1e-6
        report = compare_models(self.narrow, knowing(12), HOLD_OUT, stability_threshold=threshold)
        assert not report.accepted
        assert report.reasons[1] == (
            "the candidate no longer knows 16.7% of the held-out links that the current model "
            "knows, above the 16.7% allowed"
        )

    def test_what_the_current_model_never_knew_is_not_lost(self):
        report = compare_models(knowing(12), self.narrow, HOLD_OUT, stability_threshold=0.0)
        assert report.accepted
        assert (report.metrics["lost_share"], report.metrics["links"]) == (0.0, 10)

    def test_new_entities_do_not_compete(self):
        many = ENTITIES + tuple(f"new{i}" for i in range(50))
        wide = model_that_says({name: RING[name] for name in ENTITIES[:6]}, entities=many)
        report = compare_models(wide, knowing(6), HOLD_OUT, stability_threshold=0.0)
        assert report.accepted
        assert report.metrics["candidate_mrr"] == pytest.approx((6 + 6 * GUESS) / 12)


class TestTooFewLinks:
    @pytest.mark.negative
    def test_four_links_are_too_few(self):
        narrow = model_that_says(RING, entities=ENTITIES[:5])
        report = compare_models(narrow, knowing(12), HOLD_OUT, stability_threshold=1.0)
        assert not report.accepted
        assert report.reasons == ("only 4 held-out links can be compared; at least 5 are needed",)
        assert report.metrics == {"links": 4.0, "lost_share": pytest.approx(8 / 12)}

    def test_five_links_are_enough(self):
        narrow = model_that_says(RING, entities=ENTITIES[:6])
        report = compare_models(narrow, knowing(12), HOLD_OUT, stability_threshold=1.0)
        assert report.accepted
        assert report.metrics["links"] == 5

    @pytest.mark.negative
    def test_models_without_a_common_name_cannot_be_compared(self):
        alien = model_that_says({}, entities=("x", "y"))
        report = compare_models(knowing(12), alien, HOLD_OUT, stability_threshold=1.0)
        assert not report.accepted
        assert report.metrics == {"links": 0.0, "lost_share": 0.0}

    @pytest.mark.negative
    def test_four_links_are_too_few_for_a_first_model(self):
        narrow = model_that_says(RING, entities=ENTITIES[:5])
        report = compare_models(narrow, None, HOLD_OUT, stability_threshold=0.02)
        assert not report.accepted
        assert report.metrics == {"links": 4.0, "lost_share": 0.0}
        five = model_that_says(RING, entities=ENTITIES[:6])
        assert compare_models(five, None, HOLD_OUT, stability_threshold=0.02).accepted


class TestFirstModel:
    """With an empty background popularity knows nothing: it guesses among 12."""

    def test_one_that_beats_popularity_is_accepted(self):
        report = compare_models(knowing(12), None, HOLD_OUT, stability_threshold=0.02)
        assert report.accepted
        assert report.reasons == (
            (
                "there is no current model; the candidate beats entity popularity by the 0.020 "
                "demanded and clearly (more than 0.000, two standard errors): mean reciprocal rank "
                "1.000 against 0.154 on 12 held-out links"
            ),
        )

    def test_a_gain_of_just_the_threshold_is_enough_and_less_is_not(self):
        gain = 9 * LOSS / 12
        assert compare_models(knowing(9), None, HOLD_OUT, stability_threshold=gain).accepted
        report = compare_models(knowing(9), None, HOLD_OUT, stability_threshold=gain + 1e-6)
        assert not report.accepted
        assert "does not beat entity popularity" in report.reasons[0]

    def test_a_gain_within_two_standard_errors_is_not_clear(self):
        # k of 12: gain k/12, two errors sqrt((k - k^2/12) / 33): 0.250 < 0.261, 0.333 > 0.284
        assert not compare_models(knowing(3), None, HOLD_OUT, stability_threshold=0.02).accepted
        assert compare_models(knowing(4), None, HOLD_OUT, stability_threshold=0.02).accepted

    @pytest.mark.negative
    def test_one_that_only_guesses_is_refused_even_without_a_demand(self):
        assert not compare_models(knowing(0), None, HOLD_OUT, stability_threshold=0.0).accepted

    def test_popularity_learns_from_the_background(self):
        # every background object is e01: popularity ranks it first and all others behind
        background = tuple((name, "r", "e01") for name in ENTITIES[2:])
        report = compare_models(
            knowing(12), None, HoldOut(links=LINKS, background=background), stability_threshold=0.02
        )
        assert report.metrics["reference_mrr"] != pytest.approx(GUESS)
        strangers = (*background, ("x", "r", "e01"), ("e00", "q", "e01"))
        same = compare_models(
            knowing(12), None, HoldOut(links=LINKS, background=strangers), stability_threshold=0.02
        )
        assert same.metrics == report.metrics


def test_background_links_do_not_compete():
    rival = {**RING, "e00": "e05"}  # answers e05 instead of e01
    model = model_that_says(rival)
    plain = compare_models(model, model, HOLD_OUT, stability_threshold=0.0)
    told = HoldOut(links=LINKS, background=(("e00", "r", "e05"),))
    filtered = compare_models(model, model, told, stability_threshold=0.0)
    # without the rival e01 ties with 10 others instead of coming after e05 as well
    assert filtered.metrics["candidate_mrr"] > plain.metrics["candidate_mrr"]


def test_the_hold_out_of_a_dataset_is_its_test_part():
    from agent_runtime.kernels.datasets import TripleDataset

    dataset = TripleDataset(train=LINKS[:6], valid=LINKS[6:8], test=LINKS[8:])
    assert HoldOut.of(dataset) == HoldOut(links=LINKS[8:], background=LINKS[:8])


@pytest.mark.negative
@pytest.mark.parametrize("threshold", [-0.01, 1.01, float("nan")])
def test_a_threshold_out_of_bounds_is_refused(threshold):
    with pytest.raises(InputBoundsError, match="stability threshold"):
        compare_models(knowing(1), None, HOLD_OUT, stability_threshold=threshold)


class TestRelativeDrop:
    @pytest.mark.parametrize(
        ("reference", "observed", "drop"),
        [(0.8, 0.76, 0.05), (0.8, 0.8, 0.0), (0.8, 0.9, 0.0), (0.5, 0.0, 1.0)],
    )
    def test_it_is_a_share_of_the_reference(self, reference, observed, drop):
        assert relative_drop(reference, observed) == pytest.approx(drop)

    @pytest.mark.negative
    @pytest.mark.parametrize(
        ("reference", "observed", "message"),
        [
            (0.0, 0.0, "a reference of 0"),
            (-0.1, 0.0, "reference"),
            (0.5, -0.1, "observed"),
            (float("nan"), 0.1, "reference"),
        ],
    )
    def test_impossible_figures_are_refused(self, reference, observed, message):
        with pytest.raises(InputBoundsError, match=message):
            relative_drop(reference, observed)


class TestConfidence:
    """The chance that the verdict holds, by the normal approximation of the paired drop."""

    def test_a_drop_of_just_the_threshold_is_a_coin_toss(self):
        report = compare_models(knowing(9), knowing(12), HOLD_OUT, stability_threshold=LOSS / 4)
        assert report.confidence == pytest.approx(0.5)

    def test_one_standard_error_of_margin_is_84_percent(self):
        plain = compare_models(knowing(9), knowing(12), HOLD_OUT, stability_threshold=1.0)
        error = plain.metrics["drop_error"]
        for threshold in (LOSS / 4 + error, LOSS / 4 - error):
            report = compare_models(
                knowing(9), knowing(12), HOLD_OUT, stability_threshold=threshold
            )
            assert report.confidence == pytest.approx(0.8413, abs=1e-4)

    def test_without_any_doubt_it_is_certain(self):
        report = compare_models(knowing(6), knowing(6), HOLD_OUT, stability_threshold=0.0)
        assert report.confidence == 1.0
        few = compare_models(
            model_that_says(RING, entities=ENTITIES[:5]), None, HOLD_OUT, stability_threshold=0.0
        )
        assert few.confidence == 1.0

    def test_a_first_model_is_measured_by_the_stricter_demand(self):
        report = compare_models(knowing(4), None, HOLD_OUT, stability_threshold=0.02)
        gain, error = -report.metrics["drop"], report.metrics["drop_error"]
        by_doubt = 0.5 * (1 + math.erf((gain - 2 * error) / (error * math.sqrt(2))))
        assert report.confidence == pytest.approx(by_doubt)
        strict = compare_models(knowing(4), None, HOLD_OUT, stability_threshold=0.9)
        by_demand = 0.5 * (1 + math.erf((0.9 - gain) / (error * math.sqrt(2))))
        assert strict.confidence == pytest.approx(by_demand)
