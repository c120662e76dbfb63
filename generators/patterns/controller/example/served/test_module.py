"""What `L9.example.module` promises.

Expected by the schema and by controller@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.config import AgentSettings, load_settings
from agent_runtime.errors import ConfigError, InputBoundsError, MemoryLayerError, OverloadedError
from agent_runtime.examples import example_of
from agent_runtime.flags import MEMORY_SUBSTRATE_VALIDATION, Flags
from agent_runtime.keys import SigningKey
from agent_runtime.parts import (
    EXPIRY_JOB,
    EXPIRY_SECONDS,
    PURGE_JOB,
    PURGE_SECONDS,
    STANDARD_SETTINGS,
)
from agent_runtime.shapes.base import Call, DecisionShape, Shape
from agent_runtime.shapes.status import StatusRequest
from agent_runtime.testing import TRACE
from fastapi import FastAPI

from L9.agents.sensor_watch.config_manager import ConfigManager
from L9.agents.sensor_watch.governance_bridge import ESCALATION_TIMEOUT_SECONDS
from L9.agents.sensor_watch.memory_bridge import TOPOLOGY
from L9.agents.sensor_watch.sensor_controller import (
    AGENT,
    CHANNELS,
    ENDPOINTS,
    LATENCY_SIGNALS,
    VERSION,
    SensorWatchController,
    create_app,
)

OPERATIONS = (
    "detect_anomaly",
    "get_sensor_status",
)
CALL = Call(trace_id=TRACE)


@dataclass(frozen=True)
class Deciding:
    """An endpoint that decides, what answers it, and the channel that tells of it."""

    endpoint: str
    module: str
    method: str
    channel: str


DECIDING = [
    Deciding("detect_anomaly", "detector", "detect_call", "anomaly"),
]


class Answer(DecisionShape):
    """What a deciding module would answer."""

    verdict: str = "match"


ANSWER = Answer(
    decision_id="d-1",
    trace_id=TRACE,
    confidence=0.75,
    criticality=0.5,
    factors={"history": 1.0},
    entities=("acme",),
)


def settings_in(folder: Path) -> AgentSettings:
    prefix = f"L9_{AGENT.upper()}__"
    environ = {
        f"{prefix}DATA__FOLDER": str(folder / "data"),
        f"{prefix}LOGGING__FOLDER": str(folder / "logs"),
    }
    return load_settings(AGENT, STANDARD_SETTINGS, environ)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def controller(tmp_path: Path, clock: ManualClock) -> Iterator[SensorWatchController]:
    made = SensorWatchController.open(settings_in(tmp_path), clock=clock)
    yield made
    made.close()


@pytest.fixture
def started(
    controller: SensorWatchController, monkeypatch: pytest.MonkeyPatch
) -> SensorWatchController:
    """A controller whose due jobs run when a test says so, not in the background."""
    monkeypatch.setattr(controller.parts, "start", lambda: None)
    controller.start()
    return controller


def run_due(controller: SensorWatchController) -> dict[str, str]:
    """Run what is due, and return how each job ended."""
    return {outcome.name: outcome.result for outcome in controller.parts.scheduler.run_due()}


def ask(controller: SensorWatchController, endpoint: str) -> Shape:
    """Call an endpoint's operation with the smallest request that its shape accepts."""
    operation = controller.operations()[endpoint]
    request = operation.request.model_validate(example_of(operation.request))
    answer = operation.handle(request, CALL)
    assert isinstance(answer, Shape)
    return answer


def lines(folder: Path, channel: str) -> list[dict[str, object]]:
    text = (folder / "logs" / CHANNELS[channel]).read_text()
    return [json.loads(line) for line in text.splitlines()]


def actions(controller: SensorWatchController) -> list[str]:
    return [record.action for record in controller.parts.audit.records()]


@pytest.mark.positive
def test_every_declared_endpoint_has_an_operation(controller: SensorWatchController) -> None:
    assert tuple(controller.operations()) == OPERATIONS


