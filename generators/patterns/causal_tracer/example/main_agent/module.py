"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by causal_tracer@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.reasoning.case import Draft
from agent_runtime.reasoning.contracts import Outcome
from agent_runtime.reasoning.influences import InfluenceLog, Reading

from L9.core.memorymanager import Explanation, MemoryLayers

INFLUENCES: Final[Mapping[str, Mapping[str, Reading]]] = {  # memorytopology.causalmemory.schema
    "domain_transaction_signal": {
        "tensor_score": "tensor",
        "risk_assessment": "risk",
        "match_confidence": "confidence",
    },
    "world_model_context": {
        "market_condition": "market",
        "temporal_pattern": "temporal",
        "causal_factor": "world",
    },
    "governance_constraint": {
        "escalation_decision": "escalation",
        "human_override_applied": "override",
    },
    "memory_consistency": {
        "decision_validity": "validity",
        "cross_domain_sync_status": "memory",
    },
}


class CausalTracer:
    """Links what was at work in a decision to it, and answers why it was made."""

    def __init__(self, layers: MemoryLayers) -> None:
        """Take the opened layers.

        Raises:
            ConfigError: causal memory was not opened.
        """
        self._log = InfluenceLog(layers.require_causal(), INFLUENCES)

    def record(self, draft: Draft, outcome: Outcome) -> None:
        """Record the declared influences on a decision; the same again changes nothing.

        Raises:
            InputBoundsError: other influences were recorded for this decision.
            MemoryLayerError: the store failed.
        """
        self._log.record(draft, outcome)

    def explain(self, decision_id: str) -> Explanation | None:
        """Return what led to a decision, strongest first, with the factors behind; or None."""
        return self._log.explain(decision_id)
