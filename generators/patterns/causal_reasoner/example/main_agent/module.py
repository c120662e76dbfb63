"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by causal_reasoner@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.kernels.causal import Counterfactual
from agent_runtime.memory.causal import Ancestor
from agent_runtime.reasoning.case import Case, Enrichment, TensorResults, Verdict
from agent_runtime.reasoning.causal import WorldFactorReasoner
from agent_runtime.reasoning.modes import Mode

from L9.core.memorymanager import MemoryLayers

MODE: Final = "causal_context_enrichment"  # reasoningengine.strategymodes


class CausalReasoner:
    """Takes each factor as evidence in log-odds, and traces factors back in causal memory."""

    def __init__(self, layers: MemoryLayers) -> None:
        self._reasoner = WorldFactorReasoner(MODE, layers.causal)

    @property
    def modes(self) -> Mapping[str, Mode]:
        """The modes of reasoning that it carries out."""
        return {MODE: self._reasoner}

    def reason(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Verdict:
        """Return how far the world model backs a case, with the share that each factor brought.

        Raises:
            InputBoundsError: a factor is not within -1 to 1.
        """
        return self._reasoner.reason(case, enrichment, tensors)

    def otherwise(self, enrichment: Enrichment, changed: Mapping[str, float]) -> Counterfactual:
        """Return what the world model's backing would be if some factors were different.

        Raises:
            InputBoundsError: a factor is unknown, or not within -1 to 1.
        """
        return self._reasoner.otherwise(enrichment, **changed)

    def behind(self, factor: str) -> tuple[Ancestor, ...]:
        """Return what influences `factor` as causal memory knows it, nearest first."""
        return self._reasoner.behind(factor)
