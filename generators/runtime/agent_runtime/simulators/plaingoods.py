"""Goods that leave only one question: who deals with whom.

Every offer meets every wish, each seller has an offer of its own, and lots and prices are small, so
that nothing but the hidden truth of a market decides what comes off.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from agent_runtime.matching.compatibility import AT_LEAST, AT_MOST, EQUALS, SpecificationRule
from agent_runtime.matching.terms import MatchTerms, Side
from agent_runtime.translation.fields import FieldSpec
from agent_runtime.translation.records import RecordSpecs
from agent_runtime.values import JsonObject, JsonValue

LOT: Final = 0.05
"""Part of the range of quantities that is used, from its low end."""
PRICE: Final = 0.2
"""Part of the range of prices that is used, from its low end."""

Records = Mapping[str, Mapping[str, JsonObject]]
"""Records by type and key."""


def plain_goods(
    records: Records, specs: RecordSpecs, terms: MatchTerms, rules: Sequence[SpecificationRule]
) -> dict[str, dict[str, JsonObject]]:
    """Return the records with offers and wishes changed so that all of them fit."""
    found: dict[str, dict[str, JsonObject]] = {name: {**of} for name, of in records.items()}
    supply, demand = specs.get(terms.supply.record), specs.get(terms.demand.record)
    parties = sorted(records[supply.field(terms.supply.party).of]) if terms.supply.party else []
    for index, (key, record) in enumerate(records[supply.name].items()):
        values = dict(record)
        if parties:
            values[terms.supply.party] = parties[index % len(parties)]
        for rule in rules:
            values[rule.supply] = _mildest(supply.field(rule.supply), rule)
        _shrink(values, specs, terms.supply)
        found[supply.name][key] = values
    for key, record in records[demand.name].items():
        values = dict(record)
        for rule in rules:
            for place, name in enumerate(rule.demand):
                values[name] = _widest(demand.field(name), rule, place)
        _shrink(values, specs, terms.demand)
        found[demand.name][key] = values
    return found


def _mildest(field: FieldSpec, rule: SpecificationRule) -> JsonValue:
    """Return a value of an offer that the widest wish accepts."""
    if rule.relation == EQUALS:
        return _same(field, rule)
    return field.high if rule.relation == AT_LEAST else field.low


def _widest(field: FieldSpec, rule: SpecificationRule, place: int) -> JsonValue:
    """Return a value of a wish that accepts every mildest offer."""
    if rule.relation == EQUALS:
        return rule.unless or _same(field, rule)
    upper = rule.relation == AT_MOST or place > 0
    return field.high if upper else field.low


def _same(field: FieldSpec, rule: SpecificationRule) -> str:
    """Return the text that both sides have."""
    return field.choices[0] if field.choices else rule.name


def _shrink(values: dict[str, JsonValue], specs: RecordSpecs, side: Side) -> None:
    spec = specs.get(side.record)
    for name, part in ((side.quantity, LOT), (side.price, PRICE)):
        low, value = spec.field(name).low or 0.0, values[name]
        if isinstance(value, int | float):
            values[name] = round(low + (float(value) - low) * part, 3)
