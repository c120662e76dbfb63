"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by inference_engine@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

import threading
from typing import Final

from agent_runtime.batching import Wait
from agent_runtime.clock import Clock, system_clock
from agent_runtime.inference import InferenceLane
from agent_runtime.shapes.anomaly import AnomalyRequest, AnomalyResponse
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.embeddings import EmbeddingRequest, EmbeddingResponse
from agent_runtime.shapes.links import ScoreRequest, ScoreResponse

from L9.core.tensoraios.anomaly_detector import AnomalyDetector
from L9.core.tensoraios.embedding_generator import EmbeddingGenerator
from L9.core.tensoraios.tensor_scorer import TensorScorer

TIMEOUTS_MS: Final = {
    "score": 500,  # deployment.endpoints, score_candidates
    "embed": 1000,  # deployment.endpoints, generate_embeddings
    "detect": 250,  # deployment.endpoints, detect_anomaly
}
MOST_AT_ONCE: Final = 100  # learningsystem.autonomyprofile.tasklimit
BATCH: Final = 32


class InferenceEngine:
    """Computes like requests together, and judges and answers each in its caller's thread."""

    def __init__(
        self,
        scorer: TensorScorer,
        embedder: EmbeddingGenerator,
        detector: AnomalyDetector,
        *,
        max_batch: int = BATCH,
        clock: Clock = system_clock,
        wait: Wait = threading.Condition.wait,
    ) -> None:
        self._scorer = scorer
        self._embedder = embedder
        self._detector = detector
        self._scores = InferenceLane(
            scorer.score_all,
            timeout_ms=TIMEOUTS_MS["score"],
            max_batch=max_batch,
            max_pending=MOST_AT_ONCE,
            clock=clock,
            wait=wait,
        )
        self._embeddings = InferenceLane(
            embedder.embed_all,
            timeout_ms=TIMEOUTS_MS["embed"],
            max_batch=max_batch,
            max_pending=MOST_AT_ONCE,
            clock=clock,
            wait=wait,
        )
        self._rankings = InferenceLane(
            detector.rank_all,
            timeout_ms=TIMEOUTS_MS["detect"],
            max_batch=max_batch,
            max_pending=MOST_AT_ONCE,
            clock=clock,
            wait=wait,
        )

    def score_call(self, request: ScoreRequest, call: Call) -> ScoreResponse:
        """Score candidate links within 500 ms or the deadline of `call`.

        Raises:
            DeadlineExceededError: the scores were not there in time.
            OverloadedError: too many requests wait.
            InputBoundsError: a name is unknown.
            NoModelError: no model was promoted yet.
        """
        return self._scorer.report(self._scores.run(request, call), request, call)

    def embed_call(self, request: EmbeddingRequest, call: Call) -> EmbeddingResponse:
        """Embed entities within 1000 ms or the deadline of `call`.

        Raises:
            DeadlineExceededError: the embeddings were not there in time.
            OverloadedError: too many requests wait.
            InputBoundsError: an entity is unknown or comes twice.
            NoModelError: no model was promoted yet.
        """
        return self._embedder.report(self._embeddings.run(request, call), request, call)

    def detect_call(self, request: AnomalyRequest, call: Call) -> AnomalyResponse:
        """Rank observations within 250 ms or the deadline of `call`.

        Raises:
            DeadlineExceededError: the ranking was not there in time.
            OverloadedError: too many requests wait.
            InputBoundsError: rows or names of the request cannot be used.
            NoModelError: nothing tells what is ordinary.
        """
        return self._detector.report(self._rankings.run(request, call), request, call)

    def close(self, timeout_seconds: float | None = None) -> bool:
        """Answer what waits and take no more; tell whether each kind was done in time."""
        lanes = (self._scores, self._embeddings, self._rankings)
        done = [lane.close(timeout_seconds) for lane in lanes]
        return all(done)
