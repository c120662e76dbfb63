"""Packets between agents over a real bus: told and asked, answered, refused, late."""

import pytest
from agent_runtime.bus import SqliteBus
from agent_runtime.clients.failures import BadAnswerError
from agent_runtime.clients.packets import OpenPayload, PacketClient
from agent_runtime.clock import ManualClock
from agent_runtime.dispatch import PacketDesk, PacketType
from agent_runtime.errors import DeadlineExceededError, InputBoundsError, PacketError
from agent_runtime.packets import new_packet, parse_packet, reply_packet
from agent_runtime.service import Operation
from agent_runtime.shapes.base import Call, Shape
from agent_runtime.testing import TRACE, AgentBench

CALL = Call(trace_id=TRACE)


class Numbers(Shape):
    values: tuple[float, ...]


class Total(Shape):
    total: float


class Other(Shape):
    sum: float


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def bus(tmp_path, clock):
    bus = SqliteBus(tmp_path / "bus.db", clock)
    yield bus
    bus.close()


@pytest.fixture
def client(bus, clock):
    def pause(seconds):
        clock.advance(seconds)
        bus.pump()

    return PacketClient("asker", "adder", bus, clock=clock, pause=pause)


def listen(bus, tmp_path, handle):
    bench = AgentBench(tmp_path / "adder", agent="adder")
    desk = PacketDesk(
        agent="adder",
        names=("adder",),
        types=(PacketType(name="add", timeout_ms=1000),),
        operations={"add": Operation(handle=handle, request=Numbers, response=Total)},
        governance=bench.governance,
        clock=bench.clock,
    )
    desk.listen(bus)


def add(request, _call):
    return Total(total=sum(request.values))


def ask(client, shape=Total, kind="add", **options):
    options = {"timeout_ms": 1000, **options}
    return client.ask(kind, Numbers(values=(1.0, 2.0)), options.pop("call", CALL), shape, **options)


def test_an_asked_packet_is_answered_in_its_shape_under_its_trace(client, bus, tmp_path):
    heard = []

    def handle(request, call):
        heard.append((call.trace_id, call.caller))
        return add(request, call)

    listen(bus, tmp_path, handle)
    assert ask(client) == Total(total=3.0)
    assert heard == [(TRACE, "asker")]


def test_a_closed_client_sends_nothing(client, bus):
    bus.subscribe("packets.adder", "adder", lambda delivery: None)
    client.close()
    with pytest.raises(RuntimeError, match="client of adder is closed"):
        client.tell("add", Numbers(values=(1.0,)), CALL)
    with pytest.raises(RuntimeError, match="client of adder is closed"):
        ask(client)
    assert bus.pump() == 0


def test_a_told_packet_reaches_the_agent_once_by_its_idempotency_key(client, bus):
    heard = []
    bus.subscribe("packets.adder", "adder", lambda delivery: heard.append(delivery.message))
    sent = client.tell("add", Numbers(values=(1.0,)), CALL, key="tx-1")
    bus.pump()
    (packet,) = [parse_packet(message) for message in heard]
    assert (packet.packet_id, packet.source_agent) == (sent, "asker")
    assert (packet.metadata.idempotency_key, packet.metadata.trace_id) == ("tx-1", TRACE)
    assert packet.payload == {"values": [1.0]}


def test_a_refusal_comes_back_as_the_error_that_the_callee_met(client, bus, tmp_path):
    def refuse(_request, _call):
        raise InputBoundsError("too many")

    listen(bus, tmp_path, refuse)
    with pytest.raises(InputBoundsError, match=r"^adder: too many$"):
        ask(client)


def test_a_packet_type_that_the_callee_does_not_process_is_a_packet_error(client, bus, tmp_path):
    listen(bus, tmp_path, add)
    with pytest.raises(PacketError, match="must be one of add"):
        ask(client, kind="subtract")


def test_no_answer_within_the_time_out_is_a_deadline(client, clock):
    began = clock()
    with pytest.raises(DeadlineExceededError):
        ask(client, timeout_ms=200)
    assert clock() - began == pytest.approx(0.2, abs=0.02)


def test_the_deadline_of_the_call_is_shorter_than_the_time_out(client, clock):
    began = clock()
    with pytest.raises(DeadlineExceededError):
        ask(client, call=Call(trace_id=TRACE, deadline=began + 0.1))
    assert clock() - began == pytest.approx(0.1, abs=0.02)


def test_a_call_without_time_sends_nothing(client, bus, clock):
    heard = []
    bus.subscribe("packets.adder", "adder", heard.append)
    with pytest.raises(DeadlineExceededError, match="no time is left"):
        ask(client, call=Call(trace_id=TRACE, deadline=clock()))
    bus.pump()
    assert heard == []


def answering(bus, make):
    bus.subscribe("packets.adder", "adder", lambda delivery: delivery.reply(make(delivery.message)))


def test_an_answer_off_its_shape_is_refused(client, bus, tmp_path):
    listen(bus, tmp_path, add)
    with pytest.raises(BadAnswerError, match=r"adder: add: .*missing"):
        ask(client, Other)


def test_an_answer_that_is_no_packet_is_refused(client, bus):
    answering(bus, lambda _message: {"packet_id": "x"})
    with pytest.raises(BadAnswerError, match="source_agent"):
        ask(client)


def test_an_answer_to_another_packet_is_refused(client, bus, clock):
    other = new_packet("asker", "adder", {}, clock=clock)
    answering(bus, lambda _message: reply_packet(other, {"total": 1.0}, clock=clock).to_json())
    with pytest.raises(BadAnswerError, match="to another packet"):
        ask(client)


def test_an_open_payload_has_the_content_of_the_known_one(client, bus):
    heard = []
    bus.subscribe("packets.adder", "test", lambda delivery: heard.append(delivery.message))
    client.tell("add", OpenPayload.of(Numbers(values=(1.0, 2.5))), CALL)
    bus.pump()
    assert [parse_packet(each).payload for each in heard] == [{"values": [1.0, 2.5]}]
