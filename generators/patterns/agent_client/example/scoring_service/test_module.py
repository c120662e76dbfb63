"""What `L9.example.module` promises.

Expected by the schema and by agent_client@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from agent_runtime.clients.failures import BadAnswerError, UnreachableError
from agent_runtime.errors import DeadlineExceededError, InputBoundsError
from agent_runtime.examples import example_of
from agent_runtime.service.spec import EndpointSpec, Operation
from agent_runtime.shapes.anomaly import AnomalyRequest, AnomalyResponse
from agent_runtime.shapes.base import Call, Shape
from agent_runtime.shapes.embeddings import EmbeddingRequest, EmbeddingResponse
from agent_runtime.shapes.links import ScoreRequest, ScoreResponse
from agent_runtime.shapes.status import StatusRequest, StatusResponse
from agent_runtime.testing import TRACE
from agent_runtime.testing_service import calling_parts, serving, trusting
from pydantic import BaseModel

from L9.agents.main.tensoraios_bridge import (
    DETECT_ANOMALY,
    GENERATE_EMBEDDINGS,
    GET_MODEL_STATUS,
    SCORE_CANDIDATES,
    TARGETS,
    TensorAIOSClient,
)

AGENT = "main_agent"
PEER = "tensoraios"
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
    Called(GENERATE_EMBEDDINGS, EmbeddingRequest, EmbeddingResponse),
    Called(DETECT_ANOMALY, AnomalyRequest, AnomalyResponse),
    Called(GET_MODEL_STATUS, StatusRequest, StatusResponse),
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


def ask(client: TensorAIOSClient, called: Called, call: Call = CALL) -> object:
    request = called.request.model_validate(example_of(called.request))
    return getattr(client, called.spec.name)(request, call)


@pytest.fixture
def peer(request: pytest.FixtureRequest) -> Peer:
    """The peer; it answers off the declared shapes if the parameter says so."""
    return Peer(wrong=getattr(request, "param", False))


@pytest.fixture
def client(
    tmp_path: Path, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TensorAIOSClient]:
    specs = tuple(called.patient for called in CALLS)
    for called in CALLS:
        monkeypatch.setattr(called.constant, called.patient)
    operations = {called.spec.name: peer.operation(called) for called in CALLS}
    gates = trusting(tmp_path, PEER)
    with (
        serving(specs, operations, agent=PEER, gates=gates) as url,
        calling_parts(tmp_path, AGENT, {PEER: url}) as parts,
    ):
        made = TensorAIOSClient.open(parts)
        yield made
        made.close()


@pytest.mark.positive
@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.spec.name)
def test_a_call_carries_its_trace_there_and_the_checked_answer_back(
    client: TensorAIOSClient, peer: Peer, called: Called
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
        ("POST", "/tensoraios/v6/embeddings", 1000, None),
        ("POST", "/tensoraios/v6/anomaly", 250, None),
        ("GET", "/tensoraios/v6/status", 100, None),
    ]


@pytest.mark.negative
@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.spec.name)
def test_a_refusal_comes_back_as_the_error_that_the_callee_met(
    client: TensorAIOSClient, peer: Peer, called: Called
) -> None:
    peer.refusal = InputBoundsError("too much")
    with pytest.raises(InputBoundsError, match=f"^{PEER}: too much$"):
        ask(client, called)


@pytest.mark.negative
@pytest.mark.parametrize("peer", [True], indirect=True)
@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.spec.name)
def test_an_answer_off_the_declared_shape_is_refused(
    client: TensorAIOSClient, called: Called
) -> None:
    with pytest.raises(BadAnswerError, match=f"^{PEER}: {called.spec.name}: "):
        ask(client, called)


@pytest.mark.negative
@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.spec.name)
def test_a_call_past_its_deadline_is_not_made(
    client: TensorAIOSClient, peer: Peer, called: Called
) -> None:
    with pytest.raises(DeadlineExceededError):
        ask(client, called, Call(trace_id=TRACE, deadline=1.0))
    assert peer.calls == []


@pytest.mark.negative
def test_an_agent_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with calling_parts(tmp_path, AGENT, {PEER: "http://127.0.0.1:9"}) as parts:
        client = TensorAIOSClient.open(parts)
        with pytest.raises(UnreachableError, match=f"^{PEER}: "):
            ask(client, CALLS[0])
        client.close()


@pytest.mark.negative
def test_a_closed_client_calls_nobody(client: TensorAIOSClient, peer: Peer) -> None:
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        ask(client, CALLS[0])
    assert peer.calls == []


@pytest.mark.regression
def test_the_agents_are_where_the_registry_puts_them() -> None:
    assert TARGETS == {
        "tensoraios": "http://127.0.0.1:8000",
    }
