"""Parameters of a symbolic reasoner: the domain rules of the schema, compiled to CEL."""

from collections.abc import Mapping
from typing import Final

from generators.engine.model.ruling import bounds_of
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.rules.conditions import Condition, parse_condition
from generators.engine.rules.samples import compares_signals, fires, holds
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import entries
from generators.patterns.modes import modes_of

_FIELD: Final = "reasoningengine.domainrules"
_EFFECTS: Final = ("forbid", "doubt", "favour")


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the mode, and each rule with values at which it fires and at which it does not.

    Raises:
        RefusalError: there is no rule, or one cannot be compiled.
    """
    declared = entries(context, "reasoningengine", "domainrules")
    if not declared:
        raise RefusalError(
            f"{_FIELD} states no rule that a symbolic reasoner could apply",
            f"state at least one in {_FIELD}, e.g. "
            "`{name: loss, domain: <domain>, effect: forbid, when: loss_ratio > 0.02}`",
        )
    rules = [_rule(entry, place, context) for place, entry in enumerate(declared)]
    names = [str(rule["name"]) for rule in rules]
    if len(set(names)) < len(names):
        raise RefusalError(
            f"{_FIELD} states a rule twice: {', '.join(names)}", "give each a name of its own"
        )
    forbidding = [rule for rule in rules if rule["effect"] == "forbid"]
    return {
        "class_name": context.class_name,
        "mode": modes_of(context, "symbolic_reasoner")[0],
        "rules": [*rules],
        "forbids": bool(forbidding),
        "forbidding": [*forbidding],
        "leaning": [rule for rule in rules if rule["effect"] != "forbid"],
        "leans": len(forbidding) < len(rules),
        "first": rules[0],
    }


def _rule(entry: Mapping[str, Plain], place: int, context: PatternContext) -> dict[str, Plain]:
    name, effect = str(entry.get("name", "")), str(entry.get("effect", ""))
    where = f"{_FIELD}[{place}]"
    if not name.isidentifier() or effect not in _EFFECTS:
        raise RefusalError(
            f"{where} has no name, or an effect that is none of {', '.join(_EFFECTS)}",
            "write for example `{name: loss, effect: forbid, when: loss_ratio > 0.02}`",
        )
    condition = _condition(str(entry.get("when", "")), where, context)
    return {
        "name": name,
        "domain": str(entry.get("domain", "")),
        "effect": effect,
        "expression": condition.expression,
        "signals": [_signal(use.name, use.unit) for use in condition.signals],
        "reason": str(entry.get("because", "") or entry.get("when", "")),
        "source": where,
        "fires": dict(fires(condition.tree)),
        "holds": dict(holds(condition.tree)[0]),
        "reads": condition.signals[0].name,
    }


def _condition(when: str, where: str, context: PatternContext) -> Condition:
    """Read a condition over numbers of a case, each compared with a constant."""
    condition = parse_condition(when, context.agent.governance.thresholds)
    wrong = ""
    if not isinstance(condition, Condition):
        wrong = condition.reason
    elif condition.symbols:
        wrong = f"{', '.join(condition.symbols)} is not known"
    elif any(use.unit == "bool" for use in condition.signals):
        wrong = "an event is no number that a case could state"
    elif compares_signals(condition.tree):
        wrong = "two numbers of a case are compared"
    if wrong or not isinstance(condition, Condition):
        raise RefusalError(
            f"{where}: `when: {when}` cannot be judged: {wrong}",
            "compare a number of the case with a constant, e.g. `loss_ratio > 0.02`",
        )
    return condition


def _signal(name: str, unit: str) -> dict[str, Plain]:
    low, high = bounds_of(unit)
    return {"name": name, "unit": unit, "low": low, "high": high}
