"""Causal reasoning: signed factors of the world model as evidence for or against a case.

A factor of strength f within -1 to 1 counts as f * `GAIN` of log-odds, and factors add up (naive
Bayes in log-odds form; Good, "Probability and the Weighing of Evidence", 1950). What each factor
brought is its exact Shapley share of the resulting probability
(`agent_runtime.kernels.causal.attribute`).
"""

import math
from collections.abc import Mapping
from typing import Final

from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.causal import Counterfactual, attribute
from agent_runtime.memory.causal import FACTOR, Ancestor, CausalMemory
from agent_runtime.reasoning.case import Case, Enrichment, TensorResults, Verdict
from agent_runtime.reasoning.modes import silent
from agent_runtime.reasoning.pooling import logistic

GAIN: Final = 2.0
"""Log-odds of a factor at full strength: it alone makes a chance of 0.88."""
MOST_FACTORS: Final = 12
"""Factors that are attributed, the strongest first; exact shares cost 2^n scores."""
_DEPTH: Final = 3


def weigh(factors: Mapping[str, float]) -> float:
    """Return the chance that `factors` (name to strength, -1 to 1) amount to together."""
    return logistic(GAIN * math.fsum(factors.values()))


class WorldFactorReasoner:
    """Weighs a case by what the world model says, and traces factors back in causal memory."""

    def __init__(self, mode: str, memory: CausalMemory | None = None) -> None:
        self._mode = mode
        self._memory = memory

    def reason(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Verdict:
        """Return one support for all candidates: the factors speak of the case as a whole.

        The confidence is the share of what was asked of the world model that it knew.

        Raises:
            InputBoundsError: a factor is not within -1 to 1.
        """
        del tensors
        factors = _checked(enrichment.factors)
        if not factors:
            return silent(self._mode, case, "the world model names no factor")
        shares = attribute(weigh, factors, baseline=dict.fromkeys(factors, 0.0))
        known = len(factors) / (len(factors) + len(enrichment.gaps))
        return Verdict(
            mode=self._mode,
            support=(shares.score,) * len(case.candidates),
            confidence=known,
            reasons=tuple(self._explained(name, factors[name]) for name in shares.ranked()[:3]),
            factors=shares.shares,
        )

    def otherwise(self, enrichment: Enrichment, **changed: float) -> Counterfactual:
        """Return what the chance would be if some factors had other strengths.

        Raises:
            InputBoundsError: a factor is unknown, or a strength not within -1 to 1.
        """
        factors = _checked(enrichment.factors)
        unknown = sorted(set(changed) - set(factors))
        if unknown:
            raise InputBoundsError(f"the world model did not name {', '.join(unknown)}")
        after = weigh({**factors, **_checked(changed)})
        return Counterfactual(changed=changed, before=weigh(factors), after=after)

    def behind(self, factor: str) -> tuple[Ancestor, ...]:
        """Return what influences `factor` by causal memory, nearest first; nothing without one."""
        if self._memory is None:
            return ()
        return self._memory.ancestors(f"{FACTOR}{factor}", depth=_DEPTH)

    def _explained(self, name: str, strength: float) -> str:
        word = "for" if strength >= 0.0 else "against"
        roots = [each.atom_id.removeprefix(FACTOR) for each in self.behind(name)]
        tail = f", behind it {roots[0]}" if roots else ""
        return f"{name} speaks {word} it ({strength:+.2f}){tail}"


def _checked(factors: Mapping[str, float]) -> dict[str, float]:
    """Return the strongest factors, in the order given."""
    wrong = sorted(name for name, value in factors.items() if not -1.0 <= value <= 1.0)
    if wrong:
        raise InputBoundsError(f"factors must be within -1 to 1: {', '.join(wrong)}")
    strongest = sorted(factors, key=lambda name: -abs(factors[name]))[:MOST_FACTORS]
    return {name: value for name, value in factors.items() if name in strongest}
