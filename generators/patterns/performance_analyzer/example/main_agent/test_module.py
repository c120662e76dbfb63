"""What `L9.example.module` promises.

Expected by the schema and by performance_analyzer@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.errors import ConfigError
from agent_runtime.feedback.collection import Standing
from agent_runtime.reasoning.traces import DecisionTrace
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_reasoning import draft, outcome, reasoning_bench, verdict

from L9.agents.main.episodic_logger import EpisodicLogger
from L9.agents.main.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.main.performance_analyzer import HOURS, JOB, METRICS, PerformanceAnalyzer
from L9.orchestration.taskscheduler import TaskScheduler


class Said:
    """What was said about decisions, by their ids."""

    def __init__(self) -> None:
        self.correct: dict[str, bool] = {}
        self.accepted: dict[str, bool] = {}

    def standing(self, trace: DecisionTrace) -> Standing:
        correct = self.correct.get(trace.decision_id)
        return Standing(
            decision_id=trace.decision_id,
            accepted=self.accepted.get(trace.decision_id),
            correct=correct,
            approved=None,
            target=None if correct is None else float(correct),
        )


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return reasoning_bench(
        tmp_path, agent="main_agent", signals=SIGNALS, rules=RULES, policy=POLICY
    )


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def analyzer(bench: AgentBench, said: Said) -> PerformanceAnalyzer:
    governance = GovernanceBridge(bench.governance)
    logger = EpisodicLogger(bench.layers)
    return PerformanceAnalyzer(bench.layers, logger, said, governance, bench.clock)


def decide(bench: AgentBench, *names: str, broken: bool = False) -> None:
    for name in names:
        objections = ("rule",) if broken else ()
        made = draft(verdict("mode", 0.9, confidence=0.8, objections=objections))
        EpisodicLogger(bench.layers).record(made, outcome(name))


def named(measure: str) -> list[str]:
    return [name for name, behind in METRICS.items() if behind == measure]


@pytest.mark.positive
def test_every_declared_metric_is_scored(bench: AgentBench, analyzer: PerformanceAnalyzer) -> None:
    decide(bench, "a")
    report = analyzer.report(trace_id=TRACE)
    assert set(report.scores) == set(METRICS)
    assert report.decisions == 1


@pytest.mark.positive
@pytest.mark.parametrize("metric", named("accuracy"))
def test_accuracy_is_the_share_of_outcomes_that_were_foreseen(
    bench: AgentBench, analyzer: PerformanceAnalyzer, said: Said, metric: str
) -> None:
    decide(bench, "right", "wrong", "open")
    said.correct.update(right=True, wrong=False)
    report = analyzer.report(trace_id=TRACE)
    assert report.scores[metric] == 0.5
    assert report.judged == 2


@pytest.mark.positive
@pytest.mark.parametrize("metric", named("acceptance"))
def test_acceptance_counts_answers_only(
    bench: AgentBench, analyzer: PerformanceAnalyzer, said: Said, metric: str
) -> None:
    decide(bench, "a", "b", "c", "silent")
    said.accepted.update(a=True, b=True, c=False)
    assert analyzer.report(trace_id=TRACE).scores[metric] == pytest.approx(2 / 3)


@pytest.mark.positive
@pytest.mark.parametrize("metric", named("compliance"))
def test_compliance_is_the_share_of_decisions_that_broke_no_rule(
    bench: AgentBench, analyzer: PerformanceAnalyzer, metric: str
) -> None:
    decide(bench, "a", "b", "c")
    decide(bench, "d", broken=True)
    assert analyzer.report(trace_id=TRACE).scores[metric] == 0.75


@pytest.mark.positive
def test_promised_confidence_is_held_against_outcomes(
    bench: AgentBench, analyzer: PerformanceAnalyzer, said: Said
) -> None:
    decide(bench, "right", "wrong")
    said.correct.update(right=True, wrong=False)
    calibration = analyzer.report(trace_id=TRACE).calibration
    assert calibration is not None
    assert calibration.brier == pytest.approx((0.2**2 + 0.8**2) / 2)


@pytest.mark.positive
def test_only_the_last_hours_count(bench: AgentBench, analyzer: PerformanceAnalyzer) -> None:
    decide(bench, "old")
    bench.clock.advance(HOURS * 3600 + 1)
    decide(bench, "new")
    assert analyzer.report(trace_id=TRACE).decisions == 1
    assert analyzer.report(trace_id=TRACE, hours=2 * HOURS).decisions == 2


@pytest.mark.positive
def test_a_report_is_due_after_the_declared_hours(
    bench: AgentBench, analyzer: PerformanceAnalyzer, tmp_path: Path
) -> None:
    scheduler = TaskScheduler(tmp_path / "jobs.db", bench.clock)
    state = analyzer.register(scheduler)
    assert state.planned == bench.clock() + HOURS * 3600
    assert scheduler.run_due() == ()
    bench.clock.advance(HOURS * 3600)
    scheduler.run_due()
    scheduler.close()
    assert bench.actions().count("learning_feedback_collection") == 1


@pytest.mark.positive
def test_scores_are_audited(bench: AgentBench, analyzer: PerformanceAnalyzer) -> None:
    analyzer.report(trace_id=TRACE)
    assert bench.actions().count("learning_feedback_collection") == 1


@pytest.mark.negative
def test_without_decisions_nothing_is_known_and_nothing_is_bad(
    analyzer: PerformanceAnalyzer,
) -> None:
    report = analyzer.report(trace_id=TRACE)
    assert set(report.scores.values()) == {None}
    assert report.calibration is None


@pytest.mark.negative
@pytest.mark.parametrize("metric", named("accuracy"))
def test_an_outcome_that_is_open_is_no_failure(
    bench: AgentBench, analyzer: PerformanceAnalyzer, metric: str
) -> None:
    decide(bench, "open")
    assert analyzer.report(trace_id=TRACE).scores[metric] is None


@pytest.mark.negative
def test_it_is_registered_once(
    bench: AgentBench, analyzer: PerformanceAnalyzer, tmp_path: Path
) -> None:
    scheduler = TaskScheduler(tmp_path / "jobs.db", bench.clock)
    analyzer.register(scheduler)
    with pytest.raises(ConfigError):
        analyzer.register(scheduler)
    scheduler.close()


@pytest.mark.regression
def test_metrics_and_hours_are_the_declared_ones() -> None:
    assert METRICS == {
        "reasoning_accuracy": "accuracy",
        "governance_compliance_rate": "compliance",
        "domain_acceptance_rate": "acceptance",
        "memory_consistency": "consistency",
        "tensor_integration_efficiency": "tensors",
        "cross_domain_learning_transfer": "transfer",
        "escalation_necessity": "escalation",
    }
    assert HOURS == 24
    assert JOB == "performance"
