"""A packet is refused, escalated or processed once, and the answer goes back to its sender."""

import pytest
from agent_runtime.bus import SqliteBus
from agent_runtime.clock import ManualClock
from agent_runtime.dispatch import PacketDesk, PacketType
from agent_runtime.errors import (
    ConfigError,
    GovernanceError,
    NoModelError,
    NotAuthenticatedError,
    NotAuthorisedError,
    OutputBoundsError,
    PacketError,
    UnknownAgentError,
)
from agent_runtime.packets import new_packet, parse_packet
from agent_runtime.service.spec import Operation
from agent_runtime.shapes.base import Shape
from agent_runtime.tracing import current_trace_id
from pydantic import Field

CREDENTIAL = "header.claims.signature"
TYPES = (
    PacketType(name="score", timeout_ms=500),
    PacketType(name="retrain", timeout_ms=60_000, role="governance"),
)


class Question(Shape):
    n: int = Field(ge=0)
    parts: tuple[int, ...] = ()


class Answer(Shape):
    value: float


class Office:
    """Writes down what is brought to it, and holds what it is told to hold."""

    def __init__(self, *, holds):
        self.holds = holds
        self.escalated = []
        self.asked = []

    def escalate(self, subject, reason, severity, *, trace_id):
        self.escalated.append((subject, reason, severity, trace_id))

    def permit(self, decision, *, subject=None, trace_id):
        self.asked.append((decision, subject, trace_id))
        if self.holds:
            raise GovernanceError("held")


class Memory:
    def __init__(self):
        self.kept = {}

    def cache(self, key, value):
        self.kept[key] = value

    def cached(self, key):
        return self.kept.get(key)


class Scene:
    """A desk with all its surroundings."""

    def __init__(self, *, holds=True, remembers=True):
        self.clock = ManualClock(1000.0)
        self.office = Office(holds=holds)
        self.memory = Memory()
        self.seen = []
        self.traces = []
        self.error = None
        self.value = 0.5
        operation = Operation(handle=self.process, request=Question, response=Answer)
        self.desk = PacketDesk(
            agent="tensoraios",
            names=("tensoraios", "TensorAIOS"),
            types=TYPES,
            operations={"score": operation, "retrain": operation, "more": operation},
            governance=self.office,
            clock=self.clock,
            replies=self.memory if remembers else None,
        )

    def process(self, request, call):
        self.seen.append((request, call))
        self.traces.append(current_trace_id())
        if self.error is not None:
            raise self.error
        return Answer(value=self.value)

    def packet(self, payload=None, **options):
        values = {"packet_type": "score", **options}
        target = values.pop("to", "tensoraios")
        return new_packet("main_agent", target, payload or {"n": 1}, clock=self.clock, **values)

    def handle(self, packet, **options):
        return self.desk.handle(packet.to_json(), **options)


@pytest.fixture
def scene():
    return Scene()


@pytest.mark.positive
def test_the_answer_of_the_operation_goes_back_to_the_sender(scene):
    packet = scene.packet({"n": 3, "parts": [1, 2]})
    answer = scene.handle(packet)
    assert answer.payload == {"value": 0.5}
    assert (answer.source_agent, answer.destination_agent) == ("tensoraios", "main_agent")
    assert answer.metadata.in_reply_to == packet.packet_id
    assert answer.metadata.trace_id == packet.metadata.trace_id
    ((request, _),) = scene.seen
    assert request == Question(n=3, parts=(1, 2))


def test_the_call_has_trace_sender_deadline_and_token(scene):
    packet = scene.packet(packet_type="retrain")
    scene.handle(packet, roles=("governance",), token=CREDENTIAL)
    ((_, call),) = scene.seen
    assert call.trace_id == packet.metadata.trace_id
    assert call.caller == "main_agent"
    assert call.deadline == 1060.0
    assert call.roles == ("governance",)
    assert call.token == CREDENTIAL
    assert scene.traces == [packet.metadata.trace_id]
    assert current_trace_id() == ""


def test_every_name_of_the_agent_is_an_address_and_answers_come_from_its_id(scene):
    assert scene.handle(scene.packet(to="TensorAIOS")).source_agent == "tensoraios"


