"""Parameters of a model validator: how much worse a model may be, before and after promotion."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import upper_limit, word
from generators.patterns.imports import import_groups

_HIGHEST: Final = 0.5


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the stability threshold, the tolerated accuracy drop and what follows from one.

    Without a rule about accuracy drops, the stability threshold also holds for live accuracy.

    Raises:
        RefusalError: the schema has no stability threshold.
    """
    learning = context.agent.learning
    if learning.stability_threshold is None:
        raise RefusalError(
            "learningsystem.cognitivegrowthvector.stabilitythreshold is missing",
            "write for example `stabilitythreshold: 0.02` there: the drop of the mean reciprocal "
            "rank, from 0 to 1, that a new model may have",
        )
    threshold = float(learning.stability_threshold)
    if not 0.0 <= threshold <= _HIGHEST:
        raise RefusalError(
            f"learningsystem.cognitivegrowthvector.stabilitythreshold is {threshold}",
            f"write a drop of the mean reciprocal rank between 0 and {_HIGHEST}, such as 0.02",
        )
    signals = {
        signal.name: limit
        for signal in context.ruling.signals
        if "accuracy_drop" in signal.name and not signal.is_event
        for limit in [upper_limit(context.ruling, signal.name)]
        if limit is not None
    }
    limit = min(signals.values(), key=lambda found: found[0], default=None)
    bridge = context.siblings["governance_bridge"]
    drop = limit[0] if limit else threshold
    reference, live = _just_at(drop)
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "threshold": threshold,
        "rolls_back": learning.rollback_on_regression,
        "alerts": limit is not None,
        "signals": [*signals],
        "drop_limit": drop,
        "drop_source": (
            limit[1] if limit else "learningsystem.cognitivegrowthvector.stabilitythreshold"
        ),
        "at_reference": reference,
        "at_live": live,
        "within_test": f"test_a_drop_of_just_{word(threshold)}_is_accepted",
        "beyond_test": f"test_a_drop_above_{word(threshold)}_is_refused",
        "live_test": f"test_live_accuracy_that_fell_by_more_than_{word(drop)}_reaches_people",
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ("Final",)),
                ("agent_runtime.kernels.linkmodel", ("LinkModel",)),
                (
                    "agent_runtime.validation",
                    ("HoldOut", "ValidationReport", "compare_models", "relative_drop"),
                ),
                (bridge.module, (bridge.class_name,)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (
                    context.module,
                    (
                        "DROP_LIMIT",
                        "ROLLBACK_ON_REGRESSION",
                        "STABILITY_THRESHOLD",
                        context.class_name,
                    ),
                ),
            ],
        ),
    }


def _just_at(drop: float) -> tuple[float, float]:
    """Return accuracies whose relative drop is `drop` to the last bit, or just below it."""
    for reference in map(float, range(1, 1001)):
        live = reference - reference * drop
        if (reference - live) / reference == drop:
            return reference, live
    return 1.0, 1.0 - 0.999 * drop
