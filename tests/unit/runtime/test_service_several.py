"""Several agents in one process keep their paths, limits, metrics and health apart."""

import asyncio
import json

import httpx
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError
from agent_runtime.health import HealthBoard
from agent_runtime.service import EndpointSpec, Operation, ServiceSpec, create_service
from agent_runtime.service.several import serve_together
from agent_runtime.shapes.base import Shape
from fastapi import FastAPI


class Query(Shape):
    word: str = "none"


class Answer(Shape):
    said: str


def agent_app(name, *, health=None, notes=None, path=None, drain_seconds=1.0):
    """Return the application of an agent that repeats a word after its own name."""
    spec = ServiceSpec(
        agent=name,
        title=name,
        version="6",
        endpoints=(
            EndpointSpec(name="say", path=path or f"/{name}/v6/say", method="POST", timeout_ms=900),
            EndpointSpec(name="status", path=f"/{name}/v6/status", method="GET", timeout_ms=900),
        ),
        drain_seconds=drain_seconds,
    )

    def handle(request, _call):
        return Answer(said=f"{name} {request.word}")

    operation = Operation(handle=handle, request=Query, response=Answer)
    return create_service(
        spec,
        {"say": operation, "status": operation},
        clock=ManualClock(),
        health=health,
        on_start=[] if notes is None else [lambda: notes.append(f"{name} starts")],
        on_stop=[] if notes is None else [lambda: notes.append(f"{name} stops")],
    )


class Client:
    """Asks an application over HTTP."""

    def __init__(self, app):
        self._app = app

    def request(self, method, path, **options):
        return asyncio.run(self._request(method, path, **options))

    def get(self, path):
        return self.request("GET", path)

    async def _request(self, method, path, **options):
        transport = httpx.ASGITransport(self._app, client=("10.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://several") as http:
            return await http.request(method, path, **options)


@pytest.fixture
def client():
    return Client(serve_together([agent_app("one"), agent_app("two")]))


@pytest.mark.positive
def test_each_request_reaches_the_agent_that_declares_its_path(client):
    assert client.request("POST", "/one/v6/say", json={"word": "hi"}).json() == {"said": "one hi"}
    assert client.request("POST", "/two/v6/say", json={"word": "ho"}).json() == {"said": "two ho"}
    assert client.get("/two/v6/status?word=x").json() == {"said": "two x"}


@pytest.mark.positive
def test_agents_start_in_order_and_stop_in_reverse():
    notes = []
    app = serve_together([agent_app("one", notes=notes), agent_app("two", notes=notes)])

    async def live():
        async with app.router.lifespan_context(app):
            notes.append("served")

    asyncio.run(live())
    assert notes == ["one starts", "two starts", "served", "two stops", "one stops"]


@pytest.mark.positive
def test_metrics_of_all_agents_are_told_apart_by_a_label(client):
    client.get("/one/v6/status")
    client.get("/two/v6/status")
    client.get("/two/v6/status")
    text = client.get("/metrics").text
    assert 'agent_requests_total{agent="one",endpoint="status",status="200"} 1.0' in text
    assert 'agent_requests_total{agent="two",endpoint="status",status="200"} 2.0' in text
    assert text.count("# TYPE agent_requests_total counter") == 1


@pytest.mark.positive
def test_what_an_agent_says_of_itself_is_below_its_name(client):
    client.get("/two/v6/status")
    assert 'agent_requests_total{endpoint="status",status="200"} 1.0' in (
        client.get("/agents/two/metrics").text
    )
    assert client.get("/agents/one/openapi.json").json()["info"]["title"] == "one"
    assert client.get("/agents/one/health/ready").status_code == 200


@pytest.mark.positive
def test_the_process_is_ready_while_all_its_agents_are():
    board = HealthBoard(clock=ManualClock())
    client = Client(serve_together([agent_app("one"), agent_app("two", health=board)]))
    assert client.get("/health/ready").status_code == 200
    board.drain()
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    told = answer.json()["agents"]
    assert (told["one"]["status"], told["two"]["status"]) == ("ready", "draining")
    assert client.get("/health/live").status_code == 200
    assert client.get("/agents/one/health/ready").status_code == 200


@pytest.mark.positive
def test_draining_reaches_every_agent():
    app = serve_together([agent_app("one"), agent_app("two", drain_seconds=7.0)])
    running = app.state.running
    assert (running.name, running.drain_seconds, running.operations) == ("one,two", 7.0, 0)
    assert not running.draining
    running.drain()
    assert running.draining
    assert all(agent.draining for agent in running.agents)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/three/v6/say", 404), ("GET", "/one/v6/say", 405), ("GET", "/agents/three/x", 404)],
)
def test_what_no_agent_declares_is_a_problem_with_a_trace(client, method, path, status):
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.content)["trace_id"]


@pytest.mark.negative
def test_two_applications_of_one_agent_are_refused():
    with pytest.raises(ConfigError, match="two applications are of the agent one"):
        serve_together([agent_app("one"), agent_app("one")])


@pytest.mark.negative
def test_two_agents_with_one_path_are_refused():
    with pytest.raises(ConfigError, match="one and two both declare /one/v6/say"):
        serve_together([agent_app("one"), agent_app("two", path="/one/v6/say")])


@pytest.mark.negative
def test_what_is_no_agent_is_refused():
    with pytest.raises(ConfigError, match="only applications of agents"):
        serve_together([agent_app("one"), FastAPI()])
    with pytest.raises(ConfigError, match="no agent to serve"):
        serve_together([])
