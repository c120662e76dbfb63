"""Calls between agents over HTTP: a real server on loopback, real time-outs, real refusals."""

import threading
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from agent_runtime.clients.breaker import CircuitBreaker
from agent_runtime.clients.failures import (
    BadAnswerError,
    RemoteError,
    UnreachableError,
    error_of,
)
from agent_runtime.clients.http import HttpClient
from agent_runtime.clients.retry import Retry, retry_after
from agent_runtime.clock import ManualClock, system_clock
from agent_runtime.errors import (
    DeadlineExceededError,
    InputBoundsError,
    NoModelError,
    NotAuthenticatedError,
    NotAuthorisedError,
    OverloadedError,
)
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.replay import MemoryReplayLedger
from agent_runtime.service import EndpointSpec, Operation
from agent_runtime.service.spec import Gates
from agent_runtime.shapes.base import Call, Shape
from agent_runtime.testing import TRACE
from agent_runtime.testing_service import serving
from agent_runtime.tokens import TokenIssuer, TokenVerifier

CALL = Call(trace_id=TRACE)
ADD = EndpointSpec(name="add", path="/peer/v1/add", method="POST", timeout_ms=5000)
FIND = EndpointSpec(name="find", path="/peer/v1/find/{name}", method="GET", timeout_ms=5000)
TRAIN = EndpointSpec(
    name="train", path="/peer/v1/train", method="POST", timeout_ms=5000, role="governance"
)
EAGER = Retry(chance=lambda: 1.0)


class Numbers(Shape):
    values: tuple[float, ...]


class Total(Shape):
    total: float


class Names(Shape):
    name: str
    tags: tuple[str, ...] = ()
    limit: int | None = None


class Found(Shape):
    name: str
    tags: tuple[str, ...]
    limit: int | None


class Other(Shape):
    sum: float


class Peer:
    """The called agent: sums numbers, echoes a query, and fails as told."""

    def __init__(self):
        self.calls = []
        self.failures = []

    def add(self, request, call):
        self._note(call)
        return Total(total=sum(request.values))

    def find(self, request, call):
        self._note(call)
        return Found(name=request.name, tags=request.tags, limit=request.limit)

    def _note(self, call):
        self.calls.append(call)
        if self.failures:
            raise self.failures.pop(0)

    def operations(self):
        return {
            "add": Operation(handle=self.add, request=Numbers, response=Total),
            "find": Operation(handle=self.find, request=Names, response=Found),
            "train": Operation(handle=self.add, request=Numbers, response=Total),
        }


@pytest.fixture
def key():
    return SigningKey.generate()


@pytest.fixture
def peer():
    return Peer()


@pytest.fixture
def url(peer, key):
    ledger = MemoryReplayLedger(system_clock)
    tokens = TokenVerifier(KeyRing.of(key), audience="peer", clock=system_clock, ledger=ledger)
    with serving((ADD, FIND, TRAIN), peer.operations(), gates=Gates(tokens=tokens)) as url:
        yield url


@contextmanager
def client_of(url, **options):
    pauses = options.setdefault("pauses", [])
    options.pop("pauses")
    client = HttpClient(
        "peer", url, clock=options.pop("clock", system_clock), pause=pauses.append, **options
    )
    client.pauses = pauses
    yield client
    client.close()


@pytest.fixture
def client(url):
    with client_of(url, retry=EAGER) as client:
        yield client


def test_a_post_carries_request_trace_and_answer(client, peer):
    assert client.ask(ADD, Numbers(values=(1.0, 2.5)), CALL, Total) == Total(total=3.5)
    assert [call.trace_id for call in peer.calls] == [TRACE]


def test_a_get_carries_path_lists_and_no_unset_fields(client):
    asked = Names(name="acme", tags=("a", "b"))
    assert client.ask(FIND, asked, CALL, Found) == Found(name="acme", tags=("a", "b"), limit=None)
    limited = client.ask(FIND, Names(name="x", limit=3), CALL, Found)
    assert (limited.tags, limited.limit) == ((), 3)


def test_an_endpoint_that_demands_a_role_gets_a_fresh_token_each_time(url, key, peer):
    issuer = TokenIssuer(key, clock=system_clock)
    with client_of(url, bearer=lambda role: issuer.issue("main", (role,), "peer", 60)) as client:
        for _time in range(2):
            assert client.ask(TRAIN, Numbers(values=(1.0,)), CALL, Total).total == 1.0
    assert [call.caller for call in peer.calls] == ["main", "main"]


def test_without_a_bearer_such_an_endpoint_is_not_called(client, peer):
    with pytest.raises(NotAuthenticatedError, match="train demands a token of the role"):
        client.ask(TRAIN, Numbers(values=()), CALL, Total)
    assert peer.calls == []


def test_what_a_person_gave_for_the_callee_goes_along_before_a_token_of_our_own(url, key, peer):
    given = TokenIssuer(key, clock=system_clock).issue("igor", (TRAIN.role,), "peer", 60)
    call = replace(CALL, token=given)
    with client_of(url, bearer=lambda role: f"no token of {role}") as client:
        assert client.ask(TRAIN, Numbers(values=(1.0,)), call, Total).total == 1.0
        with pytest.raises(NotAuthenticatedError, match=r"^peer: "):
            client.ask(TRAIN, Numbers(values=(1.0,)), CALL, Total)
    assert [call.caller for call in peer.calls] == ["igor"]


