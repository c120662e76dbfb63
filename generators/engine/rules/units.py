"""Units of measure in schema prose: their spellings, and the one canonical unit of each kind.

Times are canonical in milliseconds, shares in ratio (5 percent is 0.05), sizes in bytes. Money is
never converted. A year counts 365 days and a month 30, as retention periods do.
"""

from dataclasses import dataclass
from decimal import Decimal

_SECOND = 1000
_DAY = 86_400 * _SECOND


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """One unit: its canonical spelling, and how it converts.

    Attributes:
        name: Canonical spelling, as a quantity reports it (`days`).
        base: The canonical unit of its kind, as a signal is measured in (`ms`).
        scale: How many `base` one `name` is.
    """

    name: str
    base: str
    scale: Decimal


def _unit(name: str, base: str, scale: str | int) -> Unit:
    return Unit(name=name, base=base, scale=Decimal(scale))


_SPELLINGS: tuple[tuple[Unit, str], ...] = (
    (_unit("ms", "ms", 1), "ms msec msecs millisecond milliseconds"),
    (_unit("seconds", "ms", _SECOND), "s sec secs second seconds"),
    (_unit("minutes", "ms", 60 * _SECOND), "min mins minute minutes"),
    (_unit("hours", "ms", 3600 * _SECOND), "h hr hrs hour hours"),
    (_unit("days", "ms", _DAY), "d day days"),
    (_unit("weeks", "ms", 7 * _DAY), "w week weeks"),
    (_unit("months", "ms", 30 * _DAY), "month months"),
    (_unit("years", "ms", 365 * _DAY), "y yr yrs year years"),
    (_unit("percent", "ratio", "0.01"), "% percent pct"),
    (_unit("ratio", "ratio", 1), "ratio"),
    (_unit("eur", "eur", 1), "eur euro euros €"),
    (_unit("usd", "usd", 1), "usd dollar dollars $"),
    (_unit("count", "count", 1), "count times"),
    (_unit("bytes", "bytes", 1), "b byte bytes"),
    (_unit("KB", "bytes", 1000), "kb"),
    (_unit("MB", "bytes", 1000**2), "mb"),
    (_unit("GB", "bytes", 1000**3), "gb"),
    (_unit("TB", "bytes", 1000**4), "tb"),
    (_unit("Ki", "bytes", 1024), "ki kib"),
    (_unit("Mi", "bytes", 1024**2), "mi mib"),
    (_unit("Gi", "bytes", 1024**3), "gi gib"),
    (_unit("Ti", "bytes", 1024**4), "ti tib"),
)
_BY_SPELLING = {spelling: unit for unit, spellings in _SPELLINGS for spelling in spellings.split()}

# How a signal is measured when the prose gives a bare number: the last word of its name decides.
_BY_LAST_WORD = {
    "ms": ("latency",),
    "ratio": (
        "accuracy",
        "confidence",
        "criticality",
        "divergence",
        "drift",
        "drop",
        "precision",
        "probability",
        "quality",
        "rate",
        "recall",
        "score",
    ),
    "eur": ("cost", "price"),
    "count": ("count", "matches", "violations"),
}
_UNIT_OF_WORD = {word: unit for unit, words in _BY_LAST_WORD.items() for word in words}
_UNIT_OF_NAME = {"deal_value": "eur"}
UNKNOWN_UNIT = "number"


def find_unit(spelling: str) -> Unit | None:
    """Return the unit that `spelling` (any case) stands for, or None."""
    return _BY_SPELLING.get(spelling.lower())


def derive_unit(signal: str) -> str:
    """Return the canonical unit that a signal's name implies, else `UNKNOWN_UNIT`.

    Args:
        signal: A snake case signal name such as `inference_latency`.
    """
    if signal in _UNIT_OF_NAME:
        return _UNIT_OF_NAME[signal]
    return _UNIT_OF_WORD.get(signal.rsplit("_", 1)[-1], UNKNOWN_UNIT)
