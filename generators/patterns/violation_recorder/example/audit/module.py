"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by violation_recorder@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from agent_runtime.audit import AuditHead, AuditVerdict
from agent_runtime.auditing.findings import Finding, ViolationKind
from agent_runtime.auditing.trail import Violation, ViolationTrail, recorded_since
from agent_runtime.clock import Clock, system_clock
from agent_runtime.errors import InputBoundsError

from L9.governance.tensor_auditor.memory_bridge import MemoryBridge

KINDS: Final[Mapping[str, ViolationKind]] = {
    "governance_rule_violated": ViolationKind(
        name="governance_rule_violated",
        severity="high",
        measured=False,
        source="governance.escalationpolicy",
    ),
    "policy_violation_detected": ViolationKind(
        name="policy_violation_detected",
        severity="high",
        measured=False,
        source="governance.escalationpolicy",
    ),
    "bias_detected": ViolationKind(
        name="bias_detected",
        severity="high",
        measured=False,
        source="governance.escalationpolicy",
    ),
    "drift": ViolationKind(
        name="drift",
        severity="high",
        measured=True,
        source="governance.escalationpolicy",
    ),
    "fraud_pattern_match": ViolationKind(
        name="fraud_pattern_match",
        severity="high",
        measured=False,
        source="governance.escalationpolicy",
    ),
}
SECONDS_A_DAY: Final = 86_400.0


class ViolationRecorder:
    """Writes findings of the declared kinds to a trail that nobody can rewrite, each once."""

    def __init__(
        self, trail: ViolationTrail, memory: MemoryBridge, clock: Clock = system_clock
    ) -> None:
        self.trail = trail
        self._memory = memory
        self._clock = clock

    @classmethod
    def open(
        cls, folder: Path, memory: MemoryBridge, clock: Clock = system_clock
    ) -> "ViolationRecorder":
        """Return a recorder whose trail is in `folder`.

        Raises:
            MemoryLayerError: the trail cannot be read.
        """
        trail = ViolationTrail(folder / "violations.jsonl", clock, actor="tensor_auditor")
        return cls(trail, memory, clock)

    def record(self, finding: Finding) -> tuple[Violation, bool]:
        """Return the violation, and whether it is new: a finding is recorded once.

        The trail is written first; memory is completed if it is recorded again.

        Raises:
            InputBoundsError: the finding is of no declared kind.
            MemoryLayerError: trail or memory could not be written.
        """
        kind = KINDS.get(finding.kind)
        if kind is None:
            raise InputBoundsError(f"{finding.kind!r} is none of {', '.join(KINDS)}")
        violation, new = self.trail.record(finding, kind)
        self._memory.log_episode(
            violation.violation_id,
            {
                "audit_timestamp": violation.recorded_at,
                "violation_type": violation.kind,
                "affected_agent": violation.agent,
                "severity": violation.severity,
                "reason": violation.reason,
                "record": violation.digest,
            },
            trace_id=violation.trace_id,
            governance_status="violation",
        )
        self._memory.link_entities(
            f"agent:{violation.agent}", f"violation:{violation.violation_id}"
        )
        return violation, new

    def select(
        self, wanted: Callable[[Violation], bool] = lambda _violation: True
    ) -> tuple[Violation, ...]:
        """Return the violations that are `wanted`, in the order of the trail."""
        return self.trail.select(wanted)

    def recorded_today(self) -> float:
        """Return how many violations were recorded in the last 24 hours."""
        return float(recorded_since(self.trail, self._clock() - SECONDS_A_DAY))

    def head(self) -> AuditHead:
        """Return the end of the chain, to be kept elsewhere."""
        return self.trail.head()

    def verify(self, *checkpoints: AuditHead) -> AuditVerdict:
        """Recompute the whole chain, and compare it with ends that were kept."""
        return self.trail.verify(*checkpoints)
