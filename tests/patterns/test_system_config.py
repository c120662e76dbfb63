"""The unified configuration: complete over all agents, and read by each of them."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from agent_runtime.clients.opening import base_url
from agent_runtime.errors import ConfigError

from generators.engine.build.preview import preview

SOURCE = "input_schemas/tensoraios_ecosystem_v6.0.md"
CONFIG = "L9/tensoraios_ecosystem_config.yaml"
PORTS = {
    "tensoraios": 8000,
    "main_agent": 8001,
    "plastos_adapter": 8002,
    "tensor_trainer": 8003,
    "tensor_auditor": 8004,
}
MANAGERS = {
    "tensoraios": "configmanager",
    "main_agent": "config_manager",
    "plastos_adapter": "config_manager",
    "tensor_trainer": "config_manager",
    "tensor_auditor": "config_manager",
}


@pytest.fixture(scope="module")
def config(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("config") / "config.yaml"
    path.write_text(preview(SOURCE, "system")[CONFIG])
    return path


def manager_of(agent: str, folder: Path) -> ModuleType:
    """Import the config manager that the agent is generated with."""
    texts = preview(SOURCE, agent, only=[MANAGERS[agent]])
    (text,) = [t for path, t in texts.items() if path.endswith(f"/{MANAGERS[agent]}.py")]
    path = folder / f"{agent}_settings.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def settings_of(agent: str, folder: Path, config: Path, **environ: str):
    module = manager_of(agent, folder)
    (kind,) = [
        value for name, value in vars(module).items() if name.endswith(("Manager", "Config"))
    ]
    return kind({"L9_CONFIG_FILE": str(config), **environ}).load()


def test_every_agent_is_registered_with_its_address_and_endpoints(config: Path) -> None:
    document = yaml.safe_load(config.read_text())
    registered = {entry["agent"]: entry for entry in document["registry"]}
    assert {name: entry["base_url"] for name, entry in registered.items()} == {
        name: f"http://127.0.0.1:{port}" for name, port in PORTS.items()
    }
    assert all(entry["endpoints"] for entry in registered.values())
    status = {"name": "get_agent_status", "method": "GET", "path": "/mainagent/v6/status"}
    assert status.items() <= registered["main_agent"]["endpoints"][3].items()
    assert document["startup"]["order"] == [*PORTS]
    assert len(document["wirings"]) == 11


def test_stores_anchors_logging_and_monitoring_are_told_once_for_all(config: Path) -> None:
    document = yaml.safe_load(config.read_text())
    assert document["memory_backends"]["redis"]["url"] == "${L9_REDIS_URL}"
    assert document["memory_backends"]["s3"]["bucket"] == "${L9_ARCHIVE_BUCKET}"
    assert [anchor["name"] for anchor in document["governance"]["anchors"]][:1] == ["Igor"]
    assert {"logging", "monitoring", "feature_flags", "communication"} <= set(document)


@pytest.mark.parametrize("agent", PORTS)
def test_every_agent_reads_the_shared_file_and_finds_the_others_in_it(
    agent: str, config: Path, tmp_path: Path
) -> None:
    bus = tmp_path / "bus.db"
    settings = settings_of(agent, tmp_path, config, L9_BUS_FILE=str(bus))
    assert settings.integer("server.port") == PORTS[agent]
    assert settings.path("bus.file") == bus
    for other, port in PORTS.items():
        assert base_url(settings, other, "nowhere") == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("agent", PORTS)
def test_the_environment_wins_over_the_shared_file(
    agent: str, config: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "changed.yaml"
    changed.write_text(
        config.read_text().replace("level: INFO", "level: ERROR")
        + f"\nagents:\n  {agent}:\n    server:\n      port: 9000\n"
    )
    assert settings_of(agent, tmp_path, changed).integer("server.port") == 9000
    assert settings_of(agent, tmp_path, changed).text("logging.level") == "ERROR"
    own = {f"L9_{agent.upper()}__SERVER__PORT": "9001", f"L9_{agent.upper()}__BUS__FILE": "b.db"}
    settings = settings_of(agent, tmp_path, changed, **own)
    assert settings.integer("server.port") == 9001
    assert settings.path("bus.file") == Path("b.db")


def test_without_the_variable_each_agent_has_a_bus_of_its_own(config: Path, tmp_path: Path) -> None:
    assert not settings_of("tensoraios", tmp_path, config).is_set("bus.file")


def test_a_setting_that_no_agent_knows_is_refused_with_its_name(
    config: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(config.read_text() + "\nbuss: {file: x}\n")
    with pytest.raises(ConfigError, match=r"unknown setting buss\.file; did you mean bus\.file"):
        settings_of("tensoraios", tmp_path, wrong)
