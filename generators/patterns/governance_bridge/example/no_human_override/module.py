"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by governance_bridge@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.flags import Flags
from agent_runtime.governance import Anchor, Approval, AuditTrail, Credential, Governance, Policy
from agent_runtime.signals import Signal
from agent_runtime.tokens import TokenVerifier
from agent_runtime.values import JsonObject

from L9.governance.escalation_handler import Escalation, Escalations
from L9.governance.policy_engine import Rule, RuleSet

AGENT: Final = "tensor_auditor"

# TensorAuditor#/governance/escalationpolicy
BIAS_DETECTED: Final = Signal("bias_detected", unit="bool")

# TensorAuditor#/learningsystem/autonomyprofile/escalationtriggers/1
BIAS_SCORE: Final = Signal("bias_score", low=0.0, high=1.0, escalate_above=0.8)

# TensorAuditor#/governance/escalationpolicy
DRIFT: Final = Signal("drift", low=0.0, high=1.0, escalate_above=0.1)

# TensorAuditor#/governance/escalationpolicy
FRAUD_PATTERN_MATCH: Final = Signal("fraud_pattern_match", unit="bool")

# TensorAuditor#/governance/escalationpolicy
GOVERNANCE_RULE_VIOLATED: Final = Signal("governance_rule_violated", unit="bool")

# TensorAuditor#/governance/escalationpolicy
POLICY_VIOLATION_DETECTED: Final = Signal("policy_violation_detected", unit="bool")

SIGNALS: Final[tuple[Signal, ...]] = (
    BIAS_DETECTED,
    BIAS_SCORE,
    DRIFT,
    FRAUD_PATTERN_MATCH,
    GOVERNANCE_RULE_VIOLATED,
    POLICY_VIOLATION_DETECTED,
)

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        rule_id="R-tensor_auditor-01",
        expression="policy_violation_detected",
        kind="policy",
        severity="high",
        signals=("policy_violation_detected",),
        source="TensorAuditor#/governance/escalationpolicy",
        text="policy_violation_detected",
    ),
    Rule(
        rule_id="R-tensor_auditor-02",
        expression="bias_detected",
        kind="policy",
        severity="high",
        signals=("bias_detected",),
        source="TensorAuditor#/governance/escalationpolicy",
        text="bias_detected",
    ),
    Rule(
        rule_id="R-tensor_auditor-03",
        expression="drift > 0.1",
        kind="policy",
        severity="high",
        signals=("drift",),
        source="TensorAuditor#/governance/escalationpolicy",
        text="drift > threshold",
    ),
    Rule(
        rule_id="R-tensor_auditor-04",
        expression="fraud_pattern_match",
        kind="policy",
        severity="high",
        signals=("fraud_pattern_match",),
        source="TensorAuditor#/governance/escalationpolicy",
        text="fraud_pattern_match",
    ),
    Rule(
        rule_id="R-tensor_auditor-05",
        expression="governance_rule_violated",
        kind="policy",
        severity="high",
        signals=("governance_rule_violated",),
        source="TensorAuditor#/governance/escalationpolicy",
        text="governance_rule_violated",
    ),
    Rule(
        rule_id="R-tensor_auditor-06",
        expression="policy_violation_detected",
        kind="trigger",
        severity="high",
        signals=("policy_violation_detected",),
        source="TensorAuditor#/learningsystem/autonomyprofile/escalationtriggers/0",
        text="policy_violation_detected",
    ),
    Rule(
        rule_id="R-tensor_auditor-07",
        expression="bias_score > 0.8",
        kind="trigger",
        severity="high",
        signals=("bias_score",),
        source="TensorAuditor#/learningsystem/autonomyprofile/escalationtriggers/1",
        text="bias_score > 0.8",
    ),
    Rule(
        rule_id="R-tensor_auditor-08",
        expression="drift > 0.1",
        kind="trigger",
        severity="high",
        signals=("drift",),
        source="TensorAuditor#/learningsystem/autonomyprofile/escalationtriggers/2",
        text="drift > threshold",
    ),
    Rule(
        rule_id="R-tensor_auditor-09",
        expression="fraud_pattern_match",
        kind="trigger",
        severity="high",
        signals=("fraud_pattern_match",),
        source="TensorAuditor#/learningsystem/autonomyprofile/escalationtriggers/3",
        text="fraud_pattern_match",
    ),
)

# governance, collaborationnetwork.autonomyscope, learningsystem.autonomyprofile.tasklimit
POLICY: Final = Policy(
    mode="hybrid",
    human_override=False,
    anchors=(
        Anchor(name="Igor", role="executive_architect", channels=("email", "slack")),
        Anchor(
            name="Compliance Officer",
            role="regulation_and_policy",
            channels=("email", "governance_bus"),
        ),
        Anchor(
            name="Domain Oversight Council",
            role="cross_domain_decisions",
            channels=("governance_bus",),
        ),
    ),
    internal_decisions="full",
    external_actions="none",
    task_limit=None,
    audit_scope=(
        "tensor_inference_calls",
        "main_agent_decisions",
        "adapter_translations",
        "training_job_execution",
        "model_promotion_decisions",
        "all_governance_flags",
    ),
    compliance_auditor="L9/governance/meta_audit_tensor_auditor.py",
)

