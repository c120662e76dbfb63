"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by agent_client@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final, Self

from agent_runtime.clients.http import HttpClient
from agent_runtime.clients.opening import open_http
from agent_runtime.parts import AgentParts
from agent_runtime.service.spec import EndpointSpec
from agent_runtime.shapes.anomaly import AnomalyRequest, AnomalyResponse
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.embeddings import EmbeddingRequest, EmbeddingResponse
from agent_runtime.shapes.links import ScoreRequest, ScoreResponse
from agent_runtime.shapes.status import StatusRequest, StatusResponse

TARGETS: Final = {  # where they are unless `clients.<agent>` or the registry says otherwise
    "tensoraios": "http://127.0.0.1:8000",
}
SCORE_CANDIDATES: Final = EndpointSpec(
    name="score_candidates",
    path="/tensoraios/v6/score",
    method="POST",
    timeout_ms=500,
)
GENERATE_EMBEDDINGS: Final = EndpointSpec(
    name="generate_embeddings",
    path="/tensoraios/v6/embeddings",
    method="POST",
    timeout_ms=1000,
)
DETECT_ANOMALY: Final = EndpointSpec(
    name="detect_anomaly",
    path="/tensoraios/v6/anomaly",
    method="POST",
    timeout_ms=250,
)
GET_MODEL_STATUS: Final = EndpointSpec(
    name="get_model_status",
    path="/tensoraios/v6/status",
    method="GET",
    timeout_ms=100,
)


class TensorAIOSClient:
    """Speaks to TensorAIOS, and only of what is wired."""

    def __init__(
        self,
        http: HttpClient,
    ) -> None:
        self._http = http

    @classmethod
    def open(cls, parts: AgentParts) -> Self:
        """Return a client over the parts of the calling agent; nothing is sent yet."""
        return cls(
            http=open_http(parts, "tensoraios", TARGETS["tensoraios"]),
        )

    def score_candidates(self, request: ScoreRequest, call: Call) -> ScoreResponse:
        """Call `POST /tensoraios/v6/score`.

        Raises:
            DeadlineExceededError: no answer within 500 ms, or the deadline of `call`.
            UnreachableError: the agent does not answer, or kept failing a moment ago.
            BadAnswerError: its answer is off the declared shape.
            AgentError: the agent refused or failed; the error is the one it met.
        """
        return self._http.ask(SCORE_CANDIDATES, request, call, ScoreResponse)

    def generate_embeddings(self, request: EmbeddingRequest, call: Call) -> EmbeddingResponse:
        """Call `POST /tensoraios/v6/embeddings`.

        Raises:
            DeadlineExceededError: no answer within 1000 ms, or the deadline of `call`.
            UnreachableError: the agent does not answer, or kept failing a moment ago.
            BadAnswerError: its answer is off the declared shape.
            AgentError: the agent refused or failed; the error is the one it met.
        """
        return self._http.ask(GENERATE_EMBEDDINGS, request, call, EmbeddingResponse)

    def detect_anomaly(self, request: AnomalyRequest, call: Call) -> AnomalyResponse:
        """Call `POST /tensoraios/v6/anomaly`.

        Raises:
            DeadlineExceededError: no answer within 250 ms, or the deadline of `call`.
            UnreachableError: the agent does not answer, or kept failing a moment ago.
            BadAnswerError: its answer is off the declared shape.
            AgentError: the agent refused or failed; the error is the one it met.
        """
        return self._http.ask(DETECT_ANOMALY, request, call, AnomalyResponse)

    def get_model_status(self, request: StatusRequest, call: Call) -> StatusResponse:
        """Call `GET /tensoraios/v6/status`.

        Raises:
            DeadlineExceededError: no answer within 100 ms, or the deadline of `call`.
            UnreachableError: the agent does not answer, or kept failing a moment ago.
            BadAnswerError: its answer is off the declared shape.
            AgentError: the agent refused or failed; the error is the one it met.
        """
        return self._http.ask(GET_MODEL_STATUS, request, call, StatusResponse)

    def close(self) -> None:
        """Call, send and observe no more; what comes meanwhile waits for the next start."""
        self._http.close()
