"""The service shell, asked over ASGI: answers, refusals, limits, traces."""

import asyncio
import json
import logging
import threading
from pathlib import Path

import httpx
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, InputBoundsError, MemoryLayerError, NoModelError
from agent_runtime.health import HealthBoard
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.limits import Parallelism, RateLimiter
from agent_runtime.logs import AgentLogs
from agent_runtime.metrics import AgentMetrics
from agent_runtime.replay import MemoryReplayLedger
from agent_runtime.service import (
    EndpointSpec,
    Gates,
    Operation,
    ServiceSpec,
    answered_by,
    create_service,
)
from agent_runtime.shapes.base import Call, Shape
from agent_runtime.tokens import TokenIssuer, TokenVerifier
from agent_runtime.tracing import current_trace_id

NEW_TRACE = "11111111-1111-4111-8111-111111111111"
SENT_TRACE = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


class Numbers(Shape):
    values: tuple[float, ...]


class Total(Shape):
    total: float


class Query(Shape):
    name: str = "all"
    limit: int = 10
    tags: tuple[str, ...] = ()


class Echo(Shape):
    name: str
    limit: int
    tags: tuple[str, ...]


class Bench:
    """A small service and what surrounds it."""

    def __init__(self, tmp_path: Path, **options):
        self.clock = ManualClock()
        self.metrics = AgentMetrics()
        self.health = HealthBoard(clock=self.clock)
        self.calls = []
        self.fail_with = None
        self.started, self.stopped = [], []
        self.logs = AgentLogs(tmp_path, {"serving": "serving.log"}, agent="adder", clock=self.clock)
        self._log_path = tmp_path / "serving.log"
        key = SigningKey.generate()
        self.issuer = TokenIssuer(key, clock=self.clock)
        ledger = MemoryReplayLedger(self.clock)
        tokens = TokenVerifier(KeyRing.of(key), audience="adder", clock=self.clock, ledger=ledger)
        gates = Gates(
            tokens=tokens, rate=options.pop("rate", None), slots=options.pop("slots", None)
        )
        timeout_ms = options.pop("timeout_ms", 5000)
        endpoints = (
            EndpointSpec(name="add", path="/adder/v6/add", method="POST", timeout_ms=timeout_ms),
            EndpointSpec(name="status", path="/adder/v6/status", method="GET", timeout_ms=100),
            EndpointSpec(name="item", path="/adder/v6/item/{name}", method="GET", timeout_ms=1000),
            EndpointSpec(
                name="retrain",
                path="/adder/v6/retrain",
                method="POST",
                timeout_ms=5000,
                role="governance",
            ),
        )
        self.app = create_service(
            ServiceSpec(agent="adder", title="Adder", version="6", endpoints=endpoints, **options),
            {
                "add": Operation(handle=self.add, request=Numbers, response=Total),
                "status": Operation(handle=self.echo, request=Query, response=Echo),
                "item": Operation(handle=self.echo, request=Query, response=Echo),
                "retrain": Operation(handle=self.add, request=Numbers, response=Total),
            },
            clock=self.clock,
            gates=gates,
            metrics=self.metrics,
            health=self.health,
            log=self.logs.channel("serving"),
            on_start=[lambda: self.started.append(1), lambda: self.started.append(2)],
            on_stop=[lambda: self.stopped.append("first"), lambda: self.stopped.append("second")],
            trace_ids=lambda: NEW_TRACE,
        )

    def add(self, request, call):
        self.calls.append((call, current_trace_id()))
        if self.fail_with is not None:
            if isinstance(self.fail_with, Exception):
                raise self.fail_with
            return self.fail_with()
        return Total(total=sum(request.values))

    def echo(self, request, call):
        return Echo(name=request.name, limit=request.limit, tags=request.tags)

    def lines(self):
        return [json.loads(line) for line in self._log_path.read_text().splitlines()]

    def ask(self, method, path, **options):
        return asyncio.run(self.ask_async(method, path, **options))

    async def ask_async(self, method, path, *, client="10.0.0.1", **options):
        transport = httpx.ASGITransport(self.app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://adder") as http:
            return await http.request(method, path, **options)

    def post(self, values=(1.0, 2.0), path="/adder/v6/add", **options):
        return self.ask("POST", path, json={"values": values}, **options)

    def retrain(self, token, **options):
        headers = {"authorization": f"Bearer {token}"} if token is not None else {}
        return self.post(path="/adder/v6/retrain", headers=headers, **options)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def _until(condition):
    pause = threading.Event()
    for _ in range(5000):
        if condition():
            return
        pause.wait(0.002)
    raise AssertionError("it did not come about")


def _problem(response, status, title):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["title"] == title
    assert body["type"] == f"urn:l9:problem:{title.replace(' ', '-')}"
    assert body["trace_id"] == response.headers["x-trace-id"]
    return body


# answers


@pytest.mark.positive
def test_an_operation_answers_its_endpoint(bench):
    response = bench.post((1.0, 2.5))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {"total": 3.5}


@pytest.mark.positive
def test_the_operation_is_told_trace_deadline_and_caller(bench):
    bench.post(headers={"x-trace-id": SENT_TRACE})
    ((call, bound),) = bench.calls
    assert call.trace_id == bound == SENT_TRACE
    assert call.deadline == bench.clock() + 5.0
    assert (call.caller, call.roles, call.token) == ("anonymous", (), None)


@pytest.mark.positive
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"name": "all", "limit": 10, "tags": []}),
        ("?limit=3&name=b", {"name": "b", "limit": 3, "tags": []}),
        ("?tags=x", {"name": "all", "limit": 10, "tags": ["x"]}),
        ("?tags=x&tags=y&limit=1&limit=2", {"name": "all", "limit": 2, "tags": ["x", "y"]}),
        ("?name=a%20b", {"name": "a b", "limit": 10, "tags": []}),
    ],
)
def test_a_get_takes_its_request_from_the_query(bench, query, expected):
    assert bench.ask("GET", f"/adder/v6/status{query}").json() == expected


