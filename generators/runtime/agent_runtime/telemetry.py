"""What an orchestrator tells of its last `WINDOW` decisions: shares, latencies, failures.

A share is NaN until there is something that it is a share of.
"""

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from agent_runtime.clock import Clock
from agent_runtime.errors import InputBoundsError
from agent_runtime.reasoning.case import Draft
from agent_runtime.throughput import Throughput

WINDOW: Final = 1_000


class LabelledSink(Protocol):
    """Takes numbers of one metric, each under its labels."""

    def __call__(self, value: float, *, labels: Mapping[str, str]) -> None:
        """Take `value`."""
        ...


class DecisionTelemetry:
    """Counts decisions. Thread-safe."""

    def __init__(self, clock: Clock, *, quantiles: tuple[float, ...]) -> None:
        """Begin with none.

        Args:
            clock: gives the time.
            quantiles: of the latency, each within 0 to 1 (exclusive).

        Raises:
            InputBoundsError: a quantile is out of bounds.
        """
        if not all(0.0 < quantile < 1.0 for quantile in quantiles):
            raise InputBoundsError(f"quantiles {quantiles} are not within 0 to 1")
        self._quantiles = quantiles
        self._throughput = Throughput(clock)
        self._lock = threading.Lock()
        self._latencies: deque[float] = deque(maxlen=WINDOW)
        self._complete: deque[bool] = deque(maxlen=WINDOW)
        self._escalated: deque[bool] = deque(maxlen=WINDOW)
        self._latency_sinks: list[LabelledSink] = []
        self._failure_sinks: list[LabelledSink] = []
        self._confidence_sinks: list[Callable[[float], None]] = []

    def feed_latency(self, sink: LabelledSink) -> None:
        """Have `sink` take each quantile of the latency in milliseconds, under label `quantile`."""
        self._latency_sinks.append(sink)

    def feed_failures(self, sink: LabelledSink) -> None:
        """Have `sink` take 1 for each mode or method that gave nothing, under label `type`."""
        self._failure_sinks.append(sink)

    def feed_confidence(self, sink: Callable[[float], None]) -> None:
        """Have `sink` take the confidence of each decision."""
        self._confidence_sinks.append(sink)

    def throughput(self) -> float:
        """Return the packets decided a second, over the last minute."""
        return self._throughput.rate()

    def tensor_share(self) -> float:
        """Return the share of decisions for which every tensor method answered in time."""
        return self._share(self._complete)

    def escalation_rate(self) -> float:
        """Return the share of decisions that were escalated."""
        return self._share(self._escalated)

    @property
    def count(self) -> int:
        """Decisions that the shares are of."""
        return len(self._escalated)

    def decided(self, draft: Draft, *, escalated: bool) -> None:
        """Count a decision."""
        self._throughput.count()
        with self._lock:
            self._latencies.append(draft.latency_ms)
            self._complete.append(not draft.tensors.missing)
            self._escalated.append(escalated)
            ordered = sorted(self._latencies)
        for quantile in self._quantiles:
            value = ordered[math.ceil(quantile * len(ordered)) - 1]
            for sink in self._latency_sinks:
                sink(value, labels={"quantile": f"{quantile:g}"})
        for confidence_sink in self._confidence_sinks:
            confidence_sink(draft.confidence)
        for name in (*draft.skipped, *draft.tensors.missing):
            for sink in self._failure_sinks:
                sink(1.0, labels={"type": name})

    def _share(self, seen: deque[bool]) -> float:
        with self._lock:
            return sum(seen) / len(seen) if seen else math.nan
