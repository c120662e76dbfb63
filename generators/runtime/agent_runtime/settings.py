"""Declared settings and their values: typed, read only, secrets masked."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from agent_runtime.errors import ConfigError
from agent_runtime.values import JsonObject, JsonValue

Kind = Literal["text", "integer", "number", "flag", "path", "texts", "data"]
"""What a setting holds; `texts` is a list of texts, `data` any JSON value."""

_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_MASK: Final = "********"


class Secret:
    """A value that shows itself only when asked to by name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself; hand it straight to what needs it."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One declared setting.

    Attributes:
        key: dotted name, for example `server.port`.
        kind: what it holds.
        default: its value if no source gives one; None leaves it unset.
        low: smallest number allowed.
        high: largest number allowed.
        choices: the texts allowed; empty for any.
        variable: environment variable shared by all agents, for example `L9_REDIS_URL`.
        secret: it comes from the environment or from a file that `<variable>_FILE` names, never
            from the YAML file, and is never shown.
        required: it must be given.
        source: schema pointer that declares it.
    """

    key: str
    kind: Kind = "text"
    default: JsonValue = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    variable: str | None = None
    secret: bool = False
    required: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse a declaration that contradicts itself.

        Raises:
            ConfigError: the key or variable is malformed, or a secret has a default or no text.
        """
        if not _KEY.fullmatch(self.key):
            raise ConfigError(f"setting {self.key!r} is no dotted lower-case name")
        if self.variable is not None and not _VARIABLE.fullmatch(self.variable):
            raise ConfigError(f"{self.key}: {self.variable!r} is no environment variable")
        if self.secret and (self.default is not None or self.kind != "text"):
            raise ConfigError(f"{self.key}: a secret is a text without a default")


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A value and where it came from: `default`, `file`, or the environment variable's name."""

    value: JsonValue | Secret | Path
    origin: str


class AgentSettings:
    """The settings of one agent. Read only; each getter checks the kind that was declared."""

    def __init__(
        self, agent: str, settings: Mapping[str, Setting], given: Mapping[str, Given]
    ) -> None:
        self._agent = agent
        self._settings = MappingProxyType(dict(settings))
        self._given = MappingProxyType(dict(given))

    @property
    def agent(self) -> str:
        """Id of the agent."""
        return self._agent

    def text(self, key: str) -> str:
        """Return a text.

        Raises:
            ConfigError: the setting is not declared, of another kind, or not set.
        """
        return str(self._value(key, "text"))

    def integer(self, key: str) -> int:
        """Return an integer; errors as for `text`."""
        return int(str(self._value(key, "integer")))

    def number(self, key: str) -> float:
        """Return a number; errors as for `text`."""
        return float(str(self._value(key, "number")))

    def flag(self, key: str) -> bool:
        """Return a truth value; errors as for `text`."""
        return bool(self._value(key, "flag"))

    def path(self, key: str) -> Path:
        """Return a path; errors as for `text`."""
        return Path(str(self._value(key, "path")))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; errors as for `text`."""
        value = self._value(key, "texts")
        return tuple(str(item) for item in value) if isinstance(value, Sequence) else ()

    def data(self, key: str) -> JsonValue:
        """Return a structured value; errors as for `text`."""
        value = self._value(key, "data")
        return None if isinstance(value, Secret | Path) else value

    def secret(self, key: str) -> Secret:
        """Return a secret; errors as for `text`."""
        value = self._value(key, "text")
        if not isinstance(value, Secret):
            raise ConfigError(f"setting {key} is no secret")
        return value

    def is_set(self, key: str) -> bool:
        """Whether any source, the default included, gives the setting a value.

        Raises:
            ConfigError: the setting is not declared.
        """
        return self._declared(key).key in self._given

    def declares(self, key: str) -> bool:
        """Whether the agent has a setting of this name, set or not."""
        return key in self._settings

    def describe(self) -> JsonObject:
        """Return every setting with its value and origin, secrets masked; for logs and pages."""
        return {
            key: {"value": _shown(given.value), "origin": given.origin}
            for key, given in sorted(self._given.items())
        }

    def __repr__(self) -> str:
        return f"AgentSettings({self._agent}, {len(self._given)} of {len(self._settings)} set)"

    def _declared(self, key: str) -> Setting:
        if key not in self._settings:
            raise ConfigError(f"setting {key} is not declared{did_you_mean(key, self._settings)}")
        return self._settings[key]

    def _value(self, key: str, kind: Kind) -> JsonValue | Secret | Path:
        setting = self._declared(key)
        if setting.kind != kind:
            raise ConfigError(f"setting {key} is of kind {setting.kind}, not {kind}")
        if key not in self._given:
            raise ConfigError(f"setting {key} is not set; {how_to_set(setting)}")
        return self._given[key].value


def did_you_mean(key: str, known: Iterable[str]) -> str:
    """Return a suggestion for a misspelt name, or nothing."""
    close = difflib.get_close_matches(key, sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def how_to_set(setting: Setting) -> str:
    """Say how to give a setting a value."""
    if setting.variable is not None:
        return f"export {setting.variable}"
    return f"write {setting.key} in the file that L9_CONFIG_FILE names"


def _shown(value: JsonValue | Secret | Path) -> JsonValue:
    if isinstance(value, Secret):
        return _MASK
    return str(value) if isinstance(value, Path) else value
