"""Parameters of a compatibility checker: its rules, and the alarms that broken ones raise."""

from collections.abc import Mapping, Sequence

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import event_signal
from generators.patterns.domain_records import listed, mapping, matching_of, rules_of
from generators.patterns.imports import import_groups

_AMPLE = 2.0


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return rules and alarms, and records of either side that keep or break each rule.

    Raises:
        RefusalError: the schema does not say what makes a match, or states no rule of it.
    """
    matching = matching_of(context)
    rules = rules_of(matching)
    alarms = {
        str(rule["name"]): signal
        for rule in rules
        for signal in [event_signal(context.ruling, str(rule["name"]))]
        if signal
    }
    bridge = context.siblings["governance_bridge"]
    supply, demand = meeting(rules)
    first = next(iter(alarms), "")
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "rules": [*rules],
        "alarms": {**alarms},
        "supply_record": str(mapping(matching["supply"])["record"]),
        "demand_record": str(mapping(matching["demand"])["record"]),
        "supply": supply,
        "demand": demand,
        "breaking": [_breaking(rule) for rule in rules],
        "alarming": next((_breaking(rule) for rule in rules if rule["name"] == first), []),
        "alarm": alarms.get(first, ""),
        "waived": [
            [rule["demand"], rule["supply"], rule["unless"]] for rule in rules if rule["unless"]
        ],
        "has": {"alarms": bool(alarms), "waived": any(rule["unless"] for rule in rules)},
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ("Final",)),
                (
                    "agent_runtime.matching.compatibility",
                    ("Compatibility", "SpecificationRule", "check_compatibility"),
                ),
                ("agent_runtime.translation.records", ("CanonicalRecord",)),
                (bridge.module, (bridge.class_name,)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (context.module, ("SPECIFICATION", context.class_name)),
            ],
        ),
    }


def meeting(rules: Sequence[Mapping[str, Plain]]) -> tuple[dict[str, Plain], dict[str, Plain]]:
    """Return fields of an offer and of a demand that keep all rules, with room."""
    supply: dict[str, Plain] = {}
    demand: dict[str, Plain] = {}
    for rule in rules:
        fields = [str(name) for name in listed(rule["demand"])]
        if rule["relation"] == "equals":
            supply[str(rule["supply"])] = demand[fields[0]] = f"{rule['name']} wanted"
        elif rule["relation"] == "within":
            supply[str(rule["supply"])] = _AMPLE
            demand |= {fields[0]: _AMPLE - 1, fields[1]: _AMPLE + 1}
        else:
            below = rule["relation"] == "at_most"
            supply[str(rule["supply"])] = _AMPLE
            demand[fields[0]] = _AMPLE + 1 if below else _AMPLE - 1
    return supply, demand


def _breaking(rule: Mapping[str, Plain]) -> list[Plain]:
    """Return the rule's name, the offer's field, and a value that breaks the rule."""
    field = str(rule["supply"])
    wrong: Plain = "something else"
    if rule["relation"] != "equals":
        wrong = -100.0 if rule["relation"] == "at_least" else 100.0
    return [rule["name"], field, wrong]
