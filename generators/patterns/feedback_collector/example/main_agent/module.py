"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by feedback_collector@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from pathlib import Path
from typing import Final, Self

from agent_runtime.bus import Delivery, EventBus
from agent_runtime.clock import Clock
from agent_runtime.feedback.collection import (
    Collected,
    Feedback,
    FeedbackLog,
    Learner,
    Standing,
    Traces,
    feedback_topic,
    parse_feedback,
)
from agent_runtime.feedback.reward import Judge, RewardFunction
from agent_runtime.reasoning.traces import DecisionTrace
from agent_runtime.values import JsonObject

from L9.agents.main.governance_bridge import GovernanceBridge

AGENT: Final = "main_agent"
CHANNELS: Final[tuple[str, ...]] = (
    "domain_agent_acceptance",
    "governance_audit_feedback",
    "transaction_outcome_signals",
    "world_model_updates",
    "memory_consistency_checks",
    "cross_domain_learnings",
)  # learningsystem.feedbackchannels
REWARD: Final = RewardFunction(  # reasoningengine.reasoningfeedbackloop
    reward=("domain_agent_accepts_recommendation && (prediction_correct || human_anchor_approves)"),
    penalty=(
        "domain_agent_rejects_recommendation || governance_escalation_triggered || "
        "reasoning_latency_spike"
    ),
    meanings={
        "domain_agent_accepts_recommendation": "accepted",
        "prediction_correct": "correct",
        "human_anchor_approves": "approved",
        "domain_agent_rejects_recommendation": "rejected",
        "governance_escalation_triggered": "escalated",
        "reasoning_latency_spike": "slow",
    },
    slow_above_ms=2000,  # learningsystem.autonomyprofile.decisionlatencymaxms
)
STORE: Final = "feedback.db"
AUDIT_EVENT: Final = "learning_feedback_collection"  # governance.auditscope


class FeedbackCollector:
    """Joins what is said about a decision; once that decides its reward, learning hears of it."""

    def __init__(self, log: FeedbackLog, governance: GovernanceBridge) -> None:
        self._log = log
        self._governance = governance

    @classmethod
    def open(
        cls,
        folder: Path,
        traces: Traces,
        governance: GovernanceBridge,
        clock: Clock,
        *,
        learner: Learner | None = None,
    ) -> Self:
        """Open the feedback kept in `folder`.

        Raises:
            MemoryLayerError: it cannot be opened.
        """
        log = FeedbackLog(
            folder / STORE,
            channels=CHANNELS,
            judge=Judge(REWARD),
            slow_above_ms=REWARD.slow_above_ms,
            traces=traces,
            learner=learner,
            clock=clock,
        )
        return cls(log, governance)

    def listen(self, bus: EventBus) -> None:
        """Take feedback from the bus from now on, on the topic of this agent."""
        bus.subscribe(feedback_topic(AGENT), f"{AGENT}-feedback", self._delivered)

    def collect_json(self, document: JsonObject) -> Collected:
        """Collect the feedback that the payload of a packet holds.

        Raises:
            InputBoundsError: a field is missing or wrong; see also `collect`.
        """
        return self.collect(parse_feedback(document))

    def collect(self, feedback: Feedback) -> Collected:
        """Keep feedback, learn from it if its decision is judged now; a no is escalated.

        Raises:
            InputBoundsError: the channel is not declared, the decision unknown, or the id was used.
            MemoryLayerError: it could not be kept.
        """
        collected = self._log.collect(feedback)
        trace = collected.trace
        self._governance.audit(AUDIT_EVENT, trace.decision_id, feedback.to_json(), trace.trace_id)
        if feedback.negative and collected.fresh:
            self._governance.escalate(
                trace.decision_id,
                f"negative feedback by {feedback.channel}",
                "medium",
                trace_id=trace.trace_id,
            )
        return collected

    def outcome(self, decision_id: str) -> float | None:
        """Return how a decision turned out, 0 to 1, or None while that is open."""
        return self._log.outcome(decision_id)

    def standing(self, trace: DecisionTrace) -> Standing:
        """Return all that was said about a decision so far."""
        return self._log.standing(trace)

    def acceptance(self) -> float:
        """Return the share of the latest answers that accept; NaN without any."""
        return self._log.acceptance()

    def close(self) -> None:
        """Close the store."""
        self._log.close()

    def _delivered(self, delivery: Delivery) -> None:
        self.collect_json(delivery.message)
