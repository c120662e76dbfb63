"""What `L9.example.module` promises.

Expected by the schema and by packet_handler@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.errors import (
    AgentError,
    ConfigError,
    GovernanceError,
    PacketError,
    UnknownAgentError,
)
from agent_runtime.examples import example_of
from agent_runtime.service.spec import Operation
from agent_runtime.shapes.anomaly import AnomalyRequest
from agent_runtime.shapes.base import Call, Shape
from agent_runtime.shapes.embeddings import EmbeddingRequest
from agent_runtime.shapes.links import ScoreRequest
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.values import JsonObject
from pydantic import BaseModel

from L9.core.packetprotocol import PacketEnvelope, new_packet, parse_packet
from L9.core.tensoraios.governancebridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.core.tensoraios.packethandler import AGENT, PACKET_TYPES, PacketHandler

SHAPES: dict[str, type[Shape]] = {
    "score_candidates": ScoreRequest,
    "generate_embeddings": EmbeddingRequest,
    "detect_anomaly": AnomalyRequest,
}
SECONDS = {
    "score_candidates": 0.5,
    "generate_embeddings": 1.0,
    "detect_anomaly": 0.25,
}
ROLES: dict[str, str] = {}
FIELDS = ("packet_id", "source_agent", "destination_agent", "timestamp", "payload", "metadata")
METADATA = ("trace_id", "priority", "governance_flags")
FIRST = next(iter(SHAPES))
CREDENTIAL = "header.claims.signature"


class Answer(Shape):
    """What the operations of these tests answer."""

    processed: str


class Desk:
    """The handler with operations that write down what they are asked."""

    def __init__(self, bench: AgentBench) -> None:
        self.bench = bench
        self.seen: list[tuple[str, BaseModel, Call]] = []
        self.handler = PacketHandler(
            {name: self.operation(name) for name in SHAPES},
            GovernanceBridge(bench.governance),
            clock=bench.clock,
        )

    def operation(self, name: str) -> Operation:
        """Return an operation that is asked in the declared shape and answers its name."""

        def process(request: BaseModel, call: Call) -> Answer:
            self.seen.append((name, request, call))
            return Answer(processed=name)

        return Operation(handle=process, request=SHAPES[name], response=Answer)

    def packet(
        self, name: str = FIRST, *, to: str = AGENT, flags: tuple[str, ...] = (), key: str = "k"
    ) -> PacketEnvelope:
        """Return a packet that asks for `name` with the smallest payload that its shape takes."""
        return new_packet(
            "caller",
            to,
            example_of(SHAPES[name]),
            clock=self.bench.clock,
            packet_type=name,
            trace_id=TRACE,
            governance_flags=flags,
            idempotency_key=key,
        )

    def ask(self, packet: PacketEnvelope) -> PacketEnvelope:
        """Let a sender with every role that is demanded have `packet` processed."""
        role = ROLES.get(packet.metadata.packet_type)
        return self.handler.handle(
            packet.to_json(), roles=(role,) if role else (), token=CREDENTIAL if role else None
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    bench = AgentBench(
        tmp_path,
        agent=AGENT,
        signals=SIGNALS,
        rules=RULES,
        policy=POLICY,
    )
    yield Desk(bench)
    bench.layers.close()
    bench.bus.close()


def without(document: JsonObject, name: str) -> JsonObject:
    return {key: value for key, value in document.items() if key != name}


@pytest.mark.positive
@pytest.mark.parametrize("name", SHAPES)
def test_each_declared_packet_type_reaches_its_operation(desk: Desk, name: str) -> None:
    packet = desk.packet(name)
    answer = desk.ask(packet)
    ((processed, request, call),) = desk.seen
    assert processed == name
    assert request == SHAPES[name].model_validate(packet.payload)
    assert (call.trace_id, call.caller) == (TRACE, "caller")
    assert answer.payload == {"processed": name}


@pytest.mark.positive
@pytest.mark.parametrize("name", SECONDS)
def test_each_packet_type_has_the_time_that_its_endpoint_declares(desk: Desk, name: str) -> None:
    desk.ask(desk.packet(name))
    ((_, _, call),) = desk.seen
    assert call.deadline == desk.bench.clock() + SECONDS[name]


@pytest.mark.positive
def test_the_answer_goes_to_the_sender_under_the_same_trace(desk: Desk) -> None:
    packet = desk.packet()
    answer = desk.ask(packet)
    assert (answer.source_agent, answer.destination_agent) == (AGENT, "caller")
    assert answer.metadata.trace_id == TRACE
    assert answer.metadata.in_reply_to == packet.packet_id


@pytest.mark.positive
@pytest.mark.parametrize("name", ("tensoraios", "TensorAIOS"))
def test_the_agent_answers_to_each_of_its_names(desk: Desk, name: str) -> None:
    assert desk.ask(desk.packet(to=name)).source_agent == AGENT


@pytest.mark.positive
def test_packet_types_are_the_declared_endpoints() -> None:
    assert [each.name for each in PACKET_TYPES] == list(SHAPES)
    assert {each.name: each.role for each in PACKET_TYPES if each.role} == ROLES


@pytest.mark.positive
def test_a_flagged_packet_is_processed_for_the_governance_role_after_its_escalation(
    desk: Desk,
) -> None:
    packet = desk.packet(flags=("personal_data",))
    roles = ("governance", *ROLES.values())
    desk.handler.handle(packet.to_json(), roles=roles, token=CREDENTIAL)
    (escalation,) = desk.bench.escalations.pending()
    assert escalation.subject == packet.packet_id
    assert set(escalation.targets) == set(POLICY.anchor_names)
    assert len(desk.seen) == 1


@pytest.mark.positive
def test_a_requester_on_the_bus_gets_the_answer(desk: Desk) -> None:
    desk.handler.listen(desk.bench.bus)
    packet = desk.packet("score_candidates")
    request = desk.bench.bus.request(
        "packets.tensoraios", packet.to_json(), key="k", timeout_seconds=5.0
    )
    desk.bench.bus.pump()
    reply = desk.bench.bus.collect(request)
    assert reply is not None
    assert parse_packet(reply).payload == {"processed": "score_candidates"}


@pytest.mark.negative
@pytest.mark.parametrize("field", FIELDS)
def test_a_packet_without_a_field_of_the_contract_is_refused(desk: Desk, field: str) -> None:
    document = without(desk.packet().to_json(), field)
    with pytest.raises(PacketError, match=f"{field} is missing") as refusal:
        desk.handler.handle(document)
    assert refusal.value.status == 400
    assert desk.seen == []


@pytest.mark.negative
@pytest.mark.parametrize("field", METADATA)
def test_a_packet_without_a_field_of_the_metadata_is_refused(desk: Desk, field: str) -> None:
    document = desk.packet().to_json()
    metadata = document["metadata"]
    assert isinstance(metadata, dict)
    with pytest.raises(PacketError, match=rf"metadata\.{field} is missing") as refusal:
        desk.handler.handle({**document, "metadata": without(metadata, field)})
    assert refusal.value.status == 400


@pytest.mark.negative
@pytest.mark.parametrize("name", SHAPES)
def test_a_payload_of_another_shape_is_refused(desk: Desk, name: str) -> None:
    packet = new_packet(
        "caller", AGENT, {"no_such_field": 1}, clock=desk.bench.clock, packet_type=name
    )
    with pytest.raises(PacketError, match=r"payload\.no_such_field") as refusal:
        desk.ask(packet)
    assert refusal.value.status == 400
    assert desk.seen == []


@pytest.mark.negative
def test_a_packet_for_another_agent_is_refused(desk: Desk) -> None:
    with pytest.raises(UnknownAgentError, match="nobody_we_know") as refusal:
        desk.ask(desk.packet(to="nobody_we_know"))
    assert refusal.value.status == 404


@pytest.mark.negative
def test_a_packet_type_that_is_not_declared_is_refused(desk: Desk) -> None:
    packet = new_packet(
        "caller", AGENT, {}, clock=desk.bench.clock, packet_type="delete_everything"
    )
    with pytest.raises(PacketError, match="packet_type must be one of"):
        desk.ask(packet)


@pytest.mark.negative
def test_a_flagged_packet_is_escalated_before_it_is_processed(desk: Desk) -> None:
    packet = desk.packet(flags=("personal_data",))
    held: AgentError | None = None
    try:
        desk.ask(packet)
    except GovernanceError as error:
        held = error
    (escalation,) = desk.bench.escalations.pending()
    assert (escalation.subject, escalation.trace_id) == (packet.packet_id, TRACE)
    assert "raises personal_data" in escalation.reason
    assert (held is not None) == POLICY.holds_escalated
    assert len(desk.seen) == (0 if POLICY.holds_escalated else 1)


@pytest.mark.negative
def test_a_handler_without_an_operation_for_each_type_does_not_start(desk: Desk) -> None:
    with pytest.raises(ConfigError, match=f"no operation processes the packet types .*{FIRST}"):
        PacketHandler({}, GovernanceBridge(desk.bench.governance))