@pytest.mark.positive
def test_a_path_parameter_wins_over_the_query(bench):
    assert bench.ask("GET", "/adder/v6/item/x?name=y").json()["name"] == "x"


@pytest.mark.positive
def test_a_trace_id_is_made_kept_or_replaced(bench):
    assert bench.post().headers["x-trace-id"] == NEW_TRACE
    assert bench.post(headers={"x-trace-id": SENT_TRACE}).headers["x-trace-id"] == SENT_TRACE
    assert bench.post(headers={"x-trace-id": "'; DROP"}).headers["x-trace-id"] == NEW_TRACE
    parent = f"00-{SENT_TRACE.replace('-', '')}-00f067aa0ba902b7-01"
    assert bench.post(headers={"traceparent": parent}).headers["x-trace-id"] == SENT_TRACE


@pytest.mark.positive
def test_each_request_leaves_a_line_and_a_count(bench):
    bench.post(headers={"x-trace-id": SENT_TRACE})
    (line,) = bench.lines()
    assert (line["event"], line["endpoint"], line["method"]) == ("request", "add", "POST")
    assert (line["status"], line["trace_id"]) == (200, SENT_TRACE)
    assert 0.0 <= line["milliseconds"] < 5000.0
    counted = {"endpoint": "add", "status": "200"}
    assert bench.metrics.value("agent_requests_total", counted) == 1.0
    assert bench.metrics.value("agent_requests_in_flight") == 0.0
    assert bench.metrics.value("agent_request_duration_seconds_count", {"endpoint": "add"}) == 1.0


@pytest.mark.negative
def test_an_operation_of_one_shape_is_not_called_with_another():
    operation = answered_by(lambda request, call: Total(total=0.0), Numbers, Total)
    assert operation.handle(Numbers(values=()), Call(trace_id="t")) == Total(total=0.0)
    assert (operation.request, operation.response) == (Numbers, Total)
    with pytest.raises(InputBoundsError, match=r"^a Query is no Numbers$"):
        operation.handle(Query(), Call(trace_id="t"))


# wrong requests


@pytest.mark.negative
@pytest.mark.parametrize(
    ("content", "where", "kind"),
    [
        (b'{"values": "x"}', "values", "tuple_type"),
        (b'{"values": [1, "x"]}', "values/1", "float_parsing"),
        (b"{}", "values", "missing"),
        (b'{"values": [], "more": 1}', "more", "extra_forbidden"),
        (b"{", "", "json_invalid"),
        (b"", "", "json_invalid"),
        (b"\xff", "", "json_invalid"),
    ],
)
def test_a_body_of_the_wrong_shape_is_422_and_says_where(bench, content, where, kind):
    response = bench.ask("POST", "/adder/v6/add", content=content)
    body = _problem(response, 422, "request of the wrong shape")
    assert body["detail"] == "1 errors in the request"
    assert body["instance"] == "/adder/v6/add"
    assert [(error["where"], error["problem"]) for error in body["errors"]] == [(where, kind)]
    assert bench.calls == []


