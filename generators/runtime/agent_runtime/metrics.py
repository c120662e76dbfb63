"""Prometheus metrics: those that the schema declares, and those of the service's requests.

Every agent has its own registry, so several agents can live in one process. A gauge that was
never set reads NaN, not 0: an alert must not fire, nor keep silent, on a number nobody measured.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from agent_runtime.errors import ConfigError, InputBoundsError

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Media type of what `AgentMetrics.render` returns."""

MILLISECONDS: Final = (1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0)
"""Buckets for durations in milliseconds."""

SHARES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Buckets for shares and confidences."""

SECONDS: Final = tuple(bound / 1000.0 for bound in (*MILLISECONDS, 10_000.0, 60_000.0))
"""Buckets for durations in seconds."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED: Final = "agent_request"


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricSpec:
    """One declared metric.

    Attributes:
        name: as the schema spells it; a counter is exposed as `<name>_total`.
        kind: `counter` only rises, `gauge` is a state, `histogram` counts observations by size.
        help: what it measures.
        labels: names of its labels.
        buckets: upper bounds of a histogram's buckets, rising; thresholds belong among them.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = MILLISECONDS

    def __post_init__(self) -> None:
        """Refuse what Prometheus could not expose.

        Raises:
            ConfigError: a name is malformed or reserved, or the buckets do not rise.
        """
        for name in (self.name, *self.labels):
            if not _NAME.fullmatch(name):
                raise ConfigError(f"{name!r} is no metric or label name")
        if self.name.startswith(_RESERVED):
            raise ConfigError(f"metric {self.name}: names in {_RESERVED}* are the service's own")
        rising = all(low < high for low, high in zip(self.buckets, self.buckets[1:], strict=False))
        if not (self.buckets and rising and all(math.isfinite(bound) for bound in self.buckets)):
            raise ConfigError(f"metric {self.name}: its buckets do not rise")


class AgentMetrics:
    """The metrics of one agent. Thread-safe."""

    def __init__(self, specs: Iterable[MetricSpec] = ()) -> None:
        """Register the declared metrics and those of requests.

        Raises:
            ConfigError: a name is declared twice.
        """
        self._registry = CollectorRegistry()
        self._specs: dict[str, MetricSpec] = {}
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        for spec in specs:
            if spec.name in self._specs:
                raise ConfigError(f"metric {spec.name} is declared twice")
            self._specs[spec.name] = spec
            self._register(spec)
        self._requests = Counter(
            "agent_requests",
            "Requests answered",
            ("endpoint", "status"),
            registry=self._registry,
        )
        self._durations = Histogram(
            "agent_request_duration_seconds",
            "Time from a request to its answer",
            ("endpoint",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._in_flight = Gauge(
            "agent_requests_in_flight", "Requests being worked on", registry=self._registry
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the declared metrics, in the order of their declaration."""
        return tuple(self._specs)

    def increment(
        self, name: str, amount: float = 1.0, *, labels: Mapping[str, str] | None = None
    ) -> None:
        """Raise a counter by `amount`.

        Raises:
            ConfigError: no such counter, or other labels are declared.
            InputBoundsError: `amount` is negative or not finite.
        """
        given = self._checked(name, "counter", labels)
        if not 0.0 <= amount < math.inf:
            raise InputBoundsError(f"counter {name} cannot rise by {amount}")
        counter = self._counters[name]
        (counter.labels(**given) if given else counter).inc(amount)

    def set(self, name: str, value: float, *, labels: Mapping[str, str] | None = None) -> None:
        """Set a gauge to `value`.

        Raises:
            ConfigError: no such gauge, or other labels are declared.
            InputBoundsError: `value` is not finite.
        """
        given = self._checked(name, "gauge", labels)
        if not math.isfinite(value):
            raise InputBoundsError(f"gauge {name} cannot be {value}")
        gauge = self._gauges[name]
        (gauge.labels(**given) if given else gauge).set(value)

    def follow(self, name: str, reading: Callable[[], float]) -> None:
        """Have a gauge show what `reading` returns whenever it is looked at.

        Raises:
            ConfigError: no such gauge without labels is declared.
        """
        self._checked(name, "gauge", None)
        self._gauges[name].set_function(reading)

    def observe(self, name: str, value: float, *, labels: Mapping[str, str] | None = None) -> None:
        """Count `value` into a histogram.

        Raises:
            ConfigError: no such histogram, or other labels are declared.
            InputBoundsError: `value` is not finite.
        """
        given = self._checked(name, "histogram", labels)
        if not math.isfinite(value):
            raise InputBoundsError(f"histogram {name} cannot count {value}")
        histogram = self._histograms[name]
        (histogram.labels(**given) if given else histogram).observe(value)

    def request_started(self) -> None:
        """Count a request that is being worked on."""
        self._in_flight.inc()

    def request_finished(self, endpoint: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            endpoint: declared name of the endpoint; never text from the caller.
            status: HTTP status of the answer.
            seconds: from the request to its answer.
        """
        self._in_flight.dec()
        self._requests.labels(endpoint, str(status)).inc()
        self._durations.labels(endpoint).observe(seconds)

    def value(self, name: str, labels: Mapping[str, str] | None = None) -> float | None:
        """Return what is exposed under `name` and `labels`, or None; for checks and tests."""
        return self._registry.get_sample_value(name, dict(labels or {}))

    def families(self) -> Iterable[Metric]:
        """Return all metrics with their samples."""
        return self._registry.collect()

    def render(self) -> bytes:
        """Return all metrics in the text format of Prometheus."""
        return generate_latest(self._registry)

    def _register(self, spec: MetricSpec) -> None:
        if spec.kind == "counter":
            self._counters[spec.name] = Counter(
                spec.name, spec.help, spec.labels, registry=self._registry
            )
        elif spec.kind == "gauge":
            gauge = Gauge(spec.name, spec.help, spec.labels, registry=self._registry)
            if not spec.labels:
                gauge.set(math.nan)
            self._gauges[spec.name] = gauge
        else:
            self._histograms[spec.name] = Histogram(
                spec.name, spec.help, spec.labels, buckets=spec.buckets, registry=self._registry
            )

    def _checked(self, name: str, kind: str, labels: Mapping[str, str] | None) -> dict[str, str]:
        """Return the labels if they are those declared for the metric `name` of this kind."""
        spec = self._specs.get(name)
        if spec is None or spec.kind != kind:
            raise ConfigError(f"no {kind} {name!r} is declared")
        given = dict(labels or {})
        if set(given) != set(spec.labels):
            raise ConfigError(f"{kind} {name} has the labels {spec.labels}, not {tuple(given)}")
        return given


def render_together(agents: Mapping[str, AgentMetrics]) -> bytes:
    """Return the metrics of several agents in one text; each sample gets the label `agent`.

    Args:
        agents: the metrics of each agent, by its id.
    """
    return generate_latest(_Together(agents))


class _Together(Collector):
    """The metrics of several registries as those of one."""

    def __init__(self, agents: Mapping[str, AgentMetrics]) -> None:
        self._agents = agents

    def collect(self) -> Iterable[Metric]:
        """Return the families of all agents, those of one name together."""
        families: dict[str, Metric] = {}
        for agent, metrics in self._agents.items():
            for family in metrics.families():
                whole = families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                whole.samples.extend(
                    sample._replace(labels={"agent": agent, **sample.labels})
                    for sample in family.samples
                )
        return families.values()
