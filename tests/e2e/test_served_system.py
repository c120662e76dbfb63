"""Two compiled agents as processes: they start in order, find each other, share a bus, and stop."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.workspace import ROOT, SOURCE, Workspace

COLLECTION = "watches"
GLUE = """
wirings:
  - from_agent: pump_watch
    to_agent: sensor_watch
    connection_type: api_call
    method_names: [detect_anomaly, get_sensor_status]
  - from_agent: pump_watch
    to_agent: sensor_watch
    connection_type: event_observe
    event_subscriptions: [detect_anomaly]
"""
CALLER = """
import json
import os
import sys
import time

from agent_runtime.clock import system_clock
from agent_runtime.parts import AgentParts
from agent_runtime.shapes.anomaly import AnomalyRequest
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.status import StatusRequest
from L9.agents.pump_watch.config_manager import AGENT, ConfigManager
from L9.agents.pump_watch.sensor_watch_client import SensorWatchClient

parts = AgentParts(AGENT, ConfigManager(os.environ).load())
client = SensorWatchClient.open(parts)
call = Call(trace_id=sys.argv[1], deadline=system_clock() + 20.0)
heard = []
client.on_detect_anomaly(heard.append)
status = client.get_sensor_status(StatusRequest(), call)
rows = tuple((float(row % 7), 1.0) for row in range(40))
answer = client.detect_anomaly(AnomalyRequest(observations=(*rows, (900.0, -900.0))), call)
parts.bus.pump()
print(json.dumps({
    "agent": status.agent,
    "first": answer.ranking[0].row,
    "decision": answer.decision_id,
    "heard": [event.event_data.decision_id for event in heard],
    "trace": [event.trace_id for event in heard],
}))
client.close()
parts.close()
"""
TRACE = "6a1f4d0e-8b7c-4f5e-9a3d-2c1b0a9f8e7d"


def schemas() -> str:
    """Return two agents: Sensor Watch with time on a busy machine, and before it its caller."""
    text = (ROOT / "input_schemas" / SOURCE).read_text()
    (watch,) = re.findall(r"```yaml\n.*?```\n", text, re.DOTALL)
    watch = re.sub(r"timeout_ms: \d+", "timeout_ms: 20000", watch)
    pump = watch.replace("sensor_watch", "pump_watch").replace("SensorWatch", "PumpWatch")
    pump = pump.replace("system: Sensor Watch", "system: Pump Watch")
    pump = pump.replace("soft: [governance, memory]", "soft: [sensor_watch]")
    pump = pump.replace(
        "    - __init__.py",
        "    - sensor_watch_client.py  # Ask the sensor watch about the readings of pumps.\n"
        "    - logger.py  # Write structured log lines.\n"
        "    - __init__.py",
    )
    front = "---\ntitle: Watches\ntype: schema-collection\nversion: 1.0.0\n---\n"
    return f"{front}\n{pump}\n{watch}"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    base = tmp_path_factory.mktemp("served")
    sources = {f"{COLLECTION}_v1.0.md": schemas(), f"glue/{COLLECTION}.yaml": GLUE}
    made = Workspace.create(base / "w", sources=sources, mypy_cache=base / "mypy")
    ran = made.doit()
    assert ran.code == 0, ran.out
    return made


@pytest.fixture(scope="module")
def served(workspace: Workspace) -> Iterator[subprocess.Popen[str]]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = ["-m", "generators.engine.build.serve_system", COLLECTION, "--free-ports"]
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=workspace.root,
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def lines(served: subprocess.Popen[str]) -> list[dict[str, object]]:
    assert served.stdout is not None
    return [json.loads(served.stdout.readline()) for _ in range(3)]


def run_folder(workspace: Workspace) -> Path:
    return workspace.root / ".codegen/run" / COLLECTION


def test_the_agent_that_is_asked_starts_before_the_one_that_asks(
    lines: list[dict[str, object]],
) -> None:
    assert [line.get("agent") for line in lines] == ["sensor_watch", "pump_watch", None]
    assert lines[-1] == {"event": "system_ready", "agents": 2}
    for line in lines[:-1]:
        status = httpx.get(f"{line['url']}/{line['agent']}/v1/status", timeout=20.0).json()
        assert (status["agent"], status["status"]) == (line["agent"], "ready")


def test_a_client_finds_the_other_agent_by_the_registry_and_hears_its_events(
    lines: list[dict[str, object]], workspace: Workspace
) -> None:
    assert lines
    run, repo = run_folder(workspace), workspace.root / "extractions" / COLLECTION / "repo"
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{repo}:{ROOT / 'generators/runtime'}",
        "L9_CONFIG_FILE": str(run / "config.yaml"),
        "L9_BUS_FILE": str(run / "bus.db"),
        "L9_PUMP_WATCH__DATA__FOLDER": str(run / "caller"),
        "L9_PUMP_WATCH__LOGGING__FOLDER": str(run / "caller/logs"),
    }
    done = subprocess.run(
        [sys.executable, "-c", CALLER, TRACE],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["agent"], told["first"]) == ("sensor_watch", 40)
    assert (told["heard"], told["trace"]) == ([told["decision"]], [TRACE])
    audit = (run / "sensor_watch/audit.jsonl").read_text()
    assert told["decision"] in audit
    assert TRACE in audit


def test_agents_trust_each_other_as_services_only(
    lines: list[dict[str, object]], workspace: Workspace
) -> None:
    assert lines
    keys = json.loads((run_folder(workspace) / "trusted.jwks").read_text())["keys"]
    assert [key["roles"] for key in keys] == [["service"], ["service"]]


def test_asked_to_stop_all_agents_end_cleanly(
    lines: list[dict[str, object]], served: subprocess.Popen[str], workspace: Workspace
) -> None:
    served.send_signal(signal.SIGTERM)
    _, said = served.communicate(timeout=60)
    assert (served.returncode, said) == (0, "")
    for line in lines[:-1]:
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{line['url']}/health/live", timeout=5.0)
    for agent in ("sensor_watch", "pump_watch"):
        output = (run_folder(workspace) / agent / "output.log").read_text().splitlines()
        assert [json.loads(line)["event"] for line in output] == ["listening"]
