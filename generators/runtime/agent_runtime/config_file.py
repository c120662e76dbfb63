"""Reads the YAML file that the agents of a system share; duplicate keys and aliases are errors."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import yaml

from agent_runtime.errors import ConfigError
from agent_runtime.values import JsonValue

_LARGEST_FILE: Final = 262_144


class _StrictLoader(yaml.SafeLoader):
    """The safe loader, except that a key which occurs twice is refused."""


def _distinct_keys(loader: _StrictLoader, node: yaml.MappingNode) -> dict[object, object]:
    """Build a mapping whose keys are distinct texts."""
    seen: set[str] = set()
    for key, _ in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if not name or name in seen:
            problem = f"the key {name!r} occurs twice" if name else "a key must be a text"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        seen.add(name)
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _distinct_keys)


def read_settings_file(path: Path) -> Mapping[str, JsonValue]:
    """Return the mapping that the YAML file at `path` holds; an empty file is an empty mapping.

    Raises:
        ConfigError: the file is missing, too large, no YAML, no mapping, repeats a key, or holds
            something that JSON cannot carry, such as a date.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the settings file cannot be read: {path}") from error
    if len(text) > _LARGEST_FILE:
        raise ConfigError(f"{path} is longer than {_LARGEST_FILE} characters")
    try:
        _refuse_aliases(text)
        checked = _json(_StrictLoader(text).get_single_data(), path)
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{path} is no YAML for settings: {_place(error)}") from error
    if checked is None:
        return {}
    if not isinstance(checked, Mapping):
        raise ConfigError(f"{path} must hold a mapping")
    return checked


def flatten_settings(
    document: Mapping[str, JsonValue], whole: Collection[str]
) -> dict[str, JsonValue]:
    """Turn nested mappings into dotted keys; the mapping at a key in `whole` stays one value."""
    flat: dict[str, JsonValue] = {}

    def visit(prefix: str, value: JsonValue) -> None:
        if isinstance(value, Mapping) and prefix not in whole:
            for name, item in value.items():
                visit(f"{prefix}.{name}" if prefix else name, item)
        elif value is not None:
            flat[prefix] = value

    visit("", document)
    return flat


def _refuse_aliases(text: str) -> None:
    """Refuse YAML aliases: with them a short file can stand for endless data."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = getattr(event.start_mark, "line", 0) + 1
            raise yaml.YAMLError(f"line {line}: aliases are refused")


def _json(value: object, path: Path) -> JsonValue:
    """Check that JSON can carry `value`."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): _json(item, path) for name, item in value.items()}
    if isinstance(value, list):
        return tuple(_json(item, path) for item in value)
    raise ConfigError(f"{path}: a {type(value).__name__} is no JSON value; quote it")


def _place(error: Exception) -> str:
    """Say where in the file and what, as far as the error knows."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return "nested too deeply" if isinstance(error, RecursionError) else str(error)
    return f"line {mark.line + 1}, column {mark.column + 1}: {getattr(error, 'problem', '')}"
