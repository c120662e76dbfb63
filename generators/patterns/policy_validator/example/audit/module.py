"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by policy_validator@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from pathlib import Path
from typing import Final

from agent_runtime.approvals import Credential
from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.consistency import PolicyFlaw
from agent_runtime.auditing.findings import Finding
from agent_runtime.auditing.pins import (
    PolicyPins,
    accept_policies,
    flaw_findings,
    validate_policies,
)
from agent_runtime.auditing.register import PolicyRegister, load_register
from agent_runtime.settings import AgentSettings
from agent_runtime.tokens import TokenVerifier
from agent_runtime.watch import AuditTrail

KIND: Final = "policy_violation_detected"  # governance.escalationpolicy
WATCHED: Final = (
    "main_agent",
    "plastos_adapter",
    "tensor_trainer",
    "tensoraios",
)  # glue, wirings of event_observe


class PolicyValidator:
    """Analyses the register of policies, and remembers the digest of each agent's."""

    def __init__(
        self,
        register: PolicyRegister,
        pins: PolicyPins,
        *,
        verifier: TokenVerifier,
        audit: AuditTrail,
    ) -> None:
        self.register = register
        self._pins = pins
        self._verifier = verifier
        self._audit = audit

    @classmethod
    def open(
        cls, settings: AgentSettings, folder: Path, *, verifier: TokenVerifier, audit: AuditTrail
    ) -> "PolicyValidator":
        """Return a validator of the register that the settings name; digests are kept in `folder`.

        Raises:
            ConfigError: the register cannot be read, or a rule in it does not compile.
            MemoryLayerError: the store cannot be opened.
        """
        register, pins = load_register(settings), PolicyPins(folder / "policies.db")
        return cls(register, pins, verifier=verifier, audit=audit)

    def flaws(self) -> tuple[PolicyFlaw, ...]:
        """Return what is wrong with the policies: inconsistent, changed, or not known at all."""
        return validate_policies(self.register, self._pins, WATCHED)

    def examine(self, batch: AuditBatch) -> tuple[Finding, ...]:
        """Return a finding for each flaw, the same as long as it is there."""
        return flaw_findings(KIND, self.flaws(), batch.trace_id)

    def accept(self, agent: str, *, token: Credential | None, trace_id: str) -> None:
        """Take the present policies of `agent` as announced: their change is no flaw any more.

        Raises:
            InputBoundsError: the register holds no policies of the agent.
            NotAuthenticatedError: the token is missing or not believed.
            NotAuthorisedError: the token lacks the role or is for another action.
        """
        accept_policies(
            self.register,
            self._pins,
            agent,
            token=token,
            verifier=self._verifier,
            audit=self._audit,
            trace_id=trace_id,
        )

    def close(self) -> None:
        """Close the store."""
        self._pins.close()
