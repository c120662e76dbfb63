"""What `L9.example.module` promises.

Expected by the schema and by agent_client@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from agent_runtime.bus import Delivery
from agent_runtime.clients.failures import BadAnswerError, UnreachableError
from agent_runtime.clients.packets import OpenPayload
from agent_runtime.errors import DeadlineExceededError, InputBoundsError
from agent_runtime.events import Event, new_event
from agent_runtime.examples import example_of
from agent_runtime.packets import parse_packet, reply_packet
from agent_runtime.parts import AgentParts
from agent_runtime.service.spec import EndpointSpec, Operation
from agent_runtime.shapes.base import Call, Shape
from agent_runtime.shapes.links import ScoreRequest, ScoreResponse
from agent_runtime.shapes.training import RetrainRequest, RetrainResponse
from agent_runtime.shapes.transactions import TransactionPayload
from agent_runtime.testing import TRACE
from agent_runtime.testing_service import calling_parts, serving, trusting
from agent_runtime.values import JsonObject
from pydantic import BaseModel

from L9.agents.relay.peer_client import (
    SCORE_CANDIDATES,
    TARGETS,
    TRIGGER_RETRAINING,
    NorthPeerClient,
)

AGENT = "relay"
PEER = "north_peer"
MODULE = "L9.example.module"
PATIENCE_MS = 60_000
CALL = Call(trace_id=TRACE)


@dataclass(frozen=True)
class Called:
    """An endpoint of the callee, and the shapes that go there and come back."""

    spec: EndpointSpec
    request: type[BaseModel]
    response: type[BaseModel]

    @property
    def constant(self) -> str:
        """Where the module keeps the endpoint."""
        return f"{MODULE}.{self.spec.name.upper()}"

    @property
    def patient(self) -> EndpointSpec:
        """The endpoint with time enough on a busy machine."""
        return replace(self.spec, timeout_ms=PATIENCE_MS)


CALLS = [
    Called(SCORE_CANDIDATES, ScoreRequest, ScoreResponse),
    Called(TRIGGER_RETRAINING, RetrainRequest, RetrainResponse),
]


class Nothing(Shape):
    """An answer that has nothing in it."""


class Peer:
    """The called agent: keeps the calls, and answers, refuses or errs as told."""

    def __init__(self, *, wrong: bool) -> None:
        self.wrong = wrong
        self.calls: list[Call] = []
        self.refusal: InputBoundsError | None = None

    def operation(self, called: Called) -> Operation:
        def handle(_request: BaseModel, call: Call) -> BaseModel:
            self.calls.append(call)
            if self.refusal is not None:
                raise self.refusal
            return Nothing() if self.wrong else answer_of(called)

        response = Nothing if self.wrong else called.response
        return Operation(handle=handle, request=called.request, response=response)


def answer_of(called: Called) -> BaseModel:
    return called.response.model_validate(example_of(called.response))


def ask(client: NorthPeerClient, called: Called, call: Call = CALL) -> object:
    request = called.request.model_validate(example_of(called.request))
    return getattr(client, called.spec.name)(request, call)


@pytest.fixture
def peer(request: pytest.FixtureRequest) -> Peer:
    """The peer; it answers off the declared shapes if the parameter says so."""
    return Peer(wrong=getattr(request, "param", False))


@pytest.fixture
def client(
    tmp_path: Path, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[NorthPeerClient]:
    specs = tuple(called.patient for called in CALLS)
    for called in CALLS:
        monkeypatch.setattr(called.constant, called.patient)
    operations = {called.spec.name: peer.operation(called) for called in CALLS}
    gates = trusting(tmp_path, PEER)
    with (
        serving(specs, operations, agent=PEER, gates=gates) as url,
        calling_parts(tmp_path, AGENT, {PEER: url}) as parts,
    ):
        made = NorthPeerClient.open(parts)
        yield made
        made.close()


@pytest.mark.positive
@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.spec.name)
def test_a_call_carries_its_trace_there_and_the_checked_answer_back(
    client: NorthPeerClient, peer: Peer, called: Called
) -> None:
    assert ask(client, called) == answer_of(called)
    (call,) = peer.calls
    assert call.trace_id == TRACE
    assert call.roles == (() if called.spec.role is None else (called.spec.role,))
    assert call.caller == ("anonymous" if called.spec.role is None else AGENT)


@pytest.mark.regression
def test_paths_and_time_outs_are_those_that_the_callee_declares() -> None:
    declared = [(c.spec.method, c.spec.path, c.spec.timeout_ms, c.spec.role) for c in CALLS]
    assert declared == [
        ("POST", "/tensoraios/v6/score", 500, None),
        ("POST", "/tensoraios/v6/retrain", 60000, "governance"),
    ]


@pytest.mark.negative
@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.spec.name)
def test_a_refusal_comes_back_as_the_error_that_the_callee_met(
    client: NorthPeerClient, peer: Peer, called: Called
) -> None:
    peer.refusal = InputBoundsError("too much")
    with pytest.raises(InputBoundsError, match=f"^{PEER}: too much$"):
        ask(client, called)


@pytest.mark.negative
@pytest.mark.parametrize("peer", [True], indirect=True)
@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.spec.name)
def test_an_answer_off_the_declared_shape_is_refused(
    client: NorthPeerClient, called: Called
) -> None:
    with pytest.raises(BadAnswerError, match=f"^{PEER}: {called.spec.name}: "):
        ask(client, called)


@pytest.mark.negative
@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.spec.name)
def test_a_call_past_its_deadline_is_not_made(
    client: NorthPeerClient, peer: Peer, called: Called
) -> None:
    with pytest.raises(DeadlineExceededError):
        ask(client, called, Call(trace_id=TRACE, deadline=1.0))
    assert peer.calls == []


@pytest.mark.negative
def test_an_agent_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with calling_parts(tmp_path, AGENT, {PEER: "http://127.0.0.1:9"}) as parts:
        client = NorthPeerClient.open(parts)
        with pytest.raises(UnreachableError, match=f"^{PEER}: "):
            ask(client, CALLS[0])
        client.close()


@pytest.mark.negative
def test_a_closed_client_calls_nobody(client: NorthPeerClient, peer: Peer) -> None:
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        ask(client, CALLS[0])
    assert peer.calls == []


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[AgentParts]:
    with calling_parts(tmp_path, AGENT) as made:
        yield made


def publish(parts: AgentParts, kind: str, agent: str) -> None:
    event = new_event(
        kind,
        agent,
        decision_id="d-1",
        confidence=0.5,
        result={"ok": True},
        trace_id=TRACE,
        clock=parts.clock,
    )
    parts.bus.publish(event.topic, event.to_json(), key="d-1")


@pytest.mark.positive
def test_transaction_batch_is_sent_once_under_its_key_and_trace(parts: AgentParts) -> None:
    heard: list[JsonObject] = []
    parts.bus.subscribe(f"packets.{PEER}", "peer", lambda sent: heard.append(sent.message))
    payload = TransactionPayload.model_validate(example_of(TransactionPayload))
    client = NorthPeerClient.open(parts)
    sent = client.send_transaction_batch(payload, CALL, key="tx-1")
    parts.bus.pump()
    (packet,) = [parse_packet(message) for message in heard]
    assert (packet.packet_id, packet.source_agent) == (sent, AGENT)
    assert packet.destination_agent == PEER
    assert packet.metadata.packet_type == "transaction_batch"
    assert (packet.metadata.idempotency_key, packet.metadata.trace_id) == ("tx-1", TRACE)
    assert TransactionPayload.model_validate(dict(packet.payload)) == payload


@pytest.mark.negative
def test_a_closed_client_sends_no_transaction_batch(parts: AgentParts) -> None:
    heard: list[JsonObject] = []
    parts.bus.subscribe(f"packets.{PEER}", "peer", lambda sent: heard.append(sent.message))
    payload = TransactionPayload.model_validate(example_of(TransactionPayload))
    client = NorthPeerClient.open(parts)
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.send_transaction_batch(payload, CALL)
    assert (parts.bus.pump(), heard) == (0, [])


@pytest.mark.positive
def test_the_answer_to_transaction_batch_comes_back_in_its_shape(parts: AgentParts) -> None:
    answer = ScoreResponse.model_validate(example_of(ScoreResponse))

    def process(delivery: Delivery) -> None:
        packet = parse_packet(delivery.message)
        told = reply_packet(packet, answer.model_dump(mode="json"), clock=parts.clock)
        delivery.reply(told.to_json())

    parts.bus.subscribe(f"packets.{PEER}", "peer", process)
    parts.start()
    payload = TransactionPayload.model_validate(example_of(TransactionPayload))
    client = NorthPeerClient.open(parts)
    assert client.ask_transaction_batch(payload, CALL) == answer


@pytest.mark.negative
def test_without_time_transaction_batch_is_not_asked(parts: AgentParts) -> None:
    payload = TransactionPayload.model_validate(example_of(TransactionPayload))
    client = NorthPeerClient.open(parts)
    with pytest.raises(DeadlineExceededError, match="no time is left"):
        client.ask_transaction_batch(payload, Call(trace_id=TRACE, deadline=1.0))


@pytest.mark.positive
def test_notice_is_sent_once_under_its_key_and_trace(parts: AgentParts) -> None:
    heard: list[JsonObject] = []
    parts.bus.subscribe(f"packets.{PEER}", "peer", lambda sent: heard.append(sent.message))
    payload = OpenPayload.model_validate(example_of(OpenPayload))
    client = NorthPeerClient.open(parts)
    sent = client.send_notice(payload, CALL, key="tx-1")
    parts.bus.pump()
    (packet,) = [parse_packet(message) for message in heard]
    assert (packet.packet_id, packet.source_agent) == (sent, AGENT)
    assert packet.destination_agent == PEER
    assert packet.metadata.packet_type == "notice"
    assert (packet.metadata.idempotency_key, packet.metadata.trace_id) == ("tx-1", TRACE)
    assert OpenPayload.model_validate(dict(packet.payload)) == payload


@pytest.mark.negative
def test_a_closed_client_sends_no_notice(parts: AgentParts) -> None:
    heard: list[JsonObject] = []
    parts.bus.subscribe(f"packets.{PEER}", "peer", lambda sent: heard.append(sent.message))
    payload = OpenPayload.model_validate(example_of(OpenPayload))
    client = NorthPeerClient.open(parts)
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.send_notice(payload, CALL)
    assert (parts.bus.pump(), heard) == (0, [])


@pytest.mark.positive
@pytest.mark.parametrize("agent", ("north_peer",))
def test_report_outcome_events_of_each_agent_are_observed(parts: AgentParts, agent: str) -> None:
    heard: list[Event] = []
    NorthPeerClient.open(parts).on_report_outcome(heard.append)
    for kind in ("report_outcome", "something_else"):
        publish(parts, kind, agent)
    parts.bus.pump()
    assert [(each.agent, each.event_type, each.trace_id) for each in heard] == [
        (agent, "report_outcome", TRACE)
    ]


@pytest.mark.positive
def test_earlier_report_outcome_events_are_read_from_a_position_on(parts: AgentParts) -> None:
    publish(parts, "report_outcome", PEER)
    publish(parts, "something_else", PEER)
    client = NorthPeerClient.open(parts)
    page = client.read_report_outcome()
    assert [(each.agent, each.event_type) for each in page.events] == [(PEER, "report_outcome")]
    rest = client.read_report_outcome(after=page.position)
    assert (rest.events, rest.position) == ((), page.position)


@pytest.mark.regression
def test_report_outcome_events_wait_while_the_client_is_closed(parts: AgentParts) -> None:
    early: list[Event] = []
    late: list[Event] = []
    client = NorthPeerClient.open(parts)
    client.on_report_outcome(early.append)
    client.close()
    publish(parts, "report_outcome", PEER)
    parts.bus.pump()
    NorthPeerClient.open(parts).on_report_outcome(late.append)
    parts.bus.pump()
    assert ([each.agent for each in early], [each.agent for each in late]) == ([], [PEER])


@pytest.mark.negative
def test_what_is_no_report_outcome_event_is_not_handed_on(parts: AgentParts) -> None:
    heard: list[Event] = []
    NorthPeerClient.open(parts).on_report_outcome(heard.append)
    parts.bus.publish(f"events.{PEER}.report_outcome", {"event_type": "broken"}, key="d-1")
    parts.bus.pump()
    assert heard == []


@pytest.mark.regression
def test_the_agents_are_where_the_registry_puts_them() -> None:
    assert TARGETS == {
        "north_peer": "http://127.0.0.1:8001",
    }
