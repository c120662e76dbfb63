"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by governance_bridge@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.escalation import Escalation, Escalations
from agent_runtime.flags import Flags
from agent_runtime.rules import Rule, RuleSet
from agent_runtime.signals import Signal
from agent_runtime.tokens import TokenVerifier
from agent_runtime.values import JsonObject

from L9.core.governance import Anchor, Approval, AuditTrail, Credential, Governance, Policy

AGENT: Final = "tensoraios"

# TensorAIOS#/deployment/alerting/1
ACCURACY_DROP: Final = Signal("accuracy_drop", low=0.0, high=1.0, escalate_above=0.05)

# TensorAIOS#/governance/escalationpolicy
ANOMALY_SCORE: Final = Signal("anomaly_score", low=0.0, high=1.0, escalate_above=0.95)

# TensorAIOS#/governance/escalationpolicy
CRITICALITY: Final = Signal("criticality", low=0.0, high=1.0)

# TensorAIOS#/learningsystem/autonomyprofile/escalationtriggers/3
EMBEDDING_DRIFT_DETECTED: Final = Signal("embedding_drift_detected", unit="bool")

# TensorAIOS#/governance/escalationpolicy
INFERENCE_LATENCY: Final = Signal("inference_latency", unit="ms", low=0.0, escalate_above=500.0)

# TensorAIOS#/deployment/alerting/0
LATENCY: Final = Signal("latency", unit="ms", low=0.0, escalate_above=500.0)

# TensorAIOS#/learningsystem/autonomyprofile/escalationtriggers/0
MODEL_ACCURACY_DROP: Final = Signal("model_accuracy_drop", low=0.0, high=1.0, escalate_above=0.05)

# TensorAIOS#/governance/escalationpolicy
MODEL_CONFIDENCE: Final = Signal("model_confidence", low=0.0, high=1.0)

# TensorAIOS#/governance/escalationpolicy
MODEL_DRIFT_DETECTED: Final = Signal("model_drift_detected", unit="bool")

# TensorAIOS#/deployment/alerting/3
MODEL_LOADING_FAILS: Final = Signal("model_loading_fails", unit="bool")

SIGNALS: Final[tuple[Signal, ...]] = (
    ACCURACY_DROP,
    ANOMALY_SCORE,
    CRITICALITY,
    EMBEDDING_DRIFT_DETECTED,
    INFERENCE_LATENCY,
    LATENCY,
    MODEL_ACCURACY_DROP,
    MODEL_CONFIDENCE,
    MODEL_DRIFT_DETECTED,
    MODEL_LOADING_FAILS,
)

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        rule_id="R-tensoraios-01",
        expression="model_confidence < 0.6 && criticality > 0.8",
        kind="policy",
        severity="high",
        signals=("model_confidence", "criticality"),
        source="TensorAIOS#/governance/escalationpolicy",
        text="model_confidence < 0.6 AND criticality > 0.8",
    ),
    Rule(
        rule_id="R-tensoraios-02",
        expression="anomaly_score > 0.95",
        kind="policy",
        severity="high",
        signals=("anomaly_score",),
        source="TensorAIOS#/governance/escalationpolicy",
        text="anomaly_score > 0.95",
    ),
    Rule(
        rule_id="R-tensoraios-03",
        expression="inference_latency > 500.0",
        kind="policy",
        severity="high",
        signals=("inference_latency",),
        source="TensorAIOS#/governance/escalationpolicy",
        text="inference_latency > 500ms",
    ),
    Rule(
        rule_id="R-tensoraios-04",
        expression="model_drift_detected",
        kind="policy",
        severity="high",
        signals=("model_drift_detected",),
        source="TensorAIOS#/governance/escalationpolicy",
        text="model_drift_detected",
    ),
    Rule(
        rule_id="R-tensoraios-05",
        expression="model_accuracy_drop > 0.05",
        kind="trigger",
        severity="high",
        signals=("model_accuracy_drop",),
        source="TensorAIOS#/learningsystem/autonomyprofile/escalationtriggers/0",
        text="model_accuracy_drop > 5 percent",
    ),
    Rule(
        rule_id="R-tensoraios-06",
        expression="inference_latency > 500.0",
        kind="trigger",
        severity="high",
        signals=("inference_latency",),
        source="TensorAIOS#/learningsystem/autonomyprofile/escalationtriggers/1",
        text="inference_latency > 500ms",
    ),
    Rule(
        rule_id="R-tensoraios-07",
        expression="anomaly_score > 0.95",
        kind="trigger",
        severity="high",
        signals=("anomaly_score",),
        source="TensorAIOS#/learningsystem/autonomyprofile/escalationtriggers/2",
        text="anomaly_score > 0.95",
    ),
    Rule(
        rule_id="R-tensoraios-08",
        expression="embedding_drift_detected",
        kind="trigger",
        severity="high",
        signals=("embedding_drift_detected",),
        source="TensorAIOS#/learningsystem/autonomyprofile/escalationtriggers/3",
        text="embedding_drift_detected",
    ),
    Rule(
        rule_id="R-tensoraios-09",
        expression="latency > 500.0",
        kind="alert",
        severity="medium",
        signals=("latency",),
        source="TensorAIOS#/deployment/alerting/0",
        text="alert_ops_if_latency > 500ms",
        target="ops",
    ),
    Rule(
        rule_id="R-tensoraios-10",
        expression="accuracy_drop > 0.05",
        kind="alert",
        severity="high",
        signals=("accuracy_drop",),
        source="TensorAIOS#/deployment/alerting/1",
        text="alert_governance_if_accuracy_drop > 5 percent",
    ),
    Rule(
        rule_id="R-tensoraios-11",
        expression="anomaly_score > 0.95",
        kind="alert",
        severity="critical",
        signals=("anomaly_score",),
        source="TensorAIOS#/deployment/alerting/2",
        text="alert_escalation_if_anomaly_score > 0.95",
    ),
    Rule(
        rule_id="R-tensoraios-12",
        expression="model_loading_fails",
        kind="alert",
        severity="medium",
        signals=("model_loading_fails",),
        source="TensorAIOS#/deployment/alerting/3",
        text="alert_team_if_model_loading_fails",
        target="team",
    ),
)

# governance, collaborationnetwork.autonomyscope, learningsystem.autonomyprofile.tasklimit
POLICY: Final = Policy(
    mode="hybrid",
    human_override=True,
    anchors=(
        Anchor(name="Igor", role="executive_architect", channels=("email", "slack")),
        Anchor(
            name="System Oversight Committee", role="shared_services", channels=("governance_bus",)
        ),
    ),
    internal_decisions="full",
    external_actions="gated_by_governance",
    task_limit=100,
    audit_scope=(
        "model_loading_events",
        "inference_calls_with_confidence",
        "embedding_generation",
        "anomaly_flagging",
        "governance_escalations",
    ),
    compliance_auditor="L9/governance/auto_audit_tensoraios.py",
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
        """Permit an action that others notice: gated_by_governance.

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
