"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by metric_board@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.metricboard import MetricBoard
from agent_runtime.metrics import AgentMetrics

METRICS: Final = (
    "inference_latency_ms",
    "batch_throughput_requests_per_sec",
)  # deployment.telemetry.metrics


class MetricsBoard:
    """The declared metrics as they stand; whoever measures feeds them."""

    def __init__(self, metrics: AgentMetrics) -> None:
        """Read the declared ones of `metrics`.

        Raises:
            ConfigError: one of them is not registered.
        """
        self._board = MetricBoard(metrics, METRICS)

    def snapshot(self) -> dict[str, float | None]:
        """Return the value of each declared metric, None where nobody has fed it."""
        return self._board.snapshot()

    def unknown(self) -> tuple[str, ...]:
        """Return the declared metrics without a value, in the order of the schema."""
        return self._board.unknown()
