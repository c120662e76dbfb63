"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by anomaly_detector@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Sequence
from typing import Final

from agent_runtime.detection import AnomalyRanker, Ranking, anomaly_response
from agent_runtime.guards import checked_output
from agent_runtime.kernels.anomaly import AnomalyScore, IsolationForest
from agent_runtime.shapes.anomaly import AnomalyRequest, AnomalyResponse
from agent_runtime.shapes.base import Call
from agent_runtime.signals import Signal

from L9.core.tensoraios.governancebridge import GovernanceBridge
from L9.core.tensoraios.tensorutils import FeatureMatrix, feature_matrix

THRESHOLD: Final = 0.95  # governance.escalationpolicy
ANOMALY_SCORE: Final = Signal("anomaly_score", low=0.0, high=1.0, escalate_above=THRESHOLD)
AUDIT_EVENT: Final = "anomaly_flagging"  # governance.auditscope


class AnomalyDetector:
    """Isolation forest over feature rows, with escalation of what lies beyond the threshold."""

    def __init__(self, forest: IsolationForest | None, governance: GovernanceBridge) -> None:
        self._ranker = AnomalyRanker(forest)
        self._governance = governance

    def fit(self, observations: FeatureMatrix) -> IsolationForest:
        """Take `observations` (n, d) as the ordinary that later rows are compared with.

        Raises:
            InputBoundsError: a value is not finite, or there are fewer than 16 rows.
        """
        return self._ranker.fit(feature_matrix(observations))

    def detect(self, observations: FeatureMatrix, *, trace_id: str) -> list[AnomalyScore]:
        """Score each row of `observations` (n, d); 1.0 is most anomalous.

        Raises:
            InputBoundsError: a value is not finite, or d differs from the fitted forest.
            NoModelError: no forest is fitted, and the rows are too few to tell what is ordinary.
        """
        request = AnomalyRequest(observations=feature_matrix(observations).tolist())
        ranking = self._ranker.rank(request)
        self.report(ranking, request, Call(trace_id=trace_id))
        return list(ranking.scores)

    def rank_all(self, requests: Sequence[AnomalyRequest]) -> list[Ranking]:
        """Score the rows of several requests in one pass, without judging them.

        Raises:
            InputBoundsError: rows or names of a request cannot be used.
            NoModelError: nothing tells what is ordinary.
        """
        return self._ranker.rank_all(requests)

    def warm_up(self) -> None:
        """Load what a first ranking would wait for; nothing is judged."""
        self._ranker.warm_up()

    def report(self, ranking: Ranking, request: AnomalyRequest, call: Call) -> AnomalyResponse:
        """Judge a ranking: escalate scores above 0.95 and answer what was found.

        Raises:
            OutputBoundsError: a score is not within 0 to 1; nothing is answered.
        """
        scores = checked_output(
            [score.score for score in ranking.scores],
            low=ANOMALY_SCORE.low,
            high=ANOMALY_SCORE.high,
            name=ANOMALY_SCORE.name,
        )
        escalations = self._governance.observe(
            ANOMALY_SCORE, scores.tolist(), subject=ranking.decision_id, trace_id=call.trace_id
        )
        flagged = [score.row for score in ranking.scores if score.score > THRESHOLD]
        self._governance.audit(
            AUDIT_EVENT,
            subject=ranking.decision_id,
            detail={"rows": len(scores), "flagged": flagged, "basis": ranking.basis},
            trace_id=call.trace_id,
        )
        return anomaly_response(
            ranking, request, call, threshold=THRESHOLD, escalations=escalations
        )

    def detect_call(self, request: AnomalyRequest, call: Call) -> AnomalyResponse:
        """Rank the observations of `request` and judge them under the trace of `call`.

        Raises:
            InputBoundsError: rows or names of the request cannot be used.
            NoModelError: nothing tells what is ordinary.
        """
        return self.report(self.rank_all([request])[0], request, call)
