"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by reasoning_engine@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.reasoning.case import Case, Draft, Enrichment, TensorResults
from agent_runtime.reasoning.engine import StagedReasoning
from agent_runtime.reasoning.modes import ConstraintMode, Mode, TensorMode

from L9.agents.main.analogical_reasoner import AnalogicalReasoner
from L9.agents.main.decision_synthesizer import DecisionSynthesizer
from L9.agents.main.governance_bridge import GovernanceBridge
from L9.agents.main.symbolic_reasoner import SymbolicReasoner

MODES: Final = (
    "symbolic_rule_application",
    "tensor_guided_scoring",
    "multi_domain_pattern_matching",
    "governance_constraint_satisfaction",
    "analogical_transfer",
)  # reasoningengine.strategymodes
STEPS: Final = {  # reasoningpipeline, by who does them
    "apply_domain_specific_rules": "symbolic_reasoner",
    "apply_analogical_reasoning": "analogical_reasoner",
    "synthesize_into_decision": "decision_synthesizer",
}
BUDGET_MS: Final = 2000  # learningsystem.autonomyprofile.decisionlatencymaxms


class ReasoningEngine:
    """Hears each mode in its order while there is time, combines them, and thinks again."""

    def __init__(
        self,
        synthesizer: DecisionSynthesizer,
        governance: GovernanceBridge,
        clock: Clock,
        *,
        symbolic: SymbolicReasoner,
        analogical: AnalogicalReasoner,
    ) -> None:
        modes: dict[str, Mode] = {
            "tensor_guided_scoring": TensorMode("tensor_guided_scoring"),
            "governance_constraint_satisfaction": ConstraintMode(
                "governance_constraint_satisfaction", governance.governance.rules
            ),
            **symbolic.modes,
            **analogical.modes,
        }
        self._reasoning = StagedReasoning(
            {name: modes[name] for name in MODES},
            synthesizer,
            None,
            clock,
            budget_ms=BUDGET_MS,
        )

    def decide(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Draft:
        """Return the draft that the modes amount to; one that fails is named in it.

        Raises:
            DeadlineExceededError: the deadline passed before any mode was heard.
        """
        return self._reasoning.decide(case, enrichment, tensors)
