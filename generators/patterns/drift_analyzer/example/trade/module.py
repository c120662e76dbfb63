"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by drift_analyzer@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.drift import (
    Baseline,
    BaselineStore,
    DriftMeasurement,
    drift_findings,
    measure_drift,
    thresholds_for,
)
from agent_runtime.auditing.findings import Finding
from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.reading import EntrySource

KIND: Final = "drift"  # governance.escalationpolicy
THRESHOLDS: Final = thresholds_for(0.1, level=0.99)  # governance.escalationpolicy
BASELINES: Final = (  # auditing.baselines
    Baseline(
        name="link_confidence",
        source=EntrySource(event="tensoraios.score_candidates", each="ranking"),
        field="confidence",
        size=500,
    ),
    Baseline(
        name="decision_confidence",
        source=EntrySource(event="main_agent.process_packet", each=""),
        field="confidence",
        size=200,
    ),
)


class DriftAnalyzer:
    """Compares recent values with their baseline by PSI, KL divergence and Kolmogorov-Smirnov."""

    def __init__(self, store: BaselineStore) -> None:
        self._store = store

    @classmethod
    def open(cls, folder: Path) -> "DriftAnalyzer":
        """Return an analyzer whose baselines are kept in `folder`.

        Raises:
            MemoryLayerError: the store cannot be opened.
        """
        return cls(BaselineStore(folder / "baselines.db"))

    def measure(self, events: Sequence[ObservedEvent]) -> tuple[DriftMeasurement, ...]:
        """Return how far each quantity has moved; the first values only make up its baseline.

        Raises:
            InputBoundsError: a value is not finite.
        """
        return tuple(
            measure_drift(baseline, events, self._store, THRESHOLDS) for baseline in BASELINES
        )

    def examine(self, batch: AuditBatch) -> tuple[Finding, ...]:
        """Return a finding for each quantity that moved by more than 0.1 beyond chance.

        Raises:
            InputBoundsError: a value is not finite.
        """
        return drift_findings(KIND, self.measure(batch.recent), batch)

    def gather_anew(self, name: str) -> None:
        """Forget the baseline `name`, as after an approved change of what makes the values."""
        self._store.forget(name)

    def close(self) -> None:
        """Close the store."""
        self._store.close()