@pytest.mark.positive
@pytest.mark.parametrize("channel", CHANNELS)
def test_every_declared_log_file_is_there_from_the_start(
    controller: SensorWatchController, tmp_path: Path, channel: str
) -> None:
    controller.parts.logs.channel(channel).info("hello")
    assert lines(tmp_path, channel)[0]["agent"] == AGENT


@pytest.mark.positive
def test_a_new_agent_is_ready_and_has_no_model(controller: SensorWatchController) -> None:
    status = controller.status_call(StatusRequest(), CALL)
    assert (status.agent, status.version, status.trace_id) == (AGENT, VERSION, TRACE)
    assert (status.status, status.failing, status.model_version) == ("ready", (), None)
    assert (status.pending_escalations, status.governance_enforced) == (0, True)


@pytest.mark.positive
def test_status_counts_what_waits_for_the_anchors(controller: SensorWatchController) -> None:
    controller.governance.escalate("d-1", "a person asked", "high", trace_id=TRACE)
    assert controller.status_call(StatusRequest(), CALL).pending_escalations == 1


@pytest.mark.positive
def test_state_survives_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    first = SensorWatchController.open(settings_in(tmp_path), clock=clock)
    first.governance.escalate("d-1", "a person asked", "high", trace_id=TRACE)
    first.close()
    again = SensorWatchController.open(settings_in(tmp_path), clock=clock)
    assert again.status_call(StatusRequest(), CALL).pending_escalations == 1
    assert again.parts.audit.verify().intact
    again.close()


@pytest.mark.positive
def test_background_work_starts_and_stops(controller: SensorWatchController) -> None:
    controller.start()
    assert {
        EXPIRY_JOB,
        PURGE_JOB,
    } <= {job.name for job in controller.parts.scheduler.jobs()}
    controller.close()
    controller.parts.logs.channel(next(iter(CHANNELS))).info("late")
    assert controller.parts.logs.lost == 1


