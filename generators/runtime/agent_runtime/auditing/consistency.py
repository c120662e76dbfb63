"""Analyse rules: which can never or only ever fire, and which contradict each other.

A condition is made of comparisons of signals with constants, so its truth is the same all over
each cell between neighbouring constants. One point of every cell and every constant itself decide
it for all values; nothing is sampled.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, product
from typing import Final

from agent_runtime.auditing.register import PolicyRegister
from agent_runtime.rules import SEVERITIES, Rule, RuleSet
from agent_runtime.signals import Signal

MOST_POINTS: Final = 20_000
"""Combinations of values that one rule is tried on; a larger one is reported, not guessed."""

_NUMBER: Final = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_OUTSIDE: Final = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyFlaw:
    """Something wrong with policies.

    Attributes:
        flaw: `never_fires`, `always_fires`, `inverted_severity`, `unit_conflict`, `too_complex`,
            `tampered`, `changed` or `unknown_agent`.
        agent: whose policies.
        rules: ids of the rules concerned, or names of signals.
        reason: what is wrong, in words.
    """

    flaw: str
    agent: str
    rules: tuple[str, ...]
    reason: str


def analyse_rules(agent: str, rules: RuleSet) -> tuple[PolicyFlaw, ...]:
    """Return what is wrong with the rules of one agent, in their declared order."""
    flaws: list[PolicyFlaw] = []
    tables: dict[str, frozenset[int]] = {}
    signals = {signal.name: signal for signal in rules.signals}
    grids = {
        names: _grid([signals[name] for name in names], rules.rules)
        for names in {tuple(sorted(rule.signals)) for rule in rules.rules}
    }
    for rule in rules.rules:
        grid = grids[tuple(sorted(rule.signals))]
        if grid is None:
            flaws.append(_flaw("too_complex", agent, [rule], "has too many cases to be analysed"))
            continue
        fires = _fires(rule, signals, grid)
        tables[rule.rule_id] = fires
        if not fires:
            flaws.append(_flaw("never_fires", agent, [rule], "is true for no possible value"))
        elif len(fires) == len(grid):
            flaws.append(_flaw("always_fires", agent, [rule], "is true for every possible value"))
    return (*flaws, *_inversions(agent, rules.rules, tables))


def analyse_register(register: PolicyRegister) -> tuple[PolicyFlaw, ...]:
    """Return what is wrong with the policies of all agents, alone and with each other."""
    flaws: list[PolicyFlaw] = []
    units: dict[str, tuple[str, str]] = {}
    for agent, policies in sorted(register.agents.items()):
        if not policies.intact:
            flaws.append(
                PolicyFlaw(
                    flaw="tampered",
                    agent=agent,
                    rules=(),
                    reason=f"the policies of {agent} have the digest {policies.digest[:12]}, not"
                    f" {policies.declared[:12] or 'any'} as declared",
                )
            )
        flaws += analyse_rules(agent, policies.rules)
        for signal in policies.rules.signals:
            other, unit = units.setdefault(signal.name, (agent, signal.unit))
            if unit != signal.unit:
                flaws.append(
                    PolicyFlaw(
                        flaw="unit_conflict",
                        agent=agent,
                        rules=(signal.name,),
                        reason=f"{signal.name} is in {signal.unit} here and in {unit} at {other}",
                    )
                )
    return tuple(flaws)


def _flaw(flaw: str, agent: str, rules: Sequence[Rule], what: str) -> PolicyFlaw:
    told = " and ".join(f"{rule.rule_id} ({rule.expression})" for rule in rules)
    return PolicyFlaw(
        flaw=flaw,
        agent=agent,
        rules=tuple(rule.rule_id for rule in rules),
        reason=f"{told} {what}",
    )


def _inversions(
    agent: str, rules: Sequence[Rule], tables: Mapping[str, frozenset[int]]
) -> Iterable[PolicyFlaw]:
    """Find rules of one kind where the narrower one is the less severe."""
    for one, two in combinations(rules, 2):
        comparable = one.kind == two.kind and sorted(one.signals) == sorted(two.signals)
        if not comparable or one.rule_id not in tables or two.rule_id not in tables:
            continue
        for narrow, wide in ((one, two), (two, one)):
            within = tables[narrow.rule_id] < tables[wide.rule_id] and tables[narrow.rule_id]
            if within and SEVERITIES.index(narrow.severity) < SEVERITIES.index(wide.severity):
                what = f"are the wrong way round: {narrow.severity} where more is amiss"
                yield _flaw("inverted_severity", agent, [narrow, wide], what)


_Point = Mapping[str, float | bool]


def _grid(signals: Sequence[Signal], rules: Iterable[Rule]) -> list[_Point] | None:
    """Return a point of every cell that the constants of `rules` cut; None if they are too many."""
    names = [signal.name for signal in signals]
    constants = sorted(
        {
            float(text)
            for rule in rules
            if set(rule.signals) & set(names)
            for text in _NUMBER.findall(rule.expression)
        }
    )
    axes = [_axis(signal, constants) for signal in signals]
    if math.prod(len(axis) for axis in axes) > MOST_POINTS:
        return None
    return [dict(zip(names, values, strict=True)) for values in product(*axes)]


def _axis(signal: Signal, constants: Sequence[float]) -> list[float | bool]:
    if signal.is_event:
        return [False, True]
    low = signal.low if signal.low is not None else min(constants, default=0.0) - _OUTSIDE
    high = signal.high if signal.high is not None else max(constants, default=0.0) + _OUTSIDE
    cuts = sorted({low, high, *(value for value in constants if low < value < high)})
    between = [(left + right) / 2 for left, right in pairwise(cuts)]
    return [*sorted({*cuts, *between})]


def _fires(rule: Rule, signals: Mapping[str, Signal], grid: Sequence[_Point]) -> frozenset[int]:
    alone = RuleSet([signals[name] for name in rule.signals], [rule])
    return frozenset(index for index, point in enumerate(grid) if alone.evaluate(point)[0].fired)
