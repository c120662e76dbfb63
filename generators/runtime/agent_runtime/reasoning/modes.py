"""Modes of reasoning without a module of their own: what tensors say, what governance allows."""

import math
from collections.abc import Mapping
from typing import Final, Protocol

from agent_runtime.reasoning.case import Case, Enrichment, TensorResults, Verdict, values_of
from agent_runtime.rules import RuleSet
from agent_runtime.shapes.links import ScoredLink

NO_OPINION: Final = 0.5
"""Support of a mode that neither backs nor doubts a candidate; its confidence is 0 then."""


class Mode(Protocol):
    """One way to look at a case."""

    def reason(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Verdict:
        """Return what this mode makes of the case.

        Raises:
            AgentError: it can say nothing; the engine goes on without it and says so.
        """
        ...


def silent(mode: str, case: Case, why: str) -> Verdict:
    """Return the verdict of a mode that has no opinion on a case."""
    return Verdict(
        mode=mode, support=(NO_OPINION,) * len(case.candidates), confidence=0.0, reasons=(why,)
    )


class TensorMode:
    """Takes the calibrated chances of the tensor layer as they are.

    Its confidence is 1 less twice the mean standard deviation (at most 0.5) of those chances, times
    the share of candidates that were scored.
    """

    def __init__(self, mode: str) -> None:
        self._mode = mode

    def reason(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Verdict:
        """Return support by candidate; those that were not scored get none either way."""
        del enrichment
        scored = {link.index: link for link in tensors.links if link.index < len(case.candidates)}
        if not scored:
            missing = "; ".join(f"{name}: {why}" for name, why in tensors.missing.items())
            return silent(self._mode, case, f"no candidate was scored {missing}".rstrip())
        support = tuple(
            scored[place].confidence if place in scored else NO_OPINION
            for place in range(len(case.candidates))
        )
        doubt = math.fsum(link.deviation for link in scored.values()) / len(scored)
        best = max(scored.values(), key=lambda link: link.confidence)
        worst = max(tensors.anomalies.values(), default=0.0)
        factors = {"tensor_score": 2.0 * best.confidence - 1.0}
        if tensors.anomalies:
            factors["tensor_anomaly"] = -worst
        return Verdict(
            mode=self._mode,
            support=support,
            confidence=(1.0 - 2.0 * doubt) * len(scored) / len(case.candidates),
            reasons=(_told(best, tensors.model_version),),
            factors=factors,
        )


class ConstraintMode:
    """Objects to what would break a rule of governance, by what is known before the decision.

    It has no opinion on what keeps the rules: to be allowed is no merit.
    """

    def __init__(self, mode: str, rules: RuleSet) -> None:
        """Take the compiled rules of the agent."""
        self._mode = mode
        self._rules = rules

    def reason(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Verdict:
        """Return no support for candidates that break a rule, and no opinion on the others."""
        del enrichment
        support, broken = [], dict[str, str]()
        for place in range(len(case.candidates)):
            known = _known(self._rules, values_of(case, place), case, tensors)
            fired = [each for each in self._rules.evaluate(known) if each.fired]
            broken.update({each.rule_id: each.reason for each in fired})
            support.append(0.0 if fired else NO_OPINION)
        if not broken:
            return silent(self._mode, case, "no rule of governance speaks against it")
        return Verdict(
            mode=self._mode,
            support=tuple(support),
            confidence=1.0,
            reasons=tuple(f"{rule} is broken: {why}" for rule, why in broken.items()),
            factors={"governance_constraint": -1.0},
            objections=tuple(broken),
        )


def _told(best: ScoredLink, model: str | None) -> str:
    link = f"{best.subject} {best.relation} {best.object}"
    return f"model {model} gives {link} a chance of {best.confidence:.2f}"


def _known(
    rules: RuleSet, values: Mapping[str, float], case: Case, tensors: TensorResults
) -> dict[str, float | bool]:
    """Return the signals whose value is known before the decision is made."""
    known: dict[str, float | bool] = {}
    for signal in rules.signals:
        if signal.is_event:
            continue
        if signal.name in values:
            known[signal.name] = values[signal.name]
        elif "criticality" in signal.name:
            known[signal.name] = case.criticality
        elif "anomal" in signal.name and tensors.anomalies:
            known[signal.name] = max(tensors.anomalies.values())
    return known
