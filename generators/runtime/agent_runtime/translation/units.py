"""Units of measured fields: what can be converted, and exactly by how much."""

from decimal import Decimal, localcontext
from typing import Final

from agent_runtime.errors import ConfigError, InputBoundsError

_BASES: Final[dict[str, tuple[str, str]]] = {
    "t": ("mass", "1000"),
    "kg": ("mass", "1"),
    "g": ("mass", "0.001"),
    "km": ("length", "1000"),
    "m": ("length", "1"),
    "day": ("time", "86400"),
    "h": ("time", "3600"),
    "s": ("time", "1"),
    "year": ("time", "31557600"),
    "ratio": ("ratio", "1"),
    "percent": ("ratio", "0.01"),
    "eur": ("eur", "1"),
    "keur": ("eur", "1000"),
    "g_per_10min": ("melt flow", "1"),
    "point": ("points", "1"),
    "count": ("count", "1"),
}
"""Dimension and size in its base unit, by unit. Currencies never convert into each other."""
_DIGITS: Final = 40


def dimension(unit: str) -> tuple[str, Decimal]:
    """Return the dimension of `unit` (`eur/t`, `percent`) and its size in base units.

    Raises:
        ConfigError: no such unit is known.
    """
    above, slash, below = unit.partition("/")
    if above not in _BASES or (slash and below not in _BASES):
        raise ConfigError(f"the unit {unit!r} is not known; known: {', '.join(sorted(_BASES))}")
    name, size = _BASES[above]
    if not slash:
        return name, Decimal(size)
    per, divisor = _BASES[below]
    with localcontext() as context:
        context.prec = _DIGITS
        return f"{name} per {per}", Decimal(size) / Decimal(divisor)


def convert(value: float, unit: str, to: str) -> float:
    """Return `value` in `unit` as a value in the unit `to`; the same unit changes nothing.

    Computed in decimal, so that 12,500 kg are 12.5 t and not almost.

    Raises:
        InputBoundsError: the units measure different things, or one is not known.
    """
    if unit == to:
        return value
    try:
        (have, size), (want, wanted) = dimension(unit), dimension(to)
    except ConfigError as error:
        raise InputBoundsError(str(error)) from None
    if have != want:
        raise InputBoundsError(f"{unit} measures {have}; {to} ({want}) is declared")
    with localcontext() as context:
        context.prec = _DIGITS
        return float(Decimal(repr(value)) * size / wanted)
