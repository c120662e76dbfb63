"""Load the settings of an agent: schema defaults, then a shared YAML file, then the environment.

Data comes from declared `Setting`s (generated from the schema), from the file that all agents of
a system share, and from environment variables; it goes to `AgentSettings`, which is read only.
Later sources win. What nobody declared is refused, and messages never repeat a value.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from agent_runtime.config_file import flatten_settings, read_settings_file
from agent_runtime.errors import ConfigError
from agent_runtime.settings import (
    AgentSettings,
    Given,
    Kind,
    Secret,
    Setting,
    did_you_mean,
    how_to_set,
)
from agent_runtime.values import JsonValue

__all__ = ["CONFIG_FILE_VARIABLE", "AgentSettings", "Secret", "Setting", "load_settings"]

CONFIG_FILE_VARIABLE: Final = "L9_CONFIG_FILE"
"""Environment variable that names the shared YAML file."""

_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_WORDS: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def load_settings(
    agent: str,
    declared: Iterable[Setting],
    environ: Mapping[str, str],
    *,
    file: Path | None = None,
) -> AgentSettings:
    """Read the settings of `agent` from defaults, then the YAML file, then the environment.

    In the file, `agents.<agent>.<key>` wins over `<key>`. A text `${NAME}` there stands for an
    environment variable (or the file that `NAME_FILE` names); unset, the setting stays unset. A
    relative path that is spelt out there is below the folder of the file. In the environment,
    `L9_<AGENT>__<SECTION>__<NAME>` wins over the variable that a setting names.

    Args:
        agent: id of the agent, in snake case.
        declared: all its settings.
        environ: the environment variables.
        file: the shared YAML file; None reads the one that `L9_CONFIG_FILE` names, if any.

    Raises:
        ConfigError: a key or variable is unknown, a value does not fit its declaration, a secret
            stands in the file, a required setting is missing, or the file cannot be read.
    """
    settings = _by_key(declared)
    named = environ.get(CONFIG_FILE_VARIABLE)
    location = file if file is not None else Path(named) if named else None
    written = {} if location is None else _from_file(agent, location, settings)
    prefix = f"L9_{agent.upper()}__"
    _refuse_unknown_variables(prefix, settings, environ)
    given: dict[str, Given] = {}
    for key, setting in settings.items():
        value = written.get(key)
        if location is not None and setting.kind == "path":
            value = _beside(location, value)
        found = _find(setting, prefix, value, environ)
        if found is not None:
            given[key] = found
        elif setting.required:
            raise ConfigError(f"setting {key} is required; {how_to_set(setting)}")
    return AgentSettings(agent, settings, given)


def _by_key(declared: Iterable[Setting]) -> dict[str, Setting]:
    settings: dict[str, Setting] = {}
    for setting in declared:
        if setting.key in settings:
            raise ConfigError(f"setting {setting.key} is declared twice")
        settings[setting.key] = setting
    return settings


def _beside(location: Path, written: JsonValue) -> JsonValue:
    """Return a path that the file spells out as seen from the folder of the file."""
    if not isinstance(written, str) or not written or _REFERENCE.search(written):
        return written
    return str(location.parent / written)


def _find(
    setting: Setting, prefix: str, written: JsonValue, environ: Mapping[str, str]
) -> Given | None:
    """Return the value of the strongest source that has one."""
    own = prefix + setting.key.upper().replace(".", "__")
    for variable in (own, setting.variable):
        text = None if variable is None else _variable(variable, environ)
        if text is not None:
            return Given(value=_converted(setting, text, f"${variable}"), origin=str(variable))
    if written is not None:
        resolved = _resolved(setting, written, environ)
        if resolved is not None:
            return Given(value=_converted(setting, resolved, "the file"), origin="file")
    if setting.default is not None:
        return Given(value=_converted(setting, setting.default, "the default"), origin="default")
    return None


def _variable(name: str, environ: Mapping[str, str]) -> str | None:
    """Return a variable's text, or that of the file that `<name>_FILE` names; empty is unset."""
    text, file = environ.get(name) or None, environ.get(f"{name}_FILE") or None
    if text is not None and file is not None:
        raise ConfigError(f"{name} and {name}_FILE are both set; keep one")
    if file is None:
        return text
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}_FILE names a file that cannot be read: {file}") from error


