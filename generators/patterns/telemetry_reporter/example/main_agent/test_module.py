"""What `L9.example.module` promises.

Expected by the schema and by telemetry_reporter@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.errors import MemoryLayerError
from agent_runtime.health import HealthBoard
from agent_runtime.testing import AgentBench
from agent_runtime.testing_reasoning import outcome, reasoning_bench, tensors, told_by_tensors

from L9.agents.main.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.main.telemetry_reporter import (
    LEAST_DECISIONS,
    QUANTILES,
    RATE,
    REPORTED,
    TelemetryReporter,
)


class Sink:
    """Notes what one metric was told."""

    def __init__(self) -> None:
        self.told: list[tuple[float, Mapping[str, str]]] = []

    def __call__(self, value: float, *, labels: Mapping[str, str]) -> None:
        self.told.append((value, labels))


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return reasoning_bench(
        tmp_path, agent="main_agent", signals=SIGNALS, rules=RULES, policy=POLICY
    )


@pytest.fixture
def health(bench: AgentBench) -> HealthBoard:
    return HealthBoard(clock=bench.clock)


@pytest.fixture
def reporter(bench: AgentBench, health: HealthBoard) -> TelemetryReporter:
    return TelemetryReporter(bench.clock, health, GovernanceBridge(bench.governance))


@pytest.mark.positive
def test_each_quantile_of_the_latency_is_told(reporter: TelemetryReporter) -> None:
    sink = Sink()
    reporter.feed_latency(sink)
    for latency in range(1, 1001):
        reporter.record(told_by_tensors(0.9, latency_ms=float(latency)), outcome(f"d-{latency}"))
    latest = {labels["quantile"]: value for value, labels in sink.told}
    assert latest == {f"{q:g}": pytest.approx(1000 * q, abs=1.0) for q in QUANTILES}


@pytest.mark.positive
def test_the_confidence_of_each_decision_is_told(reporter: TelemetryReporter) -> None:
    told: list[float] = []
    reporter.feed_confidence(told.append)
    reporter.record(told_by_tensors(0.9), outcome("d"))
    assert told == [told_by_tensors(0.9).confidence]


@pytest.mark.positive
def test_what_gave_nothing_is_counted_by_its_name(reporter: TelemetryReporter) -> None:
    sink = Sink()
    reporter.feed_failures(sink)
    failed = replace(
        told_by_tensors(0.9),
        skipped={"causal": "no time was left"},
        tensors=tensors(missing={"links": "timed out"}),
    )
    reporter.record(failed, outcome("d"))
    assert [(value, labels["type"]) for value, labels in sink.told] == [
        (1.0, "causal"),
        (1.0, "links"),
    ]
    assert reporter.tensor_share() == 0.0


@pytest.mark.positive
def test_rates_are_of_the_decisions_so_far(reporter: TelemetryReporter) -> None:
    for n in range(4):
        reporter.record(
            told_by_tensors(0.9), outcome(f"d-{n}", "escalated" if n == 0 else "proceeded")
        )
    assert reporter.escalation_rate() == 0.25
    assert reporter.tensor_share() == 1.0
    assert reporter.throughput() == pytest.approx(4 / 60)


@pytest.mark.positive
def test_memory_status_follows_the_health_of_memory(
    reporter: TelemetryReporter, health: HealthBoard
) -> None:
    health.register("memory", lambda: None)
    assert reporter.memory_status() == 1.0


@pytest.mark.positive
def test_a_rate_of_escalations_above_the_declared_limit_is_reported(
    bench: AgentBench, reporter: TelemetryReporter
) -> None:
    for n in range(LEAST_DECISIONS):
        reporter.record(told_by_tensors(0.9), outcome(f"d-{n}", "escalated"))
    assert RATE in {each.subject for each in bench.escalations.pending()}


@pytest.mark.negative
def test_a_rate_of_too_few_decisions_is_not_judged(
    bench: AgentBench, reporter: TelemetryReporter
) -> None:
    for n in range(LEAST_DECISIONS - 1):
        reporter.record(told_by_tensors(0.9), outcome(f"d-{n}", "escalated"))
    assert bench.escalations.pending() == ()


@pytest.mark.negative
def test_a_rate_within_the_limit_is_not_reported(
    bench: AgentBench, reporter: TelemetryReporter
) -> None:
    for n in range(2 * LEAST_DECISIONS):
        reporter.record(told_by_tensors(0.9), outcome(f"d-{n}"))
    assert reporter.escalation_rate() == 0.0
    assert bench.escalations.pending() == ()


@pytest.mark.negative
def test_before_the_first_decision_shares_are_unknown(reporter: TelemetryReporter) -> None:
    assert math.isnan(reporter.escalation_rate())
    assert math.isnan(reporter.tensor_share())


@pytest.mark.negative
def test_a_layer_that_does_not_answer_shows(
    reporter: TelemetryReporter, health: HealthBoard
) -> None:
    def broken() -> None:
        raise MemoryLayerError("gone")

    health.register("memory", broken)
    assert reporter.memory_status() == 0.0


@pytest.mark.negative
def test_an_overridden_decision_is_no_escalation(reporter: TelemetryReporter) -> None:
    reporter.record(told_by_tensors(0.9), outcome("d", "overridden"))
    assert reporter.escalation_rate() == 0.0


@pytest.mark.regression
def test_metrics_and_quantiles_are_the_declared_ones() -> None:
    assert REPORTED == (
        "reasoning_latency_p50_p99_p999",
        "packet_throughput",
        "tensor_coordination_efficiency",
        "governance_escalation_rate",
        "memory_sync_status",
        "decision_confidence_distribution",
        "error_rate_by_type",
    )
    assert QUANTILES == (0.5, 0.99, 0.999)