def test_an_endpoint_of_services_gets_a_token_of_our_own_whatever_a_person_gave():
    served = replace(TRAIN, role="service")
    asked = []
    call = replace(CALL, token=TRAIN.name)
    with client_of("http://127.0.0.1:9", bearer=lambda r: asked.append(r) or "own") as client:
        headers = client._headers(served, call)
    assert (headers["authorization"], asked) == ("Bearer own", ["service"])


def test_a_token_of_another_role_is_refused_by_the_callee(url, key):
    issuer = TokenIssuer(key, clock=system_clock)
    with (
        client_of(url, bearer=lambda _role: issuer.issue("main", ("other",), "peer", 60)) as client,
        pytest.raises(NotAuthorisedError, match=r"^peer: "),
    ):
        client.ask(TRAIN, Numbers(values=()), CALL, Total)


@pytest.mark.parametrize("error", [InputBoundsError("no"), NoModelError("train first")])
def test_a_refusal_comes_back_as_the_error_that_the_callee_met(client, peer, error):
    peer.failures = [error]
    with pytest.raises(type(error), match=f"^peer: {error}$"):
        client.ask(ADD, Numbers(values=()), CALL, Total)
    assert len(peer.calls) == 1


def test_an_answer_off_its_shape_is_refused_and_not_repeated(client, peer):
    with pytest.raises(BadAnswerError, match=r"peer: add: (sum: missing|total: extra_forbidden)"):
        client.ask(ADD, Numbers(values=(1.0,)), CALL, Other)
    assert len(peer.calls) == 1


def test_an_overloaded_callee_is_asked_again_after_what_it_asked_for(client, peer):
    peer.failures = [OverloadedError("full"), OverloadedError("full")]
    assert client.ask(ADD, Numbers(values=(2.0,)), CALL, Total).total == 2.0
    assert client.pauses == [1.1, 1.2]


def test_after_three_attempts_the_last_refusal_is_told(client, peer):
    peer.failures = [OverloadedError(str(n)) for n in range(4)]
    with pytest.raises(OverloadedError, match=r"^peer: 2$"):
        client.ask(ADD, Numbers(values=()), CALL, Total)
    assert len(peer.calls) == 3


def test_a_wait_past_the_deadline_is_not_begun(url, peer):
    peer.failures = [OverloadedError("full")]
    call = Call(trace_id=TRACE, deadline=system_clock() + 0.5)
    with client_of(url, retry=EAGER) as client, pytest.raises(OverloadedError):
        client.ask(ADD, Numbers(values=()), call, Total)
    assert len(peer.calls) == 1


def test_a_call_past_its_deadline_is_not_made(url, peer):
    clock = ManualClock()
    with client_of(url, clock=clock) as client, pytest.raises(DeadlineExceededError):
        client.ask(ADD, Numbers(values=()), Call(trace_id=TRACE, deadline=clock()), Total)
    assert peer.calls == []


def test_an_answer_that_does_not_come_in_time_is_a_deadline_and_a_post_is_not_repeated():
    release = threading.Event()
    calls = []

    def hold(_request, call):
        calls.append(call)
        release.wait(10)
        return Total(total=0.0)

    operation = Operation(handle=hold, request=Numbers, response=Total)
    quick = EndpointSpec(name="add", path=ADD.path, method="POST", timeout_ms=100)
    with serving((ADD,), {"add": operation}) as url, client_of(url, retry=EAGER) as client:
        with pytest.raises(DeadlineExceededError, match="peer: add: no answer in time"):
            client.ask(quick, Numbers(values=()), CALL, Total)
        release.set()
    assert len(calls) == 1


def test_nobody_there_is_unreachable_and_a_get_is_tried_three_times():
    with client_of("http://127.0.0.1:9", retry=EAGER) as client:
        with pytest.raises(UnreachableError, match="peer: find: ConnectError"):
            client.ask(FIND, Names(name="x"), CALL, Found)
        assert client.pauses == [0.1, 0.2]
        with pytest.raises(UnreachableError):
            client.ask(ADD, Numbers(values=()), CALL, Total)
        assert len(client.pauses) == 2


def test_a_wait_that_ends_past_the_deadline_tells_what_went_wrong_before():
    client, sent, clock = answering(httpx.ConnectError("refused"))
    client._pause = lambda _seconds: clock.advance(60.0)
    with pytest.raises(UnreachableError, match="peer: find: ConnectError"):
        client.ask(FIND, Names(name="x"), CALL, Found)
    assert len(sent) == 1


def answering(*replies, failures=2):
    """A client whose requests are answered by these replies, and what it sent."""
    sent = []
    waiting = list(replies)

    def handle(request):
        sent.append(request)
        reply = waiting.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    transport = httpx.MockTransport(handle)
    clock = ManualClock()
    client = HttpClient(
        "peer",
        "http://peer",
        clock=clock,
        retry=EAGER,
        breaker=CircuitBreaker("peer", clock, failures=failures, rest_seconds=10.0),
        pause=clock.advance,
        transport=transport,
    )
    return client, sent, clock


