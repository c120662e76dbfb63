"""What a controller has governance judge besides decisions: time, and the model in service."""

from collections.abc import Iterable, Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.controller.metrics import kind_of
from generators.patterns.declared import number_signal, upper_limit, word
from generators.patterns.imports import number

_WATCHED: Final = ("model_loader", "model_validator", "training_pipeline", "retraining_scheduler")


def latency_data(context: PatternContext, *, timed: bool) -> dict[str, Plain]:
    """Return the latency signals with the time that rules allow, and the metrics that count it."""
    signals = [
        signal.name
        for signal in context.ruling.signals
        if not signal.is_event and "latency" in signal.name
    ]
    name = number_signal(context.ruling, "latency")
    limit = upper_limit(context.ruling, name) if name else None
    usable = timed and limit is not None
    metrics: list[Plain] = [
        metric for metric in context.agent.metrics if timed and metric.endswith("latency_ms")
    ]
    return {
        "signals": [*signals] if usable else [],
        "signal": name if usable else "",
        "limit_ms": number(limit[0]) if usable and limit else 0,
        "source": limit[1] if usable and limit else "",
        "metrics": metrics,
        "sum": f"{metrics[0]}_sum" if metrics else "",
        "test": (
            f"test_an_answer_slower_than_{word(limit[0])}_ms_reaches_the_anchors"
            if usable and limit
            else ""
        ),
    }


def watch_data(
    context: PatternContext, roles: Iterable[str], kept: Iterable[Mapping[str, Plain]]
) -> dict[str, Plain]:
    """Return what a watch of the model in service feeds: metrics and true-or-false signals."""
    watched = set(roles).issuperset(_WATCHED)
    gauges = [name for name in context.agent.metrics if watched and kind_of(name) == "gauge"]
    events = [each.name for each in context.ruling.signals if watched and each.is_event]
    training = (str(each["keeper"]) for each in kept if each["role"] == "retraining_scheduler")
    return {
        "on": watched,
        "keeper": next(training, "") if watched else "",
        "accuracy": next((name for name in gauges if "model_accuracy" in name), ""),
        "drift": next((name for name in gauges if "embedding" in name and "drift" in name), ""),
        "model_events": [name for name in events if "model" in name and "drift" in name],
        "embedding_events": [name for name in events if "embedding" in name and "drift" in name],
    }
