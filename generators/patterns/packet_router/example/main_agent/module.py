"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by packet_router@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock, system_clock
from agent_runtime.dispatch import PacketDesk, PacketType
from agent_runtime.packetseal import PacketSeal
from agent_runtime.routing.desk import PacketLog, RoutingDesk
from agent_runtime.routing.registry import DomainRegistry
from agent_runtime.routing.routes import Route, RouteTable
from agent_runtime.service.spec import Operation
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.domain_registration import RegisterDomainRequest, RegisterDomainResponse
from agent_runtime.shapes.packets import PacketRequest, PacketResponse
from agent_runtime.values import JsonObject

from L9.agents.main.async_result_handler import AsyncResultHandler
from L9.agents.main.domain_packet_handler import DomainPacketHandler
from L9.agents.main.governance_bridge import GovernanceBridge
from L9.agents.main.memory_bridge import MemoryBridge
from L9.agents.main.packet_validator import PacketValidator
from L9.core.packetprotocol import PacketEnvelope

AGENT: Final = "main_agent"
ROUTES: Final = (  # packetrouting.inbound
    Route(
        packet_type="transaction_batch",
        source="L9/agents/plastos",
        senders=("plastos", "plastos_adapter"),
        timeout_ms=2000,
    ),
    Route(
        packet_type="loan_application",
        source="L9/agents/mortgageos",
        senders=("mortgageos", "mortgageos_adapter"),
        timeout_ms=2000,
    ),
    Route(
        packet_type="batch_job",
        source="L9/orchestration",
        senders=("orchestration",),
        timeout_ms=2000,
    ),
    Route(
        packet_type="override_request",
        source="L9/governance",
        senders=("governance",),
        timeout_ms=30000,
    ),
    Route(
        packet_type="context_update",
        source="L9/worldmodel",
        senders=("worldmodel",),
        timeout_ms=2000,
    ),
)
ENDPOINT_PACKETS: Final = (  # deployment.endpoints, asked for by packets of their name
    PacketType(name="register_domain", timeout_ms=1000, role="service"),
    PacketType(name="get_agent_status", timeout_ms=100),
    PacketType(name="request_governance_override", timeout_ms=30000, role="governance"),
)


class PacketRouter:
    """The one door for packets, over HTTP and the bus; domains may register while it is open."""

    def __init__(
        self,
        governance: GovernanceBridge,
        validator: PacketValidator,
        handler: DomainPacketHandler,
        bus: EventBus,
        folder: Path,
        *,
        later: AsyncResultHandler | None = None,
        memory: MemoryBridge | None = None,
        log: PacketLog | None = None,
        seal: PacketSeal | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """Open the door.

        Raises:
            MemoryLayerError: the domains that registered before cannot be read.
        """
        self._governance = governance
        self._clock = clock
        self._domains = DomainRegistry(folder / "domains.db", agent=AGENT, clock=clock)
        self._desk = RoutingDesk(
            agent=AGENT,
            routes=RouteTable(ROUTES),
            chains=handler.chains(),
            guard=validator,
            governance=governance,
            registry=self._domains,
            bus=bus,
            clock=clock,
            replies=memory,
            later=later,
            log=log,
            seal=seal,
        )

    def handle(
        self, packet: JsonObject, *, roles: Collection[str] = (), token: str | None = None
    ) -> PacketEnvelope:
        """Check and route a packet, have its chain carried out, and return the answer.

        Raises:
            PacketError: the packet is invalid, or its sender may not send its type.
            UnknownAgentError: its destination or its sender is unknown.
            GovernanceError: it raises a flag and waits.
        """
        return self._desk.handle(packet, roles=roles, token=token)

    def process_call(self, request: PacketRequest, call: Call) -> PacketResponse:
        """Answer a packet that came over HTTP, once its origin is proven by token or signature.

        Raises:
            AgentError: see `handle`.
        """
        return self._desk.process_call(request, call)

    def register_call(self, request: RegisterDomainRequest, call: Call) -> RegisterDomainResponse:
        """Admit a domain from now on, in every process of the agent.

        Raises:
            InputBoundsError: another agent speaks for it, or no route takes a packet type.
        """
        return self._desk.register_call(request, call)

    def listen(self, operations: Mapping[str, Operation]) -> None:
        """Take packets of the bus from now on, also those that are named after an endpoint.

        Raises:
            MemoryLayerError: the bus failed.
        """
        self._desk.listen(
            PacketDesk(
                agent=AGENT,
                names=(AGENT,),
                types=ENDPOINT_PACKETS,
                operations=operations,
                governance=self._governance,
                clock=self._clock,
            )
        )

    def close(self) -> None:
        """Close the file of registered domains."""
        self._domains.close()
