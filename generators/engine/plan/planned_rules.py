"""The compiled conditions of an agent as its plan shows them: prose and rule side by side."""

from collections.abc import Iterator

from generators.engine.model.ruling import Ruling
from generators.engine.plan.unit_plan import PlannedRule


def planned_rules(ruling: Ruling) -> tuple[PlannedRule, ...]:
    """Return the rules of `ruling`, then its reward and penalty functions."""
    units = {signal.name: signal.unit for signal in ruling.signals}
    rules = [
        PlannedRule(
            rule=rule.rule_id,
            prose=rule.text,
            expression=rule.expression,
            signals=tuple(f"{name} {units[name]}" for name in rule.signals),
            fires=rule.fires,
            holds=rule.holds,
            pointer=rule.pointer,
        )
        for rule in ruling.rules
    ]
    rewards = [
        PlannedRule(
            rule=reward.kind,
            prose=reward.text,
            expression=reward.expression or f"metric {reward.metric}",
            signals=reward.signals,
            fires={},
            holds=(),
            pointer=reward.pointer,
        )
        for reward in ruling.rewards
    ]
    return (*rules, *rewards)


def rule_lines(rules: tuple[PlannedRule, ...]) -> Iterator[str]:
    """Yield the rules as lines of the TODO plan."""
    for rule in rules:
        prose = " ".join(rule.prose.split())
        yield f"  RULE {rule.rule}  {rule.pointer}"
        yield f"         prose   {prose}"
        yield f"         rule    {rule.expression}"
        if rule.fires:
            yield f"         fires   {_values(rule.fires)}"
        yield from (f"         holds   {_values(values)}" for values in rule.holds)


def _values(values: object) -> str:
    pairs = values.items() if isinstance(values, dict) else ()
    return ", ".join(f"{name} = {value}" for name, value in pairs)