def test_a_callee_that_keeps_failing_is_left_alone_and_tried_once_after_the_rest():
    broken = [httpx.Response(500, json={}) for _ in range(3)]
    client, sent, clock = answering(*broken, httpx.Response(200, json={"total": 1.0}))
    for _time in range(2):
        with pytest.raises(RemoteError):
            client.ask(ADD, Numbers(values=()), CALL, Total)
    with pytest.raises(UnreachableError, match="failed 2 times in a row; it is asked again in 10"):
        client.ask(ADD, Numbers(values=()), CALL, Total)
    assert len(sent) == 2
    clock.advance(10.0)
    with pytest.raises(RemoteError):
        client.ask(ADD, Numbers(values=()), CALL, Total)
    with pytest.raises(UnreachableError):
        client.ask(ADD, Numbers(values=()), CALL, Total)
    clock.advance(10.0)
    assert client.ask(ADD, Numbers(values=()), CALL, Total).total == 1.0


def test_an_answer_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("agent_runtime.clients.http.LARGEST_ANSWER", 3)
    client, _, _ = answering(httpx.Response(200, json={"total": 1.0}))
    with pytest.raises(BadAnswerError, match="too long"):
        client.ask(ADD, Numbers(values=()), CALL, Total)


def test_an_answer_that_trickles_past_the_deadline_is_given_up():
    clock = ManualClock()

    def slowly():
        yield b'{"total": '
        clock.advance(6.0)
        yield b"1.0}"

    def handle(_request):
        return httpx.Response(200, content=slowly())

    client = HttpClient(
        "peer", "http://peer", clock=clock, transport=httpx.MockTransport(handle), retry=EAGER
    )
    with pytest.raises(DeadlineExceededError):
        client.ask(ADD, Numbers(values=()), CALL, Total)


def test_a_read_time_out_of_a_get_is_tried_again():
    found = httpx.Response(200, json={"name": "x", "tags": [], "limit": None})
    client, sent, _ = answering(httpx.ReadTimeout("slow"), httpx.Response(504), found, failures=3)
    assert client.ask(FIND, Names(name="x"), CALL, Found).name == "x"
    assert len(sent) == 3


def test_a_503_without_retry_after_is_repeated_for_a_get_only():
    client, sent, _ = answering(httpx.Response(503), httpx.Response(503))
    with pytest.raises(RemoteError):
        client.ask(ADD, Numbers(values=()), CALL, Total)
    assert len(sent) == 1


def test_an_unknown_problem_keeps_its_status_title_and_detail():
    error = error_of("peer", 418, {"title": "teapot", "detail": "short and stout"})
    assert (error.status, error.title, str(error)) == (418, "teapot", "peer: short and stout")
    assert str(error_of("peer", 500, {})) == "peer: no detail was told"
    assert type(error_of("peer", 401, {"title": "overloaded"})) is RemoteError


def test_a_body_that_is_no_problem_is_told_as_such():
    client, _, _ = answering(httpx.Response(500, content=b"<html>"))
    with pytest.raises(RemoteError, match="no detail was told"):
        client.ask(ADD, Numbers(values=()), CALL, Total)
    client, _, _ = answering(httpx.Response(500, content=b"[1]"))
    with pytest.raises(RemoteError, match="no detail was told"):
        client.ask(ADD, Numbers(values=()), CALL, Total)


@pytest.mark.parametrize(
    ("header", "seconds"), [("3", 3.0), (" 0 ", 0.0), ("Wed, 21 Oct 2015", None), (None, None)]
)
def test_retry_after_is_a_number_of_seconds(header, seconds):
    assert retry_after(header) == seconds


def test_waits_double_up_to_the_longest_with_jitter_of_half():
    low, high = Retry(chance=lambda: 0.0), Retry(chance=lambda: 1.0)
    assert [low.pause(n, None) for n in (1, 2, 3)] == [0.05, 0.1, 0.2]
    assert [high.pause(n, None) for n in (1, 2, 9)] == [0.1, 0.2, 2.0]


def test_while_one_call_tries_an_open_circuit_others_are_refused():
    clock = ManualClock()
    breaker = CircuitBreaker("peer", clock, failures=1, rest_seconds=1.0)
    breaker.admit()
    breaker.failed()
    assert breaker.is_open
    clock.advance(1.0)
    assert not breaker.is_open
    breaker.admit()
    with pytest.raises(UnreachableError, match="another call is trying it"):
        breaker.admit()
    breaker.succeeded()
    breaker.admit()


def test_a_callee_without_a_model_is_not_held_for_broken():
    title = {"title": NoModelError.title, "detail": "train first"}
    client, sent, _ = answering(*[httpx.Response(503, json=title) for _ in range(4)])
    for _time in range(4):
        with pytest.raises(NoModelError):
            client.ask(ADD, Numbers(values=()), CALL, Total)
    assert len(sent) == 4
