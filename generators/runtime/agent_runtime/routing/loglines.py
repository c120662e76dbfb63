"""The log lines of an orchestrator: packets in and out, and decisions with the reasons for them."""

from dataclasses import dataclass

from agent_runtime.errors import AgentError
from agent_runtime.logs import AgentLogs
from agent_runtime.packets import PacketEnvelope
from agent_runtime.reasoning.case import Draft
from agent_runtime.reasoning.contracts import Outcome
from agent_runtime.tracing import bind_trace
from agent_runtime.values import JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class PipelineChannels:
    """Names of the declared log channels; one may serve several ends.

    Attributes:
        reception: packets that came in, and those that were refused.
        routing: where they went.
        reasoning: what was decided, and why.
        governance: what was escalated.
        performance: how long it took.
    """

    reception: str
    routing: str
    reasoning: str
    governance: str
    performance: str


class PipelineLog:
    """Writes a line at each station of a packet, under its trace."""

    def __init__(self, logs: AgentLogs, channels: PipelineChannels) -> None:
        """Write to `channels` of `logs`.

        Raises:
            ConfigError: a channel is not declared.
        """
        self._reception = logs.channel(channels.reception)
        self._routing = logs.channel(channels.routing)
        self._reasoning = logs.channel(channels.reasoning)
        self._governance = logs.channel(channels.governance)
        self._performance = logs.channel(channels.performance)

    def received(self, packet: PacketEnvelope) -> None:
        """Tell of a packet that keeps the protocol."""
        with bind_trace(packet.metadata.trace_id):
            self._reception.info(
                "received",
                packet_id=packet.packet_id,
                packet_type=packet.metadata.packet_type,
                source=packet.source_agent,
            )

    def refused(self, document: JsonObject, error: AgentError) -> None:
        """Tell of a packet that was refused, or could not be answered."""
        self._reception.warning(
            "refused",
            packet_id=document.get("packet_id"),
            source=document.get("source_agent"),
            status=error.status,
            reason=str(error),
        )

    def answered(self, packet: PacketEnvelope, answer: PacketEnvelope) -> None:
        """Tell what was answered to whom."""
        with bind_trace(packet.metadata.trace_id):
            self._routing.info(
                "answered",
                packet_id=packet.packet_id,
                packet_type=packet.metadata.packet_type,
                to=answer.destination_agent,
                answer=answer.metadata.packet_type,
            )

    def record(self, draft: Draft, outcome: Outcome) -> None:
        """Tell of a decision: the reasons, how long they took, and what was escalated."""
        case = draft.case
        with bind_trace(case.trace_id):
            self._reasoning.info(
                "decided",
                decision_id=outcome.decision_id,
                domain=case.domain,
                confidence=draft.confidence,
                reasons=draft.reasons,
                objections=draft.objections,
                skipped=dict(draft.skipped),
            )
            self._performance.info(
                "decided", decision_id=outcome.decision_id, latency_ms=draft.latency_ms
            )
            if outcome.escalations:
                self._governance.warning(
                    "escalated", decision_id=outcome.decision_id, escalations=outcome.escalations
                )