@pytest.mark.positive
def test_starting_and_closing_reach_every_part_in_order(
    controller: SensorWatchController, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[str] = []
    monkeypatch.setattr(
        controller.detector, "warm_up", lambda *_, **__: reached.append("detector.warm_up")
    )
    monkeypatch.setattr(controller.parts, "start", lambda: reached.append("works"))
    controller.start()
    controller.close()
    assert reached == [
        "detector.warm_up",
        "works",
    ]


@pytest.mark.regression
def test_what_the_module_declares_is_what_the_schema_says() -> None:
    assert VERSION == "1.0.0"
    assert CHANNELS == {
        "anomaly": "L9/logs/sensor_watch/anomaly.log",
        "governance": "L9/logs/sensor_watch/governance.log",
    }


@pytest.mark.positive
def test_get_sensor_status_tells_the_status(controller: SensorWatchController) -> None:
    assert ask(controller, "get_sensor_status") == controller.status_call(StatusRequest(), CALL)
    assert "decision_recorded" not in actions(controller)


@pytest.mark.positive
@pytest.mark.parametrize("deciding", DECIDING, ids=lambda deciding: deciding.endpoint)
def test_a_decision_is_recorded_under_its_trace(
    controller: SensorWatchController,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    deciding: Deciding,
) -> None:
    module = getattr(controller, deciding.module)
    monkeypatch.setattr(module, deciding.method, lambda _request, _call: ANSWER)
    assert ask(controller, deciding.endpoint) == ANSWER
    (record,) = [r for r in controller.parts.audit.records() if r.action == "decision_recorded"]
    assert (record.subject, record.trace_id) == ("d-1", TRACE)
    (episode,) = controller.parts.layers.require_episodic().find()
    assert (episode.decision_id, episode.agent_id, episode.trace_id) == ("d-1", AGENT, TRACE)
    assert episode.confidence_score == 0.75
    decided = lines(tmp_path, deciding.channel)[-1]
    assert (decided["event"], decided["operation"]) == ("decided", deciding.endpoint)
    assert (decided["decision_id"], decided["confidence"]) == ("d-1", 0.75)


@pytest.mark.positive
@pytest.mark.parametrize("deciding", DECIDING, ids=lambda deciding: deciding.endpoint)
def test_a_decision_is_told_to_those_who_listen_once(
    controller: SensorWatchController,
    monkeypatch: pytest.MonkeyPatch,
    deciding: Deciding,
) -> None:
    heard: list[str] = []
    controller.parts.bus.subscribe(
        f"events.{AGENT}.{deciding.endpoint}",
        "audience",
        lambda delivery: heard.append(delivery.key),
    )
    module = getattr(controller, deciding.module)
    monkeypatch.setattr(module, deciding.method, lambda _request, _call: ANSWER)
    ask(controller, deciding.endpoint)
    controller.parts.bus.pump()
    assert heard == ["d-1"]


@pytest.mark.positive
def test_an_escalated_decision_is_noted_in_the_governance_log(
    controller: SensorWatchController, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    escalated = ANSWER.model_copy(update={"escalations": ("e-1",)})
    module = controller.detector
    monkeypatch.setattr(module, "detect_call", lambda _request, _call: escalated)
    ask(controller, "detect_anomaly")
    noted = lines(tmp_path, "governance")[-1]
    assert (noted["event"], noted["decision_id"]) == ("escalated", "d-1")
    assert noted["escalations"] == ["e-1"]


@pytest.mark.negative
@pytest.mark.parametrize("deciding", DECIDING, ids=lambda deciding: deciding.endpoint)
def test_a_refused_request_leaves_no_decision(
    controller: SensorWatchController,
    monkeypatch: pytest.MonkeyPatch,
    deciding: Deciding,
) -> None:
    def refuse(_request: Shape, _call: Call) -> Shape:
        raise InputBoundsError("no")

    module = getattr(controller, deciding.module)
    monkeypatch.setattr(module, deciding.method, refuse)
    with pytest.raises(InputBoundsError, match=r"^no$"):
        ask(controller, deciding.endpoint)
    assert "decision_recorded" not in actions(controller)


@pytest.mark.negative
def test_a_decision_that_cannot_be_recorded_is_escalated_and_not_answered(
    controller: SensorWatchController, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_fields: object) -> None:
        raise MemoryLayerError("disk full")

    module = controller.detector
    monkeypatch.setattr(module, "detect_call", lambda _request, _call: ANSWER)
    monkeypatch.setattr(controller.memory, "remember", fail)
    with pytest.raises(MemoryLayerError, match=r"^disk full$"):
        ask(controller, "detect_anomaly")
    (waiting,) = controller.parts.escalations.pending()
    assert (waiting.subject, waiting.severity, waiting.trace_id) == ("d-1", "high", TRACE)
    assert waiting.reason == "the decision is not fully recorded: disk full"


@pytest.mark.positive
@pytest.mark.parametrize(("milliseconds", "escalated"), [(250, 0), (250 + 1, 1)])
def test_an_answer_slower_than_250_ms_reaches_the_anchors(
    controller: SensorWatchController,
    monkeypatch: pytest.MonkeyPatch,
    clock: ManualClock,
    milliseconds: float,
    escalated: int,
) -> None:
    def slow(_request: Shape, _call: Call) -> Shape:
        clock.advance(milliseconds / 1000.0)
        return ANSWER

    monkeypatch.setattr(controller.detector, "detect_call", slow)
    monkeypatch.setattr(clock, "_now", 1_000_000.0)
    ask(controller, "detect_anomaly")
    waiting = controller.parts.escalations.pending()
    assert len(waiting) >= escalated
    assert bool(waiting) is bool(escalated)
    total = controller.parts.metrics.value("inference_latency_ms_sum")
    assert total == pytest.approx(milliseconds, abs=0.01)


@pytest.mark.positive
def test_the_latency_signals_are_those_of_the_schema() -> None:
    assert LATENCY_SIGNALS == ("inference_latency", "latency")


@pytest.mark.positive
def test_an_escalation_that_nobody_answers_expires_on_schedule(
    started: SensorWatchController, clock: ManualClock
) -> None:
    asked = started.governance.escalate("d-1", "a person asked", "high", trace_id=TRACE)
    clock.advance(ESCALATION_TIMEOUT_SECONDS - EXPIRY_SECONDS)
    assert run_due(started)["escalation-expiry"] == "succeeded"
    assert [each.state for each in started.parts.escalations.about("d-1")] == ["pending"]
    clock.advance(EXPIRY_SECONDS)
    assert run_due(started)["escalation-expiry"] == "succeeded"
    assert started.parts.escalations.get(asked.escalation_id).state == "expired"
    (record,) = [r for r in started.parts.audit.records() if r.action == "governance.expired"]
    assert record.subject == "d-1"


@pytest.mark.positive
def test_memory_past_its_time_is_forgotten_on_schedule(
    started: SensorWatchController, clock: ManualClock
) -> None:
    assert TOPOLOGY.working is not None
    lifetime = max(TOPOLOGY.working.ttl_seconds, PURGE_SECONDS)
    started.memory.cache("first", 1)
    clock.advance(lifetime)
    assert started.parts.layers.purge() == 1
    started.memory.cache("second", 2)
    clock.advance(lifetime)
    assert run_due(started)[PURGE_JOB] == "succeeded"
    assert started.parts.layers.purge() == 0


@pytest.mark.negative
def test_upkeep_is_not_registered_twice(started: SensorWatchController) -> None:
    with pytest.raises(ConfigError, match="escalation-expiry"):
        started.start()


@pytest.mark.positive
def test_the_throughput_is_that_of_the_last_minute(
    controller: SensorWatchController, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    answer = ANSWER
    monkeypatch.setattr(controller.detector, "detect_call", lambda _request, _call: answer)
    for _request in range(3):
        ask(controller, "detect_anomaly")
    clock.advance(60.0)
    assert controller.parts.metrics.value("batch_throughput_requests_per_sec") == 3 / 60
    clock.advance(0.001)
    assert controller.parts.metrics.value("batch_throughput_requests_per_sec") == 0.0


@pytest.mark.negative
def test_a_request_that_is_refused_is_no_throughput(
    controller: SensorWatchController, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_request: Shape, _call: Call) -> Shape:
        raise InputBoundsError("no")

    monkeypatch.setattr(controller.detector, "detect_call", refuse)
    with pytest.raises(InputBoundsError):
        ask(controller, "detect_anomaly")
    assert controller.parts.metrics.value("batch_throughput_requests_per_sec") == 0.0


@pytest.mark.positive
@pytest.mark.parametrize(
    "metric",
    [
        "inference_latency_ms",
        "batch_throughput_requests_per_sec",
    ],
)
def test_each_declared_metric_is_exposed(controller: SensorWatchController, metric: str) -> None:
    told = controller.parts.metrics.render().decode()
    assert any(f"# TYPE {metric}{end} " in told for end in ("", "_total"))


@pytest.mark.negative
@pytest.mark.parametrize("endpoint", OPERATIONS)
def test_an_operation_takes_only_its_own_shape(
    controller: SensorWatchController, endpoint: str
) -> None:
    with pytest.raises(InputBoundsError, match=r"^a Shape is no "):
        controller.operations()[endpoint].handle(Shape(), CALL)


@pytest.mark.negative
@pytest.mark.parametrize("missing", ["data.folder", "logging.folder"])
def test_without_a_folder_nothing_is_opened(tmp_path: Path, missing: str) -> None:
    declared = tuple(s for s in STANDARD_SETTINGS if s.key not in ("data.folder", "logging.folder"))
    folders = tuple(s for s in STANDARD_SETTINGS if s.key.endswith("folder") and s.key != missing)
    environ = {
        f"L9_{AGENT.upper()}__{s.key.upper().replace('.', '__')}": str(tmp_path) for s in folders
    }
    settings = load_settings(AGENT, declared + folders, environ)
    with pytest.raises(ConfigError, match=missing):
        SensorWatchController.open(settings)


@pytest.mark.negative
def test_trusted_keys_that_are_none_are_refused(tmp_path: Path) -> None:
    prefix = f"L9_{AGENT.upper()}__"
    environ = {
        f"{prefix}DATA__FOLDER": str(tmp_path),
        f"{prefix}LOGGING__FOLDER": str(tmp_path),
        f"{prefix}TOKENS__KEYS": "no keys",
    }
    with pytest.raises(ConfigError, match="trusted keys"):
        SensorWatchController.open(load_settings(AGENT, STANDARD_SETTINGS, environ))


DECLARED: list[tuple[str, str, str, int, str | None]] = [
    ("detect_anomaly", "POST", "/sensor_watch/v1/anomaly", 250, None),
    ("get_sensor_status", "GET", "/sensor_watch/v1/status", 100, None),
]
OWN_PATHS = {"/health/live", "/health/ready", "/metrics"}
KEY = SigningKey.generate()


def served_settings(folder: Path, **more: str) -> AgentSettings:
    prefix = f"L9_{AGENT.upper()}__"
    environ = {
        f"{prefix}DATA__FOLDER": str(folder / "data"),
        f"{prefix}LOGGING__FOLDER": str(folder / "logs"),
        f"{prefix}TOKENS__KEYS": json.dumps({"keys": [KEY.public_jwk()]}),
        **{f"{prefix}{name}": value for name, value in more.items()},
    }
    return ConfigManager(environ).load()


def controller_of(app: FastAPI) -> SensorWatchController:
    controller = app.state.controller
    assert isinstance(controller, SensorWatchController)
    return controller


@pytest.fixture
def app(tmp_path: Path, clock: ManualClock) -> Iterator[FastAPI]:
    made = create_app(served_settings(tmp_path), clock=clock)
    yield made
    controller_of(made).close()


def send(
    app: FastAPI, method: str, path: str, *, content: bytes = b"", token: str = ""
) -> httpx.Response:
    """Send one request, as a client of this host."""
    headers = {"authorization": f"Bearer {token}"} if token else {}

    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://agent") as client:
            return await client.request(method, path, content=content, headers=headers)

    return asyncio.run(sent())


@pytest.mark.positive
def test_exactly_the_declared_endpoints_are_documented(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    served = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if path not in OWN_PATHS
    }
    assert served == {(method, path) for _, method, path, _, _ in DECLARED}
    assert set(paths) >= OWN_PATHS


@pytest.mark.positive
@pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: declared[0])
def test_each_endpoint_has_the_declared_time_out_and_role(
    app: FastAPI, declared: tuple[str, str, str, int, str | None]
) -> None:
    name, method, path, timeout_ms, role = declared
    (spec,) = [each for each in ENDPOINTS if each.name == name]
    assert (spec.method, spec.path, spec.timeout_ms, spec.role) == (method, path, timeout_ms, role)
    documented = app.openapi()["paths"][path][method.lower()]
    assert documented["operationId"] == name
    assert documented["x-timeout-ms"] == timeout_ms


@pytest.mark.positive
def test_the_document_is_about_this_agent(app: FastAPI) -> None:
    info = app.openapi()["info"]
    assert (info["title"], info["version"]) == ("Sensor Watch v1.0", "1.0.0")
    assert info["description"] == "".join(
        (
            "Ranks sensor readings by how unusual they are, and calls for a person when one is ",
            "beyond doubt.",
        )
    )


@pytest.mark.positive
def test_flags_that_are_given_count_instead_of_those_of_the_environment(
    tmp_path: Path, clock: ManualClock
) -> None:
    given = Flags(off=frozenset({MEMORY_SUBSTRATE_VALIDATION}))
    made = create_app(served_settings(tmp_path), flags=given, clock=clock)
    assert controller_of(made).parts.flags is given
    controller_of(made).close()


@pytest.mark.positive
def test_the_status_endpoint_answers_with_its_trace(app: FastAPI) -> None:
    response = send(app, "GET", "/sensor_watch/v1/status")
    assert response.status_code == 200
    assert response.json()["agent"] == AGENT
    assert response.json()["trace_id"] == response.headers["x-trace-id"]


@pytest.mark.positive
def test_a_healthy_agent_is_live_and_ready_and_measured(app: FastAPI) -> None:
    assert send(app, "GET", "/health/live").status_code == 200
    assert send(app, "GET", "/health/ready").status_code == 200
    assert "agent_requests_total" in send(app, "GET", "/metrics").text


@pytest.mark.positive
def test_the_agent_starts_and_stops_with_its_service(app: FastAPI) -> None:
    controller = controller_of(app)
    assert not controller.parts.scheduler.jobs()

    async def live() -> None:
        async with app.router.lifespan_context(app):
            assert controller.parts.scheduler.jobs()

    asyncio.run(live())
    assert app.state.running.health.draining
    controller.parts.logs.channel(controller.parts.logs.channels[0]).info("late")
    assert controller.parts.logs.lost == 1


@pytest.mark.positive
def test_without_settings_those_of_the_environment_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = f"L9_{AGENT.upper()}__"
    monkeypatch.setenv(f"{prefix}DATA__FOLDER", str(tmp_path / "mine"))
    monkeypatch.setenv(f"{prefix}LOGGING__FOLDER", str(tmp_path / "logs"))
    made = create_app()
    assert controller_of(made).parts.folder == tmp_path / "mine"
    controller_of(made).close()


@pytest.mark.positive
def test_as_many_tasks_as_declared_run_at_a_time_and_no_more(app: FastAPI) -> None:
    tasks = controller_of(app).governance.governance.tasks
    assert tasks.limit == 10
    for _ in range(10):
        tasks.__enter__()
    with pytest.raises(OverloadedError), tasks:
        pass
    response = send(app, "GET", "/sensor_watch/v1/status")
    assert response.status_code == 503
    assert response.json()["title"] == "overloaded"


@pytest.mark.negative
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/sensor_watch/v1/anomaly", '{"unheard_of": 1}'),
    ],
)
def test_a_body_of_the_wrong_shape_is_422_with_a_problem(
    app: FastAPI, method: str, path: str, body: str
) -> None:
    response = send(app, method, path, content=body.encode())
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"]


@pytest.mark.negative
def test_a_body_above_the_configured_size_is_413(tmp_path: Path, clock: ManualClock) -> None:
    made = create_app(served_settings(tmp_path, SERVER__MAX_BODY_BYTES="10"), clock=clock)
    method, path = ("POST", "/sensor_watch/v1/anomaly")
    assert send(made, method, path, content=b"0" * 10).status_code == 422
    assert send(made, method, path, content=b"0" * 11).status_code == 413
    controller_of(made).close()


@pytest.mark.negative
def test_a_caller_beyond_the_configured_burst_is_429(tmp_path: Path, clock: ManualClock) -> None:
    made = create_app(served_settings(tmp_path, LIMITS__BURST="2"), clock=clock)
    asked = [send(made, "GET", "/sensor_watch/v1/status").status_code for _ in range(3)]
    assert asked[0] == asked[1] != 429
    assert asked[2] == 429
    controller_of(made).close()


@pytest.mark.negative
@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", f"/{AGENT}", "/health", "/admin"])
def test_nothing_else_is_served(app: FastAPI, path: str) -> None:
    response = send(app, "GET", path)
    assert response.status_code == 404
    assert response.json()["title"] == "not found"
