"""Structured logs: one JSON object a line, each channel to the file that the schema declares.

Whatever a field holds, a line stays one line of valid ASCII JSON: line breaks and control
characters are escaped, numbers that JSON lacks become text, long and deep values are cut, and
secrets are masked by type and by name.
"""

import math
import traceback
from collections.abc import Mapping, MutableMapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final, Literal

import structlog

from agent_runtime.clock import Clock, isoformat
from agent_runtime.errors import ConfigError
from agent_runtime.logfile import LogFile
from agent_runtime.settings import Secret
from agent_runtime.tracing import current_trace_id
from agent_runtime.values import JsonValue

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LEVELS: Final[Mapping[Level, int]] = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}

LONGEST_TEXT: Final = 4_096
"""Characters of a text that a log keeps."""

MOST_ITEMS: Final = 100
"""Items of a list or mapping that a log keeps."""

DEEPEST: Final = 6
"""Levels of nesting that a log keeps."""

_CUT: Final = "...(cut)"
_MASK: Final = "********"
_MOST_FRAMES: Final = 12
_LARGEST_INTEGER: Final = 2**63
_SECRET_NAMES: Final = ("password", "secret", "token", "authorization", "api_key", "private_key")
_OWN_FIELDS: Final = ("timestamp", "level", "agent", "channel", "trace_id", "event")


class ChannelLog:
    """Writes the lines of one channel."""

    def __init__(self, logger: structlog.typing.FilteringBoundLogger) -> None:
        self._logger = logger

    def debug(self, event: str, /, **fields: object) -> None:
        """Write a line for developers."""
        self._logger.debug(event, fields=fields)

    def info(self, event: str, /, **fields: object) -> None:
        """Write a line about normal work."""
        self._logger.info(event, fields=fields)

    def warning(self, event: str, /, **fields: object) -> None:
        """Write a line about something refused or degraded."""
        self._logger.warning(event, fields=fields)

    def error(self, event: str, /, **fields: object) -> None:
        """Write a line about something that failed."""
        self._logger.error(event, fields=fields)


class AgentLogs:
    """The log files of one agent, by channel."""

    def __init__(
        self,
        root: Path,
        channels: Mapping[str, str],
        *,
        agent: str,
        clock: Clock,
        level: Level = "INFO",
    ) -> None:
        """Open every channel's file.

        Args:
            root: folder that the paths of the channels are relative to.
            channels: relative path of each channel's file, for example `serving` ->
                `L9/logs/tensoraios/serving.log`.
            agent: id of the agent, a field of every line.
            clock: source of the timestamps.
            level: lines below it are not written.

        Raises:
            ConfigError: there is no channel, a path leaves `root`, or a file cannot be written.
        """
        if not channels:
            raise ConfigError("an agent needs at least one log channel")
        if level not in LEVELS:
            raise ConfigError(f"{level!r} is none of the log levels {', '.join(LEVELS)}")
        self._files: dict[str, LogFile] = {}
        self._logs: dict[str, ChannelLog] = {}
        wrapper = structlog.make_filtering_bound_logger(LEVELS[level])
        for channel, path in channels.items():
            file = LogFile(root / _inside(path))
            stamp = _Stamp(agent=agent, channel=channel, clock=clock)
            render = structlog.processors.JSONRenderer(allow_nan=False)
            logger = structlog.wrap_logger(
                file,
                processors=[structlog.processors.add_log_level, stamp, render],
                wrapper_class=wrapper,
                cache_logger_on_first_use=True,
            )
            self._files[channel] = file
            self._logs[channel] = ChannelLog(logger)

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels, in the order of their declaration."""
        return tuple(self._logs)

    @property
    def lost(self) -> int:
        """How many lines could not be written; health checks watch it."""
        return sum(file.lost for file in self._files.values())

    def channel(self, name: str) -> ChannelLog:
        """Return the log of the channel `name`.

        Raises:
            ConfigError: the schema declares no such channel.
        """
        if name not in self._logs:
            raise ConfigError(f"no log channel {name!r}; there are {', '.join(self._logs)}")
        return self._logs[name]

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()


class _Stamp:
    """A structlog processor: our own fields first, then the caller's, made harmless."""

    def __init__(self, *, agent: str, channel: str, clock: Clock) -> None:
        self._agent = agent
        self._channel = channel
        self._clock = clock

    def __call__(
        self, _logger: object, _method: str, event: MutableMapping[str, object]
    ) -> dict[str, JsonValue]:
        """Build the line's object."""
        line: dict[str, JsonValue] = {
            "timestamp": isoformat(self._clock()),
            "level": str(event["level"]),
            "agent": self._agent,
            "channel": self._channel,
            "trace_id": current_trace_id(),
            "event": _text(str(event["event"])),
        }
        fields = event["fields"]
        for name, value in fields.items() if isinstance(fields, Mapping) else ():
            key = _text(str(name))
            line[f"field_{key}" if key in _OWN_FIELDS else key] = harmless(value, name=key)
        return line


def harmless(value: object, *, name: str = "", depth: int = DEEPEST) -> JsonValue:
    """Return `value` as JSON that may be logged: finite, short, without secrets.

    Args:
        value: anything.
        name: the field it stands in; the texts of fields named like a secret are masked.
        depth: levels of nesting still allowed.
    """
    if value is None or isinstance(value, bool | int | float):
        return _number(value)
    if isinstance(value, Secret) or any(word in name.lower() for word in _SECRET_NAMES):
        return _MASK
    if isinstance(value, str | BaseException):
        return _text(value if isinstance(value, str) else f"{type(value).__name__}: {value}")
    if isinstance(value, Mapping | list | tuple):
        return _collection(value, name, depth)
    return f"<{type(value).__name__}>"


def frames(error: BaseException) -> list[str]:
    """Return where `error` was raised, `file:line in function`, innermost last, without folders."""
    stack = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    return [
        f"{PurePosixPath(entry.filename).name}:{entry.lineno} in {entry.name}" for entry in stack
    ]


def _collection(
    value: Mapping[object, object] | list[object] | tuple[object, ...], name: str, depth: int
) -> JsonValue:
    if depth == 0:
        return _CUT
    if isinstance(value, Mapping):
        kept = {_text(str(key)): item for key, item in islice(value.items(), MOST_ITEMS)}
        return {key: harmless(item, name=key, depth=depth - 1) for key, item in kept.items()}
    items = [harmless(item, name=name, depth=depth - 1) for item in value[:MOST_ITEMS]]
    return items if len(value) <= MOST_ITEMS else [*items, _CUT]


def _number(value: float | None) -> JsonValue:
    """Return a number, truth value or None if JSON readers can take it, else a text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not -_LARGEST_INTEGER <= value < _LARGEST_INTEGER:
        return f"<integer of {value.bit_length()} bits>"
    return value


def _text(value: str) -> str:
    return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + _CUT


def _inside(path: str) -> PurePosixPath:
    """Check that a relative path stays where it is put."""
    pure = PurePosixPath(path)
    if not path or "\0" in path or pure.is_absolute() or ".." in pure.parts:
        raise ConfigError(f"the log file {path!r} leaves its folder")
    return pure
