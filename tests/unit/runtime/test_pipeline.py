"""One training at a time; the answer to a request tells all that was decided."""

import pytest
from agent_runtime.errors import OverloadedError
from agent_runtime.pipeline import OneAtATime, PipelineRun, retrain_response
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.training import RetrainRequest
from agent_runtime.testing_links import market, models_apart, naive_run, skilled_run
from agent_runtime.validation import HoldOut, ValidationReport, compare_models


def test_a_turn_ends_with_its_block_even_if_that_fails():
    training = OneAtATime()
    with pytest.raises(KeyError), training.turn():
        raise KeyError("x")
    with training.turn():
        pass
    with training.turn():
        pass


@pytest.mark.negative
def test_a_second_turn_is_refused_and_the_first_one_stays():
    training = OneAtATime()
    with training.turn():
        for _ in range(2):
            with pytest.raises(OverloadedError, match="a training is under way"), training.turn():
                raise AssertionError("two turns at once")


def test_the_answer_carries_run_verdict_and_figures():
    run = PipelineRun(
        training=skilled_run(),
        validation=ValidationReport(
            accepted=True,
            reasons=("better",),
            metrics={"candidate_mrr": 0.5, "drop": -0.1, "links": 9.0, "drop_error": 0.01},
            confidence=0.875,
        ),
        version="v2",
        promoted=True,
    )
    answer = retrain_response(run, RetrainRequest(criticality=0.25), Call(trace_id="t-1"))
    assert answer.model_dump() == {
        "decision_id": run.decision_id,
        "trace_id": "t-1",
        "confidence": 0.875,
        "criticality": 0.25,
        "factors": {"candidate_mrr": 0.5, "drop": -0.1},
        "entities": (),
        "governance_status": "proceeded",
        "escalations": (),
        "run_id": skilled_run().run_id,
        "outcome": "completed",
        "epochs": 25,
        "model_version": "v2",
        "promoted": True,
        "reasons": ("better",),
        "metrics": skilled_run().metrics,
    }


def test_each_run_is_a_decision_of_its_own():
    report = ValidationReport(accepted=False, reasons=(), metrics={}, confidence=1.0)
    first, second = (
        PipelineRun(training=naive_run(), validation=report, version="v", promoted=False)
        for _ in range(2)
    )
    assert first.decision_id != second.decision_id


class TestModelsForTests:
    def test_the_naive_model_knows_less_than_the_skilled_one(self):
        hold_out = HoldOut.of(market())
        report = compare_models(
            naive_run().model, skilled_run().model, hold_out, stability_threshold=0.0
        )
        assert report.metrics["drop"] > 0.4

    @pytest.mark.parametrize("drop", [0.0, 0.02, 0.125, 0.3, 0.5])
    def test_models_are_just_as_far_apart_as_asked(self, drop):
        pair = models_apart(drop)
        report = compare_models(
            pair.candidate, pair.current, pair.hold_out, stability_threshold=1.0
        )
        assert report.metrics["reference_mrr"] == 1.0
        assert report.metrics["drop"] == pytest.approx(drop, abs=1e-12)

    def test_each_mistake_costs_half_a_query_more(self):
        pair = models_apart(0.02, mistakes=3)
        report = compare_models(
            pair.candidate, pair.current, pair.hold_out, stability_threshold=1.0
        )
        assert report.metrics["drop"] == pytest.approx(0.02 + 3 * 0.5 / 500)

    @pytest.mark.negative
    @pytest.mark.parametrize(("drop", "mistakes"), [(0.51, 0), (0.5, 1), (-0.1, 0)])
    def test_impossible_drops_are_refused(self, drop, mistakes):
        from agent_runtime.errors import InputBoundsError

        with pytest.raises(InputBoundsError, match="cannot be made by second places"):
            models_apart(drop, mistakes=mistakes)
