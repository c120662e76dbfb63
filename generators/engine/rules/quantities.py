"""Read the quantities of schemas: `100_parallel`, `3 years (compliance)`, `TTL=1hr` inside prose.

The functions always return a value; what could not be read is said in its `problem`, so that the
caller can ask about it at the place it knows.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from generators.engine.rules.numerals import looks_numeric, parse_numeral
from generators.engine.rules.uncompiled import RuleSyntaxError
from generators.engine.rules.units import Unit, find_unit

_UNBOUNDED = frozenset({"unlimited", "indefinite", "indefinitely", "forever", "infinite"})
_COUNTED = "parallel"
_ROLLING = re.compile(r"rolling[_ ]+(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
_AMOUNT = re.compile(r"(?P<number>[^\s_]+(?:_\d+)?)[\s_]*(?P<rest>.*)", re.DOTALL)
_TTL = re.compile(
    r"\bTTL\b(?P<sign>\s*[=:]|\s+of\b|\s+is\b)?\s*(?P<amount>\d+(?:\.\d+)?\s*[A-Za-z]*)?",
    re.IGNORECASE | re.ASCII,
)
_MINUTES = "m"


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A number of a schema with its unit.

    Attributes:
        value: The number in `unit`; None where there is none (`unlimited`, null, or a problem).
        unit: Canonical spelling (`days`, `ms`, `percent`, `Gi`, `parallel`), None if there is none.
        note: The words around the number, or the word that says that there is no bound.
        text: The schema's own words.
        problem: Why it could not be read; None if it was.
    """

    value: float | None
    unit: str | None
    note: str | None
    text: str
    problem: str | None = None

    @property
    def canonical(self) -> float | None:
        """Return the value in ms, ratio or bytes; unchanged where the unit has no kind."""
        unit = find_unit(self.unit) if self.unit else None
        if self.value is None or unit is None:
            return self.value
        return float(Decimal(str(self.value)) * unit.scale)


@dataclass(frozen=True, kw_only=True, slots=True)
class EnumNote:
    """A word of an enumeration with the remark that followed it in parentheses.

    `problem` says why the text could not be split; `value` is then the whole text.
    """

    value: str
    note: str | None
    text: str
    problem: str | None = None


def parse_quantity(text: str | None) -> Quantity:
    """Read one quantity.

    Args:
        text: The schema's words, such as `rolling_365_days`; None for an explicit null.
    """
    if text is None:
        return Quantity(value=None, unit=None, note=None, text="")
    split = parse_note(text)
    if split.problem is not None:
        return _refused(text, split.problem)
    if split.value.lower() in _UNBOUNDED:
        return Quantity(value=None, unit=None, note=_joined(split.value, split.note), text=text)
    rolling = _ROLLING.fullmatch(split.value)
    words = rolling["rest"] if rolling else split.value
    try:
        value, unit, rest = _parse_amount(words)
    except RuleSyntaxError as error:
        return _refused(text, error.reason)
    note = _joined("rolling" if rolling else None, rest, split.note)
    return Quantity(value=value, unit=unit, note=note, text=text)


def parse_note(text: str) -> EnumNote:
    """Split `full (data prep, hyperparams)` into its value and the note in parentheses."""
    stripped = text.strip()
    opening = stripped.find("(")
    if opening < 0:
        problem = "a closing parenthesis without an opening one" if ")" in stripped else None
        return EnumNote(value=stripped, note=None, text=text, problem=problem)
    closing = _closing_parenthesis(stripped, opening)
    value = stripped[:opening].strip()
    if closing is None or closing != len(stripped) - 1 or not value:
        return EnumNote(
            value=stripped, note=None, text=text, problem="expected `value (note)` and no more"
        )
    return EnumNote(value=value, note=stripped[opening + 1 : closing].strip() or None, text=text)


def find_ttl(text: str) -> Quantity | None:
    """Find the one time to live that a purpose mentions, such as `TTL=1hr` or `TTL = 5 minutes`.

    Returns:
        None if the text says nothing of the kind; a quantity with a `problem` if it names no
        duration that can be read, or two that differ.
    """
    found = [_read_ttl(match) for match in _TTL.finditer(text) if match["sign"] or match["amount"]]
    if not found:
        return None
    if len({(ttl.canonical, ttl.problem) for ttl in found}) > 1:
        return _refused(text, "two times to live that differ")
    return found[0]


def _read_ttl(match: re.Match[str]) -> Quantity:
    amount = (match["amount"] or "").strip()
    if not amount:
        return _refused(match[0], "a time to live without a number")
    number = re.match(r"[\d.]+", amount)
    digits = number[0] if number else ""
    spelling = amount[len(digits) :].strip()
    unit = find_unit("min" if spelling == _MINUTES else spelling)
    if unit is None or unit.base != "ms":
        return _refused(match[0], f"`{amount}` is not a duration")
    return Quantity(value=float(digits), unit=unit.name, note=None, text=match[0])


def _parse_amount(words: str) -> tuple[float, str | None, str | None]:
    """Return the number, the canonical unit and the words left over."""
    match = _AMOUNT.fullmatch(words.strip())
    if match is None or not looks_numeric(words.strip()):
        msg = f"`{words}` does not begin with a number"
        raise RuleSyntaxError(msg, 0)
    numeral = parse_numeral(match["number"])
    rest = [word for word in re.split(r"[\s_]+", match["rest"]) if word]
    spelling = numeral.unit or (rest.pop(0) if rest else None)
    name = _unit_name(spelling)
    return float(numeral.value), name, "_".join(rest) or None


def _unit_name(spelling: str | None) -> str | None:
    if spelling is None or spelling.lower() == _COUNTED:
        return spelling and spelling.lower()
    unit: Unit | None = find_unit(spelling)
    if unit is None:
        msg = f"`{spelling}` is not a unit known here"
        raise RuleSyntaxError(msg, 0)
    return unit.name


def _closing_parenthesis(text: str, opening: int) -> int | None:
    depth = 0
    for index in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return None


def _joined(*parts: str | None) -> str | None:
    return "; ".join(part for part in parts if part) or None


def _refused(text: str, problem: str) -> Quantity:
    return Quantity(value=None, unit=None, note=None, text=text, problem=problem)
