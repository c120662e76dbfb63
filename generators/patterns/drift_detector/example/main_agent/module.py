"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by drift_detector@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from agent_runtime.feedback.drift import DriftWatch
from agent_runtime.guards import FloatMatrix
from agent_runtime.kernels.drift import DriftReport, DriftThresholds
from agent_runtime.reasoning.case import Draft
from agent_runtime.reasoning.contracts import Outcome

from L9.agents.main.governance_bridge import GovernanceBridge

THRESHOLDS: Final = DriftThresholds(kl=0.1, psi=0.2)  # governance.escalationpolicy
EVENTS: Final[tuple[str, ...]] = ("model_drift_detected",)
STORE: Final = "drift.db"
REASONING: Final = "reasoning"


class DriftDetector:
    """Watches named subjects, each against a baseline of its own that survives a restart."""

    def __init__(self, watch: DriftWatch, governance: GovernanceBridge) -> None:
        self._watch = watch
        self._governance = governance

    @classmethod
    def open(cls, folder: Path, governance: GovernanceBridge) -> Self:
        """Open the baselines kept in `folder`.

        Raises:
            MemoryLayerError: they cannot be opened.
        """
        return cls(DriftWatch(folder / STORE, thresholds=THRESHOLDS), governance)

    def set_baseline(self, subject: str, rows: FloatMatrix, *, names: Sequence[str]) -> None:
        """Take `rows` (n, d) with columns `names` as what is ordinary for `subject`.

        Raises:
            InputBoundsError: a value is not finite, fewer than two rows, or other widths.
        """
        self._watch.set_baseline(subject, rows, names=names)

    def check(self, subject: str, rows: FloatMatrix, *, trace_id: str) -> DriftReport:
        """Compare `rows` (m, d) with the baseline of `subject`; drift is escalated.

        Raises:
            InputBoundsError: there is no baseline, a value is not finite, or the widths differ.
        """
        return self._reported(subject, self._watch.check(subject, rows), trace_id)

    def observe(
        self, subject: str, values: Mapping[str, float], *, trace_id: str
    ) -> DriftReport | None:
        """Add one row; return the comparison whenever a window is full, else None.

        Raises:
            InputBoundsError: a value is not finite, or other names than before.
        """
        report = self._watch.observe(subject, values)
        return None if report is None else self._reported(subject, report, trace_id)

    def record(self, draft: Draft, outcome: Outcome) -> None:
        """Watch how sure decisions are and how they are reached."""
        best = draft.support[draft.ranking[0]] if draft.ranking else 0.0
        escalated = outcome.governance_status == "escalated"
        measured = {
            "best_support": best,
            "confidence": draft.confidence,
            "escalated": float(escalated),
            "objections": float(len(draft.objections)),
        }
        self.observe(REASONING, measured, trace_id=draft.case.trace_id)

    def close(self) -> None:
        """Close the store."""
        self._watch.close()

    def _reported(self, subject: str, report: DriftReport, trace_id: str) -> DriftReport:
        """Tell governance how far a subject moved."""
        if report.drifted:
            self._governance.observe_all(
                dict.fromkeys(EVENTS, True), subject=subject, trace_id=trace_id
            )
        return report
