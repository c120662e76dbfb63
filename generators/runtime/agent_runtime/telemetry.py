"""Feeds the declared metrics of an orchestrator from its last `WINDOW` decisions.

A share is NaN until there is something that it is a share of.
"""

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from agent_runtime.clock import Clock
from agent_runtime.errors import AgentError, ConfigError
from agent_runtime.metrics import AgentMetrics, MetricSpec
from agent_runtime.reasoning.case import Draft
from agent_runtime.throughput import Throughput

Feed = Literal[
    "latency_quantiles",
    "throughput",
    "tensor_share",
    "escalation_rate",
    "acceptance_rate",
    "memory_status",
    "confidence_histogram",
    "errors_by_type",
]
"""Where a metric gets its numbers from."""

WINDOW: Final = 1_000
CONFIDENCE_BUCKETS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_KINDS: Final[Mapping[Feed, tuple[Literal["counter", "gauge", "histogram"], tuple[str, ...]]]] = {
    "latency_quantiles": ("gauge", ("quantile",)),
    "throughput": ("gauge", ()),
    "tensor_share": ("gauge", ()),
    "escalation_rate": ("gauge", ()),
    "acceptance_rate": ("gauge", ()),
    "memory_status": ("gauge", ()),
    "confidence_histogram": ("histogram", ()),
    "errors_by_type": ("counter", ("type",)),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FedMetric:
    """A declared metric with what feeds it.

    Attributes:
        name: as the schema spells it.
        feed: what feeds it.
        help: what it measures.
        quantiles: of `latency_quantiles`, each within 0 to 1 (exclusive).
    """

    name: str
    feed: Feed
    help: str
    quantiles: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be fed.

        Raises:
            ConfigError: the feed is unknown, or quantiles are missing or impossible.
        """
        usable = all(0.0 < quantile < 1.0 for quantile in self.quantiles)
        if self.feed not in _KINDS or not usable:
            raise ConfigError(f"metric {self.name} cannot be fed by {self.feed} {self.quantiles}")
        if (self.feed == "latency_quantiles") != bool(self.quantiles):
            raise ConfigError(f"metric {self.name}: quantiles belong to latency_quantiles")

    @property
    def spec(self) -> MetricSpec:
        """How it is exposed."""
        kind, labels = _KINDS[self.feed]
        return MetricSpec(
            name=self.name, kind=kind, help=self.help, labels=labels, buckets=CONFIDENCE_BUCKETS
        )


class Telemetry:
    """Keeps the numbers behind the metrics and exposes them. Thread-safe."""

    def __init__(self, metrics: AgentMetrics, fed: Sequence[FedMetric], clock: Clock) -> None:
        """Connect gauges with what they show.

        Raises:
            ConfigError: a metric was not registered with its kind and labels.
        """
        self._metrics = metrics
        self._fed = tuple(fed)
        self._throughput = Throughput(clock)
        self._lock = threading.Lock()
        self._latencies: deque[float] = deque(maxlen=WINDOW)
        self._shares: dict[Feed, deque[bool]] = {
            feed: deque(maxlen=WINDOW)
            for feed in ("tensor_share", "escalation_rate", "acceptance_rate")
        }
        self._memory = math.nan
        readings: Mapping[str, Callable[[], float]] = {
            "throughput": self._throughput.rate,
            "tensor_share": lambda: self._share("tensor_share"),
            "escalation_rate": lambda: self._share("escalation_rate"),
            "acceptance_rate": lambda: self._share("acceptance_rate"),
            "memory_status": lambda: self._memory,
        }
        for each in self._fed:
            if each.feed in readings:
                metrics.follow(each.name, readings[each.feed])

    def received(self) -> None:
        """Count a packet."""
        self._throughput.count()

    def decided(self, draft: Draft, *, escalated: bool) -> None:
        """Count a decision: its latency, confidence, tensor results and whether it escalated."""
        with self._lock:
            self._latencies.append(draft.latency_ms)
            self._shares["tensor_share"].append(not draft.tensors.missing)
            self._shares["escalation_rate"].append(escalated)
            ordered = sorted(self._latencies)
        for each in self._fed:
            if each.feed == "confidence_histogram":
                self._metrics.observe(each.name, draft.confidence)
            for quantile in each.quantiles:
                value = ordered[math.ceil(quantile * len(ordered)) - 1]
                self._metrics.set(each.name, value, labels={"quantile": f"{quantile:g}"})

    def answered(self, *, accepted: bool) -> None:
        """Count a domain's answer to a recommendation."""
        with self._lock:
            self._shares["acceptance_rate"].append(accepted)

    def remembered(self, *, complete: bool) -> None:
        """Note whether the last decision reached every layer of memory."""
        self._memory = float(complete)

    def failed(self, error: AgentError) -> None:
        """Count an error by its type."""
        for each in self._fed:
            if each.feed == "errors_by_type":
                self._metrics.increment(each.name, labels={"type": type(error).__name__})

    def _share(self, feed: Feed) -> float:
        with self._lock:
            seen = self._shares[feed]
            return sum(seen) / len(seen) if seen else math.nan
