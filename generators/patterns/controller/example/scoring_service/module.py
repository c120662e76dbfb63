"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by controller@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Self

from agent_runtime.clock import Clock, system_clock
from agent_runtime.config import AgentSettings
from agent_runtime.errors import MemoryLayerError
from agent_runtime.flags import Flags
from agent_runtime.metrics import MetricSpec
from agent_runtime.modelwatch import ModelWatch, WatchPlan
from agent_runtime.parts import AgentParts
from agent_runtime.recording import decision_of, log_decision
from agent_runtime.service.spec import Operation, answered_by
from agent_runtime.shapes.anomaly import AnomalyRequest, AnomalyResponse
from agent_runtime.shapes.base import Call, DecisionShape
from agent_runtime.shapes.embeddings import EmbeddingRequest, EmbeddingResponse
from agent_runtime.shapes.links import ScoreRequest, ScoreResponse
from agent_runtime.shapes.status import StatusRequest, StatusResponse
from agent_runtime.shapes.training import RetrainRequest, RetrainResponse
from agent_runtime.throughput import Throughput

from L9.core.tensoraios.anomaly_detector import AnomalyDetector
from L9.core.tensoraios.domainadapter import DomainAdapter
from L9.core.tensoraios.embedding_generator import EmbeddingGenerator
from L9.core.tensoraios.eventpublisher import EventPublisher
from L9.core.tensoraios.governancebridge import GovernanceBridge
from L9.core.tensoraios.hyperparamtuner import HyperparameterTuner
from L9.core.tensoraios.inference_engine import InferenceEngine
from L9.core.tensoraios.memorybridge import TOPOLOGY, MemoryBridge
from L9.core.tensoraios.model_loader import ModelLoader
from L9.core.tensoraios.modelvalidation import DROP_LIMIT, ModelValidator
from L9.core.tensoraios.packethandler import PacketHandler
from L9.core.tensoraios.retrainingscheduler import RetrainingScheduler
from L9.core.tensoraios.tensor_scorer import TensorScorer
from L9.core.tensoraios.trainingpipeline import TrainingPipeline
from L9.core.tensoraios.worldmodelbridge import WORLD, WorldModelBridge
from L9.worldmodel.interface import WorldModel

AGENT: Final = "tensoraios"
VERSION: Final = "6.0.0"
CHANNELS: Final = {  # cursorinstructions.logging
    "serving": "L9/logs/tensoraios_ecosystem/tensoraios/serving.log",
    "training": "L9/logs/tensoraios_ecosystem/tensoraios/training.log",
    "anomaly": "L9/logs/tensoraios_ecosystem/tensoraios/anomaly.log",
    "governance": "L9/logs/tensoraios_ecosystem/tensoraios/governance.log",
}
METRICS: Final = (  # deployment.telemetry.metrics
    MetricSpec(name="inference_latency_ms", kind="histogram", help="inference latency ms"),
    MetricSpec(
        name="batch_throughput_requests_per_sec",
        kind="gauge",
        help="batch throughput requests per sec: answered in the last minute",
    ),
    MetricSpec(
        name="model_accuracy_on_live_data",
        kind="gauge",
        help="model accuracy on live data: mean reciprocal rank of held-out links",
    ),
    MetricSpec(
        name="anomaly_detection_precision_recall",
        kind="gauge",
        help="anomaly detection precision recall: unknown (NaN) until outcomes are fed back",
    ),
    MetricSpec(
        name="embedding_drift_kl_divergence",
        kind="gauge",
        help="embedding drift kl divergence: largest of a dimension, in nats",
    ),
)
INDEXED: Final[tuple[str, ...]] = (
    "domain",
    "model_version",
    "inference_timestamp",
)  # memorytopology.episodicmemory.indexby
LATENCY_SIGNALS: Final = ("inference_latency", "latency")  # governance.escalationpolicy

WATCH: Final = WatchPlan(
    accuracy_metric="model_accuracy_on_live_data",
    drift_metric="embedding_drift_kl_divergence",
    drop_limit=DROP_LIMIT,
    model_events=("model_drift_detected",),
    embedding_events=("embedding_drift_detected",),
)


