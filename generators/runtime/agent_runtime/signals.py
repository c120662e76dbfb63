"""Typed signals: the measured values that governance rules read, each with its unit and bounds."""

import math
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Final

import numpy as np

from agent_runtime.errors import ConfigError, InputBoundsError

BOOL_UNIT: Final = "bool"
"""The unit of a signal that is an event: it happened or it did not."""

_RESERVED: Final = frozenset(
    {
        # literals and operators of CEL
        *("true", "false", "null", "in"),
        # identifiers the CEL specification reserves
        *("as", "break", "const", "continue", "else", "for", "function", "if", "import", "let"),
        *("loop", "namespace", "package", "return", "var", "void", "while"),
        # type names CEL declares in every environment
        *("bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "type"),
        "uint",
    }
)


@dataclass(frozen=True, slots=True)
class Signal:
    """One measured value: its name, unit, bounds and the thresholds beyond which it is escalated.

    Attributes:
        name: An ASCII identifier; the variable of that name in CEL rules.
        unit: `ratio`, `ms`, `eur`, `count`, ...; `bool` makes the signal an event.
        low: Lowest possible value (inclusive); None means unbounded. None for events.
        high: Highest possible value (inclusive); None means unbounded. None for events.
        escalate_above: A value strictly above it is escalated.
        escalate_below: A value strictly below it is escalated.
    """

    name: str
    _: KW_ONLY
    unit: str = "ratio"
    low: float | None = None
    high: float | None = None
    escalate_above: float | None = None
    escalate_below: float | None = None

    def __post_init__(self) -> None:
        """Check the declaration.

        Raises:
            ConfigError: the name is no CEL variable, or bounds and thresholds contradict.
        """
        usable = self.name.isascii() and self.name.isidentifier() and self.name not in _RESERVED
        if not usable:
            raise ConfigError(f"signal name {self.name!r} cannot be a variable of a rule")
        numbers = (self.low, self.high, self.escalate_above, self.escalate_below)
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ConfigError(f"signal {self.name}: a bound or threshold is not finite")
        if self.is_event and any(number is not None for number in numbers):
            raise ConfigError(f"signal {self.name} is an event and has neither bound nor threshold")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ConfigError(f"signal {self.name}: low {self.low} is above high {self.high}")
        for threshold in (self.escalate_above, self.escalate_below):
            if threshold is not None and not self._inside(threshold):
                raise ConfigError(f"signal {self.name}: threshold {threshold} is out of bounds")

    @property
    def is_event(self) -> bool:
        """Whether the signal is an event (true or false) and not a number."""
        return self.unit == BOOL_UNIT

    def checked(self, value: object) -> float | bool:
        """Return `value` as a plain float (or bool, for an event) if it is possible.

        Raises:
            InputBoundsError: wrong type, not finite, or outside `low`..`high`.
        """
        if self.is_event:
            if not isinstance(value, bool | np.bool_):
                raise InputBoundsError(f"{self.name} is true or false, not {_shown(value)}")
            return bool(value)
        if isinstance(value, bool | np.bool_) or not isinstance(
            value, int | float | np.integer | np.floating
        ):
            raise InputBoundsError(f"{self.name} is a number in {self.unit}, not {_shown(value)}")
        try:
            number = float(value)
        except OverflowError:
            raise InputBoundsError(f"{self.name} is too large for a float") from None
        if not math.isfinite(number):
            raise InputBoundsError(f"{self.name} is not finite: {number}")
        if not self._inside(number):
            raise InputBoundsError(
                f"{self.name} = {number} {self.unit} is outside {self.low}..{self.high}"
            )
        return number

    def breached(self, value: float) -> bool:
        """Whether `value` lies strictly beyond a threshold, or cannot be compared with one (NaN).

        A signal without a threshold is never breached by a finite number.
        """
        if not math.isfinite(value):
            return True
        above = self.escalate_above is not None and value > self.escalate_above
        return above or (self.escalate_below is not None and value < self.escalate_below)

    def extremes(self, values: Iterable[float]) -> tuple[float, ...]:
        """Return the one or two values a rule has to see so that none of `values` goes unnoticed.

        A value that is not finite stands for all. Else these are the largest and the smallest,
        the one farther beyond a threshold (or nearer to one) first.

        Raises:
            InputBoundsError: there is no value.
        """
        numbers = [float(value) for value in values]
        if not numbers:
            raise InputBoundsError(f"{self.name}: there is no value to observe")
        for number in numbers:
            if not math.isfinite(number):
                return (number,)
        pair = sorted({min(numbers), max(numbers)}, key=self._excess, reverse=True)
        return tuple(pair)

    def _excess(self, value: float) -> float:
        excesses = []
        if self.escalate_above is not None:
            excesses.append(value - self.escalate_above)
        if self.escalate_below is not None:
            excesses.append(self.escalate_below - value)
        return max(excesses, default=value)

    def _inside(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def _shown(value: object) -> str:
    """Render a refused value for a message: its type, and its beginning."""
    return f"{type(value).__name__} {repr(value)[:40]}"