ESCALATION_TIMEOUT_SECONDS: Final = 3600.0  # meta.dependency.integration, escalation


class GovernanceBridge:
    """What the other modules of the agent see of governance: judge, ask, record, authorise."""

    def __init__(self, governance: Governance) -> None:
        self._governance = governance

    @classmethod
    def wire(
        cls,
        *,
        audit: AuditTrail,
        escalations: Escalations,
        approvals: TokenVerifier,
        clock: Clock,
        flags: Flags | None = None,
    ) -> "GovernanceBridge":
        """Return a bridge to a governance that holds the agent to `POLICY` and `RULES`."""
        governance = Governance(
            agent=AGENT,
            policy=POLICY,
            rules=RuleSet(SIGNALS, RULES),
            audit=audit,
            escalations=escalations,
            approvals=approvals,
            clock=clock,
            flags=flags,
            escalation_timeout_seconds=ESCALATION_TIMEOUT_SECONDS,
        )
        return cls(governance)

    @property
    def governance(self) -> Governance:
        """The governance behind the bridge, with its status and task slots."""
        return self._governance

    def observe(
        self, signal: Signal, values: float | Iterable[float], *, subject: str, trace_id: str
    ) -> tuple[Escalation, ...]:
        """Judge one or many measurements of `signal`; return what was escalated.

        Raises:
            InputBoundsError: there is no measurement.
        """
        return self._governance.observe_signal(signal, values, subject=subject, trace_id=trace_id)

    def observe_all(
        self, values: Mapping[str, float | bool], *, subject: str, trace_id: str
    ) -> tuple[Escalation, ...]:
        """Judge the signals named in `values` together; return what was escalated.

        Raises:
            InputBoundsError: a name is none of `SIGNALS`.
        """
        return self._governance.observe(values, subject=subject, trace_id=trace_id)

    def escalate(self, subject: str, reason: str, severity: str, *, trace_id: str) -> Escalation:
        """Ask the anchors about `subject`, whatever the rules say.

        Raises:
            InputBoundsError: there is no such severity.
        """
        return self._governance.escalate(subject, reason, severity, trace_id=trace_id)

    def audit(self, action: str, subject: str, detail: JsonObject, trace_id: str) -> None:
        """Record one of the events that the schema wants audited.

        Raises:
            GovernanceError: `action` is none of them.
        """
        self._governance.audit(action, subject=subject, detail=detail, trace_id=trace_id)

    def permit(
        self,
        decision: str,
        *,
        subject: str | None = None,
        token: Credential | None = None,
        trace_id: str,
    ) -> Approval:
        """Permit a decision inside the agent: full.

        Raises:
            GovernanceError: it is outside the autonomy, or an escalation holds `subject`.
            NotAuthenticatedError: a token is needed and missing or not believed.
            NotAuthorisedError: the token lacks the role or is for another action.
        """
        return self._governance.authorise_internal(
            decision, token=token, subject=subject, trace_id=trace_id
        )

    def authorise(
        self, action: str, token: Credential | None, trace_id: str, *, subject: str | None = None
    ) -> Approval:
        """Permit an action that others notice: none.

        Raises:
            GovernanceError: it is outside the autonomy, or an escalation holds `subject`.
            NotAuthenticatedError: a token is needed and missing or not believed.
            NotAuthorisedError: the token lacks the role or is for another action.
        """
        return self._governance.authorise_external(
            action, token=token, subject=subject, trace_id=trace_id
        )

    def answer(
        self, escalation_id: str, *, token: Credential, approve: bool, reason: str, trace_id: str
    ) -> Escalation:
        """Let a governance token holder approve or refuse what was escalated.

        Raises:
            GovernanceError: there is no such escalation, or it is closed.
            NotAuthenticatedError: the token is not believed.
            NotAuthorisedError: the token lacks the role or is for another action.
        """
        return self._governance.answer(
            escalation_id, token=token, approve=approve, reason=reason, trace_id=trace_id
        )

    def override(
        self, escalation_id: str, *, token: Credential, decision: str, trace_id: str
    ) -> Escalation:
        """Let a governance token holder replace a decision, if the policy lets people do so.

        Raises:
            GovernanceError: the policy forbids it, there is no such escalation, or it is closed.
            NotAuthenticatedError: the token is not believed.
            NotAuthorisedError: the token lacks the role or is for another action.
        """
        return self._governance.override(
            escalation_id, token=token, decision=decision, trace_id=trace_id
        )