def _resolved(setting: Setting, written: JsonValue, environ: Mapping[str, str]) -> JsonValue:
    """Replace `${NAME}` in what the file says; a secret must be nothing but such a reference."""
    if isinstance(written, str):
        whole = _REFERENCE.fullmatch(written)
        if whole is not None:
            return _variable(whole[1], environ)
        if setting.secret:
            raise ConfigError(f"{setting.key} is a secret: write ${{NAME}} in the file, not it")
        return _REFERENCE.sub(lambda found: _variable(found[1], environ) or "", written)
    if setting.secret:
        raise ConfigError(f"{setting.key} is a secret: write ${{NAME}} in the file, not it")
    if isinstance(written, Mapping):
        return {name: _resolved(setting, item, environ) for name, item in written.items()}
    if isinstance(written, Sequence):
        return tuple(_resolved(setting, item, environ) for item in written)
    return written


def _converted(setting: Setting, value: JsonValue, origin: str) -> JsonValue | Secret | Path:
    """Check `value` against the declaration. Messages never repeat it: it may be a secret."""
    converted = _as_kind(setting.kind, value)
    if converted is None:
        raise ConfigError(f"{setting.key}: {origin} holds no {setting.kind}")
    if isinstance(converted, int | float) and not isinstance(converted, bool):
        low, high = setting.low, setting.high
        if (low is not None and converted < low) or (high is not None and converted > high):
            raise ConfigError(f"{setting.key}: {origin} is not within {low} and {high}")
    if setting.choices and converted not in setting.choices:
        raise ConfigError(f"{setting.key}: {origin} is none of {', '.join(setting.choices)}")
    if setting.kind == "path":
        return Path(str(converted))
    return Secret(str(converted)) if setting.secret else converted


def _as_kind(kind: Kind, value: JsonValue) -> JsonValue:
    """Return `value` as its kind, or None if it is of another."""
    if kind == "data":
        return value
    if kind in ("text", "path"):
        return value if isinstance(value, str) and value else None
    if kind == "flag":
        return value if isinstance(value, bool) else _WORDS.get(str(value).strip().lower())
    if kind == "texts":
        return _as_texts(value)
    return _as_number(kind, value)


def _as_texts(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    if isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None


def _as_number(kind: Kind, value: JsonValue) -> JsonValue:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
        if kind == "integer":
            return int(value) if number.is_integer() else None
    except (ValueError, OverflowError):
        return None
    return number if number - number == 0.0 else None  # neither infinite nor NaN


def _from_file(
    agent: str, location: Path, settings: Mapping[str, Setting]
) -> Mapping[str, JsonValue]:
    """Return what the file says by key, the agent's own section over the shared part."""
    document = dict(read_settings_file(location))
    agents = document.pop("agents", {})
    if not isinstance(agents, Mapping):
        raise ConfigError(f"{location}: agents must map an agent to its settings")
    own = agents.get(agent) or {}
    if not isinstance(own, Mapping):
        raise ConfigError(f"{location}: agents.{agent} must be a mapping")
    whole = {key for key, setting in settings.items() if setting.kind == "data"}
    values = {**flatten_settings(document, whole), **flatten_settings(own, whole)}
    for key in values:
        if key not in settings:
            raise ConfigError(f"{location}: unknown setting {key}{did_you_mean(key, settings)}")
    return values


def _refuse_unknown_variables(
    prefix: str, settings: Mapping[str, Setting], environ: Mapping[str, str]
) -> None:
    known = {prefix + key.upper().replace(".", "__") for key in settings}
    known |= {f"{name}_FILE" for name in known}
    for name in sorted(environ):
        if name.startswith(prefix) and name not in known:
            raise ConfigError(f"unknown environment variable {name}{did_you_mean(name, known)}")
