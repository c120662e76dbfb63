"""The desk of an orchestrator: checks each packet, finds its route, has its chain carried out."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Protocol

from agent_runtime.bus import Delivery, EventBus
from agent_runtime.clock import Clock
from agent_runtime.dispatch import (
    FlagOffice,
    KeptReplies,
    PacketDesk,
    ReplyMemory,
    deliver,
    hold_flagged,
)
from agent_runtime.errors import (
    AgentError,
    ConfigError,
    OutputBoundsError,
    PacketError,
    UnknownAgentError,
)
from agent_runtime.packets import PacketEnvelope, reply_packet
from agent_runtime.packetseal import PacketSeal
from agent_runtime.routing.receiving import Reason
from agent_runtime.routing.registry import DomainRegistry, RegisteredDomain
from agent_runtime.routing.routes import Route, RouteTable
from agent_runtime.routing.work import Answer
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.domain_registration import (
    RegisterDomainRequest,
    RegisterDomainResponse,
)
from agent_runtime.shapes.packets import PacketRequest, PacketResponse
from agent_runtime.tokens import Claims
from agent_runtime.tracing import bind_trace
from agent_runtime.values import JsonObject

Chain = Callable[[PacketEnvelope, Call], Answer]
"""Carries out the actions that are declared for a packet type."""

LATER = "later"
ACCEPTED = "accepted"


class Guard(Protocol):
    """Checks packets; a generated packet validator is one."""

    def check(self, document: JsonObject) -> PacketEnvelope:
        """Return the packet, or raise what is wrong with it."""
        ...

    def refuse(self, document: JsonObject, reason: Reason, error: AgentError) -> AgentError:
        """Audit a refusal and return the error to raise."""
        ...


class LaterDesk(Protocol):
    """Takes packets whose answer may come later; a generated async result handler is one."""

    def accept(self, packet: PacketEnvelope) -> str:
        """Take the packet and return the id under which its answer will come."""
        ...

    def work(self, chains: Mapping[str, Chain]) -> None:
        """Carry out what was taken, by packet type, from now on."""
        ...


class PacketLog(Protocol):
    """Writes a line about each packet; a generated logger is one."""

    def received(self, packet: PacketEnvelope) -> None:
        """Tell of a packet that keeps the protocol."""
        ...

    def refused(self, document: JsonObject, error: AgentError) -> None:
        """Tell of a packet that was refused, or could not be answered."""
        ...

    def answered(self, packet: PacketEnvelope, answer: PacketEnvelope) -> None:
        """Tell what was answered to whom."""
        ...


class RoutingDesk:
    """Takes the packets of one agent and answers them."""

    def __init__(
        self,
        *,
        agent: str,
        routes: RouteTable,
        chains: Mapping[str, Chain],
        guard: Guard,
        governance: FlagOffice,
        registry: DomainRegistry,
        bus: EventBus,
        clock: Clock,
        replies: ReplyMemory | None = None,
        later: LaterDesk | None = None,
        log: PacketLog | None = None,
        seal: PacketSeal | None = None,
    ) -> None:
        """Open the desk; with a `seal`, packets over HTTP are verified and answers to them signed.

        Raises:
            ConfigError: a packet type has no chain.
            MemoryLayerError: the registered domains cannot be read.
        """
        missing = ", ".join(sorted(set(routes.packet_types) - set(chains)))
        if missing:
            raise ConfigError(f"{agent}: nothing carries out the packet types {missing}")
        self._agent = agent
        self._routes = routes
        self._chains = chains
        self._guard = guard
        self._governance = governance
        self._registry = registry
        self._bus = bus
        self._clock = clock
        self._replies = KeptReplies(replies)
        self._later = later
        self._log = log
        self._seal = seal
        self._direct: PacketDesk | None = None
        self._admit_registered()

    def handle(
        self,
        document: JsonObject,
        *,
        roles: Collection[str] = (),
        token: str | Claims | None = None,
    ) -> PacketEnvelope:
        """Check a packet, carry out its chain and return the answer to its sender.

        Args:
            document: the packet as it came.
            roles: roles that the transport found in the sender's verified token.
            token: that token, for chains that hand it to governance.

        Raises:
            PacketError: the packet is invalid, or its sender may not send its type (400).
            UnknownAgentError: its destination or its sender is unknown (404).
            GovernanceError: it raises a flag, and waits for the anchors (403).
            AgentError: its chain refused.
        """
        try:
            packet = self._guard.check(document)
            answer = self._handle(packet, document, roles, token)
        except AgentError as error:
            if self._log is not None:
                self._log.refused(document, error)
            raise
        if self._log is not None:
            self._log.answered(packet, answer)
        return answer

    def process_call(self, request: PacketRequest, call: Call) -> PacketResponse:
        """Answer a packet that came over HTTP.

        Raises:
            NotAuthenticatedError: its signature does not hold, or no token vouches for its sender.
            AgentError: see `handle`.
        """
        document: JsonObject = request.model_dump(mode="json", exclude_unset=True)
        if self._seal is not None:
            self._seal.check(document, vouched=call.token is not None)
        answer = self.handle(document, roles=call.roles, token=call.token).to_json()
        sealed = answer if self._seal is None else self._seal.sign(answer)
        return PacketResponse.model_validate(sealed)

    def register_call(self, request: RegisterDomainRequest, call: Call) -> RegisterDomainResponse:
        """Admit a domain from now on, in every process of the agent, without a restart.

        Raises:
            InputBoundsError: another agent speaks for the domain, or no route takes a packet type.
            MemoryLayerError: it could not be kept or told.
        """
        domain = RegisteredDomain(
            domain=request.domain,
            agent_id=request.agent_id,
            packet_types=request.packet_types or self._routes.packet_types,
        )
        allowed = self._routes.admit(domain.agent_id, domain.packet_types)
        new = self._registry.add(domain, self._bus)
        return RegisterDomainResponse(
            trace_id=call.trace_id,
            domain=domain.domain,
            agent_id=domain.agent_id,
            packet_types=allowed,
            new=new,
        )

    def listen(self, direct: PacketDesk | None = None) -> None:
        """Take packets from the topic ``packets.<agent>``, and hear of domains that register.

        Args:
            direct: processes packets that are named after an endpoint, whoever sends them.

        Raises:
            MemoryLayerError: the bus failed.
        """
        self._direct = direct
        self._bus.subscribe(f"packets.{self._agent}", f"{self._agent}.packets", self._deliver)
        if self._later is not None:
            self._later.work(self._chains)
        self._registry.listen(self._bus, f"{self._agent}.domains", self._admit)

    def _deliver(self, delivery: Delivery) -> None:
        metadata = delivery.message.get("metadata")
        kind = metadata.get("packet_type") if isinstance(metadata, Mapping) else None
        direct = self._direct
        takes = direct is not None and kind in direct.packet_types
        deliver(direct.handle if direct is not None and takes else self.handle, delivery)

    def _handle(
        self,
        packet: PacketEnvelope,
        document: JsonObject,
        roles: Collection[str],
        token: str | Claims | None,
    ) -> PacketEnvelope:
        if self._log is not None:
            self._log.received(packet)
        route = self._route(packet, document)
        with bind_trace(packet.metadata.trace_id):
            known = self._replies.earlier(packet)
            if known is not None:
                return known
            hold_flagged(packet, roles, self._governance)
            call = Call(
                trace_id=packet.metadata.trace_id,
                caller=packet.source_agent,
                deadline=self._clock() + route.timeout_ms / 1000,
                roles=tuple(roles),
                token=token,
            )
            answer = self._carry_out(packet, call)
            self._replies.keep(packet, answer)
        return answer

    def _route(self, packet: PacketEnvelope, document: JsonObject) -> Route:
        try:
            return self._routes.match(packet)
        except UnknownAgentError:
            self._admit_registered()  # another process may have registered it
        except PacketError as error:
            raise self._guard.refuse(document, "source", error) from error
        try:
            return self._routes.match(packet)
        except (UnknownAgentError, PacketError) as error:
            raise self._guard.refuse(document, "source", error) from error

    def _carry_out(self, packet: PacketEnvelope, call: Call) -> PacketEnvelope:
        chain = self._chains[packet.metadata.packet_type]
        if self._later is not None and packet.payload.get("respond") == LATER:
            job = self._later.accept(packet)
            answer = Answer(packet_type=ACCEPTED, payload={"job": job})
        else:
            answer = chain(packet, call)
        return answered(packet, answer, agent=self._agent, clock=self._clock)

    def _admit_registered(self) -> None:
        for domain in self._registry.all():
            self._admit(domain)

    def _admit(self, domain: RegisteredDomain) -> None:
        self._routes.admit(domain.agent_id, domain.packet_types)


def answered(packet: PacketEnvelope, answer: Answer, *, agent: str, clock: Clock) -> PacketEnvelope:
    """Return the packet that carries `answer` of `agent` to the sender of `packet`.

    Raises:
        OutputBoundsError: the answer cannot be sent; it is withheld.
    """
    try:
        reply = reply_packet(packet, answer.payload, clock=clock, source_agent=agent)
    except PacketError as error:
        raise OutputBoundsError(
            f"the answer to {packet.metadata.packet_type} cannot be sent: {error}"
        ) from error
    about = {**reply.metadata.extensions, **answer.about}
    return replace(
        reply,
        metadata=replace(reply.metadata, packet_type=answer.packet_type, extensions=about),
    )
