"""Check decisions against compiled rules: a rule that fires obliges the agent to ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.findings import Finding
from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.reading import number_at, value_at
from agent_runtime.auditing.register import PolicyRegister
from agent_runtime.errors import GovernanceError
from agent_runtime.reasoning.case import Draft
from agent_runtime.rules import RuleSet, Verdict
from agent_runtime.signals import Signal
from agent_runtime.values import JsonValue

ASKED: Final = frozenset({"escalated", "approved", "overridden", "refused", "expired"})
"""Governance statuses of decisions that were brought before somebody."""

_CONFIDENCE: Final = (
    "confidence",
    "model_confidence",
    "decision_confidence",
    "reasoning_confidence",
)
_CRITICALITY: Final = ("criticality", "domain_criticality")
"""Signals that a decision tells by its own confidence and criticality."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """A rule that a decision breaks: it fired, and nobody was asked."""

    rule_id: str
    severity: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Compliance:
    """Whether a decision keeps its rules.

    Attributes:
        breaches: the rules it breaks, in their declared order.
        kept: rules that were judged and hold.
        unjudged: rules whose signals the decision does not tell.
    """

    breaches: tuple[Breach, ...]
    kept: tuple[str, ...]
    unjudged: tuple[str, ...]

    @property
    def compliant(self) -> bool:
        """Whether no rule is broken."""
        return not self.breaches


class ComplianceRules:
    """Checks decisions against the rules of one agent. Thread-safe."""

    def __init__(self, rules: RuleSet) -> None:
        """Take compiled rules."""
        self._rules = rules

    def check(self, values: Mapping[str, float | bool], *, status: str = "") -> Compliance:
        """Judge one decision.

        Args:
            values: what the decision tells, by signal.
            status: how governance left it; empty before governance has seen it.

        Raises:
            InputBoundsError: a name is no signal of the rules.
        """
        verdicts = self._rules.evaluate(values)
        asked = status in ASKED
        return Compliance(
            breaches=tuple(_breach(verdict) for verdict in verdicts if verdict.fired and not asked),
            kept=tuple(v.rule_id for v in verdicts if v.outcome == "clear" or (v.fired and asked)),
            unjudged=tuple(v.rule_id for v in verdicts if v.outcome == "not_evaluated"),
        )

    def require(self, values: Mapping[str, float | bool], *, status: str = "") -> Compliance:
        """Judge one decision, and stop it if it breaks a rule.

        Raises:
            GovernanceError: it breaks a rule; the message names each.
            InputBoundsError: a name is no signal of the rules.
        """
        found = self.check(values, status=status)
        if not found.compliant:
            told = "; ".join(f"{breach.rule_id}: {breach.reason}" for breach in found.breaches)
            raise GovernanceError(f"the decision breaks {told}")
        return found

    def values_of(
        self, confidence: float, document: JsonValue, *, criticality: float | None = None
    ) -> dict[str, float | bool]:
        """Return what a decision tells of the signals: those of its fields that bear their names.

        `confidence` and `criticality` are the decision's own; a field of `document` goes first.
        """
        own = {**dict.fromkeys(_CONFIDENCE, confidence), **dict.fromkeys(_CRITICALITY, criticality)}
        values: dict[str, float | bool] = {}
        for signal in self._rules.signals:
            told = _told(signal, document)
            found = own.get(signal.name) if told is None else told
            if found is not None:
                values[signal.name] = found
        return values

    def violations(self, draft: Draft) -> tuple[str, ...]:
        """Return the ids of the rules that `draft` breaks as it stands, in their declared order."""
        told = {**draft.case.transaction, **draft.case.attributes, **draft.factors}
        values = self.values_of(draft.confidence, told, criticality=draft.case.criticality)
        return tuple(breach.rule_id for breach in self.check(values).breaches)


class ConductCheck:
    """Checks the sampled decisions of other agents against their own rules."""

    def __init__(self, register: PolicyRegister, *, kind: str) -> None:
        """Take the register; findings are of `kind`."""
        self._rules = {
            agent: ComplianceRules(policies.rules) for agent, policies in register.agents.items()
        }
        self._kind = kind

    def check(self, observed: ObservedEvent) -> Compliance | None:
        """Judge one decision; None if the rules of its agent are not known."""
        rules = self._rules.get(observed.event.agent)
        if rules is None:
            return None
        data = observed.event.event_data
        values = rules.values_of(data.confidence, data.result, criticality=data.criticality)
        return rules.check(values, status=data.governance_status)

    def examine(self, batch: AuditBatch) -> tuple[Finding, ...]:
        """Return one finding for each sampled decision that breaks rules of its agent."""
        findings: list[Finding] = []
        for observed in batch.drawn:
            found = self.check(observed)
            if found is not None and not found.compliant:
                findings.append(self._finding(observed, found.breaches))
        return tuple(findings)

    def _finding(self, observed: ObservedEvent, breaches: Sequence[Breach]) -> Finding:
        event = observed.event
        return Finding(
            kind=self._kind,
            agent=event.agent,
            subject=event.event_data.decision_id,
            reason="; ".join(
                f"{breach.rule_id} fired unasked: {breach.reason}" for breach in breaches
            ),
            evidence={
                "event": observed.message_id,
                "rules": [breach.rule_id for breach in breaches],
                "confidence": event.event_data.confidence,
                "governance_status": event.event_data.governance_status,
                "decisions": [event.event_data.decision_id],
            },
            trace_id=event.trace_id,
        )


def _breach(verdict: Verdict) -> Breach:
    return Breach(rule_id=verdict.rule_id, severity=verdict.rule.severity, reason=verdict.reason)


def _told(signal: Signal, document: JsonValue) -> float | bool | None:
    if signal.is_event:
        found = value_at(document, signal.name)
        return found if isinstance(found, bool) else None
    return number_at(document, signal.name)