@pytest.mark.negative
def test_wrong_parameters_are_422(bench):
    response = bench.ask("GET", "/adder/v6/status?limit=many")
    assert _problem(response, 422, "request of the wrong shape")["errors"][0]["where"] == "limit"


@pytest.mark.negative
def test_a_long_list_of_errors_is_cut(bench):
    body = bench.post(["x"] * 50).json()
    assert body["detail"] == "50 errors in the request"
    assert len(body["errors"]) == 20


@pytest.mark.negative
def test_an_error_does_not_repeat_what_was_sent(bench):
    response = bench.post(["my-password"])
    assert "my-password" not in response.text


@pytest.mark.negative
def test_too_many_parameters_are_refused(bench):
    fine = "&".join("tags=x" for _ in range(100))
    assert bench.ask("GET", f"/adder/v6/status?{fine}").status_code == 200
    response = bench.ask("GET", f"/adder/v6/status?{fine}&tags=x")
    assert _problem(response, 400, "invalid query")["detail"] == "too many parameters"


@pytest.mark.negative
@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("GET", "/adder/v6/add/x")])
def test_an_unknown_path_is_404(bench, method, path):
    _problem(bench.ask(method, path), 404, "not found")
    assert bench.lines()[0]["endpoint"] == "unmatched"


@pytest.mark.negative
def test_a_wrong_method_is_405_and_names_the_right_one(bench):
    response = bench.ask("GET", "/adder/v6/add")
    _problem(response, 405, "method not allowed")
    assert response.headers["allow"] == "POST"


@pytest.mark.negative
def test_a_body_that_is_no_json_by_its_type_is_415(bench):
    def status(media_type):
        return bench.ask(
            "POST", "/adder/v6/add", content=b'{"values": []}', headers={"content-type": media_type}
        )

    assert status("Application/JSON; charset=utf-8").status_code == 200
    assert status("application/cloudevents+json").status_code == 200
    _problem(status("text/plain"), 415, "unsupported media type")


@pytest.mark.negative
def test_a_body_above_the_limit_is_413_announced_or_not(tmp_path):
    bench = Bench(tmp_path, max_body_bytes=20)
    fits, too_long = b'{"values": [1.0000]}', b'{"values": [1.00000]}'
    assert len(fits) == 20
    assert bench.ask("POST", "/adder/v6/add", content=fits).status_code == 200
    _problem(bench.ask("POST", "/adder/v6/add", content=too_long), 413, "body too large")

    async def stream(body):
        for byte in body:
            yield bytes([byte])

    async def streamed(body):
        return await bench.ask_async("POST", "/adder/v6/add", content=stream(body))

    assert asyncio.run(streamed(fits)).status_code == 200
    _problem(asyncio.run(streamed(too_long)), 413, "body too large")
    assert len(bench.calls) == 2


