"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by link_scorer@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Sequence
from typing import Final

from agent_runtime.guards import checked_output
from agent_runtime.kernels.linkmodel import LinkScore
from agent_runtime.linkserving import ScoredBatch, score_request, score_requests, score_response
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.links import ScoreRequest, ScoreResponse

from L9.core.tensoraios.governancebridge import GovernanceBridge
from L9.core.tensoraios.model_loader import ModelLoader
from L9.core.tensoraios.tensorutils import CandidatePair

MODEL_CONFIDENCE: Final = "model_confidence"  # governance.escalationpolicy
CRITICALITY: Final = "criticality"  # governance.escalationpolicy
AUDIT_EVENT: Final = "inference_calls_with_confidence"  # governance.auditscope


class TensorScorer:
    """Scores links with the model in service; where it is unsure of what matters, people decide."""

    def __init__(self, loader: ModelLoader, governance: GovernanceBridge) -> None:
        self._loader = loader
        self._governance = governance

    def score(
        self, candidates: Sequence[CandidatePair], *, criticality: float, trace_id: str
    ) -> list[LinkScore]:
        """Score different `candidates`, in their order, and judge the likeliest of them.

        Args:
            candidates: links to score, at least one.
            criticality: how much hangs on the answer, 0 to 1.
            trace_id: trace to work under.

        Raises:
            InputBoundsError: there is no candidate, one comes twice, or a name is unknown.
            NoModelError: no model was promoted yet.
            OutputBoundsError: a result is out of bounds; it is withheld.
        """
        request = score_request(candidates, criticality)
        batch = self.score_all([request])[0]
        self.report(batch, request, Call(trace_id=trace_id))
        return list(batch.scores)

    def score_all(self, requests: Sequence[ScoreRequest]) -> list[ScoredBatch]:
        """Score the candidates of several requests in one pass, without judging them.

        Raises:
            InputBoundsError: a name is unknown.
            NoModelError: no model was promoted yet.
        """
        return score_requests(self._loader.current(), requests)

    def report(self, batch: ScoredBatch, request: ScoreRequest, call: Call) -> ScoreResponse:
        """Judge scored candidates: escalate if the model is unsure of the likeliest, and answer.

        Raises:
            OutputBoundsError: a confidence is not within 0 to 1; nothing is answered.
        """
        checked_output(
            [score.confidence for score in batch.scores], low=0.0, high=1.0, name=MODEL_CONFIDENCE
        )
        escalations = self._governance.observe_all(
            {
                MODEL_CONFIDENCE: batch.best.confidence,
                CRITICALITY: request.criticality,
            },
            subject=batch.decision_id,
            trace_id=call.trace_id,
        )
        self._governance.audit(
            AUDIT_EVENT,
            subject=batch.decision_id,
            detail={
                "candidates": len(batch.scores),
                "confidence": batch.best.confidence,
                "model_version": batch.model_version,
            },
            trace_id=call.trace_id,
        )
        return score_response(batch, request, call, escalations)

    def score_call(self, request: ScoreRequest, call: Call) -> ScoreResponse:
        """Score the candidates of `request` and judge them under the trace of `call`.

        Raises:
            InputBoundsError: a name is unknown.
            NoModelError: no model was promoted yet.
        """
        return self.report(self.score_all([request])[0], request, call)
