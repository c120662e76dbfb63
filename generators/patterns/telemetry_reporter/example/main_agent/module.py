"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by telemetry_reporter@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Callable
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.health import HealthBoard
from agent_runtime.reasoning.case import Draft
from agent_runtime.reasoning.contracts import Outcome
from agent_runtime.telemetry import DecisionTelemetry, LabelledSink

from L9.agents.main.governance_bridge import GovernanceBridge

REPORTED: Final[tuple[str, ...]] = (
    "reasoning_latency_p50_p99_p999",
    "packet_throughput",
    "tensor_coordination_efficiency",
    "governance_escalation_rate",
    "memory_sync_status",
    "decision_confidence_distribution",
    "error_rate_by_type",
)  # deployment.telemetry.metrics
QUANTILES: Final = (0.5, 0.99, 0.999)
LEAST_DECISIONS: Final = 20
"""Decisions that a rate must be of before governance judges it."""
RATE: Final = "escalation_rate"  # deployment.alerting


class TelemetryReporter:
    """Counts each decision once it is recorded; the controller connects it with the metrics."""

    def __init__(self, clock: Clock, health: HealthBoard, governance: GovernanceBridge) -> None:
        self._decisions = DecisionTelemetry(clock, quantiles=QUANTILES)
        self._health = health
        self._governance = governance

    def record(self, draft: Draft, outcome: Outcome) -> None:
        """Count a decision; governance judges the rate of escalations."""
        self._decisions.decided(draft, escalated=outcome.governance_status == "escalated")
        if self._decisions.count >= LEAST_DECISIONS:
            self._governance.observe_all(
                {RATE: self.escalation_rate()}, subject=RATE, trace_id=draft.case.trace_id
            )

    def feed_latency(self, sink: LabelledSink) -> None:
        """Have `sink` take each of `QUANTILES` of the reasoning time in milliseconds."""
        self._decisions.feed_latency(sink)

    def feed_confidence(self, sink: Callable[[float], None]) -> None:
        """Have `sink` take the confidence of each decision."""
        self._decisions.feed_confidence(sink)

    def feed_failures(self, sink: LabelledSink) -> None:
        """Have `sink` take 1 for each mode or tensor method that gave nothing."""
        self._decisions.feed_failures(sink)

    def throughput(self) -> float:
        """Return the packets decided a second, over the last minute."""
        return self._decisions.throughput()

    def tensor_share(self) -> float:
        """Return the share of decisions with all tensor results; NaN before the first."""
        return self._decisions.tensor_share()

    def escalation_rate(self) -> float:
        """Return the share of decisions that were escalated; NaN before the first."""
        return self._decisions.escalation_rate()

    def memory_status(self) -> float:
        """Return 1 while every layer of memory answers, else 0."""
        checks = self._health.report().checks
        return float(all(check.healthy for check in checks if check.name == "memory"))
