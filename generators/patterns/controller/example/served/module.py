"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by controller@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Self

from agent_runtime.application import application_of
from agent_runtime.clock import Clock, system_clock
from agent_runtime.config import AgentSettings
from agent_runtime.errors import MemoryLayerError
from agent_runtime.flags import Flags
from agent_runtime.metrics import MetricSpec
from agent_runtime.parts import AgentParts
from agent_runtime.recording import decision_of, log_decision
from agent_runtime.service.spec import EndpointSpec, Operation, ServiceSpec, answered_by
from agent_runtime.shapes.anomaly import AnomalyRequest, AnomalyResponse
from agent_runtime.shapes.base import Call, DecisionShape
from agent_runtime.shapes.status import StatusRequest, StatusResponse
from agent_runtime.throughput import Throughput
from fastapi import FastAPI

from L9.agents.sensor_watch.anomaly_detector import AnomalyDetector
from L9.agents.sensor_watch.config_manager import ConfigManager
from L9.agents.sensor_watch.event_publisher import EventPublisher
from L9.agents.sensor_watch.governance_bridge import GovernanceBridge
from L9.agents.sensor_watch.memory_bridge import TOPOLOGY, MemoryBridge

AGENT: Final = "sensor_watch"
VERSION: Final = "1.0.0"
CHANNELS: Final = {  # cursorinstructions.logging
    "anomaly": "L9/logs/sensor_watch/anomaly.log",
    "governance": "L9/logs/sensor_watch/governance.log",
}
METRICS: Final = (  # deployment.telemetry.metrics
    MetricSpec(name="inference_latency_ms", kind="histogram", help="inference latency ms"),
    MetricSpec(
        name="batch_throughput_requests_per_sec",
        kind="gauge",
        help="batch throughput requests per sec: answered in the last minute",
    ),
)
INDEXED: Final[tuple[str, ...]] = (
    "sensor_id",
    "timestamp",
)  # memorytopology.episodicmemory.indexby
LATENCY_SIGNALS: Final = ("inference_latency", "latency")  # governance.escalationpolicy

ENDPOINTS: Final = (  # deployment.endpoints
    EndpointSpec(
        name="detect_anomaly",
        path="/sensor_watch/v1/anomaly",
        method="POST",
        timeout_ms=250,
        summary="Detect anomaly.",
    ),
    EndpointSpec(
        name="get_sensor_status",
        path="/sensor_watch/v1/status",
        method="GET",
        timeout_ms=100,
        summary="Get sensor status.",
    ),
)
DESCRIPTION: Final = (
    "Ranks sensor readings by how unusual they are, and calls for a person when one is "
    "beyond doubt."
)
SERVICE: Final = ServiceSpec(
    agent=AGENT,
    title="Sensor Watch v1.0",
    version=VERSION,
    description=DESCRIPTION,
    endpoints=ENDPOINTS,
    threads=10,  # learningsystem.autonomyprofile.tasklimit
)


class SensorWatchController:
    """Wires the modules of the agent over its open parts; one method an endpoint."""

    def __init__(self, parts: AgentParts) -> None:
        self.parts = parts
        self.governance = GovernanceBridge.wire(
            audit=parts.audit,
            escalations=parts.escalations,
            approvals=parts.verifier,
            clock=parts.clock,
            flags=parts.flags,
        )
        self.detector = AnomalyDetector(None, self.governance)
        self.memory = MemoryBridge(parts.layers, parts.flags)
        self.publisher = EventPublisher(parts.bus, clock=parts.clock)
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
            "detect_anomaly": answered_by(self.detect_anomaly, AnomalyRequest, AnomalyResponse),
            "get_sensor_status": answered_by(self.get_sensor_status, StatusRequest, StatusResponse),
        }

    def start(self) -> None:
        """Begin background work: due jobs, and whatever the modules wait for."""
        self.parts.keep_up(self.governance.governance)
        self.detector.warm_up()
        self.parts.start()

    def close(self) -> None:
        """End background work and close all stores."""
        self.parts.close()

    def detect_anomaly(self, request: AnomalyRequest, call: Call) -> AnomalyResponse:
        """Answer POST /sensor_watch/v1/anomaly and record what was decided.

        Raises:
            AgentError: no answer is possible, or the decision could not be recorded.
        """
        with self._timed("detect_anomaly", call):
            response = self.detector.detect_call(request, call)
        self._record("detect_anomaly", "anomaly", response)
        return response

    def get_sensor_status(self, request: StatusRequest, call: Call) -> StatusResponse:
        """Answer GET /sensor_watch/v1/status.

        Raises:
            AgentError: no answer is possible.
        """
        return self.status_call(request, call)

    def status_call(self, _request: StatusRequest, call: Call) -> StatusResponse:
        """Return how the agent stands: health, model in service, what waits for the anchors."""
        return self.parts.status(
            call,
            version=VERSION,
            governance=self.governance.governance.status(),
            model=None,
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


def create_app(
    settings: AgentSettings | None = None,
    *,
    flags: Flags | None = None,
    clock: Clock = system_clock,
) -> FastAPI:
    """Open the agent and return the application that serves its endpoints.

    Args:
        settings: the checked settings; without them, those of the environment.
        flags: feature flags; without them, those of the environment.
        clock: source of time.

    Raises:
        ConfigError: a setting is missing or cannot be used.
        MemoryLayerError: a store cannot be opened.
    """
    manager = ConfigManager(os.environ)
    controller = SensorWatchController.open(
        settings or manager.load(), flags=flags or manager.flags(), clock=clock
    )
    return application_of(controller, SERVICE)
