"""What `L9.example.module` promises.

Expected by the schema and by model_validator@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from pathlib import Path

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.datasets import split_triples
from agent_runtime.kernels.synthetic import structure_free
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_links import market, models_apart, naive_run, skilled_run
from agent_runtime.validation import HoldOut

from L9.core.tensoraios.governancebridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.core.tensoraios.modelvalidation import (
    DROP_LIMIT,
    ROLLBACK_ON_REGRESSION,
    STABILITY_THRESHOLD,
    ModelValidator,
)

HOLD_OUT = HoldOut.of(market())


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="tensoraios", signals=SIGNALS, rules=RULES, policy=POLICY)


@pytest.fixture
def validator(bench: AgentBench) -> ModelValidator:
    return ModelValidator(GovernanceBridge(bench.governance))


def after(drop: float) -> float:
    """Return the live accuracy that is lower than 1 by the share `drop`."""
    return 1.0 - drop


@pytest.mark.positive
def test_a_first_model_that_beats_popularity_is_accepted(validator: ModelValidator) -> None:
    report = validator.compare(skilled_run().model, None, HOLD_OUT)
    assert report.accepted
    assert report.metrics["candidate_mrr"] > report.metrics["reference_mrr"] + 0.02
    assert report.reasons[0].startswith("there is no current model; the candidate beats")


@pytest.mark.positive
def test_a_better_model_is_accepted(validator: ModelValidator) -> None:
    report = validator.compare(skilled_run().model, naive_run().model, HOLD_OUT)
    assert report.accepted
    assert report.metrics["drop"] < 0.0
    assert 0.9 < report.confidence <= 1.0


@pytest.mark.positive
def test_the_same_model_again_is_accepted(validator: ModelValidator) -> None:
    model = skilled_run().model
    report = validator.compare(model, model, HOLD_OUT)
    assert report.accepted
    assert (report.metrics["drop"], report.metrics["lost_share"]) == (0.0, 0.0)


@pytest.mark.positive
def test_a_drop_of_just_0_02_is_accepted(validator: ModelValidator) -> None:
    pair = models_apart(0.02)
    report = validator.compare(pair.candidate, pair.current, pair.hold_out)
    assert report.metrics["drop"] == pytest.approx(0.02)
    assert report.accepted
    assert STABILITY_THRESHOLD == 0.02


@pytest.mark.positive
def test_live_accuracy_that_holds_asks_nobody(bench: AgentBench, validator: ModelValidator) -> None:
    assert not validator.check_live(0.8, 0.8, trace_id=TRACE)
    assert not validator.check_live(0.8, 0.9, trace_id=TRACE)
    assert not validator.check_live(1.0, after(0.05 * 0.99), trace_id=TRACE)
    assert not validator.check_live(5.0, 4.75, trace_id=TRACE)
    assert bench.escalations.pending() == ()


@pytest.mark.positive
def test_live_accuracy_that_fell_by_more_than_0_05_reaches_people(
    bench: AgentBench, validator: ModelValidator
) -> None:
    live = after(0.05 * 1.01)
    assert validator.check_live(1.0, live, trace_id=TRACE) is ROLLBACK_ON_REGRESSION
    escalations = bench.escalations.pending()
    assert {escalation.subject for escalation in escalations} == {"the model in service"}
    assert {escalation.trace_id for escalation in escalations} == {TRACE}
    assert any("accuracy_drop" in escalation.condition for escalation in escalations)
    assert any("model_accuracy_drop" in escalation.condition for escalation in escalations)
    assert DROP_LIMIT == 0.05


@pytest.mark.positive
def test_a_regression_is_rolled_back_as_the_schema_says(validator: ModelValidator) -> None:
    assert ROLLBACK_ON_REGRESSION is True
    assert validator.check_live(0.8, 0.0, trace_id=TRACE) is True


@pytest.mark.positive
def test_the_drop_is_a_share_of_the_accuracy_at_promotion(validator: ModelValidator) -> None:
    lower = 0.5 * (1.0 - 0.05 * 1.01)
    assert validator.check_live(0.5, lower, trace_id=TRACE) is ROLLBACK_ON_REGRESSION
    higher = 0.5 * (1.0 - 0.05 * 0.99)
    assert validator.check_live(0.5, higher, trace_id=TRACE) is False


@pytest.mark.negative
def test_a_drop_above_0_02_is_refused(validator: ModelValidator) -> None:
    pair = models_apart(0.02, mistakes=1)
    report = validator.compare(pair.candidate, pair.current, pair.hold_out)
    assert report.metrics["drop"] > 0.02
    assert not report.accepted
    assert "above the stability threshold" in report.reasons[0]


@pytest.mark.negative
def test_a_worse_model_is_refused_with_the_reason(validator: ModelValidator) -> None:
    report = validator.compare(naive_run().model, skilled_run().model, HOLD_OUT)
    assert not report.accepted
    assert report.reasons[0].startswith("the candidate ranks worse by")


@pytest.mark.negative
def test_a_first_model_that_learnt_nothing_is_refused(validator: ModelValidator) -> None:
    report = validator.compare(naive_run().model, None, HOLD_OUT)
    assert not report.accepted
    assert "does not beat entity popularity" in report.reasons[0]


@pytest.mark.negative
def test_without_links_that_both_know_nothing_is_accepted(validator: ModelValidator) -> None:
    elsewhere = HoldOut.of(split_triples(structure_free()))
    report = validator.compare(skilled_run().model, naive_run().model, elsewhere)
    assert not report.accepted
    assert report.reasons == ("only 0 held-out links can be compared; at least 5 are needed",)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("reference", "live"), [(0.0, 0.0), (-0.1, 0.0), (0.8, -0.1), (math.nan, 0.5), (0.8, math.nan)]
)
def test_impossible_accuracies_are_refused(
    bench: AgentBench, validator: ModelValidator, reference: float, live: float
) -> None:
    with pytest.raises(InputBoundsError):
        validator.check_live(reference, live, trace_id=TRACE)
    assert bench.actions() == []
