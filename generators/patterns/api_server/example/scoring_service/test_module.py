"""What `L9.example.module` promises.

Expected by the schema and by api_server@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.config import AgentSettings
from agent_runtime.errors import OverloadedError
from agent_runtime.flags import Flags, MEMORY_SUBSTRATE_VALIDATION
from agent_runtime.keys import SigningKey
from agent_runtime.tokens import TokenIssuer
from fastapi import FastAPI

from L9.core.tensoraios.apiserver import AGENT, ENDPOINTS, create_app
from L9.core.tensoraios.configmanager import ConfigManager
from L9.core.tensoraios.tensoraios_controller import TensorAIOSController


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


DECLARED: list[tuple[str, str, str, int, str | None]] = [
    ("score_candidates", "POST", "/tensoraios/v6/score", 500, None),
    ("generate_embeddings", "POST", "/tensoraios/v6/embeddings", 1000, None),
    ("detect_anomaly", "POST", "/tensoraios/v6/anomaly", 250, None),
    ("get_model_status", "GET", "/tensoraios/v6/status", 100, None),
    ("trigger_retraining", "POST", "/tensoraios/v6/retrain", 60000, "governance"),
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


def controller_of(app: FastAPI) -> TensorAIOSController:
    controller = app.state.controller
    assert isinstance(controller, TensorAIOSController)
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
    assert (info["title"], info["version"]) == ("L9 TensorAIOS Core Service v6.0", "6.0.0")
    assert info["description"] == "".join(
        (
            "The neural-symbolic scoring service of L9. It predicts links between entities, ",
            "embeds them, ranks anomalies and breaks a score down into its latent factors, for ",
            "every domain agent.",
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
    response = send(app, "GET", "/tensoraios/v6/status")
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
    assert tasks.limit == 100
    for _ in range(100):
        tasks.__enter__()
    with pytest.raises(OverloadedError), tasks:
        pass
    response = send(app, "GET", "/tensoraios/v6/status")
    assert response.status_code == 503
    assert response.json()["title"] == "overloaded"


@pytest.mark.positive
@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "/tensoraios/v6/retrain", "governance"),
    ],
)
def test_a_token_with_the_role_passes_the_gate_once(
    app: FastAPI, clock: ManualClock, method: str, path: str, role: str
) -> None:
    token = TokenIssuer(KEY, clock=clock).issue("tester", [role], AGENT, 60)
    assert send(app, method, path, content=b"[]", token=token).status_code == 422
    assert send(app, method, path, content=b"[]", token=token).status_code == 401


@pytest.mark.negative
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/tensoraios/v6/retrain"),
    ],
)
def test_without_the_declared_token_nobody_gets_in(
    app: FastAPI, clock: ManualClock, method: str, path: str
) -> None:
    assert send(app, method, path).status_code == 401
    nonsense = "a.b.c"
    assert send(app, method, path, token=nonsense).status_code == 401
    issuer = TokenIssuer(KEY, clock=clock)
    assert (
        send(app, method, path, token=issuer.issue("Eve", ["guest"], AGENT, 60)).status_code == 403
    )
    stranger = TokenIssuer(SigningKey.generate(), clock=clock).issue("Eve", ["guest"], AGENT, 60)
    assert send(app, method, path, token=stranger).status_code == 401


@pytest.mark.negative
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/tensoraios/v6/score", '{"unheard_of": 1}'),
        ("POST", "/tensoraios/v6/embeddings", '{"unheard_of": 1}'),
        ("POST", "/tensoraios/v6/anomaly", '{"unheard_of": 1}'),
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
    method, path = ("POST", "/tensoraios/v6/score")
    assert send(made, method, path, content=b"0" * 10).status_code == 422
    assert send(made, method, path, content=b"0" * 11).status_code == 413
    controller_of(made).close()


@pytest.mark.negative
def test_a_caller_beyond_the_configured_burst_is_429(tmp_path: Path, clock: ManualClock) -> None:
    made = create_app(served_settings(tmp_path, LIMITS__BURST="2"), clock=clock)
    asked = [send(made, "GET", "/tensoraios/v6/status").status_code for _ in range(3)]
    assert asked[0] == asked[1] != 429
    assert asked[2] == 429
    controller_of(made).close()


@pytest.mark.negative
@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", f"/{AGENT}", "/health", "/admin"])
def test_nothing_else_is_served(app: FastAPI, path: str) -> None:
    response = send(app, "GET", path)
    assert response.status_code == 404
    assert response.json()["title"] == "not found"
