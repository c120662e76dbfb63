"""Watch signals: judge them by the rules, and turn what fires into audited escalations."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from agent_runtime.clock import Clock
from agent_runtime.errors import InputBoundsError
from agent_runtime.escalation import Escalation, Escalations
from agent_runtime.rules import SEVERITIES, RuleSet, Verdict
from agent_runtime.signals import Signal
from agent_runtime.values import JsonObject

OBSERVED: Final = "governance.observed"
ESCALATED: Final = "governance.escalated"
REPEATED: Final = "governance.escalation_repeated"
EXPIRED: Final = "governance.expired"

_LONGEST_VALUE: Final = 40

THRESHOLD_SEVERITY: Final = "high"
"""Of a signal beyond its own threshold, when no rule says otherwise."""


class AuditTrail(Protocol):
    """Where acts are recorded; `audit.AuditLog` is one."""

    def append(
        self, action: str, *, actor: str, subject: str, detail: JsonObject, trace_id: str
    ) -> object:
        """Record one act durably, or raise."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """The watching half of governance.

    Attributes:
        agent: Whose signals these are.
        anchors: Who is told when a rule names nobody.
        rules: The compiled rules.
        audit: Where every act is recorded.
        escalations: Where escalations wait.
        clock: Gives the time of an escalation.
        timeout_seconds: How long an escalation waits for an answer.
        new_id: Gives a new escalation its id.
    """

    agent: str
    anchors: tuple[str, ...]
    rules: RuleSet
    audit: AuditTrail
    escalations: Escalations
    clock: Clock
    timeout_seconds: float
    new_id: Callable[[], str]

    def observe(
        self, values: Mapping[str, float | bool], *, subject: str, trace_id: str
    ) -> tuple[Escalation, ...]:
        """Judge `values` (signal name to value) and escalate every condition that fires.

        Rules that share a condition lead to one escalation, to the targets of all of them, with
        the highest of their severities.

        Raises:
            InputBoundsError: a name is no declared signal.
            MemoryLayerError: an escalation or the audit record could not be stored.
        """
        verdicts = self.rules.evaluate(values)
        fired = [verdict for verdict in verdicts if verdict.fired]
        self.audit.append(
            OBSERVED,
            actor=self.agent,
            subject=subject,
            trace_id=trace_id,
            detail={
                "values": {name: str(value)[:_LONGEST_VALUE] for name, value in values.items()},
                "fired": [verdict.rule_id for verdict in fired],
                "clear": [verdict.rule_id for verdict in verdicts if verdict.outcome == "clear"],
            },
        )
        conditions: dict[str, list[Verdict]] = {}
        for verdict in fired:
            conditions.setdefault(verdict.rule.expression, []).append(verdict)
        return tuple(
            self._ask(
                subject,
                condition=condition,
                reason=group[0].reason,
                severity=max((v.rule.severity for v in group), key=SEVERITIES.index),
                rule_ids=tuple(verdict.rule_id for verdict in group),
                targets=self._targets(group),
                trace_id=trace_id,
            )
            for condition, group in conditions.items()
        )

    def observe_signal(
        self, signal: Signal, values: Iterable[float | bool], *, subject: str, trace_id: str
    ) -> tuple[Escalation, ...]:
        """Judge many measurements of one signal by the extreme ones.

        The worst is always recorded, the other extreme if a rule fires on it. A measurement beyond
        the signal's own threshold is escalated even if no rule reads the signal.

        Raises:
            InputBoundsError: there is no measurement.
            MemoryLayerError: an escalation or the audit record could not be stored.
        """
        worst, *others = signal.extremes(values)
        raised = self.observe(self._read(signal, worst), subject=subject, trace_id=trace_id)
        for other in others:
            seen = self._read(signal, other)
            if any(verdict.fired for verdict in self.rules.evaluate(seen)):
                raised += self.observe(seen, subject=subject, trace_id=trace_id)
        if raised or not signal.breached(worst):
            return raised
        reason = f"{signal.name} = {worst} is beyond its threshold"
        return (self.escalate(subject, reason, THRESHOLD_SEVERITY, trace_id=trace_id),)

    def escalate(self, subject: str, reason: str, severity: str, *, trace_id: str) -> Escalation:
        """Ask the anchors about `subject`, whatever the rules say.

        Raises:
            InputBoundsError: there is no such severity.
            MemoryLayerError: it could not be stored or audited.
        """
        if severity not in SEVERITIES:
            raise InputBoundsError(f"severity {severity!r} is not one of {', '.join(SEVERITIES)}")
        return self._ask(
            subject,
            condition=reason,
            reason=reason,
            severity=severity,
            rule_ids=(),
            targets=self.anchors,
            trace_id=trace_id,
        )

    def expire(self, *, trace_id: str) -> tuple[Escalation, ...]:
        """Close the escalations nobody answered in time, and record each."""
        expired = self.escalations.expire()
        for escalation in expired:
            self.audit.append(
                EXPIRED,
                actor=self.agent,
                subject=escalation.subject,
                trace_id=trace_id,
                detail={
                    "escalation_id": escalation.escalation_id,
                    "raised_by_trace": escalation.trace_id,
                },
            )
        return expired

    def _read(self, signal: Signal, value: float) -> dict[str, float | bool]:
        """Return what the rules see of `value`: nothing, if none of them reads the signal."""
        if all(known.name != signal.name for known in self.rules.signals):
            return {}
        return {signal.name: bool(value) if signal.is_event else value}

    def _ask(
        self,
        subject: str,
        *,
        condition: str,
        reason: str,
        severity: str,
        rule_ids: tuple[str, ...],
        targets: tuple[str, ...],
        trace_id: str,
    ) -> Escalation:
        """Store an escalation, or find the one that already waits, and record which."""
        now = self.clock()
        raised = Escalation(
            escalation_id=self.new_id(),
            agent=self.agent,
            subject=subject,
            condition=condition,
            reason=reason,
            severity=severity,
            rule_ids=rule_ids,
            targets=targets,
            raised_at=now,
            expires_at=now + self.timeout_seconds,
            trace_id=trace_id,
        )
        stored = self.escalations.put(raised)
        self.audit.append(
            ESCALATED if stored.escalation_id == raised.escalation_id else REPEATED,
            actor=self.agent,
            subject=subject,
            trace_id=trace_id,
            detail={
                "escalation_id": stored.escalation_id,
                "reason": reason,
                "severity": severity,
                "rules": list(rule_ids),
                "targets": list(targets),
            },
        )
        return stored

    def _targets(self, verdicts: list[Verdict]) -> tuple[str, ...]:
        """Return the named targets, and all anchors if a rule names none; each once, in order."""
        targets: dict[str, None] = {}
        for verdict in verdicts:
            named = verdict.rule.target
            targets.update(dict.fromkeys((named,) if named else self.anchors))
        return tuple(targets)
