"""What the tests of a governance bridge expect: values beside each threshold, and who is told."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from generators.engine.model.ruling import RuleSpec, Ruling
from generators.engine.sources.canonical import Plain

_SEVERITIES: Final = ("low", "medium", "high", "critical")
_ANCHOR_WORDS: Final = ("governance", "escalation")
"""Alert targets that mean the anchors themselves."""

_ONE_THRESHOLD: Final = re.compile(r"\w+ (?P<sign>[<>]) (?P<number>-?[0-9.]+(?:e[-+]?[0-9]+)?)")
_LONGEST_CASE: Final = 70


def target(rule: RuleSpec) -> str | None:
    """Return the team an alert goes to; None means all anchors."""
    return None if rule.target in _ANCHOR_WORDS else rule.target


def threshold(name: str, rules: Sequence[RuleSpec]) -> dict[str, float]:
    """Return the strictest thresholds (`above`, `below`) of the rules that read only this signal.

    Empty if one of them has another form, or if they overlap: then no value is surely harmless.
    """
    found: dict[str, float] = {}
    for rule in rules:
        if rule.signals != (name,):
            continue
        match = _ONE_THRESHOLD.fullmatch(rule.expression)
        if match is None:
            return {}
        number = float(match["number"])
        if match["sign"] == ">":
            found["above"] = min(number, found.get("above", number))
        else:
            found["below"] = max(number, found.get("below", number))
    crossed = len(found) == len(("above", "below")) and found["above"] < found["below"]
    return {} if crossed else found


def conditions(rules: Sequence[RuleSpec], anchors: Sequence[str]) -> list[dict[str, Plain]]:
    """Return each distinct condition with who is told when it is just met."""
    groups: dict[str, list[RuleSpec]] = {}
    for rule in rules:
        groups.setdefault(rule.expression, []).append(rule)
    found: list[dict[str, Plain]] = []
    for expression, group in groups.items():
        targets: dict[str, None] = {}
        for rule in group:
            named = target(rule)
            targets.update(dict.fromkeys([named] if named else anchors))
        found.append(
            {
                "id": _case(expression),
                "values": dict(group[0].fires),
                "rule_ids": [rule.rule_id for rule in group],
                "severity": max((rule.severity for rule in group), key=_SEVERITIES.index),
                "targets": [*targets],
            }
        )
    return found


def near_misses(rules: Sequence[RuleSpec]) -> list[dict[str, Plain]]:
    """Return for each distinct condition the values at which it is just not met."""
    cases: list[dict[str, Plain]] = []
    seen: set[str] = set()
    for rule in rules:
        if rule.expression in seen:
            continue
        seen.add(rule.expression)
        for values in rule.holds:
            shown = ", ".join(f"{name} = {value}" for name, value in values.items())
            cases.append({"id": _case(shown), "values": dict(values), "rule_id": rule.rule_id})
    return cases


def batches(
    ruling: Ruling, constants: Mapping[str, str], thresholds: Mapping[str, Mapping[str, float]]
) -> list[dict[str, Plain]]:
    """Return for each threshold of a signal a harmless measurement on it and one just beyond."""
    found: list[dict[str, Plain]] = []
    for signal in ruling.signals:
        for side, number in thresholds[signal.name].items():
            sign = ">" if side == "above" else "<"
            expression = f"{signal.name} {sign} {number!r}"
            rule = next(rule for rule in ruling.rules if rule.expression == expression)
            found.append(
                {
                    "id": _case(expression),
                    "constant": constants[signal.name],
                    "at": number,
                    "beyond": rule.fires[signal.name],
                }
            )
    return found


def impossible(ruling: Ruling) -> list[dict[str, Plain]]:
    """Return each number with a rule that reads it, and values at which that rule is clear."""
    cases: list[dict[str, Plain]] = []
    for signal in ruling.signals:
        rule = next(rule for rule in ruling.rules if signal.name in rule.signals)
        if not signal.is_event:
            cases.append(
                {"signal": signal.name, "rule_id": rule.rule_id, "values": dict(rule.holds[0])}
            )
    return cases


def outside(ruling: Ruling, impossible: Sequence[Mapping[str, Plain]]) -> list[dict[str, Plain]]:
    """Return the same cases with each bound and a value beyond it."""
    cases: list[dict[str, Plain]] = []
    for case in impossible:
        signal = next(signal for signal in ruling.signals if signal.name == case["signal"])
        beyond = [] if signal.low is None else [(signal.low, signal.low - 1.0)]
        beyond += [] if signal.high is None else [(signal.high, signal.high + 1.0)]
        cases += [
            {**case, "unit": signal.unit, "bound": bound, "wrong": wrong} for bound, wrong in beyond
        ]
    return cases


def _case(text: str) -> str:
    return textwrap.shorten(text, _LONGEST_CASE, placeholder=" ...")
