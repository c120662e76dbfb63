"""The trail of violations: each once, with its evidence, in a chain that nobody can rewrite."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, cast

from agent_runtime.audit import AuditHead, AuditLog, AuditRecord, AuditVerdict
from agent_runtime.auditing.findings import Finding, ViolationKind
from agent_runtime.clock import Clock
from agent_runtime.values import JsonObject

RECORDED: Final = "violation_recorded"


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """A finding that was recorded.

    Attributes:
        violation_id: id of the finding.
        sequence: place in the trail, from 1.
        recorded_at: ISO 8601 in UTC.
        kind: what kind of violation.
        severity: one of `rules.SEVERITIES`.
        agent: whose conduct it is about.
        subject: what it is about.
        reason: in words.
        level: how much there is of it.
        evidence: what it was concluded from.
        trace_id: of the decision or the audit.
        digest: of the record; the next one holds it.
    """

    violation_id: str
    sequence: int
    recorded_at: str
    kind: str
    severity: str
    agent: str
    subject: str
    reason: str
    level: float
    evidence: JsonObject
    trace_id: str
    digest: str


class ViolationTrail:
    """Violations in a hash-chained file, with an index of it in memory. One process writes it."""

    def __init__(self, path: Path, clock: Clock, *, actor: str) -> None:
        """Open the trail and index what is in it.

        Raises:
            MemoryLayerError: it cannot be read, or a line is no record.
        """
        self._log = AuditLog(path, clock=clock)
        self._actor = actor
        self._guard = threading.Lock()
        self._index = {
            record.subject: _violation(record)
            for record in self._log.records()
            if record.action == RECORDED
        }

    def record(self, finding: Finding, kind: ViolationKind) -> tuple[Violation, bool]:
        """Return the violation, and whether it is new: a finding is recorded once.

        Raises:
            MemoryLayerError: it could not be written, or the end of the trail was tampered with.
        """
        with self._guard:
            known = self._index.get(finding.finding_id)
            if known is not None:
                return known, False
            record = self._log.append(
                RECORDED,
                actor=self._actor,
                subject=finding.finding_id,
                detail={
                    "kind": kind.name,
                    "severity": kind.severity,
                    "agent": finding.agent,
                    "subject": finding.subject,
                    "reason": finding.reason,
                    "level": finding.level,
                    "evidence": finding.evidence,
                },
                trace_id=finding.trace_id,
            )
            violation = _violation(record)
            self._index[finding.finding_id] = violation
            return violation, True

    def select(
        self, wanted: Callable[[Violation], bool] = lambda _violation: True
    ) -> tuple[Violation, ...]:
        """Return the violations that are `wanted`, in the order of the trail."""
        with self._guard:
            return tuple(violation for violation in self._index.values() if wanted(violation))

    def head(self) -> AuditHead:
        """Return the end of the chain, to be kept elsewhere."""
        return self._log.head()

    def verify(self, *checkpoints: AuditHead) -> AuditVerdict:
        """Recompute the chain; see `AuditLog.verify`."""
        return self._log.verify(*checkpoints)


def recorded_since(trail: ViolationTrail, moment: float) -> int:
    """Count the violations that were recorded at or after `moment`, seconds since the epoch."""
    return len(trail.select(lambda v: datetime.fromisoformat(v.recorded_at).timestamp() >= moment))


def _violation(record: AuditRecord) -> Violation:
    detail = record.detail
    return Violation(
        violation_id=record.subject,
        sequence=record.sequence,
        recorded_at=record.timestamp,
        kind=str(detail["kind"]),
        severity=str(detail["severity"]),
        agent=str(detail["agent"]),
        subject=str(detail["subject"]),
        reason=str(detail["reason"]),
        level=float(cast("float", detail["level"])),
        evidence=cast("JsonObject", detail["evidence"]),
        trace_id=record.trace_id,
        digest=record.digest,
    )
