"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by symbolic_reasoner@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.reasoning.case import Case, Enrichment, TensorResults, Verdict
from agent_runtime.reasoning.modes import Mode
from agent_runtime.reasoning.symbolic import DomainRule, RuleReasoner
from agent_runtime.signals import Signal

MODE: Final = "symbolic_rule_application"  # reasoningengine.strategymodes
RULES: Final = (
    DomainRule(
        rule_id="loss_making_deal",
        domain="PlastOS",
        effect="doubt",
        expression="loss_ratio > 0.02",
        signals=(Signal("loss_ratio", unit="number", low=None, high=None),),
        reason="a deal that loses more than 2 percent of its value is never recommended",
        source="reasoningengine.domainrules[0]",
    ),
    DomainRule(
        rule_id="proven_partners",
        domain="PlastOS",
        effect="favour",
        expression="repeat_deal_ratio > 0.5",
        signals=(Signal("repeat_deal_ratio", unit="number", low=None, high=None),),
        reason="most deals of these two were with each other",
        source="reasoningengine.domainrules[1]",
    ),
    DomainRule(
        rule_id="overlent_property",
        domain="MortgageOS",
        effect="favour",
        expression="loan_to_value_ratio <= 0.95 && debt_to_income_ratio < 0.2",
        signals=(
            Signal("loan_to_value_ratio", unit="number", low=None, high=None),
            Signal("debt_to_income_ratio", unit="number", low=None, high=None),
        ),
        reason="the loan exceeds what the property can secure",
        source="reasoningengine.domainrules[2]",
    ),
    DomainRule(
        rule_id="stretched_borrower",
        domain="MortgageOS",
        effect="doubt",
        expression="debt_to_income_ratio > 0.45",
        signals=(Signal("debt_to_income_ratio", unit="number", low=None, high=None),),
        reason="payments would take too much of the income",
        source="reasoningengine.domainrules[3]",
    ),
)


class SymbolicReasoner:
    """Judges the candidates of a case by the rules of its domain."""

    def __init__(self) -> None:
        self._reasoner = RuleReasoner(MODE, RULES)

    @property
    def modes(self) -> Mapping[str, Mode]:
        """The modes of reasoning that it carries out."""
        return {MODE: self._reasoner}

    def reason(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Verdict:
        """Return what the rules say of each candidate; a broken rule is an objection."""
        return self._reasoner.reason(case, enrichment, tensors)