class TensorAIOSController:
    """Wires the modules of the agent over its open parts; one method an endpoint."""

    def __init__(self, parts: AgentParts) -> None:
        self.parts = parts
        world = WorldModel(WORLD, parts.sightings, parts.clock)
        self.governance = GovernanceBridge.wire(
            audit=parts.audit,
            escalations=parts.escalations,
            approvals=parts.verifier,
            clock=parts.clock,
            flags=parts.flags,
        )
        self.detector = AnomalyDetector(None, self.governance)
        self.models = ModelLoader.open(parts.models, self.governance, clock=parts.clock)
        self.scorer = TensorScorer(self.models, self.governance)
        self.embedder = EmbeddingGenerator(self.models, self.governance)
        self.engine = InferenceEngine(self.scorer, self.embedder, self.detector, clock=parts.clock)
        self.memory = MemoryBridge(parts.layers, parts.flags)
        self.world = WorldModelBridge(world)
        self.domains = DomainAdapter()
        self.packets = PacketHandler(
            self.operations(), self.governance, memory=self.memory, clock=parts.clock
        )
        self.publisher = EventPublisher(parts.bus, clock=parts.clock)
        self.validator = ModelValidator(self.governance)
        self.pipeline = TrainingPipeline(
            self.models, self.validator, self.governance, parts.links, clock=parts.clock
        )
        self.retraining = RetrainingScheduler(
            parts.scheduler,
            self.pipeline,
            store=parts.retraining,
            governance=self.governance,
            clock=parts.clock,
        )
        self.tuner = HyperparameterTuner(clock=parts.clock)
        self.watch = ModelWatch(
            WATCH,
            self.models,
            self.validator,
            self.governance,
            links=parts.links,
            metrics=parts.metrics,
            feedback=self.retraining.accuracy_fell,
        )
        self.answered = Throughput(parts.clock)
        parts.metrics.follow("batch_throughput_requests_per_sec", self.answered.rate)

    @classmethod
    def open(
        cls,
        settings: AgentSettings,
        *,
        flags: Flags | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """Open the stores that `settings` names, and wire the agent over them.

        Raises:
            ConfigError: a setting is missing or cannot be used.
            MemoryLayerError: a store cannot be opened.
        """
        parts = AgentParts(
            AGENT,
            settings,
            topology=TOPOLOGY,
            channels=CHANNELS,
            metrics=METRICS,
            flags=flags,
            clock=clock,
        )
        return cls(parts)

    def operations(self) -> Mapping[str, Operation]:
        """Return what answers each declared endpoint, by its name."""
        return {
            "score_candidates": answered_by(self.score_candidates, ScoreRequest, ScoreResponse),
            "generate_embeddings": answered_by(
                self.generate_embeddings, EmbeddingRequest, EmbeddingResponse
            ),
            "detect_anomaly": answered_by(self.detect_anomaly, AnomalyRequest, AnomalyResponse),
            "get_model_status": answered_by(self.get_model_status, StatusRequest, StatusResponse),
            "trigger_retraining": answered_by(
                self.trigger_retraining, RetrainRequest, RetrainResponse
            ),
        }

    def start(self) -> None:
        """Begin background work: due jobs, and whatever the modules wait for."""
        self.parts.keep_up(self.governance.governance)
        self.detector.warm_up()
        self.models.in_service()
        self.packets.listen(self.parts.bus)
        self.retraining.register(self._keep_trigger_retraining)
        self.watch.register(self.parts.scheduler)
        self.parts.start()

    def close(self) -> None:
        """End background work and close all stores."""
        self.engine.close()
        self.parts.close()

    def score_candidates(self, request: ScoreRequest, call: Call) -> ScoreResponse:
        """Answer POST /tensoraios/v6/score and record what was decided.

        Raises:
            AgentError: no answer is possible, or the decision could not be recorded.
        """
        with self._timed("score_candidates", call):
            response = self.engine.score_call(request, call)
        self._record("score_candidates", "serving", response)
        return response

    def generate_embeddings(self, request: EmbeddingRequest, call: Call) -> EmbeddingResponse:
        """Answer POST /tensoraios/v6/embeddings.

        Raises:
            AgentError: no answer is possible.
        """
        with self._timed("generate_embeddings", call):
            return self.engine.embed_call(request, call)

    def detect_anomaly(self, request: AnomalyRequest, call: Call) -> AnomalyResponse:
        """Answer POST /tensoraios/v6/anomaly and record what was decided.

        Raises:
            AgentError: no answer is possible, or the decision could not be recorded.
        """
        with self._timed("detect_anomaly", call):
            response = self.engine.detect_call(request, call)
        self._record("detect_anomaly", "anomaly", response)
        return response

    def get_model_status(self, request: StatusRequest, call: Call) -> StatusResponse:
        """Answer GET /tensoraios/v6/status.

        Raises:
            AgentError: no answer is possible.
        """
        return self.status_call(request, call)

    def trigger_retraining(self, request: RetrainRequest, call: Call) -> RetrainResponse:
        """Answer POST /tensoraios/v6/retrain and record what was decided.

        Raises:
            AgentError: no answer is possible, or the decision could not be recorded.
        """
        response = self.retraining.retrain_call(request, call)
        self._keep_trigger_retraining(response)
        return response

    def status_call(self, _request: StatusRequest, call: Call) -> StatusResponse:
        """Return how the agent stands: health, model in service, what waits for the anchors."""
        return self.parts.status(
            call,
            version=VERSION,
            governance=self.governance.governance.status(),
            model=self.models.in_service(),
        )

    @contextmanager
    def _timed(self, operation: str, call: Call) -> Iterator[None]:
        """Measure an operation and have governance judge how long it took."""
        started = self.parts.clock()
        yield
        self.answered.count()
        milliseconds = max(0.0, (self.parts.clock() - started) * 1000.0)
        self.parts.metrics.observe("inference_latency_ms", milliseconds)
        self.governance.observe_all(
            dict.fromkeys(LATENCY_SIGNALS, milliseconds), subject=operation, trace_id=call.trace_id
        )

    def _keep_trigger_retraining(self, response: RetrainResponse) -> None:
        """Record a decision of trigger_retraining, whether asked for or due."""
        self._record("trigger_retraining", "training", response)
        self.watch.trained(response)

    def _record(self, operation: str, channel: str, response: DecisionShape) -> None:
        """Keep a decision in every declared memory layer under its trace, and tell the others."""
        decision = decision_of(response, agent=AGENT, indexed=INDEXED, now=self.parts.clock())
        try:
            self.memory.remember(
                decision,
                audit=self.parts.audit,
                bus=None,
                clock=self.parts.clock,
                event_type=operation,
            )
            self.publisher.publish(
                operation,
                decision.decision_id,
                decision.confidence,
                decision.result,
                decision.trace_id,
            )
        except MemoryLayerError as error:
            self.governance.escalate(
                decision.decision_id,
                f"the decision is not fully recorded: {error}",
                "high",
                trace_id=decision.trace_id,
            )
            raise
        log_decision(
            self.parts.logs,
            operation,
            response,
            channel=channel,
            escalated="governance",
        )
