"""Read the number spellings of schemas: `0.95`, `0_95`, `5_percent`, `500ms`, `€500`, `8Gi`."""

import re
from dataclasses import dataclass
from decimal import Decimal

from generators.engine.rules.uncompiled import RuleSyntaxError

_NUMERAL = re.compile(
    r"(?P<sign>[-+]?)(?P<money>[€$]?)"
    r"(?P<digits>(?:\d+(?:[_,]\d+)*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?)"
    r"_?(?P<unit>%|€|\$|[A-Za-z][A-Za-z_]*)?",
    re.ASCII,
)
_MAX_CHARACTERS = 64
_MAX_MAGNITUDE = Decimal("1e300")
_THOUSANDS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Numeral:
    """A number and the unit spelling that was glued to it, if any."""

    value: Decimal
    unit: str | None


def looks_numeric(text: str) -> bool:
    """Say whether `text` starts the way a number does (sign, currency sign, point or digit)."""
    return re.match(r"[-+]?[€$]?\.?[0-9]", text) is not None


def parse_numeral(text: str, position: int = 0) -> Numeral:
    """Read one number with its glued unit.

    Args:
        text: The piece of prose, without spaces, such as `5_percent`.
        position: Offset of the piece, used in the error.

    Raises:
        RuleSyntaxError: It is not a number, has two readings (`1_500`, `0,95`), or is not finite.
    """
    match = _NUMERAL.fullmatch(text) if len(text) <= _MAX_CHARACTERS else None
    if match is None:
        msg = f"`{text[:_MAX_CHARACTERS]}` is not a number with a unit"
        raise RuleSyntaxError(msg, position)
    digits = match["digits"]
    value = Decimal(match["sign"] + _plain(digits, position))
    if abs(value) > _MAX_MAGNITUDE:
        msg = f"`{digits}` is too large"
        raise RuleSyntaxError(msg, position)
    unit = match["unit"]
    if match["money"] and unit:
        msg = f"`{text}` names two units"
        raise RuleSyntaxError(msg, position)
    return Numeral(value=value, unit=match["money"] or unit or None)


def _plain(digits: str, position: int) -> str:
    """Turn schema digits into a Python number; `0_95` is 0.95, `1_500` has two readings."""
    if "," in digits:
        msg = f"`{digits}`: write a decimal point, and no separator between thousands"
        raise RuleSyntaxError(msg, position)
    head, *rest = digits.split("_")
    if not rest:
        return digits
    if len(rest) > 1 or "." in digits:
        msg = f"`{digits}` is not a number"
        raise RuleSyntaxError(msg, position)
    if head != "0" and len(rest[0]) == _THOUSANDS:
        msg = f"`{digits}` reads as {head}{rest[0]} or as {head}.{rest[0]}; write one of them"
        raise RuleSyntaxError(msg, position)
    return f"{head}.{rest[0]}"
