"""Which of the declared metrics are fed, by what, and what each one says it measures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.wiring import MetricFeed
from generators.engine.sources.canonical import Plain
from generators.patterns.controller.wiring import Wired

_KINDS: Final = (("_ms", "histogram"), ("_total", "counter"), ("_count", "counter"))
_UNFED: Final = (
    ("precision", "unknown (NaN) until outcomes are fed back"),
    ("recall", "unknown (NaN) until outcomes are fed back"),
    ("", "unknown (NaN): nothing here measures it"),
)
_SINKS: Final = {
    "gauge": "parts.metrics.set",
    "counter": "parts.metrics.increment",
    "histogram": "parts.metrics.observe",
}
_SHOWN: Final = {"gauge": "", "counter": "_total", "histogram": "_sum"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fed:
    """A declared metric and the module that feeds it."""

    metric: str
    attribute: str
    feed: MetricFeed


def declared(context: PatternContext) -> list[str]:
    """Return the names of the declared metrics, each once."""
    return [*dict.fromkeys(context.agent.metrics)]


def fed_by_modules(
    context: PatternContext, made: Iterable[Wired], taken: Iterable[str]
) -> list[Fed]:
    """Return the metrics that modules feed; the first module whose words fit has it.

    Args:
        context: the surroundings of the controller.
        made: the modules that it makes.
        taken: metrics that the controller feeds itself.
    """
    offers = [(each.wiring.attribute, feed) for each in made for feed in each.wiring.metrics]
    found: list[Fed] = []
    for name in declared(context):
        fits = (
            Fed(metric=name, attribute=attribute, feed=feed)
            for attribute, feed in offers
            if _fits(feed, name)
        )
        first = next(fits, None)
        if first is not None and name not in taken:
            found.append(first)
    return found


def _fits(feed: MetricFeed, name: str) -> bool:
    """Tell whether a feed is of a metric: by its words, and by its kind if the name has one."""
    decides = bool(feed.labels or feed.buckets) and not _unit_of(name)
    return all(word in name for word in feed.words) and (decides or feed.kind == kind_of(name))


def feed_data(fed: Fed) -> dict[str, Plain]:
    """Return how a metric is fed, as the template prints it."""
    return {
        "metric": exposed(fed.metric),
        "attribute": fed.attribute,
        "method": fed.feed.method,
        "gauge": followed(fed),
        "sink": "" if followed(fed) else _SINKS[fed.feed.kind],
        "shown": f"{exposed(fed.metric)}{_SHOWN[fed.feed.kind]}",
        "labels": dict.fromkeys(fed.feed.labels, "sample"),
        "labelled": bool(fed.feed.labels),
    }


def followed(fed: Fed) -> bool:
    """Tell whether a metric is read from its module, not told by it."""
    return fed.feed.kind == "gauge" and not fed.feed.labels


def throughput(context: PatternContext, *, timed: bool) -> list[str]:
    """Return the gauges that speak of requests a second; packets are no requests."""
    return [
        name
        for name in context.agent.metrics
        if timed and "throughput" in name and "packet" not in name and kind_of(name) == "gauge"
    ]


def metric_data(
    name: str, answers: Iterable[str], watch: Mapping[str, Plain], fed: Mapping[str, Fed]
) -> dict[str, Plain]:
    """Return a metric with its help: what it measures, or that nobody does."""
    feed = fed[name].feed if name in fed else None
    plain, kind = name.replace("_", " "), feed.kind if feed else kind_of(name)
    if name in answers:
        told = f"{plain}: answered in the last minute"
    elif name == watch["accuracy"]:
        told = f"{plain}: mean reciprocal rank of held-out links"
    elif name == watch["drift"]:
        told = f"{plain}: largest of a dimension, in nats"
    elif feed:
        told = f"{plain}: {feed.help}" if feed.help else plain
    elif kind == "gauge":
        told = f"{plain}: {next(text for topic, text in _UNFED if topic in name)}"
    else:
        told = plain
    return {
        "name": exposed(name),
        "kind": kind,
        "help": told,
        "labels": [*feed.labels] if feed else [],
        "labelled": bool(feed and feed.labels),
        "ratio": bool(feed and feed.buckets),
    }


def unknown(
    context: PatternContext,
    answers: Iterable[str],
    watch: Mapping[str, Plain],
    fed: Mapping[str, Fed],
) -> list[str]:
    """Return the gauges that nothing feeds."""
    known = {*answers, *fed, str(watch["accuracy"]), str(watch["drift"])}
    return [name for name in declared(context) if name not in known and kind_of(name) == "gauge"]


def kind_of(name: str) -> str:
    """Return the kind of a metric, which its unit tells."""
    return _unit_of(name) or "gauge"


def _unit_of(name: str) -> str:
    return next((kind for suffix, kind in _KINDS if name.endswith(suffix)), "")


def exposed(name: str) -> str:
    """Return the name under which a metric is declared; Prometheus adds `_total` itself."""
    return name.removesuffix("_total")
