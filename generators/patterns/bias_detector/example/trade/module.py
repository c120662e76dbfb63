"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by bias_detector@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Sequence
from typing import Final

from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.bias import (
    BiasMeasurement,
    Comparison,
    Truth,
    bias_findings,
    measure_bias,
)
from agent_runtime.auditing.findings import Finding
from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.reading import EntrySource

KIND: Final = "bias_detected"  # governance.escalationpolicy
COMPARISONS: Final = (  # auditing.groups
    Comparison(
        name="link_kinds",
        source=EntrySource(event="tensoraios.score_candidates", each="ranking"),
        group="relation",
        outcome="confidence",
        above=0.5,
        tolerance=0.2,
        key="decision_id",
        level=0.99,
    ),
    Comparison(
        name="regions",
        source=EntrySource(event="plastos_adapter.process_tensor_results", each="matches"),
        group="region",
        outcome="accepted",
        above=0.5,
        tolerance=0.1,
        key="transaction_id",
        truth=Truth(
            source=EntrySource(event="plastos_adapter.report_outcome", each=""),
            key="transaction_id",
            field="success",
        ),
        level=0.99,
    ),
)


class BiasDetector:
    """Compares how often each group is favoured, and right, with confidence intervals."""

    def measure(self, events: Sequence[ObservedEvent]) -> tuple[BiasMeasurement, ...]:
        """Return what each comparison shows over `events`."""
        return tuple(measure_bias(comparison, events) for comparison in COMPARISONS)

    def examine(self, batch: AuditBatch) -> tuple[Finding, ...]:
        """Return a finding for each comparison whose gap exceeds its tolerance beyond chance."""
        return bias_findings(KIND, self.measure(batch.recent), batch)
