"""The log channels that a schema declares, and which of them tells of what."""

from collections.abc import Iterable
from typing import Final

from generators.engine.patterns.context import PatternContext

Channel = tuple[str, str]
"""Name of a log channel and path of its file."""

ESCALATIONS: Final = ("governance", "escalation", "violation")
"""Words of channels that tell of escalations."""


def log_channels(context: PatternContext) -> list[Channel]:
    """Return the declared log files by channel."""
    found = [(each.path.stem, str(each.path)) for each in context.agent.instructions.logging]
    return found or [("agent", f"{context.agent.agent_id}.log")]


def find_channel(channels: list[Channel], words: Iterable[str]) -> Channel:
    """Return the first channel whose name holds one of `words`, else the first of all."""
    fits = (each for word in words for each in channels if word in each[0].lower())
    return next(fits, channels[0])
