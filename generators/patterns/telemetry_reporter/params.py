"""Parameters of a telemetry reporter: the metrics it feeds, the quantiles, the rates it judges."""

import re
from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext, Sibling
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import number_signal, upper_limit
from generators.patterns.imports import import_groups

_QUANTILE: Final = re.compile(r"(?:^|_)p(\d+)(?=_|$)")
_USUAL: Final = (0.5, 0.99)
_OTHERS: Final = ("_ms", "_total", "_count")
"""Units of metrics that a controller counts by itself."""
_IMPORTS: Final = (
    ("collections.abc", ("Callable",)),
    ("typing", ("Final",)),
    ("agent_runtime.clock", ("Clock",)),
    ("agent_runtime.health", ("HealthBoard",)),
    ("agent_runtime.reasoning.case", ("Draft",)),
    ("agent_runtime.reasoning.contracts", ("Outcome",)),
    ("agent_runtime.telemetry", ("DecisionTelemetry", "LabelledSink")),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the fed metrics, the quantiles in their names, and the rate that a rule limits.

    Raises:
        RefusalError: no metric is declared, or nothing measures one.
    """
    metrics = [*dict.fromkeys(context.agent.metrics)]
    if not metrics:
        raise RefusalError(
            "deployment.telemetry.metrics declares nothing to report",
            "declare a metric there, for example decision_confidence_distribution",
        )
    for name in metrics:
        if not name.endswith(_OTHERS) and not _feeders(context, name):
            raise RefusalError(
                f"deployment.telemetry.metrics: nothing measures {name}",
                "name it by what it is (latency, throughput, tensor, escalation rate, acceptance "
                "rate, memory, confidence, error), or drop it",
            )
    rate = number_signal(context.ruling, "escalation", "rate")
    limit = upper_limit(context.ruling, rate) if rate else None
    bridge = context.siblings["governance_bridge"]
    governance = (bridge.module, ["POLICY", "RULES", "SIGNALS", bridge.class_name])
    own = ["LEAST_DECISIONS", "QUANTILES", "REPORTED", context.class_name]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "reported": [name for name in metrics if _feeds(_self(context), name)],
        "quantiles": [*_quantiles(metrics)],
        "rate": rate if limit else "",
        "limit": limit[0] if limit else 0.0,
        "judges": limit is not None,
        "governance_class": bridge.class_name,
        "imports": import_groups(
            context.namespace, [*_IMPORTS, (bridge.module, [bridge.class_name])]
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                governance,
                (context.module, [*own, *(["RATE"] if limit else [])]),
            ],
        ),
    }


def _self(context: PatternContext) -> Sibling:
    return next(each for each in context.siblings.values() if each.stem == context.stem)


def _feeders(context: PatternContext, name: str) -> list[str]:
    """Return the roles of modules that feed a metric."""
    return [each.role for each in context.siblings.values() if _feeds(each, name)]


def _feeds(sibling: Sibling, name: str) -> bool:
    wiring = sibling.pattern.wiring
    feeds = wiring.metrics if wiring else ()
    return any(all(word in name for word in feed.words) for feed in feeds)


def _quantiles(metrics: list[str]) -> list[float]:
    """Read p50, p99 and p999 in the names of metrics as 0.5, 0.99 and 0.999."""
    found = {float(f"0.{digits}") for name in metrics for digits in _QUANTILE.findall(name)}
    return sorted(quantile for quantile in found if quantile > 0.0) or [*_USUAL]
