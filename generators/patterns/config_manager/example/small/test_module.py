"""What `L9.example.module` promises.

Expected by the schema and by config_manager@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.config import AgentSettings
from agent_runtime.errors import ConfigError
from agent_runtime.flags import FLAG_NAMES, GOVERNANCE_ENFORCEMENT

from L9.example.module import AGENT, SETTINGS, ConfigManager

OWN = f"L9_{AGENT.upper()}__"

DEFAULTS = [
    ("data.folder", "path", ".l9/probe"),
    ("server.port", "integer", 8000),
]
ACCEPTED = [
    ("server.port", "1"),
    ("server.port", "65535"),
]
REFUSED = [
    ("server.port", "0"),
    ("server.port", "65536"),
]


def read(settings: AgentSettings, key: str, kind: str) -> object:
    """Read a setting by the getter of its kind, a path as its text."""
    value = getattr(settings, kind)(key)
    return str(value) if kind == "path" else value


def own_variable(key: str) -> str:
    return OWN + key.upper().replace(".", "__")


def written(folder: Path, text: str) -> Path:
    path = folder / "shared.yaml"
    path.write_text(text)
    return path


@pytest.mark.positive
def test_without_file_and_environment_the_defaults_of_the_schema_hold() -> None:
    settings = ConfigManager({}).load()
    assert settings.agent == "probe"
    assert settings.text("server.host") == "127.0.0.1"
    assert settings.integer("server.port") == 8000
    assert settings.path("data.folder") == Path(".l9") / "probe"
    assert settings.integer("limits.parallel") == 10


@pytest.mark.positive
@pytest.mark.parametrize(("key", "kind", "value"), DEFAULTS)
def test_each_setting_is_of_its_kind_and_defaults_to_what_is_declared(
    key: str, kind: str, value: object
) -> None:
    settings = ConfigManager({}).load()
    assert read(settings, key, kind) == value
    assert {row.key: row.default for row in SETTINGS}[key] == value


@pytest.mark.positive
@pytest.mark.parametrize(("key", "value"), ACCEPTED)
def test_a_value_at_its_limit_is_accepted(key: str, value: str) -> None:
    shown = ConfigManager({own_variable(key): value}).load().describe()[key]
    assert isinstance(shown, dict)
    assert str(shown["value"]).removesuffix(".0") == value
    assert shown["origin"] == own_variable(key)


@pytest.mark.negative
@pytest.mark.parametrize(("key", "value"), REFUSED)
def test_a_value_just_outside_its_limit_is_refused(key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=key.replace(".", r"\.")):
        ConfigManager({own_variable(key): value}).load()


@pytest.mark.positive
def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    file = written(tmp_path, "server: {host: 10.0.0.1, port: 9100}\n")
    by_file = ConfigManager({}, file=file).load()
    assert (by_file.text("server.host"), by_file.integer("server.port")) == ("10.0.0.1", 9100)
    by_both = ConfigManager({f"{OWN}SERVER__PORT": "9200"}, file=file).load()
    assert (by_both.text("server.host"), by_both.integer("server.port")) == ("10.0.0.1", 9200)


@pytest.mark.positive
def test_a_section_for_this_agent_wins_in_the_shared_file(tmp_path: Path) -> None:
    text = f"server: {{port: 9100}}\nagents: {{{AGENT}: {{server: {{port: 9300}}}}}}\n"
    settings = ConfigManager({}, file=written(tmp_path, text)).load()
    assert settings.integer("server.port") == 9300


@pytest.mark.positive
def test_every_setting_names_its_source() -> None:
    assert all(setting.source for setting in SETTINGS)
    assert len({setting.key for setting in SETTINGS}) == len(SETTINGS)


@pytest.mark.positive
def test_all_flags_are_on_until_the_file_or_the_environment_turns_one_off(tmp_path: Path) -> None:
    assert all(ConfigManager({}).flags().enabled(flag) for flag in FLAG_NAMES)
    file = written(tmp_path, f"feature_flags: {{{GOVERNANCE_ENFORCEMENT}: false}}\n")
    assert not ConfigManager({}, file=file).flags().enabled(GOVERNANCE_ENFORCEMENT)
    again = ConfigManager({GOVERNANCE_ENFORCEMENT: "true"}, file=file).flags()
    assert again.enabled(GOVERNANCE_ENFORCEMENT)


SECRETS = [
    ("memory_backends.redis.url", "L9_REDIS_URL"),
]


@pytest.mark.positive
@pytest.mark.parametrize(("key", "variable"), SECRETS)
def test_the_address_of_a_store_comes_from_its_variable_and_is_never_shown(
    key: str, variable: str
) -> None:
    settings = ConfigManager({variable: "scheme://user:hidden@host"}).load()
    assert settings.secret(key).reveal() == "scheme://user:hidden@host"
    assert "hidden" not in repr(settings.describe())


@pytest.mark.negative
@pytest.mark.parametrize(("key", "variable"), SECRETS)
def test_an_address_in_the_file_is_refused(tmp_path: Path, key: str, variable: str) -> None:
    first, second, third = key.split(".")
    file = written(tmp_path, f"{first}: {{{second}: {{{third}: 'scheme://host'}}}}\n")
    with pytest.raises(ConfigError, match="secret"):
        ConfigManager({}, file=file).load()
    assert not ConfigManager({}).load().is_set(key), variable


@pytest.mark.negative
@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "80.5"])
def test_a_port_that_cannot_be_is_refused(port: str) -> None:
    with pytest.raises(ConfigError, match=r"server\.port"):
        ConfigManager({f"{OWN}SERVER__PORT": port}).load()


@pytest.mark.negative
def test_an_unknown_key_or_variable_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        ConfigManager({}, file=written(tmp_path, "server: {prot: 80}\n")).load()
    with pytest.raises(ConfigError):
        ConfigManager({f"{OWN}SERVER__PROT": "80"}).load()


@pytest.mark.negative
def test_a_log_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"logging\.level"):
        ConfigManager({f"{OWN}LOGGING__LEVEL": "LOUD"}).load()


@pytest.mark.negative
def test_a_flag_that_is_neither_on_nor_off_is_refused() -> None:
    with pytest.raises(ConfigError, match=GOVERNANCE_ENFORCEMENT):
        ConfigManager({GOVERNANCE_ENFORCEMENT: "perhaps"}).flags()
