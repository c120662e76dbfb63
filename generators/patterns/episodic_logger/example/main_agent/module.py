"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by episodic_logger@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.memory.episodic import Episode, Scalar
from agent_runtime.reasoning.case import Draft
from agent_runtime.reasoning.contracts import Outcome
from agent_runtime.reasoning.traces import DecisionTrace, ReasoningLog

from L9.core.memorymanager import MemoryLayers

AGENT: Final = "main_agent"
INDEX: Final[tuple[str, ...]] = (
    "domain",
    "packet_id",
    "decision_timestamp",
    "confidence_score",
    "governance_escalation",
)  # memorytopology.episodicmemory.indexby


class EpisodicLogger:
    """Keeps, for each decision, what was asked, what each mode said and what came of it."""

    def __init__(self, layers: MemoryLayers) -> None:
        """Take the opened layers.

        Raises:
            ConfigError: episodic memory was not opened.
        """
        self._memory = layers.require_episodic()
        self._log = ReasoningLog(self._memory, AGENT)

    def record(self, draft: Draft, outcome: Outcome) -> None:
        """Log the reasoning behind a decision; logging the same again changes nothing.

        Raises:
            InputBoundsError: another draft was logged under this decision.
            MemoryLayerError: the store failed.
        """
        self._log.record(draft, outcome)

    def trace(self, decision_id: str) -> DecisionTrace | None:
        """Return what the modes said when a decision was made, or None."""
        return self._log.trace(decision_id)

    def recent(self, since: float) -> tuple[DecisionTrace, ...]:
        """Return the decisions made since then (seconds since the epoch), newest first."""
        return self._log.recent(since)

    def find(self, field: str, value: Scalar, *, limit: int = 100) -> tuple[Episode, ...]:
        """Return episodes by one of `INDEX`, newest first.

        Raises:
            InputBoundsError: the field is not indexed, or the limit out of range.
        """
        return self._memory.find({field: value}, limit=limit)
