"""Parameters of a pair matcher: both sides of a match, the weights, and what its tests stand on."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.compatibility_checker.params import meeting
from generators.patterns.domain_records import corridors_of, mapping, matching_of, rules_of
from generators.patterns.imports import import_groups

_SIDE: Final = ("record", "quantity", "price", "place", "party")
_WEIGHTS: Final = ("confidence", "compatibility", "freight", "price")
_ROUNDING: Final = 1e-6


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the terms of a match.

    Raises:
        RefusalError: the schema gives no weights, or they do not add up to 1.
    """
    matching = matching_of(context)
    optimizer = context.siblings.get("margin_optimizer")
    measures = [name for name in _WEIGHTS if name != "freight" or optimizer is not None]
    weights = mapping(matching.get("weights"))
    total = sum(float(str(weights.get(name, 0))) for name in measures)
    if abs(total - 1.0) > _ROUNDING:
        raise RefusalError(
            f"matching.weights add up to {total:g}, not to 1",
            f"give weights to {', '.join(measures)} that add up to 1",
        )
    checker = context.siblings["compatibility_checker"]
    supply, demand = _side(matching["supply"]), _side(matching["demand"])
    rules = rules_of(matching)
    corridors = corridors_of(matching) if optimizer else []
    broken = next((rule for rule in rules if rule["relation"] == "equals"), rules[0])
    cost = max((float(str(each["cost"])) for each in corridors), default=0.0)
    return {
        "class_name": context.class_name,
        "relation": str(matching["relation"]),
        "supply": supply,
        "demand": demand,
        "weights": {name: weights.get(name, 0) for name in _WEIGHTS},
        "measures": _measures(weights),
        "has": {"freight": optimizer is not None},
        "least_lot": matching.get("least_lot", 0),
        "offered": meeting(rules)[0],
        "wanted": meeting(rules)[1],
        "broken": [broken["supply"], "not wanted" if broken["relation"] == "equals" else -1e6],
        "cost": cost,
        "lot": max(1.0, float(str(matching.get("least_lot", 0)))),
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ("Iterable",)),
                ("typing", ("Final",)),
                ("agent_runtime.matching.matcher", ("Confidences", "Matcher", "Matching")),
                ("agent_runtime.matching.terms", ("MatchTerms", "Side", "Weights")),
                ("agent_runtime.translation.records", ("CanonicalRecord",)),
                (checker.module, ("SPECIFICATION",)),
                (optimizer.module, ("CORRIDORS", "PRICING")) if optimizer else ("typing", ()),
            ],
        ),
        "test_imports": import_groups(
            context.namespace, [(context.module, ("TERMS", context.class_name))]
        ),
    }


def _measures(weights: Mapping[str, Plain]) -> str:
    """Return the measures that weigh anything, in words."""
    *others, last = [name for name in _WEIGHTS if weights.get(name)]
    return f"{', '.join(others)} and {last}" if others else last


def _side(value: Plain) -> dict[str, Plain]:
    side = mapping(value)
    return {name: side.get(name, "") for name in _SIDE}
