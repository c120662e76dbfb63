"""Settings come from named variables only; tools see nothing else of the user's environment."""

import os
from pathlib import Path

import pytest

from generators.engine.shell.environment import (
    current_environment,
    read_settings,
    tool_environment,
)


def test_defaults_are_the_folders_of_the_project() -> None:
    settings = read_settings({})
    assert (settings.inputs, settings.out, settings.meta) == (
        "input_schemas",
        "extractions",
        "meta",
    )
    assert (settings.patterns, settings.runtime) == ("generators/patterns", "generators/runtime")
    assert settings.cache == ".codegen"
    assert settings.namespace is None
    assert not settings.locked
    assert not settings.forced
    assert settings.flags == ()


def test_every_folder_and_the_namespace_can_be_set() -> None:
    settings = read_settings(
        {
            "CODEGEN_INPUTS": "in",
            "CODEGEN_OUT": "out",
            "CODEGEN_META": "m",
            "CODEGEN_CACHE": "c",
            "CODEGEN_ROOT_NAMESPACE": "Acme",
        }
    )
    assert (settings.inputs, settings.out, settings.meta) == ("in", "out", "m")
    assert (settings.cache, settings.namespace) == ("c", "Acme")


def test_empty_namespace_keeps_that_of_the_glue() -> None:
    assert read_settings({"CODEGEN_ROOT_NAMESPACE": ""}).namespace is None


@pytest.mark.parametrize(
    ("variables", "locked"),
    [
        ({"CI": "true"}, True),
        ({"CI": "1"}, True),
        ({"CI": ""}, False),
        ({"CI": "false"}, False),
        ({"CODEGEN_LOCKED": "Yes"}, True),
        ({"CI": "true", "CODEGEN_LOCKED": "0"}, False),
    ],
)
def test_lock_is_binding_in_ci_unless_said_otherwise(
    variables: dict[str, str], locked: bool
) -> None:
    assert read_settings(variables).locked is locked


def test_force_is_off_unless_asked_for() -> None:
    assert read_settings({"CODEGEN_FORCE": "on"}).forced
    assert not read_settings({"CODEGEN_FORCE": "no"}).forced


def test_feature_flags_are_taken_by_prefix_in_order() -> None:
    settings = read_settings(
        {"L9_ENABLE_B": "false", "L9_ENABLE_A": "true", "L9_REDIS_URL": "redis://x"}
    )
    assert settings.flags == (("L9_ENABLE_A", True), ("L9_ENABLE_B", False))


def test_tools_get_what_programs_need_and_no_secret() -> None:
    environ = {"PATH": "/bin", "HOME": "/home/me", "L9_SIGNING_KEY": "secret", "PYTHONPATH": "/x"}
    made = tool_environment(environ, import_path=("a", "/b"), bytecode="cache")
    assert made["PATH"] == "/bin"
    assert made["HOME"] == "/home/me"
    assert "L9_SIGNING_KEY" not in made
    assert made["PYTHONPATH"] == os.pathsep.join((f"{Path.cwd()}/a", "/b"))
    assert made["PYTHONPYCACHEPREFIX"] == f"{Path.cwd()}/cache"
    assert made["PYTHONHASHSEED"] == "0"
    assert made["TZ"] == "UTC"
    assert "TMPDIR" not in made


def test_current_environment_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEGEN_OUT", "somewhere")
    assert read_settings(current_environment()).out == "somewhere"
