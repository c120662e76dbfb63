"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by analogical_reasoner@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.reasoning.analogy import CaseReasoner, OutcomeSource, Precedent, Reach
from agent_runtime.reasoning.case import Case, Enrichment, TensorResults
from agent_runtime.reasoning.modes import Mode

from L9.core.memorymanager import MemoryLayers

MODES: Final[Mapping[str, Reach]] = {  # reasoningengine.strategymodes
    "multi_domain_pattern_matching": "all",
    "analogical_transfer": "others",
}


class AnalogicalReasoner:
    """Looks up precedents with a known outcome in episodic memory."""

    def __init__(self, layers: MemoryLayers, outcomes: OutcomeSource) -> None:
        """Take the opened layers and what knows how decisions turned out.

        Raises:
            ConfigError: episodic memory was not opened.
        """
        memory = layers.require_episodic()
        self._reasoners = {
            name: CaseReasoner(name, memory, outcomes, reach=reach) for name, reach in MODES.items()
        }

    @property
    def modes(self) -> Mapping[str, Mode]:
        """The modes of reasoning that it carries out."""
        return dict(self._reasoners)

    def precedents(
        self, mode: str, case: Case, candidate: int, enrichment: Enrichment, tensors: TensorResults
    ) -> tuple[Precedent, ...]:
        """Return the past cases that `mode` compares a candidate with, likest first.

        Raises:
            KeyError: `mode` is none of `MODES`.
        """
        return self._reasoners[mode].precedents(case, candidate, enrichment, tensors)
