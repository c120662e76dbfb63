"""What `L9.example.module` promises.

Expected by the schema and by controller@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.config import AgentSettings, load_settings
from agent_runtime.errors import ConfigError, InputBoundsError, MemoryLayerError
from agent_runtime.examples import example_of
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

from L9.agents.sensor_watch.governance_bridge import ESCALATION_TIMEOUT_SECONDS
from L9.agents.sensor_watch.memory_bridge import TOPOLOGY
from L9.agents.sensor_watch.sensor_controller import (
    AGENT,
    CHANNELS,
    LATENCY_SIGNALS,
    VERSION,
    SensorWatchController,
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
    monkeypatch.setattr(
        controller.detector, "register", lambda *_, **__: reached.append("detector.register")
    )
    monkeypatch.setattr(controller.parts, "start", lambda: reached.append("works"))
    monkeypatch.setattr(controller.detector, "close", lambda: reached.append("detector.close"))
    controller.start()
    controller.close()
    assert reached == [
        "detector.warm_up",
        "detector.register",
        "works",
        "detector.close",
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
    ("metric", "module", "method"),
    [
        ("alarm_rate", "detector", "alarm_rate"),
    ],
)
def test_a_gauge_follows_the_module_that_measures_it(
    controller: SensorWatchController,
    monkeypatch: pytest.MonkeyPatch,
    metric: str,
    module: str,
    method: str,
) -> None:
    monkeypatch.setattr(type(getattr(controller, module)), method, lambda _self: 0.25)
    assert SensorWatchController(controller.parts).parts.metrics.value(metric) == 0.25


@pytest.mark.positive
@pytest.mark.parametrize(
    ("metric", "module", "method", "labels"),
    [
        ("alarms_total", "detector", "count_alarms", {}),
    ],
)
def test_a_metric_takes_what_its_module_tells(
    controller: SensorWatchController,
    monkeypatch: pytest.MonkeyPatch,
    metric: str,
    module: str,
    method: str,
    labels: dict[str, str],
) -> None:
    sinks: list[Callable[..., None]] = []
    monkeypatch.setattr(
        type(getattr(controller, module)), method, lambda _self, sink: sinks.append(sink)
    )
    SensorWatchController(controller.parts)
    sinks[-1](2.0, labels=labels)
    assert controller.parts.metrics.value(metric, labels) == 2.0


@pytest.mark.positive
@pytest.mark.parametrize(
    "metric",
    [
        "inference_latency_ms",
        "batch_throughput_requests_per_sec",
        "alarm_rate",
        "alarms",
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
