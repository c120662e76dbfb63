"""Values as schemas declare them: type, unit and bounds, checked where they come in and leave."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from agent_runtime.errors import InputBoundsError, OutputBoundsError

Kind = Literal["text", "number", "integer", "flag", "texts", "numbers", "record"]
Value = TypeVar("Value")

_KINDS: Final[Mapping[Kind, str]] = {
    "text": "a text",
    "number": "a number",
    "integer": "a whole number",
    "flag": "true or false",
    "texts": "a list of texts",
    "numbers": "a list of numbers",
    "record": "a record",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A value: its name, its kind, and what holds for it.

    Attributes:
        name: how messages call it.
        kind: its type.
        unit: unit of a number; empty for none.
        low: smallest number allowed, also inside a list.
        high: largest number allowed, also inside a list.
        longest: most characters of a text, most items of a list.
        choices: the only texts allowed, also inside a list; empty for any.
        optional: whether it may be missing.
    """

    name: str
    kind: Kind
    unit: str = ""
    low: float | None = None
    high: float | None = None
    longest: int | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False

    def problem(self, value: object) -> str:
        """Return why `value` is outside these bounds, or an empty text if it is not."""
        if value is None and self.optional:
            return ""
        if not _is_of(self.kind, value):
            return f"{self.name} must be {_KINDS[self.kind]}, not {type(value).__name__}"
        if isinstance(value, str | list | tuple) and self.longest is not None:
            size = len(value)
            if size > self.longest:
                return f"{self.name} is {size} long; at most {self.longest} is allowed"
        problems = (self._item_problem(item) for item in _items(value))
        return next((problem for problem in problems if problem), "")

    def _item_problem(self, item: object) -> str:
        if isinstance(item, str):
            known = not self.choices or item in self.choices
            return "" if known else f"{self.name} must be one of {', '.join(self.choices)}"
        if isinstance(item, bool) or not isinstance(item, int | float):
            return ""
        if isinstance(item, float) and not math.isfinite(item):
            return f"{self.name} is not finite: {item}"
        below = self.low is not None and item < self.low
        above = self.high is not None and item > self.high
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.name} = {item} is outside {self.low}..{self.high}{unit}" * (below or above)


def check_values(bounds: Sequence[Bound], **values: object) -> None:
    """Check each of `values` against the bound of its name.

    Raises:
        InputBoundsError: one is outside its bounds, has no bound, or is missing.
    """
    check_record(bounds, values)


def check_record(bounds: Sequence[Bound], record: Mapping[str, object]) -> None:
    """Check the fields of `record`, all of them, against `bounds`.

    Raises:
        InputBoundsError: a field is missing, unknown or outside its bounds; all are in the message.
    """
    known = {bound.name for bound in bounds}
    problems = [f"{name} is not known" for name in record if name not in known]
    for bound in bounds:
        if bound.name in record:
            problems.append(bound.problem(record[bound.name]))
        elif not bound.optional:
            problems.append(f"{bound.name} is missing")
    found = [problem for problem in problems if problem]
    if found:
        raise InputBoundsError("; ".join(found))


def checked_result(bound: Bound, value: Value) -> Value:
    """Return `value` if it is within `bound`.

    Raises:
        OutputBoundsError: it is not; it must be withheld.
    """
    problem = bound.problem(value)
    if problem:
        raise OutputBoundsError(problem)
    return value


@contextmanager
def refusing(*errors: type[Exception]) -> Iterator[None]:
    """Turn the exceptions by which linked code refuses an input into the agent's own.

    Raises:
        InputBoundsError: one of `errors` was raised inside.
    """
    try:
        yield
    except errors as error:
        raise InputBoundsError(str(error) or type(error).__name__) from error


def _is_of(kind: Kind, value: object) -> bool:
    if kind == "texts":
        return isinstance(value, list | tuple) and all(_is_of("text", item) for item in value)
    if kind == "numbers":
        return isinstance(value, list | tuple) and all(_is_of("number", item) for item in value)
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "text":
        return isinstance(value, str)
    if kind == "record":
        return isinstance(value, Mapping)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole or (kind == "number" and isinstance(value, float))


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else (value,)
