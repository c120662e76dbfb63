"""What `L9.example.module` promises.

Expected by the schema and by packet_router@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from agent_runtime.errors import GovernanceError, InputBoundsError, PacketError, UnknownAgentError
from agent_runtime.examples import example_of
from agent_runtime.routing.desk import Chain
from agent_runtime.routing.work import Answer
from agent_runtime.service.spec import Operation
from agent_runtime.shapes.base import Call, Shape
from agent_runtime.shapes.domain_registration import RegisterDomainRequest
from agent_runtime.shapes.packets import PacketRequest
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_routing import ListLog
from pydantic import BaseModel

from L9.agents.main.domain_packet_handler import DomainPacketHandler
from L9.agents.main.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.main.packet_router import AGENT, ENDPOINT_PACKETS, ROUTES, PacketRouter
from L9.agents.main.packet_validator import PROTOCOL, PacketValidator
from L9.core.packetprotocol import PacketEnvelope, new_packet, parse_packet

SENDERS = {
    "transaction_batch": ("plastos", "plastos_adapter"),
    "loan_application": ("mortgageos", "mortgageos_adapter"),
    "batch_job": ("orchestration",),
    "override_request": ("governance",),
    "context_update": ("worldmodel",),
}
SECONDS = {
    "transaction_batch": 2000 / 1000,
    "loan_application": 2000 / 1000,
    "batch_job": 2000 / 1000,
    "override_request": 30000 / 1000,
    "context_update": 2000 / 1000,
}
FIRST = "transaction_batch"
SENDER = "plastos"
CALL = Call(trace_id=TRACE)


class Written(DomainPacketHandler):
    """A handler whose chains write down what they are given."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Call]] = []

    def chains(self) -> Mapping[str, Chain]:
        """Return one chain for each packet type."""
        return dict.fromkeys(SENDERS, self.carry_out)

    def carry_out(self, packet: PacketEnvelope, call: Call) -> Answer:
        """Write a packet down."""
        self.seen.append((packet.metadata.packet_type, call))
        return Answer(packet_type="written", payload={"of": packet.source_agent})


