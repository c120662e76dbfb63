"""A wired agent as an application: what its settings and its governance say is kept to."""

import asyncio

import httpx
import pytest
from agent_runtime.application import application_of
from agent_runtime.clock import ManualClock
from agent_runtime.config import Setting, load_settings
from agent_runtime.errors import ConfigError
from agent_runtime.limits import Parallelism
from agent_runtime.parts import STANDARD_SETTINGS, AgentParts
from agent_runtime.service import EndpointSpec, ServiceSpec, answered_by
from agent_runtime.shapes.base import Shape

SIZE = Setting(key="server.max_body_bytes", kind="integer", default=20)
RATE = Setting(key="limits.requests_per_second", kind="number", default=0.5)
BURST = Setting(key="limits.burst", kind="number", default=2)
SPEC = ServiceSpec(
    agent="adder",
    title="Adder",
    version="6",
    endpoints=(EndpointSpec(name="add", path="/adder/add", method="POST", timeout_ms=5000),),
)


class Numbers(Shape):
    values: tuple[float, ...] = ()


class Total(Shape):
    total: float


class Governed:
    """What governs the adder: two tasks at a time."""

    def __init__(self):
        self.governance = self
        self.tasks = Parallelism(2)


class Adder:
    """An agent of one endpoint."""

    def __init__(self, root, *more):
        folders = {"data.folder": root / "data", "logging.folder": root / "logs"}
        environ = {
            f"L9_ADDER__{key.upper().replace('.', '__')}": str(path)
            for key, path in folders.items()
        }
        self.parts = AgentParts(
            "adder",
            load_settings("adder", (*STANDARD_SETTINGS, *more), environ),
            channels={"first": "first.log", "second": "second.log"},
            clock=ManualClock(),
        )
        self.governance = Governed()
        self.told = []

    def operations(self):
        add = answered_by(lambda asked, _call: Total(total=sum(asked.values)), Numbers, Total)
        return {"add": add}

    def start(self):
        self.told.append("started")

    def close(self):
        self.told.append("closed")


@pytest.fixture
def adder(tmp_path):
    made = Adder(tmp_path, SIZE, RATE, BURST)
    yield made
    made.parts.close()


def post(app, content=b'{"values":[1,2]}', path="/adder/add"):
    async def sent():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://adder") as client:
            return await client.post(path, content=content)

    return asyncio.run(sent())


@pytest.mark.positive
def test_an_endpoint_is_answered_by_the_agent_and_counted_among_its_metrics(adder, tmp_path):
    app = application_of(adder, SPEC)
    assert post(app).json() == {"total": 3.0}
    assert app.state.controller is adder
    assert b"agent_requests_total" in adder.parts.metrics.render()
    assert '"endpoint": "add"' in (tmp_path / "logs/first.log").read_text()
    assert not (tmp_path / "logs/second.log").read_text()


@pytest.mark.positive
def test_the_agent_starts_and_closes_with_its_application(adder):
    app = application_of(adder, SPEC)

    async def live():
        async with app.router.lifespan_context(app):
            assert adder.told == ["started"]

    asyncio.run(live())
    assert adder.told == ["started", "closed"]


@pytest.mark.negative
def test_a_body_above_the_size_of_the_settings_is_413(adder):
    app = application_of(adder, SPEC)
    assert post(app, b'{"values":[1,2,33]}').status_code == 200
    assert post(app, b'{"values":[1,2,3,44]}').status_code == 413


@pytest.mark.negative
def test_a_caller_beyond_the_rate_of_the_settings_waits_by_the_clock_of_the_agent(adder):
    app = application_of(adder, SPEC)
    assert [post(app).status_code for _ in range(3)] == [200, 200, 429]
    adder.parts.clock.advance(2.0)
    assert [post(app).status_code for _ in range(2)] == [200, 429]


@pytest.mark.positive
def test_without_a_declared_rate_nobody_is_refused(tmp_path):
    free = Adder(tmp_path, SIZE)
    app = application_of(free, SPEC)
    assert {post(app).status_code for _ in range(20)} == {200}
    free.parts.close()


@pytest.mark.negative
def test_no_more_run_at_a_time_than_governance_allows(adder):
    app = application_of(adder, SPEC)
    tasks = adder.governance.tasks
    with tasks, tasks:
        assert post(app).status_code == 503
    assert post(app).status_code == 200


@pytest.mark.negative
def test_an_agent_that_does_not_answer_what_is_declared_is_not_served(adder):
    more = EndpointSpec(name="subtract", path="/adder/subtract", method="POST", timeout_ms=1)
    odd = ServiceSpec(agent="adder", title="", version="", endpoints=(*SPEC.endpoints, more))
    with pytest.raises(ConfigError, match="without operation, or the reverse: subtract"):
        application_of(adder, odd)


@pytest.mark.negative
def test_settings_that_do_not_say_how_large_a_body_may_be_are_refused(tmp_path):
    bare = Adder(tmp_path)
    with pytest.raises(ConfigError, match=r"server\.max_body_bytes is not declared"):
        application_of(bare, SPEC)
    bare.parts.close()
