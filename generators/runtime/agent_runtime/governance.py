"""Governance at run time: judge signals by rules, escalate, approve, override; audit every act.

With `L9_ENABLE_GOVERNANCE_ENFORCEMENT` off it still judges, escalates and audits, and says what it
would have refused, but refuses nothing; `status()` shows that.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from agent_runtime.approvals import Approval, Credential, consent
from agent_runtime.clock import Clock
from agent_runtime.errors import AgentError, ConfigError, GovernanceError
from agent_runtime.escalation import Answer, Escalation, Escalations
from agent_runtime.flags import GOVERNANCE_ENFORCEMENT, Flags
from agent_runtime.limits import Parallelism
from agent_runtime.policy import FULL, NONE, Anchor, Policy
from agent_runtime.rules import RuleSet
from agent_runtime.signals import Signal
from agent_runtime.tokens import Claims, TokenVerifier
from agent_runtime.values import JsonObject
from agent_runtime.watch import AuditTrail, Watch

__all__ = ["Anchor", "Approval", "AuditTrail", "Credential", "Governance", "Policy"]

ESCALATION_TIMEOUT_SECONDS: Final = 3_600.0

APPROVED: Final = "governance.approved"
REFUSED: Final = "governance.refused"
OBJECTED: Final = "governance.objected"
ANSWERED: Final = "governance.answered"
OVERRIDDEN: Final = "governance.overridden"


class Governance:
    """The governance of one agent. Thread-safe as far as its stores are."""

    def __init__(
        self,
        *,
        agent: str,
        policy: Policy,
        rules: RuleSet,
        audit: AuditTrail,
        escalations: Escalations,
        approvals: TokenVerifier,
        clock: Clock,
        flags: Flags | None = None,
        escalation_timeout_seconds: float = ESCALATION_TIMEOUT_SECONDS,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        """Wire the governance of `agent`.

        Raises:
            ConfigError: the time-out is not positive.
        """
        if not escalation_timeout_seconds > 0:
            raise ConfigError(f"an escalation needs time, not {escalation_timeout_seconds} s")
        self._agent = agent
        self._policy = policy
        self._rules = rules
        self._audit = audit
        self._escalations = escalations
        self._approvals = approvals
        self._clock = clock
        self._enforced = (flags or Flags()).enabled(GOVERNANCE_ENFORCEMENT)
        self._watch = Watch(
            agent=agent,
            anchors=policy.anchor_names,
            rules=rules,
            audit=audit,
            escalations=escalations,
            clock=clock,
            timeout_seconds=escalation_timeout_seconds,
            new_id=new_id,
        )
        self._tasks = Parallelism(policy.task_limit)

    @property
    def policy(self) -> Policy:
        """The declared policy."""
        return self._policy

    @property
    def rules(self) -> RuleSet:
        """The compiled rules."""
        return self._rules

    @property
    def tasks(self) -> Parallelism:
        """Slots of the declared task limit: `with governance.tasks: ...`."""
        return self._tasks

    def status(self) -> dict[str, str | int | bool | list[str] | None]:
        """Return the state of governance as JSON; `enforced` False means that it only watches."""
        return {
            "agent": self._agent,
            "mode": self._policy.mode,
            "enforced": self._enforced,
            "human_override": self._policy.human_override,
            "internal_decisions": self._policy.effective(self._policy.internal_decisions),
            "external_actions": self._policy.effective(self._policy.external_actions),
            "anchors": list(self._policy.anchor_names),
            "rules": [rule.rule_id for rule in self._rules.rules],
            "pending_escalations": len(self._escalations.pending()),
            "tasks_in_use": self._tasks.in_use,
            "task_limit": self._policy.task_limit,
            "compliance_auditor": self._policy.compliance_auditor,
        }

    def observe(
        self, values: Mapping[str, float | bool], *, subject: str, trace_id: str
    ) -> tuple[Escalation, ...]:
        """Judge `values` (signal name to value) and escalate every condition that fires.

        Rules that share a condition lead to one escalation, to the targets of all of them, with
        the highest of their severities. A condition that already waits for an answer about the
        same subject is not asked again; its escalation is returned.

        Raises:
            InputBoundsError: a name is no declared signal.
            MemoryLayerError: an escalation or the audit record could not be stored.
        """
        return self._watch.observe(values, subject=subject, trace_id=trace_id)

    def observe_signal(
        self,
        signal: Signal,
        values: float | Iterable[float | bool],
        *,
        subject: str,
        trace_id: str,
    ) -> tuple[Escalation, ...]:
        """Judge one or many measurements of a signal by the extreme ones; see `observe`.

        The worst is always recorded, the other extreme if a rule fires on it. A measurement beyond
        the signal's own threshold is escalated even if no rule reads the signal.

        Raises:
            InputBoundsError: there is no measurement.
            MemoryLayerError: an escalation or the audit record could not be stored.
        """
        measured = values if isinstance(values, Iterable) else (values,)
        return self._watch.observe_signal(signal, measured, subject=subject, trace_id=trace_id)

    def escalate(self, subject: str, reason: str, severity: str, *, trace_id: str) -> Escalation:
        """Ask the anchors about `subject`, whatever the rules say.

        Args:
            subject: What it is about, e.g. a decision id.
            reason: Why, in words.
            severity: One of `rules.SEVERITIES`.
            trace_id: Of the request.

        Raises:
            InputBoundsError: there is no such severity.
            MemoryLayerError: it could not be stored or audited.
        """
        return self._watch.escalate(subject, reason, severity, trace_id=trace_id)

    def authorise_external(
        self,
        action: str,
        *,
        token: Credential | None = None,
        subject: str | None = None,
        trace_id: str,
    ) -> Approval:
        """Permit an act that others notice, by the declared scope of external actions.

        Args:
            action: Name of the act, e.g. `promote_model`.
            token: A governance token (it is spent), or claims verified before; demanded when the
                scope is `gated_by_governance`.
            subject: What it is about; an open, refused or expired escalation about it refuses.
            trace_id: Of the request.

        Raises:
            GovernanceError: the scope is `none`, or the subject is held by an escalation.
            NotAuthenticatedError: the token is missing or not believed.
            NotAuthorisedError: the token lacks the role, or is for another action.
        """
        return self._authorise("external", action, token, subject, trace_id)

    def authorise_internal(
        self,
        action: str,
        *,
        token: Credential | None = None,
        subject: str | None = None,
        trace_id: str,
    ) -> Approval:
        """Permit a decision inside the agent, by the declared scope of internal decisions.

        Arguments and errors are those of `authorise_external`.
        """
        return self._authorise("internal", action, token, subject, trace_id)

    def answer(
        self,
        escalation_id: str,
        *,
        token: Credential,
        approve: bool,
        reason: str,
        trace_id: str,
    ) -> Escalation:
        """Let a governance token holder approve or refuse what was escalated.

        Raises:
            GovernanceError: there is no such escalation, it is closed, or its time is over.
            NotAuthenticatedError: the token is not believed.
            NotAuthorisedError: the token lacks the role, or is for another action.
        """
        claims = self._identified(token, "answer_escalation", escalation_id, trace_id)
        state: Answer = "approved" if approve else "refused"
        return self._close(
            ANSWERED, escalation_id, state=state, claims=claims, words=reason, trace_id=trace_id
        )

    def override(
        self, escalation_id: str, *, token: Credential, decision: str, trace_id: str
    ) -> Escalation:
        """Let a governance token holder replace the agent's decision.

        Raises:
            GovernanceError: the policy forbids human override, or there is no such escalation, it
                is closed, or its time is over.
            NotAuthenticatedError: the token is not believed. Identity is demanded even when
                enforcement is off.
            NotAuthorisedError: the token lacks the role, or is for another action.
        """
        if not self._policy.human_override:
            objection = GovernanceError(f"{self._agent} forbids human override")
            self._object("override", objection, subject=escalation_id, trace_id=trace_id)
        claims = self._identified(token, "override", escalation_id, trace_id)
        return self._close(
            OVERRIDDEN,
            escalation_id,
            state="overridden",
            claims=claims,
            words=decision,
            trace_id=trace_id,
        )

    def expire(self, *, trace_id: str) -> tuple[Escalation, ...]:
        """Close the escalations nobody answered in time; they count as refused."""
        return self._watch.expire(trace_id=trace_id)

    def audit(self, action: str, *, subject: str, detail: JsonObject, trace_id: str) -> None:
        """Record one of the agent's own events.

        Raises:
            GovernanceError: `action` is outside the declared audit scope.
            MemoryLayerError: it could not be recorded.
        """
        if action not in self._policy.audit_scope:
            declared = ", ".join(self._policy.audit_scope) or "nothing"
            raise GovernanceError(f"{action!r} is outside the declared audit scope: {declared}")
        self._record(action, subject=subject, detail=detail, trace_id=trace_id)

    def _authorise(
        self,
        kind: Literal["external", "internal"],
        action: str,
        token: Credential | None,
        subject: str | None,
        trace_id: str,
    ) -> Approval:
        policy = self._policy
        declared = policy.external_actions if kind == "external" else policy.internal_decisions
        scope = policy.effective(declared)
        claims: Claims | None = None
        objection: AgentError | None = None
        try:
            self._require_permitted(f"{kind} {action}", scope, subject)
            if scope != FULL:
                claims = consent(token, action, self._approvals)
        except AgentError as refusal:
            objection = refusal
            self._object(action, refusal, subject=subject or action, trace_id=trace_id)
        approval = Approval(
            action=action,
            approver=claims.subject if claims else None,
            token_id=claims.token_id if claims else None,
            approved_at=self._clock(),
            trace_id=trace_id,
            objection=str(objection) if objection else None,
        )
        self._record(
            APPROVED,
            actor=approval.approver or self._agent,
            subject=subject or action,
            trace_id=trace_id,
            detail={
                "action": action,
                "kind": kind,
                "scope": scope,
                "token_id": approval.token_id,
                "objection": approval.objection,
            },
        )
        return approval

    def _require_permitted(self, act: str, scope: str, subject: str | None) -> None:
        if scope == NONE:
            raise GovernanceError(f"{act} is outside the autonomy of {self._agent}")
        if subject is None or not self._policy.holds_escalated:
            return
        for escalation in self._escalations.about(subject):
            if not escalation.releases:
                held = f"escalation {escalation.escalation_id} ({escalation.state})"
                raise GovernanceError(f"{act} is held by {held}: {escalation.reason}")

    def _object(self, act: str, refusal: AgentError, *, subject: str, trace_id: str) -> None:
        """Record a refusal; raise it if governance is enforced, else let the act pass."""
        self._record(
            REFUSED if self._enforced else OBJECTED,
            subject=subject,
            trace_id=trace_id,
            detail={"act": act, "reason": str(refusal)},
        )
        if self._enforced:
            raise refusal

    def _identified(
        self, token: Credential, action: str, escalation_id: str, trace_id: str
    ) -> Claims:
        """Return who acts; a refusal is recorded, and raised whether or not enforcement is on."""
        try:
            return consent(token, action, self._approvals)
        except AgentError as refusal:
            detail = {"act": action, "reason": str(refusal)}
            self._record(REFUSED, subject=escalation_id, trace_id=trace_id, detail=detail)
            raise

    def _close(
        self,
        act: str,
        escalation_id: str,
        *,
        state: Answer,
        claims: Claims,
        words: str,
        trace_id: str,
    ) -> Escalation:
        try:
            closed = self._escalations.resolve(
                escalation_id, state=state, by=claims.subject, answer=words
            )
        except GovernanceError as refusal:
            detail = {"act": act, "reason": str(refusal)}
            self._record(REFUSED, subject=escalation_id, trace_id=trace_id, detail=detail)
            raise
        self._record(
            act,
            actor=claims.subject,
            subject=closed.subject,
            trace_id=trace_id,
            detail={
                "escalation_id": escalation_id,
                "state": closed.state,
                "answer": words,
                "token_id": claims.token_id,
            },
        )
        return closed

    def _record(
        self,
        action: str,
        *,
        subject: str,
        trace_id: str,
        detail: JsonObject,
        actor: str | None = None,
    ) -> None:
        self._audit.append(
            action, actor=actor or self._agent, subject=subject, detail=detail, trace_id=trace_id
        )