class Door:
    """A router over the stores of a bench."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bench = AgentBench(root, agent=AGENT, signals=SIGNALS, rules=RULES, policy=POLICY)
        self.handler = Written()
        self.log = ListLog()
        self.router = self.opened()

    def opened(self) -> PacketRouter:
        """Open one more router, as after a restart."""
        return PacketRouter(
            GovernanceBridge(self.bench.governance),
            PacketValidator(self.bench.audit),
            self.handler,
            self.bench.bus,
            self.root,
            log=self.log,
            clock=self.bench.clock,
        )

    def packet(
        self, kind: str = FIRST, source: str = SENDER, flags: tuple[str, ...] = ()
    ) -> PacketEnvelope:
        """Return a packet with the smallest payload that its type takes."""
        return new_packet(
            source,
            AGENT,
            example_of(PROTOCOL.payloads[kind]),
            clock=self.bench.clock,
            packet_type=kind,
            trace_id=TRACE,
            governance_flags=flags,
        )


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path)
    yield made
    made.router.close()
    made.bench.bus.close()


@pytest.mark.positive
@pytest.mark.parametrize("kind", SENDERS)
def test_each_packet_type_reaches_its_chain_from_each_of_its_senders(door: Door, kind: str) -> None:
    for sender in SENDERS[kind]:
        answer = door.router.handle(door.packet(kind, sender).to_json())
        assert answer.payload == {"of": sender}
        assert answer.destination_agent == sender
    assert [each for each, _ in door.handler.seen] == [kind] * len(SENDERS[kind])


@pytest.mark.positive
def test_a_packet_is_logged_when_it_comes_and_when_it_is_answered(door: Door) -> None:
    door.router.handle(door.packet().to_json())
    assert door.log.told == [("received", FIRST), ("answered", "written")]


@pytest.mark.negative
def test_a_packet_that_is_refused_is_logged_as_refused(door: Door) -> None:
    with pytest.raises(PacketError):
        door.router.handle({})
    assert door.log.told == [("refused", "PacketError")]


@pytest.mark.positive
@pytest.mark.parametrize("kind", SECONDS)
def test_each_packet_type_has_the_time_of_its_endpoint(door: Door, kind: str) -> None:
    door.router.handle(door.packet(kind, SENDERS[kind][0]).to_json())
    ((_, call),) = door.handler.seen
    assert call.deadline == door.bench.clock() + SECONDS[kind]


@pytest.mark.positive
def test_a_packet_over_http_is_answered_by_its_chain(door: Door) -> None:
    request = PacketRequest.model_validate(door.packet().to_json())
    assert door.router.process_call(request, CALL).payload == {"of": SENDER}


@pytest.mark.positive
def test_a_requester_on_the_bus_is_answered(door: Door) -> None:
    door.router.listen(echoes())
    asked = door.bench.bus.request(
        f"packets.{AGENT}", door.packet().to_json(), key="k", timeout_seconds=5.0
    )
    door.bench.bus.pump()
    reply = door.bench.bus.collect(asked)
    assert reply is not None
    assert parse_packet(reply).payload == {"of": SENDER}


@pytest.mark.positive
@pytest.mark.parametrize("name", [each.name for each in ENDPOINT_PACKETS if each.role is None])
def test_a_packet_named_after_an_open_endpoint_reaches_its_operation(door: Door, name: str) -> None:
    door.router.listen(echoes())
    packet = new_packet(SENDER, AGENT, {}, clock=door.bench.clock, packet_type=name)
    asked = door.bench.bus.request(
        f"packets.{AGENT}", packet.to_json(), key="k", timeout_seconds=5.0
    )
    door.bench.bus.pump()
    reply = door.bench.bus.collect(asked)
    assert reply is not None
    assert parse_packet(reply).payload == {"trace": packet.metadata.trace_id}


@pytest.mark.positive
def test_a_domain_that_registers_may_send_at_once_and_after_a_restart(door: Door) -> None:
    request = RegisterDomainRequest(domain="NewOS", agent_id="new_adapter", packet_types=(FIRST,))
    response = door.router.register_call(request, CALL)
    assert (response.packet_types, response.new) == ((FIRST,), True)
    packet = door.packet(source="new_adapter").to_json()
    assert door.router.handle(packet).payload == {"of": "new_adapter"}
    again = door.opened()
    assert again.handle(packet).payload == {"of": "new_adapter"}
    again.close()


@pytest.mark.positive
def test_a_running_router_learns_of_a_domain_over_the_bus(door: Door) -> None:
    other = door.opened()
    other.listen(echoes())
    door.router.register_call(RegisterDomainRequest(domain="NewOS", agent_id="new_adapter"), CALL)
    door.bench.bus.pump()
    assert other.handle(door.packet(source="new_adapter").to_json()).payload["of"] == "new_adapter"
    other.close()


@pytest.mark.regression
def test_the_routes_are_those_of_the_schema() -> None:
    assert {(route.packet_type, route.source) for route in ROUTES} == {
        ("transaction_batch", "L9/agents/plastos"),
        ("loan_application", "L9/agents/mortgageos"),
        ("batch_job", "L9/orchestration"),
        ("override_request", "L9/governance"),
        ("context_update", "L9/worldmodel"),
    }


@pytest.mark.negative
def test_a_sender_that_nobody_knows_is_refused_with_404_and_audited(door: Door) -> None:
    with pytest.raises(UnknownAgentError, match="no agent 'stranger'") as refusal:
        door.router.handle(door.packet(source="stranger").to_json())
    assert refusal.value.status == 404
    assert [record.detail["refused"] for record in door.bench.audit.records()] == ["source"]
    assert door.handler.seen == []


@pytest.mark.negative
def test_a_packet_type_that_the_sender_may_not_send_is_refused_with_400(door: Door) -> None:
    door.router.register_call(
        RegisterDomainRequest(domain="NewOS", agent_id="new_adapter", packet_types=(FIRST,)), CALL
    )
    for kind in set(SENDERS) - {FIRST}:
        with pytest.raises(PacketError, match=f"new_adapter sends no '{kind}' here") as refusal:
            door.router.handle(door.packet(kind, "new_adapter").to_json())
        assert refusal.value.status == 400
    assert door.handler.seen == []


@pytest.mark.negative
def test_a_flagged_packet_waits_for_the_anchors(door: Door) -> None:
    held: Exception | None = None
    try:
        door.router.handle(door.packet(flags=("personal_data",)).to_json())
    except GovernanceError as error:
        held = error
    assert (held is not None) == POLICY.holds_escalated
    assert len(door.bench.escalations.pending()) == 1
    assert len(door.handler.seen) == (0 if POLICY.holds_escalated else 1)


@pytest.mark.negative
def test_nobody_registers_for_packets_that_are_not_declared(door: Door) -> None:
    request = RegisterDomainRequest(domain="N", agent_id="n", packet_types=("gossip",))
    with pytest.raises(InputBoundsError, match="no route takes gossip"):
        door.router.register_call(request, CALL)
    with pytest.raises(UnknownAgentError):
        door.router.handle(door.packet(source="n").to_json())


class Empty(Shape):
    """Takes nothing."""


class Echo(Shape):
    """Answers the trace of the call."""

    trace: str


def echoes() -> dict[str, Operation]:
    """Return an operation for each endpoint that packets may name."""

    def echo(_request: BaseModel, call: Call) -> Echo:
        return Echo(trace=call.trace_id)

    return {
        each.name: Operation(handle=echo, request=Empty, response=Echo) for each in ENDPOINT_PACKETS
    }
