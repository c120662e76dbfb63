"""Measure how well a candidate model ranks held-out links, beside the model in service."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from agent_runtime.guards import within
from agent_runtime.kernels.linkmodel import LinkModel
from agent_runtime.kernels.signflip import sign_flip_test
from agent_runtime.validation import LEAST_LINKS, HoldOut, answers_of, relative_drop

LEVEL: Final = 0.05
"""Chance of calling two equally good models different."""
_ENDS: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class AccuracyReport:
    """Two models on the same held-out questions; without a current model, popularity is the other.

    Attributes:
        links: held-out links that both could be asked about.
        candidate_mrr: mean reciprocal rank of the candidate.
        reference_mrr: the same of the other.
        drop: by what share the candidate is less accurate; 0 if it is not.
        p_better: one-sided p-value of the candidate being better by chance.
        p_worse: the same of being worse.
        verdict: "better" or "worse" if its p-value is at most the level, else "alike"; "unknown"
            if too few links could be compared.
    """

    links: int
    candidate_mrr: float
    reference_mrr: float
    drop: float
    p_better: float
    p_worse: float
    verdict: str

    def figures(self) -> dict[str, float]:
        """Return the figures by name, for records and metrics."""
        return {
            "links": float(self.links),
            "candidate_mrr": self.candidate_mrr,
            "reference_mrr": self.reference_mrr,
            "drop": self.drop,
            "p_better": self.p_better,
            "p_worse": self.p_worse,
        }


def evaluate_accuracy(
    candidate: LinkModel,
    current: LinkModel | None,
    hold_out: HoldOut,
    *,
    level: float = LEVEL,
    seed: int = 0,
) -> AccuracyReport:
    """Compare `candidate` with `current` by a paired sign-flip test over held-out links.

    Both ends of a link count as one pair, as they are not independent.

    Args:
        candidate: the new model.
        current: the model in service, if any.
        hold_out: questions that neither learnt from, and what else is true.
        level: significance level, within 0 to 0.5.
        seed: decides the random sign patterns.

    Raises:
        InputBoundsError: the level is out of bounds.
    """
    limit = within(level, 0.0, 0.5, "significance level")
    answers = answers_of(candidate, current, hold_out)
    if answers.links < LEAST_LINKS:
        return AccuracyReport(
            links=answers.links,
            candidate_mrr=0.0,
            reference_mrr=0.0,
            drop=0.0,
            p_better=1.0,
            p_worse=1.0,
            verdict="unknown",
        )
    gains = (answers.candidate - answers.reference).reshape(_ENDS, -1).mean(axis=0)
    better, worse = sign_flip_test(gains, seed=seed), sign_flip_test(-gains, seed=seed)
    new, old = float(np.mean(answers.candidate)), float(np.mean(answers.reference))
    return AccuracyReport(
        links=answers.links,
        candidate_mrr=new,
        reference_mrr=old,
        drop=relative_drop(old, new),
        p_better=better,
        p_worse=worse,
        verdict="better" if better <= limit else "worse" if worse <= limit else "alike",
    )
