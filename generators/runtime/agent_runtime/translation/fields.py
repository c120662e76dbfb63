"""One field of a domain's record: its type, unit and bounds, checked at the edge."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.guards import identifier, within
from agent_runtime.translation.units import convert, dimension
from agent_runtime.values import JsonValue

Scalar = str | int | float | bool
"""What a field holds."""

TEXT: Final = "text"
NUMBER: Final = "number"
INTEGER: Final = "integer"
FLAG: Final = "flag"
REFERENCE: Final = "reference"
KINDS: Final = (TEXT, NUMBER, INTEGER, FLAG, REFERENCE)
LONGEST_TEXT: Final = 500
_MEASURED: Final = (NUMBER, INTEGER)


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldSpec:
    """What a schema says of a field.

    Attributes:
        name: as the domain spells it.
        kind: one of `KINDS`.
        unit: unit of a number; a value in another unit of its dimension is converted.
        low: lowest number, inclusive; None for no bound.
        high: highest number, inclusive; None for no bound.
        choices: the only texts accepted; empty for any.
        of: record type that a reference names one of.
        personal: whether it says something of a person, and must not leave unsealed.
        optional: whether a record may leave it out.

    Raises:
        ConfigError: the parts contradict each other.
    """

    name: str
    kind: str = TEXT
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    of: str = ""
    personal: bool = False
    optional: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"field {self.name}: type {self.kind!r} is none of {KINDS}")
        measured = self.kind in _MEASURED
        bounds = (self.low, self.high)
        if not measured and (self.unit or any(bound is not None for bound in bounds)):
            raise ConfigError(f"field {self.name}: only numbers have a unit and bounds")
        if self.unit:
            dimension(self.unit)
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ConfigError(f"field {self.name}: low {self.low} is above high {self.high}")
        if bool(self.choices) and self.kind != TEXT:
            raise ConfigError(f"field {self.name}: only a text has choices")
        if bool(self.of) != (self.kind == REFERENCE):
            raise ConfigError(f"field {self.name}: a reference, and nothing else, names a record")

    def read(self, value: JsonValue) -> Scalar:
        """Return `value` checked and in the declared unit.

        No error repeats a text that was refused: it may be of a person, in the wrong field.
        A number may come as `{"value": 12500, "unit": "kg"}`; a bare one is in the declared unit.

        Raises:
            InputBoundsError: it is of another type, out of bounds, or of another dimension.
        """
        if self.kind == FLAG:
            return self._flag(value)
        if self.kind in _MEASURED:
            return self._number(value)
        if self.kind == REFERENCE:
            return untold_identifier(self._text(value), name=self.name)
        text = self._text(value)
        if self.choices and text not in self.choices:
            raise InputBoundsError(f"{self.name} is none of {', '.join(self.choices)}")
        return text

    def _flag(self, value: JsonValue) -> bool:
        if not isinstance(value, bool):
            raise InputBoundsError(f"{self.name} is true or false, not {type(value).__name__}")
        return value

    def _text(self, value: JsonValue) -> str:
        if not isinstance(value, str):
            raise InputBoundsError(f"{self.name} is a text, not {type(value).__name__}")
        if not 0 < len(value) <= LONGEST_TEXT or not value.isprintable():
            raise InputBoundsError(f"{self.name} must be 1 to {LONGEST_TEXT} printable characters")
        return value

    def _number(self, value: JsonValue) -> int | float:
        unit = self.unit
        if isinstance(value, Mapping):
            unit, value = str(value.get("unit", "")), value.get("value")
            if not unit or not self.unit:
                raise InputBoundsError(f"{self.name} with a unit needs one here and in the schema")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputBoundsError(f"{self.name} is a number, not {type(value).__name__}")
        if not math.isfinite(value):
            raise InputBoundsError(f"{self.name} is not finite")
        converted = convert(value, unit, self.unit) if unit != self.unit else value
        checked = within(converted, self.low, self.high, self.name)
        if self.kind == INTEGER and not checked.is_integer():
            raise InputBoundsError(f"{self.name} is a whole number, not {checked}")
        return int(checked) if self.kind == INTEGER else checked


def untold_identifier(text: str, *, name: str) -> str:
    """Return `text` if it names an entity; the error does not repeat it.

    Raises:
        InputBoundsError: it does not.
    """
    try:
        return identifier(text, name=name)
    except InputBoundsError:
        raise InputBoundsError(f"{name} is not an identifier") from None
