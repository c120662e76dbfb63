"""The reward and penalty functions of a schema, judged over what is known of a decision.

A decision is judged once the answer no longer depends on what nobody has said yet: the conditions
are tried with every combination of the unknown facts, and only if all lead to one judgement is it
made. The target that learning aims at is 1 for a reward, 0 for a penalty or for no reward, and
0.5 where both are due. A condition that cannot be decided never rewards and always punishes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

from agent_runtime.errors import ConfigError
from agent_runtime.rules import Rule, RuleSet, Verdict
from agent_runtime.signals import Signal

Fact = Literal["accepted", "rejected", "correct", "approved", "escalated", "slow"]
"""What can be known of a decision afterwards."""

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
FACTS: Final = ("accepted", "rejected", "correct", "approved", "escalated", "slow")


@dataclass(frozen=True, kw_only=True, slots=True)
class RewardFunction:
    """What a schema rewards and punishes.

    Attributes:
        reward: CEL over the signals of `meanings`; empty if nothing is rewarded.
        penalty: the same for what is punished.
        meanings: the fact that each signal stands for.
        slow_above_ms: latency from which on an answer is slow (exclusive).
    """

    reward: str
    penalty: str
    meanings: Mapping[str, Fact]
    slow_above_ms: float


class Judge:
    """Judges decisions by a `RewardFunction`."""

    def __init__(self, function: RewardFunction) -> None:
        """Compile the function.

        Raises:
            ConfigError: neither part says anything, or one does not compile over the signals.
        """
        if not function.reward and not function.penalty:
            raise ConfigError("nothing is rewarded and nothing punished")
        self._meanings = dict(function.meanings)
        self._reward = _compiled(function.reward, self._meanings)
        self._penalty = _compiled(function.penalty, self._meanings)

    def judge(self, facts: Mapping[Fact, bool]) -> float | None:
        """Return the target, 0 to 1, or None as long as it hangs on a fact that is not given."""
        targets = {self._target(values) for values in self._completions(facts)}
        return targets.pop() if len(targets) == 1 else None

    def _completions(self, facts: Mapping[Fact, bool]) -> Iterator[dict[str, bool]]:
        unknown = sorted({fact for fact in self._meanings.values() if fact not in facts})
        for guess in product((False, True), repeat=len(unknown)):
            assumed = {**facts, **dict(zip(unknown, guess, strict=True))}
            if not (assumed.get("accepted", False) and assumed.get("rejected", False)):
                yield {name: assumed[fact] for name, fact in self._meanings.items()}

    def _target(self, values: Mapping[str, bool]) -> float:
        rewarded = any(v.fired and not v.undecidable for v in _judged(self._reward, values))
        punished = any(v.fired for v in _judged(self._penalty, values))
        return (0.5 if punished else 1.0) if rewarded else 0.0


def _judged(rules: RuleSet, values: Mapping[str, bool]) -> tuple[Verdict, ...]:
    known = {signal.name for signal in rules.signals}
    return rules.evaluate({name: value for name, value in values.items() if name in known})


def _compiled(expression: str, meanings: Mapping[str, Fact]) -> RuleSet:
    if not expression:
        return RuleSet((), ())
    words = set(_WORD.findall(expression))
    read = tuple(name for name in meanings if name in words)
    rule = Rule(
        rule_id="feedback",
        expression=expression,
        kind="policy",
        severity="low",
        signals=read,
        source="reasoningengine.reasoningfeedbackloop",
        text=expression,
    )
    return RuleSet([Signal(name, unit="bool") for name in read], [rule])