async def _raw(app, messages, **changes):
    """Speak ASGI by hand; `messages` are what the client sends."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/adder/v6/add",
        "query_string": b"",
        "headers": [],
        "client": None,
        **changes,
    }
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent


@pytest.mark.negative
def test_a_client_that_goes_away_while_sending_is_400(bench):
    messages = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    start, body = asyncio.run(_raw(bench.app, messages))
    assert start["status"] == 400
    assert json.loads(body["body"])["title"] == "client disconnected"


@pytest.mark.negative
def test_a_false_content_length_does_not_pass_for_a_number(bench):
    messages = [{"type": "http.request", "body": b'{"values": []}'}]
    headers = [(b"content-length", b"-1e9")]
    start, _ = asyncio.run(_raw(bench.app, messages, headers=headers))
    assert start["status"] == 200


# failing operations


@pytest.mark.negative
@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (InputBoundsError("values[0] is not finite"), 422, "input outside its declared bounds"),
        (NoModelError("train first"), 503, "no model trained yet"),
        (MemoryLayerError("redis is gone"), 503, "memory layer unavailable"),
    ],
)
def test_an_agent_error_becomes_its_problem(bench, error, status, title):
    bench.fail_with = error
    response = bench.post()
    assert _problem(response, status, title)["detail"] == str(error)
    assert "retry-after" not in response.headers
    assert [line["event"] for line in bench.lines()] == ["request"]


@pytest.mark.negative
def test_an_unexpected_error_is_a_500_that_tells_the_logs_only(bench):
    bench.fail_with = ValueError("postgres://user:pw@host")
    response = bench.post(headers={"x-trace-id": SENT_TRACE})
    body = _problem(response, 500, "internal error")
    assert body["detail"] == "see the logs for this trace"
    assert "pw" not in response.text
    failed, request = bench.lines()
    assert (failed["event"], failed["level"], failed["trace_id"]) == ("failed", "error", SENT_TRACE)
    assert failed["error"] == "ValueError: postgres://user:pw@host"
    assert failed["endpoint"] == "add"
    assert failed["where"][-1].startswith("test_service.py:")
    assert request["status"] == 500
    counted = {"endpoint": "add", "status": "500"}
    assert bench.metrics.value("agent_requests_total", counted) == 1.0


@pytest.mark.negative
def test_an_answer_of_another_shape_is_withheld(bench):
    bench.fail_with = lambda: Numbers(values=())
    body = _problem(bench.post(), 500, "output outside its declared bounds")
    assert body["detail"] == "add answered with a Numbers"


@pytest.mark.negative
def test_an_answer_that_fails_half_way_is_not_begun_again(bench):
    async def broken(message):
        sent.append(message)
        if message["type"] == "http.response.body":
            raise OSError("broken pipe")

    async def receive():
        return {"type": "http.request", "body": b'{"values": []}'}

    sent = []
    scope = {"type": "http", "method": "POST", "path": "/adder/v6/add", "query_string": b""}
    asyncio.run(bench.app({**scope, "headers": []}, receive, broken))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


# time-outs and load


@pytest.mark.negative
def test_an_answer_that_is_late_is_504_and_keeps_its_slot_until_it_ends(tmp_path):
    slots, release = Parallelism(1), threading.Event()
    bench = Bench(tmp_path, slots=slots, timeout_ms=30)
    bench.fail_with = lambda: (release.wait(10.0), Total(total=0.0))[1]
    body = _problem(bench.post(), 504, "deadline exceeded")
    assert body["detail"] == "no answer within 30 ms"
    assert slots.in_use == bench.app.state.running.workers.running == 1
    shed = bench.ask("GET", "/adder/v6/status")
    _problem(shed, 503, "overloaded")
    assert shed.headers["retry-after"] == "1"
    release.set()
    assert bench.app.state.running.workers.stop(10.0) == 0
    assert slots.in_use == 0


@pytest.mark.negative
def test_load_above_the_declared_parallelism_is_shed_at_once(tmp_path):
    bench = Bench(tmp_path, slots=Parallelism(2), threads=4)
    meeting, release = threading.Barrier(3, timeout=10.0), threading.Event()

    def hold():
        meeting.wait()
        release.wait(10.0)
        return Total(total=0.0)

    bench.fail_with = hold

    async def scenario():
        body = {"json": {"values": []}}
        first = [
            asyncio.create_task(bench.ask_async("POST", "/adder/v6/add", **body)) for _ in range(2)
        ]
        await asyncio.to_thread(meeting.wait)
        third = await bench.ask_async("POST", "/adder/v6/add", **body)
        release.set()
        return [await task for task in first], third

    first, third = asyncio.run(scenario())
    assert [response.status_code for response in first] == [200, 200]
    assert _problem(third, 503, "overloaded")["detail"] == "2 of 2 tasks are running"


@pytest.mark.negative
def test_work_that_waited_past_its_time_out_is_not_begun(tmp_path):
    bench = Bench(tmp_path, threads=1)
    begun, release = threading.Event(), threading.Event()

    def hold():
        begun.set()
        release.wait(10.0)
        return Total(total=0.0)

    bench.fail_with = hold

    async def scenario():
        body = {"json": {"values": []}}
        first = asyncio.create_task(bench.ask_async("POST", "/adder/v6/add", **body))
        await asyncio.to_thread(begun.wait)
        second = asyncio.create_task(bench.ask_async("POST", "/adder/v6/add", **body))
        await asyncio.to_thread(_until, lambda: bench.app.state.running.workers.running == 2)
        bench.clock.advance(5.0)
        release.set()
        return await first, await second

    first, second = asyncio.run(scenario())
    assert first.status_code == 200
    body = _problem(second, 504, "deadline exceeded")
    assert body["detail"] == "the time-out passed before the work began"
    assert len(bench.calls) == 1


@pytest.mark.negative
def test_requests_above_the_rate_of_a_client_are_429(tmp_path):
    clock = ManualClock()
    bench = Bench(tmp_path, rate=RateLimiter(0.4, 2, clock))
    assert [bench.post().status_code for _ in range(2)] == [200, 200]
    response = bench.post()
    _problem(response, 429, "rate limit exceeded")
    assert response.headers["retry-after"] == "3"
    assert bench.post(client="10.0.0.2").status_code == 200
    clock.advance(2.5)
    assert bench.post().status_code == 200


# tokens


@pytest.mark.positive
def test_a_token_with_the_role_is_let_in_and_told_to_the_operation(bench):
    token = bench.issuer.issue("Igor", ["governance", "auditor"], "adder", 60)
    assert bench.retrain(token).json() == {"total": 3.0}
    ((call, _),) = bench.calls
    assert (call.caller, call.roles) == ("Igor", ("auditor", "governance"))
    assert (call.token.subject, call.token.audience) == ("Igor", "adder")


@pytest.mark.negative
@pytest.mark.parametrize("value", [None, "", "Basic abc", "Bearer", "Bearer   ", "Bearer x.y.z"])
def test_without_a_token_that_is_believed_the_answer_is_401(bench, value):
    headers = {} if value is None else {"authorization": value}
    response = bench.post(path="/adder/v6/retrain", headers=headers)
    _problem(response, 401, "token required")
    assert response.headers["www-authenticate"] == "Bearer"
    assert bench.calls == []


@pytest.mark.negative
def test_expired_foreign_and_used_tokens_are_401(bench):
    old = bench.issuer.issue("Igor", ["governance"], "adder", 60)
    bench.clock.advance(60.0)
    _problem(bench.retrain(old), 401, "token required")
    _problem(
        bench.retrain(bench.issuer.issue("I", ["governance"], "other", 60)), 401, "token required"
    )
    once = bench.issuer.issue("Igor", ["governance"], "adder", 60)
    assert bench.retrain(once).status_code == 200
    assert _problem(bench.retrain(once), 401, "token required")["detail"] == (
        "the token was used before"
    )


@pytest.mark.negative
def test_a_token_without_the_role_is_403(bench):
    response = bench.retrain(bench.issuer.issue("Eve", ["auditor"], "adder", 60))
    _problem(response, 403, "role missing")
    assert "www-authenticate" not in response.headers
    assert bench.calls == []


@pytest.mark.negative
def test_a_token_holder_is_limited_by_name_and_a_guesser_by_address(tmp_path):
    bench = Bench(tmp_path, rate=RateLimiter(0.001, 1, ManualClock()))

    def issue(subject):
        return bench.issuer.issue(subject, ["governance"], "adder", 60)

    assert bench.retrain(issue("Igor"), client="10.0.0.1").status_code == 200
    kept = issue("Igor")
    _problem(bench.retrain(kept, client="10.0.0.2"), 429, "rate limit exceeded")
    assert bench.retrain(issue("Ada"), client="10.0.0.1").status_code == 200
    _problem(bench.retrain("x.y.z", client="10.0.0.3"), 401, "token required")
    _problem(bench.retrain("x.y.z", client="10.0.0.3"), 429, "rate limit exceeded")


@pytest.mark.negative
def test_an_endpoint_that_demands_a_token_needs_a_gate():
    endpoint = EndpointSpec(name="add", path="/a", method="POST", timeout_ms=1, role="governance")
    spec = ServiceSpec(agent="adder", title="Adder", version="6", endpoints=(endpoint,))
    operation = Operation(handle=lambda r, c: r, request=Numbers, response=Numbers)
    with pytest.raises(ConfigError, match=r"^add demands a token, and nothing verifies tokens$"):
        create_service(spec, {"add": operation})


# the shell's own endpoints


@pytest.mark.positive
def test_probes_tell_the_health_of_the_agent(bench):
    ready = bench.ask("GET", "/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.headers["cache-control"] == "no-store"

    def fail():
        raise MemoryLayerError("redis is gone")

    bench.health.register("redis", fail)
    ready, live = bench.ask("GET", "/health/ready"), bench.ask("GET", "/health/live")
    assert ready.status_code == 503
    assert ready.json()["checks"][0]["detail"] == "redis is gone"
    assert live.status_code == 200
    bench.health.register("loop", fail, affects="live")
    assert bench.ask("GET", "/health/live").status_code == 503


@pytest.mark.positive
def test_metrics_are_scraped_as_text(bench):
    bench.post()
    response = bench.ask("GET", "/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'agent_requests_total{endpoint="add",status="200"} 1.0' in response.text


@pytest.mark.positive
def test_the_document_is_served_as_it_is(bench):
    assert bench.ask("GET", "/openapi.json").json() == json.loads(json.dumps(bench.app.openapi()))


@pytest.mark.positive
def test_a_draining_agent_answers_but_asks_to_go_elsewhere(bench):
    assert "connection" not in bench.post().headers
    bench.health.drain()
    response = bench.post()
    assert response.status_code == 200
    assert response.headers["connection"] == "close"
    assert bench.ask("GET", "/health/ready").status_code == 503
    assert bench.ask("GET", "/health/live").status_code == 200


async def _live_and_stop(app):
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message["type"])

    await app({"type": "lifespan"}, receive, send)
    return sent


@pytest.mark.positive
def test_stopping_drains_and_closes_in_reverse_order(bench):
    sent = asyncio.run(_live_and_stop(bench.app))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert bench.health.draining
    assert bench.started == [1, 2]
    assert bench.stopped == ["second", "first"]
    assert bench.lines()[-1]["event"] == "stopped"
    assert bench.lines()[-1]["operations_left"] == 0
    assert _problem(bench.post(), 503, "overloaded")["detail"] == "the agent is stopping"


@pytest.mark.positive
def test_a_service_needs_nothing_but_its_spec_and_operations():
    endpoint = EndpointSpec(name="add", path="/a", method="POST", timeout_ms=1000)
    spec = ServiceSpec(agent="adder", title="Adder", version="6", endpoints=(endpoint,))
    handle = lambda request, call: Total(total=sum(request.values))  # noqa: E731
    app = create_service(spec, {"add": Operation(handle=handle, request=Numbers, response=Total)})
    messages = [{"type": "http.request", "body": b'{"values": [1]}'}]
    start, body = asyncio.run(_raw(app, messages, path="/a"))
    assert (start["status"], body["body"]) == (200, b'{"total":1.0}')
    messages = [{"type": "http.request", "body": b"{"}]
    start, _ = asyncio.run(_raw(app, messages, path="/a"))
    assert start["status"] == 422
    assert app.state.running.metrics.value("agent_requests_in_flight") == 0.0
    assert asyncio.run(_live_and_stop(app))[-1] == "lifespan.shutdown.complete"


@pytest.mark.positive
def test_middleware_and_plain_routes_can_be_added(bench):
    seen = []

    class Watch:
        def __init__(self, app, label):
            self.app, self.label = app, label

        async def __call__(self, scope, receive, send):
            seen.append(self.label)
            await self.app(scope, receive, send)

    bench.app.add_middleware(Watch, label="inner")
    bench.app.add_middleware(Watch, label="outer")

    @bench.app.get("/plain")
    def plain() -> dict[str, str]:
        return {"plain": "yes"}

    assert bench.ask("GET", "/plain").json() == {"plain": "yes"}
    assert seen == ["outer", "inner"]
    assert bench.ask("GET", "/plain").headers["x-trace-id"] == NEW_TRACE


@pytest.mark.regression
def test_nothing_is_logged_by_asyncio_about_late_operations(tmp_path, caplog):
    release = threading.Event()
    bench = Bench(tmp_path, timeout_ms=20)

    def late():
        release.wait(10.0)
        raise ValueError("too late")

    bench.fail_with = late
    with caplog.at_level(logging.WARNING):
        assert bench.post().status_code == 504
        release.set()
        assert bench.app.state.running.workers.stop(10.0) == 0
    assert caplog.records == []
