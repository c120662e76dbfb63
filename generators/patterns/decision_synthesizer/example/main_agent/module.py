"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by decision_synthesizer@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import checked_output
from agent_runtime.reasoning.case import Case, Draft, Verdict
from agent_runtime.reasoning.synthesis import Synthesizer, WeightSource

MODES: Final = (
    "symbolic_rule_application",
    "tensor_guided_scoring",
    "causal_context_enrichment",
    "multi_domain_pattern_matching",
    "governance_constraint_satisfaction",
    "analogical_transfer",
    "reflective_planning",
)  # reasoningengine.strategymodes


class DecisionSynthesizer:
    """Pools what the modes say in log-odds, each by its learnt weight and its confidence."""

    def __init__(self, *, weights: WeightSource | None = None) -> None:
        self._synthesizer = Synthesizer(weights)

    def combine(
        self, case: Case, verdicts: Sequence[Verdict], skipped: Mapping[str, str] | None = None
    ) -> Draft:
        """Return the draft that `verdicts` amount to; `skipped` modes lower its confidence.

        Raises:
            InputBoundsError: a mode is not declared or speaks twice, or numbers are out of bounds.
            OutputBoundsError: a combined number is not within 0 to 1; the draft is withheld.
        """
        heard = [verdict.mode for verdict in verdicts]
        if len(set(heard)) < len(heard) or not set(heard) <= set(MODES):
            raise InputBoundsError(f"verdicts of {heard}; each of {MODES} speaks once")
        draft = self._synthesizer.combine(case, verdicts, skipped)
        checked_output([draft.confidence, *draft.support], low=0.0, high=1.0, name="draft")
        return draft
