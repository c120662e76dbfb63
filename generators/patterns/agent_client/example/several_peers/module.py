"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by agent_client@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final, Self

from agent_runtime.clients.http import HttpClient
from agent_runtime.clients.observing import EventHandler, EventPage, Observation
from agent_runtime.clients.opening import open_http, open_packets
from agent_runtime.clients.packets import OpenPayload, PacketClient
from agent_runtime.clients.peers import Peers
from agent_runtime.parts import AgentParts
from agent_runtime.service.spec import EndpointSpec
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.links import ScoreRequest, ScoreResponse
from agent_runtime.shapes.training import RetrainRequest, RetrainResponse
from agent_runtime.shapes.transactions import TransactionPayload

TARGETS: Final = {  # where they are unless `clients.<agent>` or the registry says otherwise
    "north_peer": "http://127.0.0.1:8001",
    "south_peer": "http://127.0.0.1:8002",
}
SCORE_CANDIDATES: Final = EndpointSpec(
    name="score_candidates",
    path="/tensoraios/v6/score",
    method="POST",
    timeout_ms=500,
)
TRIGGER_RETRAINING: Final = EndpointSpec(
    name="trigger_retraining",
    path="/tensoraios/v6/retrain",
    method="POST",
    timeout_ms=60000,
    role="governance",
)
TRANSACTION_BATCH_TIMEOUT_MS: Final = 2000


class PeerClient:
    """Speaks to the agents of the kind peer, and only of what is wired."""

    def __init__(
        self,
        http: Peers[HttpClient],
        packets: Peers[PacketClient],
        observation: Observation,
    ) -> None:
        self._http = http
        self._packets = packets
        self._observation = observation

    @classmethod
    def open(cls, parts: AgentParts) -> Self:
        """Return a client over the parts of the calling agent; nothing is sent yet."""
        return cls(
            http=Peers({name: open_http(parts, name, url) for name, url in TARGETS.items()}),
            packets=Peers({name: open_packets(parts, name) for name in TARGETS}),
            observation=open_observation(parts, TARGETS),
        )

    def score_candidates(self, agent: str, request: ScoreRequest, call: Call) -> ScoreResponse:
        """Call `POST /tensoraios/v6/score`.

        Raises:
            DeadlineExceededError: no answer within 500 ms, or the deadline of `call`.
            UnreachableError: the agent does not answer, or kept failing a moment ago.
            BadAnswerError: its answer is off the declared shape.
            AgentError: the agent refused or failed; the error is the one it met.
        """
        return self._http[agent].ask(SCORE_CANDIDATES, request, call, ScoreResponse)

    def trigger_retraining(
        self, agent: str, request: RetrainRequest, call: Call
    ) -> RetrainResponse:
        """Call `POST /tensoraios/v6/retrain` with a token of the role governance.

        Raises:
            DeadlineExceededError: no answer within 60000 ms, or the deadline of `call`.
            UnreachableError: the agent does not answer, or kept failing a moment ago.
            BadAnswerError: its answer is off the declared shape.
            AgentError: the agent refused or failed; the error is the one it met.
        """
        return self._http[agent].ask(TRIGGER_RETRAINING, request, call, RetrainResponse)

    def send_transaction_batch(
        self, agent: str, payload: TransactionPayload, call: Call, *, key: str | None = None
    ) -> str:
        """Send a packet `transaction_batch` that nobody waits for, and return its id.

        Under an idempotency `key` it is processed once, however often it is sent.

        Raises:
            PacketError: the payload is not finite JSON.
            MemoryLayerError: the bus failed.
        """
        return self._packets[agent].tell("transaction_batch", payload, call, key=key)

    def ask_transaction_batch(
        self, agent: str, payload: TransactionPayload, call: Call, *, key: str | None = None
    ) -> ScoreResponse:
        """Send a packet `transaction_batch` and return the checked payload of its answer.

        Raises:
            DeadlineExceededError: no answer within 2000 ms, or the deadline of `call`.
            BadAnswerError: the answer is off the declared shape.
            AgentError: the agent refused or failed; the error is the one it met.
        """
        return self._packets[agent].ask(
            "transaction_batch",
            payload,
            call,
            ScoreResponse,
            timeout_ms=TRANSACTION_BATCH_TIMEOUT_MS,
            key=key,
        )

    def send_notice(
        self, agent: str, payload: OpenPayload, call: Call, *, key: str | None = None
    ) -> str:
        """Send a packet `notice` that nobody waits for, and return its id.

        Under an idempotency `key` it is processed once, however often it is sent.

        Raises:
            PacketError: the payload is not finite JSON.
            MemoryLayerError: the bus failed.
        """
        return self._packets[agent].tell("notice", payload, call, key=key)

    def on_report_outcome(self, handler: EventHandler) -> None:
        """Hand each event `report_outcome` from now on to `handler`, in order.

        Raises:
            MemoryLayerError: the bus failed.
        """
        for agent in ("north_peer", "south_peer"):
            self._observation.on(agent, "report_outcome", handler)

    def read_report_outcome(self, agent: str, *, after: int = 0) -> EventPage:
        """Return events `report_outcome` that the bus keeps, from the position `after` on.

        Raises:
            MemoryLayerError: the bus failed.
        """
        return self._observation.read(agent, "report_outcome", after=after)

    def close(self) -> None:
        """Call, send and observe no more; what comes meanwhile waits for the next start."""
        for client in self._http:
            client.close()
        for sender in self._packets:
            sender.close()
        self._observation.close()
