"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by compliance_checker@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.compliance import Compliance, ComplianceRules, ConductCheck
from agent_runtime.auditing.findings import Finding
from agent_runtime.reasoning.case import Draft

from L9.governance.tensor_auditor.governance_bridge import GovernanceBridge
from L9.governance.tensor_auditor.policy_validator import PolicyValidator

KIND: Final = "governance_rule_violated"  # governance.escalationpolicy


class ComplianceChecker:
    """Judges decisions by compiled rules: one that fires obliges the agent to ask."""

    def __init__(self, governance: GovernanceBridge, *, policies: PolicyValidator) -> None:
        self._own = ComplianceRules(governance.governance.rules)
        self._others = ConductCheck(policies.register, kind=KIND)

    def check(self, values: Mapping[str, float | bool], *, status: str = "") -> Compliance:
        """Judge a decision of this agent by what it tells of the signals.

        Args:
            values: value by signal.
            status: how governance left it; empty before governance has seen it.

        Raises:
            InputBoundsError: a name is no signal of the rules.
        """
        return self._own.check(values, status=status)

    def require(self, values: Mapping[str, float | bool], *, status: str = "") -> Compliance:
        """Judge a decision of this agent, and stop it if it breaks a rule.

        Raises:
            GovernanceError: it breaks a rule; the message names each.
            InputBoundsError: a name is no signal of the rules.
        """
        return self._own.require(values, status=status)

    def violations(self, draft: Draft) -> tuple[str, ...]:
        """Return the ids of the rules that `draft` breaks as it stands, in their declared order."""
        return self._own.violations(draft)

    def examine(self, batch: AuditBatch) -> tuple[Finding, ...]:
        """Return one finding for each sampled decision that breaks rules of its agent."""
        return self._others.examine(batch)