@pytest.mark.negative
def test_a_packet_for_somebody_else_is_a_404(scene):
    with pytest.raises(UnknownAgentError, match="'auditor'; registered: TensorAIOS, tensoraios"):
        scene.handle(scene.packet(to="auditor"))
    assert scene.seen == []


@pytest.mark.negative
@pytest.mark.parametrize("name", ["", "more", "delete_everything"])
def test_an_undeclared_packet_type_is_a_400(scene, name):
    with pytest.raises(PacketError, match=f"must be one of retrain, score, not '{name}'"):
        scene.handle(scene.packet(packet_type=name))


@pytest.mark.negative
def test_an_invalid_packet_is_a_400(scene):
    with pytest.raises(PacketError, match="packet_id is missing"):
        scene.desk.handle({})


@pytest.mark.negative
def test_an_invalid_payload_is_a_400_that_names_the_fields(scene):
    with pytest.raises(PacketError) as caught:
        scene.handle(scene.packet({"n": -1, "parts": ["x"], "extra": 1}))
    assert caught.value.status == 400
    assert str(caught.value).startswith("payload.n: Input should be greater than or equal to 0; ")
    assert "payload.parts.0: Input should be a valid integer" in str(caught.value)
    assert "payload.extra: Extra inputs are not permitted" in str(caught.value)
    assert scene.seen == []
    assert scene.memory.kept == {}


@pytest.mark.negative
def test_an_endless_list_of_problems_is_cut(scene):
    with pytest.raises(PacketError) as caught:
        scene.handle(scene.packet({"n": 1, "parts": ["x"] * 50}))
    assert str(caught.value).count("payload.parts") == 20


@pytest.mark.negative
def test_a_type_with_a_role_demands_a_token_and_then_the_role(scene):
    packet = scene.packet(packet_type="retrain")
    with pytest.raises(NotAuthenticatedError, match="retrain demands a token of the role 'gov"):
        scene.handle(packet)
    with pytest.raises(NotAuthorisedError, match="retrain demands the role 'governance'"):
        scene.handle(packet, roles=("service",), token=CREDENTIAL)
    assert scene.seen == []
    assert scene.handle(packet, roles=("service", "governance"), token=CREDENTIAL).payload == {
        "value": 0.5
    }


@pytest.mark.negative
def test_a_flagged_packet_is_escalated_and_held(scene):
    packet = scene.packet(governance_flags=("pii", "review"))
    with pytest.raises(GovernanceError, match="held"):
        scene.handle(packet)
    trace_id = packet.metadata.trace_id
    reason = "packet score from main_agent raises pii, review"
    assert scene.office.escalated == [(packet.packet_id, reason, "high", trace_id)]
    assert scene.office.asked == [("process_flagged_packet", packet.packet_id, trace_id)]
    assert scene.seen == []


def test_a_flagged_critical_packet_is_a_critical_escalation(scene):
    with pytest.raises(GovernanceError):
        scene.handle(scene.packet(governance_flags=("pii",), priority="critical"))
    assert scene.office.escalated[0][2] == "critical"


def test_where_escalations_hold_nothing_a_flagged_packet_is_processed_after_one():
    scene = Scene(holds=False)
    assert scene.handle(scene.packet(governance_flags=("pii",))).payload == {"value": 0.5}
    assert len(scene.office.escalated) == 1


def test_a_holder_of_the_governance_role_has_a_flagged_packet_processed(scene):
    flagged = scene.packet(governance_flags=("pii",))
    scene.handle(flagged, roles=("governance",), token=CREDENTIAL)
    assert len(scene.seen) == len(scene.office.escalated) == 1
    assert scene.office.asked == []


def test_a_packet_without_flags_bothers_nobody(scene):
    scene.handle(scene.packet())
    assert scene.office.escalated == scene.office.asked == []


