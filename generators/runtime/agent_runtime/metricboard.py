"""The declared metrics of an agent at a glance: what each stands at, and which nobody has fed."""

import math
from collections.abc import Sequence

from agent_runtime.errors import ConfigError
from agent_runtime.metrics import AgentMetrics

_SUFFIXES = ("", "_total", "_count")
"""How the one sample that sums a metric up is called: of a gauge, a counter, a histogram."""


class MetricBoard:
    """Reads declared metrics; it feeds none."""

    def __init__(self, metrics: AgentMetrics, declared: Sequence[str]) -> None:
        """Read `declared` of `metrics`.

        Raises:
            ConfigError: one of them is not registered.
        """
        missing = [name for name in declared if name not in metrics.names]
        if missing:
            raise ConfigError(f"metrics are declared and not registered: {', '.join(missing)}")
        self._metrics = metrics
        self._declared = tuple(declared)

    def snapshot(self) -> dict[str, float | None]:
        """Return the value of each metric: of a gauge its state, else how much was counted.

        None stands for a gauge that nobody has set, and for a metric that has values by label only.
        """
        return {name: self._value(name) for name in self._declared}

    def unknown(self) -> tuple[str, ...]:
        """Return the metrics that have no value yet, in the order of their declaration."""
        return tuple(name for name, value in self.snapshot().items() if value is None)

    def _value(self, name: str) -> float | None:
        values = (self._metrics.value(f"{name}{suffix}") for suffix in _SUFFIXES)
        value = next((each for each in values if each is not None), None)
        return None if value is None or math.isnan(value) else value
