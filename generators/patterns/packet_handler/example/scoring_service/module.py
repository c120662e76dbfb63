"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by packet_handler@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Collection, Mapping
from typing import Final

from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock, system_clock
from agent_runtime.dispatch import PacketDesk, PacketType
from agent_runtime.handover.receiving import ModelReceiver
from agent_runtime.service.spec import Operation, answered_by
from agent_runtime.shapes.handover import ModelReady, ModelReadyAnswer
from agent_runtime.values import JsonObject

from L9.core.packetprotocol import PacketEnvelope
from L9.core.tensoraios.governancebridge import GovernanceBridge
from L9.core.tensoraios.memorybridge import MemoryBridge

AGENT: Final = "tensoraios"
NAMES: Final = ("tensoraios", "TensorAIOS")  # agent_id, name
PACKET_TYPES: Final = (  # deployment.endpoints
    PacketType(name="score_candidates", timeout_ms=500),
    PacketType(name="generate_embeddings", timeout_ms=1000),
    PacketType(name="detect_anomaly", timeout_ms=250),
    PacketType(name="trigger_retraining", timeout_ms=60000, role="governance"),
)
MODEL_READY: Final = PacketType(name="model_ready", timeout_ms=30_000)


class PacketHandler:
    """Processes the packets that other agents send, each by the operation that it names."""

    def __init__(
        self,
        operations: Mapping[str, Operation],
        governance: GovernanceBridge,
        memory: MemoryBridge | None = None,
        *,
        models: ModelReceiver | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """Take what processes each of `PACKET_TYPES`, by name, and who takes models over.

        Raises:
            ConfigError: a packet type has no operation.
        """
        types: tuple[PacketType, ...] = PACKET_TYPES
        if models is not None:
            ready = answered_by(models.ready_call, ModelReady, ModelReadyAnswer)
            types, operations = (*types, MODEL_READY), {**operations, MODEL_READY.name: ready}
        self._desk = PacketDesk(
            agent=AGENT,
            names=NAMES,
            types=types,
            operations=operations,
            governance=governance,
            clock=clock,
            replies=memory,
        )

    def handle(
        self, packet: JsonObject, *, roles: Collection[str] = (), token: str | None = None
    ) -> PacketEnvelope:
        """Check and process one packet, and return the answer to its sender.

        A packet that raises governance flags is escalated first; unless the sender's token gives
        the governance role, it then waits for the anchors.
        One that comes again is answered from memory.

        Raises:
            PacketError: the packet, its type or its payload is invalid.
            UnknownAgentError: it is addressed to somebody else.
            NotAuthenticatedError: its type demands a token.
            NotAuthorisedError: the token lacks the role.
            GovernanceError: it raises a flag and waits.
        """
        return self._desk.handle(packet, roles=roles, token=token)

    def listen(self, bus: EventBus) -> None:
        """Process the packets that come over `bus`; a requester gets the answer or the problem.

        Raises:
            MemoryLayerError: the bus failed.
        """
        self._desk.listen(bus)