@pytest.mark.positive
def test_a_packet_that_comes_again_is_answered_again_and_processed_once(scene):
    packet = scene.packet(idempotency_key="order-1")
    first = scene.handle(packet)
    scene.value = 0.9
    again = scene.handle(scene.packet(idempotency_key="order-1"))
    assert again == first
    assert len(scene.seen) == 1
    assert scene.handle(scene.packet()).payload == {"value": 0.9}


def test_what_failed_is_processed_when_it_comes_again(scene):
    packet = scene.packet()
    scene.error = NoModelError("not trained")
    with pytest.raises(NoModelError):
        scene.handle(packet)
    scene.error = None
    assert scene.handle(packet).payload == {"value": 0.5}


def test_without_memory_a_packet_is_processed_as_often_as_it_comes():
    scene = Scene(remembers=False)
    packet = scene.packet()
    scene.handle(packet)
    scene.handle(packet)
    assert len(scene.seen) == 2


@pytest.mark.negative
@pytest.mark.parametrize("change", [{"payload": {"n": 2}}, {"packet_type": "retrain"}])
def test_an_idempotency_key_cannot_stand_for_two_packets(scene, change):
    scene.handle(scene.packet(idempotency_key="order-1"))
    other = scene.packet(**change, idempotency_key="order-1")
    with pytest.raises(PacketError, match="'order-1' was used for another packet"):
        scene.handle(other, roles=("governance",))


def test_two_senders_may_use_the_same_key(scene):
    scene.handle(scene.packet(idempotency_key="order-1"))
    other = new_packet(
        "auditor",
        "tensoraios",
        {"n": 2},
        clock=scene.clock,
        packet_type="score",
        idempotency_key="order-1",
    )
    assert scene.handle(other).destination_agent == "auditor"


@pytest.mark.negative
def test_an_answer_that_json_cannot_carry_is_withheld(scene):
    scene.value = float("nan")
    with pytest.raises(OutputBoundsError, match="the answer of score cannot be sent"):
        scene.handle(scene.packet())
    assert scene.memory.kept == {}


@pytest.mark.negative
def test_a_type_without_an_operation_is_a_wiring_fault():
    with pytest.raises(ConfigError, match="no operation processes the packet types retrain, score"):
        PacketDesk(
            agent="a",
            names=(),
            types=TYPES,
            operations={},
            governance=Office(holds=True),
            clock=ManualClock(),
        )


@pytest.fixture
def bus(tmp_path, scene):
    opened = SqliteBus(tmp_path / "bus.db", scene.clock, max_attempts=2)
    scene.desk.listen(opened)
    yield opened
    opened.close()


def ask(bus, packet):
    return bus.request("packets.tensoraios", packet.to_json(), key="k", timeout_seconds=100)


def test_a_requester_on_the_bus_gets_the_answer(scene, bus):
    packet = scene.packet()
    request = ask(bus, packet)
    bus.pump()
    answer = parse_packet(bus.collect(request))
    assert answer.payload == {"value": 0.5}
    assert answer.metadata.in_reply_to == packet.packet_id


@pytest.mark.negative
def test_a_requester_on_the_bus_is_told_what_is_wrong_with_its_packet(scene, bus):
    request = ask(bus, scene.packet({"n": -1}))
    bus.pump()
    problem = bus.collect(request)
    assert (problem["status"], problem["title"]) == (400, "invalid packet")
    assert problem["detail"].startswith("payload.n: ")


def test_a_fault_on_our_side_is_tried_again(scene, bus):
    scene.error = NoModelError("not trained")
    request = ask(bus, scene.packet())
    bus.pump()
    assert bus.collect(request) is None
    scene.error = None
    scene.clock.advance(1)
    bus.pump()
    assert parse_packet(bus.collect(request)).payload == {"value": 0.5}


def test_a_packet_nobody_waits_for_is_processed_or_becomes_a_dead_letter(scene, bus):
    bus.publish("packets.tensoraios", scene.packet().to_json(), key="k")
    bus.publish("packets.tensoraios", {"broken": True}, key="k")
    bus.pump()
    assert len(scene.seen) == 1
    scene.clock.advance(1)
    bus.pump()
    (letter,) = bus.dead_letters("tensoraios.packets")
    assert letter.error.startswith("PacketError: ")
