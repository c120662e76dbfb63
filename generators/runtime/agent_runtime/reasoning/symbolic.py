"""Symbolic reasoning: the declared rules of a domain, conditions in CEL over what a case states.

A rule that forbids vetoes the candidate it fires on; one that favours or doubts moves its support.
A rule whose values are impossible (not finite, out of bounds) counts as broken if it forbids and as
not met otherwise: a rule that cannot be decided never helps a candidate. A rule whose values
are not stated is not applied, and the confidence falls by its share of the rules.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from agent_runtime.domains import domain_key
from agent_runtime.errors import ConfigError
from agent_runtime.reasoning.case import Case, Enrichment, TensorResults, Verdict, values_of
from agent_runtime.reasoning.modes import NO_OPINION, silent
from agent_runtime.rules import Rule, RuleSet
from agent_runtime.rules import Verdict as RuleVerdict
from agent_runtime.signals import Signal

Effect = Literal["forbid", "doubt", "favour"]

EFFECTS: Final = ("forbid", "doubt", "favour")
LEAN: Final = 0.3
"""How far rules that all favour, or all doubt, move support away from no opinion."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainRule:
    """A rule of a domain.

    Attributes:
        rule_id: stable name.
        domain: whose rule it is; empty for all domains.
        effect: what follows if its condition holds.
        expression: CEL over `signals`.
        signals: the attributes it reads, with their bounds.
        reason: why, in words.
        source: schema pointer.
    """

    rule_id: str
    domain: str
    effect: Effect
    expression: str
    signals: tuple[Signal, ...]
    reason: str
    source: str


class RuleReasoner:
    """Applies the rules of a case's domain to each candidate."""

    def __init__(self, mode: str, rules: Iterable[DomainRule]) -> None:
        """Compile `rules`.

        Raises:
            ConfigError: an effect is unknown, a name comes twice, or an expression does not
                compile.
        """
        self._mode = mode
        self._rules: dict[str, tuple[DomainRule, RuleSet]] = {}
        for rule in rules:
            if rule.rule_id in self._rules or rule.effect not in EFFECTS:
                raise ConfigError(f"rule {rule.rule_id} comes twice, or effect {rule.effect!r}")
            self._rules[rule.rule_id] = (rule, RuleSet(rule.signals, (_compiled_form(rule),)))

    def reason(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Verdict:
        """Judge each candidate by the rules of the case's domain."""
        del enrichment, tensors
        mine = [
            entry
            for entry in self._rules.values()
            if domain_key(entry[0].domain) in ("", domain_key(case.domain))
        ]
        findings = [_findings(mine, case, place) for place in range(len(case.candidates))]
        applied = sum(len(found) for found in findings)
        if not applied:
            return silent(self._mode, case, f"no rule of {case.domain} applies to what is stated")
        broken = {f.rule.rule_id: f.why for found in findings for f in found if f.forbids}
        moved = {f.rule.rule_id: f.why for found in findings for f in found if f.lean}
        if not broken and not moved:
            return silent(self._mode, case, f"all rules of {case.domain} are kept")
        return Verdict(
            mode=self._mode,
            support=tuple(_support(found) for found in findings),
            confidence=1.0 if broken else applied / (len(mine) * len(case.candidates)),
            reasons=tuple(f"{name}: {why}" for name, why in {**broken, **moved}.items()),
            factors={
                **dict.fromkeys(broken, -1.0),
                **{f.rule.rule_id: f.lean for found in findings for f in found if f.lean},
            },
            objections=tuple(broken),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Finding:
    """What one rule says of one candidate; `lean` is below 0 for doubt."""

    rule: DomainRule
    forbids: bool
    lean: float
    why: str


def _findings(
    rules: Sequence[tuple[DomainRule, RuleSet]], case: Case, candidate: int
) -> list[_Finding]:
    values = values_of(case, candidate)
    found = []
    for rule, compiled in rules:
        read: Mapping[str, float] = {
            s.name: values[s.name] for s in rule.signals if s.name in values
        }
        (verdict,) = compiled.evaluate(read)
        if verdict.outcome != "not_evaluated":
            found.append(_finding(rule, verdict))
    return found


def _finding(rule: DomainRule, verdict: RuleVerdict) -> _Finding:
    held = verdict.fired and not verdict.undecidable
    doubted = rule.effect == "doubt" and verdict.fired
    lean = 1.0 if rule.effect == "favour" and held else -1.0 if doubted else 0.0
    return _Finding(
        rule=rule,
        forbids=rule.effect == "forbid" and verdict.fired,
        lean=lean,
        why=f"{rule.reason} ({verdict.reason})",
    )


def _support(found: Sequence[_Finding]) -> float:
    if any(each.forbids for each in found):
        return 0.0
    leans = [each.lean for each in found if each.lean]
    return NO_OPINION + LEAN * sum(leans) / len(leans) if leans else NO_OPINION


def _compiled_form(rule: DomainRule) -> Rule:
    return Rule(
        rule_id=rule.rule_id,
        expression=rule.expression,
        kind="policy",
        severity="medium",
        signals=tuple(signal.name for signal in rule.signals),
        source=rule.source,
        text=rule.reason,
    )
