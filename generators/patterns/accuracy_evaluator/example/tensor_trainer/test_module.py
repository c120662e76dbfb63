"""What `L9.example.module` promises.

Expected by the schema and by accuracy_evaluator@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.kernels.datasets import split_triples
from agent_runtime.kernels.synthetic import structure_free
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_links import market, models_apart, naive_run, skilled_run
from agent_runtime.validation import HoldOut

from L9.orchestration.tensor_trainer.accuracy_evaluator import AUDIT_EVENT, LEVEL, AccuracyEvaluator
from L9.orchestration.tensor_trainer.governance_bridge import (
    POLICY,
    RULES,
    SIGNALS,
    GovernanceBridge,
)

HOLD_OUT = HoldOut.of(market())


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="tensor_trainer", signals=SIGNALS, rules=RULES, policy=POLICY)


@pytest.fixture
def evaluator(bench: AgentBench) -> AccuracyEvaluator:
    return AccuracyEvaluator(GovernanceBridge(bench.governance))


@pytest.mark.positive
def test_a_better_model_is_told_from_chance(evaluator: AccuracyEvaluator) -> None:
    report = evaluator.evaluate(
        skilled_run().model, naive_run().model, HOLD_OUT, subject="m-1", trace_id=TRACE
    )
    assert report.verdict == "better"
    assert report.p_better <= LEVEL < report.p_worse
    assert report.candidate_mrr > report.reference_mrr


@pytest.mark.positive
def test_the_same_model_twice_is_alike(bench: AgentBench, evaluator: AccuracyEvaluator) -> None:
    model = skilled_run().model
    report = evaluator.evaluate(model, model, HOLD_OUT, subject="m-1", trace_id=TRACE)
    assert (report.verdict, report.drop, report.p_better) == ("alike", 0.0, 1.0)
    assert bench.escalations.pending() == ()


@pytest.mark.positive
def test_without_a_current_model_popularity_is_the_reference(
    evaluator: AccuracyEvaluator,
) -> None:
    report = evaluator.evaluate(skilled_run().model, None, HOLD_OUT, subject="m-1", trace_id=TRACE)
    assert report.verdict == "better"
    assert 0.0 < report.reference_mrr < report.candidate_mrr


@pytest.mark.positive
def test_every_result_is_audited_with_its_figures(
    bench: AgentBench, evaluator: AccuracyEvaluator
) -> None:
    report = evaluator.evaluate(
        skilled_run().model, naive_run().model, HOLD_OUT, subject="m-1", trace_id=TRACE
    )
    (record,) = bench.audit.records()
    assert (record.action, record.subject, record.trace_id) == (AUDIT_EVENT, "m-1", TRACE)
    assert record.detail == {"verdict": "better", **report.figures()}


@pytest.mark.positive
def test_a_planted_drop_is_measured(evaluator: AccuracyEvaluator) -> None:
    pair = models_apart(0.02)
    report = evaluator.evaluate(
        pair.candidate, pair.current, pair.hold_out, subject="m-1", trace_id=TRACE
    )
    assert report.drop == pytest.approx(0.02)
    assert report.verdict == "worse"


@pytest.mark.negative
def test_a_much_worse_model_reaches_people(bench: AgentBench, evaluator: AccuracyEvaluator) -> None:
    report = evaluator.evaluate(
        naive_run().model, skilled_run().model, HOLD_OUT, subject="m-2", trace_id=TRACE
    )
    assert report.verdict == "worse"
    waiting = bench.escalations.pending()
    assert {each.subject for each in waiting} == {"m-2"}
    assert any("model_accuracy_drop" in each.condition for each in waiting)


@pytest.mark.negative
def test_where_nothing_can_be_compared_nothing_is_claimed(
    bench: AgentBench, evaluator: AccuracyEvaluator
) -> None:
    elsewhere = HoldOut.of(split_triples(structure_free()))
    report = evaluator.evaluate(
        naive_run().model, skilled_run().model, elsewhere, subject="m-1", trace_id=TRACE
    )
    assert (report.verdict, report.links) == ("unknown", 0)
    assert bench.escalations.pending() == ()


@pytest.mark.negative
def test_one_lucky_link_makes_no_better_model(evaluator: AccuracyEvaluator) -> None:
    pair = models_apart(0.0, mistakes=1)
    report = evaluator.evaluate(
        pair.current, pair.candidate, pair.hold_out, subject="m-1", trace_id=TRACE
    )
    assert report.candidate_mrr > report.reference_mrr
    assert report.verdict == "alike"
