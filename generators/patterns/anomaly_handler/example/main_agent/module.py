"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by anomaly_handler@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.escalation import Escalation
from agent_runtime.routing.anomalies import AnomalyRule, watch_anomalies

from L9.agents.main.governance_bridge import GovernanceBridge

RULE: Final = AnomalyRule(
    threshold=0.95,  # learningsystem.autonomyprofile.escalationtriggers.1
    score_signal="tensor_anomaly_score",
    flag_signal="tensor_anomaly_flagged",
)


class AnomalyHandler:
    """Names what is unusual; what lies beyond the threshold is escalated."""

    def __init__(self, governance: GovernanceBridge) -> None:
        self._governance = governance

    def judge(
        self, scores: dict[str, float], *, subject: str, trace_id: str
    ) -> tuple[dict[str, float], tuple[Escalation, ...]]:
        """Return the scores beyond the threshold, highest first, and what was escalated.

        Raises:
            OutputBoundsError: a score is not within 0 to 1.
        """
        return watch_anomalies(RULE, scores, self._governance, subject=subject, trace_id=trace_id)
