"""Parameters of a margin optimizer: corridors, pricing, and the signal of impossible freight."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import event_signal
from generators.patterns.domain_records import corridors_of, mapping, matching_of
from generators.patterns.imports import import_groups

_OPEN: Final = ("any", "same")


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return what the optimizer declares, and a load at the limits of its first corridor.

    Raises:
        RefusalError: the schema states no corridor, no pricing, or none that is fast enough.
    """
    matching = matching_of(context)
    corridors, pricing = corridors_of(matching), dict(mapping(matching.get("pricing")))
    if not pricing:
        raise RefusalError(
            "matching.pricing does not say how a price may be chosen",
            "write matching.pricing: {least_margin: 0.03, tick: 1, longest_days: 10}",
        )
    fast = [each for each in corridors if float(str(each["days"])) <= _longest(pricing)]
    if not fast:
        raise RefusalError(
            f"no corridor takes at most matching.pricing.longest_days = {_longest(pricing):g}",
            "allow more days, or name a faster corridor",
        )
    signal = event_signal(context.ruling, "freight") or event_signal(context.ruling, "corridor")
    bridge = context.siblings["governance_bridge"]
    cost = max(float(str(each["cost"])) for each in corridors)
    ask = max(1.0, 10.0 * cost, 10.0 * float(str(pricing["tick"])))
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "corridors": [*corridors],
        "pricing": pricing,
        "signal": signal,
        "violated": {signal: True} if signal else {},
        "load": _load(fast[0]),
        "limited": [{"corridor": each["name"], "load": _load(each)} for each in fast],
        "ask": ask,
        "bid": 2.0 * (ask + cost),
        "too_much": 2.0 * max(float(str(each["capacity"])) for each in corridors),
        "has": {"signal": bool(signal)},
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ("Final",)),
                ("agent_runtime.matching.freight", ("Corridor",)),
                ("agent_runtime.matching.margin", ("DealTerms", "Offer", "Pricer", "PricingRules")),
                (bridge.module, (bridge.class_name,)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (context.module, ("CORRIDORS", "PRICING", context.class_name)),
            ],
        ),
    }


def _longest(pricing: Mapping[str, Plain]) -> float:
    return float(str(pricing["longest_days"]))


def _load(corridor: Mapping[str, Plain]) -> dict[str, Plain]:
    """Return what the corridor just carries."""
    origin, destination = str(corridor["from"]), str(corridor["to"])
    return {
        "origin": "here" if origin in _OPEN else origin,
        "destination": "here" if destination in _OPEN else destination,
        "quantity": float(str(corridor["capacity"])),
        "measures": {
            name: float(str(limit)) for name, limit in mapping(corridor["limits"]).items()
        },
    }
