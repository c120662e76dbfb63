"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by learning_loop@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from agent_runtime.clock import Clock
from agent_runtime.feedback.learning import LearningPlan, Lesson, WeightLearner
from agent_runtime.reasoning.traces import DecisionTrace

from L9.agents.main.governance_bridge import GovernanceBridge

PLAN: Final = LearningPlan(
    modes=(
        "symbolic_rule_application",
        "tensor_guided_scoring",
        "multi_domain_pattern_matching",
        "governance_constraint_satisfaction",
        "analogical_transfer",
    ),  # reasoningengine.strategymodes
    stability_threshold=0.3,  # learningsystem.cognitivegrowthvector
    rollback=False,  # learningsystem.modelupdatepolicy.rollbackonregression
)
STORE: Final = "learning.db"
AUDIT_EVENT: Final = "learning_feedback_collection"  # governance.auditscope


class LearningLoop:
    """Trusts modes that foresaw outcomes more, by domain, in bounded steps."""

    def __init__(self, learner: WeightLearner, governance: GovernanceBridge) -> None:
        self._learner = learner
        self._governance = governance

    @classmethod
    def open(cls, folder: Path, governance: GovernanceBridge, clock: Clock) -> Self:
        """Open what was learnt so far in `folder`.

        Raises:
            MemoryLayerError: it cannot be opened.
        """
        return cls(WeightLearner(folder / STORE, PLAN, clock), governance)

    def weights(self, domain: str) -> Mapping[str, float]:
        """Return the weight of each mode in `domain`; they sum to 1."""
        return self._learner.weights(domain)

    def target_of(self, decision_id: str) -> float | None:
        """Return how a decision turned out, as it was learnt; None if it was not."""
        return self._learner.target_of(decision_id)

    def learn(self, trace: DecisionTrace, target: float) -> Lesson | None:
        """Learn how a decision turned out, 0 to 1; None if that was learnt before.

        Raises:
            InputBoundsError: the target is not within 0 to 1.
            MemoryLayerError: what was learnt cannot be kept.
        """
        lesson = self._learner.learn(trace, target)
        if lesson is not None:
            self._governance.audit(
                AUDIT_EVENT,
                trace.decision_id,
                {"target": target, "shifted": lesson.shifted, "weights": dict(lesson.after)},
                trace.trace_id,
            )
        return lesson

    def close(self) -> None:
        """Close the store."""
        self._learner.close()
