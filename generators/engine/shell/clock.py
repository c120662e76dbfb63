"""The time of a build: `SOURCE_DATE_EPOCH` if set, else the clock, read once."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime


class EpochError(ValueError):
    """`SOURCE_DATE_EPOCH` is set, but is no number of seconds."""


def build_time(environ: Mapping[str, str], now: Callable[[], float] = time.time) -> datetime:
    """Return the time to write into records, in whole seconds of UTC.

    Raises:
        EpochError: `SOURCE_DATE_EPOCH` is not a whole number of seconds since 1970.
    """
    text = environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return datetime.fromtimestamp(int(now()), UTC)
    if not text.isascii() or not text.isdigit():
        raise EpochError(f"SOURCE_DATE_EPOCH must be seconds since 1970, not {text!r}")
    return datetime.fromtimestamp(int(text), UTC)


def monotonic() -> float:
    """Return seconds that never go backwards, to measure how long something took."""
    return time.monotonic()
