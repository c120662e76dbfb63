"""Compile one condition of schema prose to a typed rule: CEL source and the signals it reads.

    model_accuracy_drop_> 5_percent                     model_accuracy_drop > 0.05
    match_confidence_< 0_7_AND_deal_value_> threshold   match_confidence < 0.7 && deal_value > ...
    embedding_drift_detected                            embedding_drift_detected

Times are in ms, shares in ratio. A `threshold` is looked up under the name of its signal; without
a value there it stays a symbol, and the condition cannot be evaluated before it is given.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from generators.engine.rules.parser import parse_expression
from generators.engine.rules.phrases import SYMBOLS
from generators.engine.rules.syntax import (
    Comparison,
    Event,
    Expression,
    Junction,
    Name,
    Negation,
    Number,
    Operand,
    checked_name,
    leaves,
    to_cel,
)
from generators.engine.rules.uncompiled import RuleSyntaxError, Uncompiled
from generators.engine.rules.units import UNKNOWN_UNIT, derive_unit, find_unit

_EVENT_UNIT = "bool"
_SYMBOL_SUFFIXES = ("_limit", "_threshold")


class Threshold(Protocol):
    """A number that the user gave for a symbol of a condition."""

    @property
    def value(self) -> float:
        """The number, in `unit`."""

    @property
    def unit(self) -> str | None:
        """Spelling of its unit; None or empty for that of the signal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalUse:
    """A signal that a condition reads.

    Attributes:
        name: Canonical snake case identifier.
        unit: `ms`, `ratio`, `eur`, `count`, `bytes`, `number` (no unit known) or `bool`.
        kind: `number` or `event`.
        derived: The unit comes from the signal's name, the prose states none.
    """

    name: str
    unit: str
    kind: str
    derived: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A signal compared with a constant, in the signal's unit, the signal standing left."""

    signal: str
    sign: str
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A compiled condition.

    Attributes:
        expression: CEL over the signals, all numbers double.
        signals: What it reads, in the order of their first use.
        symbols: Names of thresholds without a value, to be set in `governance.thresholds`. Each
            stands as the variable `<symbol>_threshold` (or its own name) in `expression`.
        text: The schema's own words.
        tree: The same as a syntax tree, thresholds replaced by their numbers.
        bounds: The comparisons with constants.
        notes: Remarks in parentheses that stood beside names.
    """

    expression: str
    signals: tuple[SignalUse, ...]
    symbols: tuple[str, ...]
    text: str
    tree: Expression
    bounds: tuple[Bound, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def resolved(self) -> bool:
        """Tell whether all its thresholds have a value."""
        return not self.symbols


def parse_condition(text: str, thresholds: Mapping[str, Threshold]) -> Condition | Uncompiled:
    """Compile one condition.

    Args:
        text: The schema's words.
        thresholds: Values for symbols. `x > threshold` looks for `x`, then `x_threshold`; a named
            symbol such as `drift_limit` for its own name.
    """
    try:
        parsed, notes = parse_expression(text)
        return _Compiler(thresholds).compile(parsed, text, notes)
    except RuleSyntaxError as error:
        return Uncompiled(text=text, reason=error.reason, position=error.position)


def merge_signals(
    conditions: Iterable[Condition],
) -> tuple[tuple[SignalUse, ...], tuple[Uncompiled, ...]]:
    """Collect the signals of several conditions, one entry a name, sorted by name.

    A unit stated in prose outweighs a derived one. A name used both as event and number, or with
    two stated units, is returned as a conflict (its first use stands in the result).
    """
    merged: dict[str, SignalUse] = {}
    conflicts: list[Uncompiled] = []
    for condition in conditions:
        for use in condition.signals:
            known = merged.setdefault(use.name, use)
            try:
                merged[use.name] = _reconciled(known, use)
            except RuleSyntaxError as error:
                conflicts.append(Uncompiled(text=condition.text, reason=error.reason))
    return tuple(merged[name] for name in sorted(merged)), tuple(conflicts)


class _Compiler:
    """Resolves the symbols of one condition and collects what it reads."""

    def __init__(self, thresholds: Mapping[str, Threshold]) -> None:
        self._thresholds = thresholds
        self._signals: dict[str, SignalUse] = {}
        self._symbols: dict[str, None] = {}
        self._bounds: list[Bound] = []

    def compile(self, parsed: Expression, text: str, notes: tuple[str, ...]) -> Condition:
        """Return the condition; raises RuleSyntaxError where two uses of a signal disagree."""
        resolved = self._resolve(parsed)
        for leaf in leaves(resolved):
            self._note_bound(leaf)
        return Condition(
            expression=to_cel(resolved),
            signals=tuple(self._signals.values()),
            symbols=tuple(self._symbols),
            text=text,
            tree=resolved,
            bounds=tuple(self._bounds),
            notes=notes,
        )

    def _resolve(self, expression: Expression) -> Expression:
        if isinstance(expression, Junction):
            parts = tuple(self._resolve(part) for part in expression.parts)
            return Junction(logic=expression.logic, parts=parts)
        if isinstance(expression, Negation):
            return Negation(part=self._resolve(expression.part))
        if isinstance(expression, Comparison):
            return self._resolve_comparison(expression)
        self._use(SignalUse(name=expression.name.text, unit=_EVENT_UNIT, kind="event"), expression)
        return expression

    def _resolve_comparison(self, comparison: Comparison) -> Comparison:
        left, right = comparison.left, comparison.right
        left, right = self._operand(left, right), self._operand(right, left)
        for mine, other in ((left, right), (right, left)):
            if isinstance(mine, Name) and not self._is_symbol(mine.text):
                self._use(_number_use(mine, other), Event(name=mine))
        return Comparison(left=left, sign=comparison.sign, right=right)

    def _operand(self, operand: Operand, other: Operand) -> Operand:
        """Replace a symbol by its number, or note that it has none."""
        if isinstance(operand, Number) or not self._is_symbol(operand.text):
            return operand
        if isinstance(other, Number) or self._is_symbol(other.text):
            msg = f"`{operand.text}` is compared with no signal"
            raise RuleSyntaxError(msg, operand.position)
        generic = operand.text in SYMBOLS
        symbol = other.text if generic else operand.text
        given = self._thresholds.get(symbol)
        if given is None and generic:
            given = self._thresholds.get(f"{symbol}_threshold")
        if given is not None:
            return _given_number(given, operand.position)
        self._symbols[symbol] = None
        return checked_name(f"{symbol}_threshold" if generic else symbol, operand.position)

    def _is_symbol(self, name: str) -> bool:
        return name in SYMBOLS or name.endswith(_SYMBOL_SUFFIXES)

    def _use(self, use: SignalUse, event: Event) -> None:
        known = self._signals.get(use.name, use)
        try:
            self._signals[use.name] = _reconciled(known, use)
        except RuleSyntaxError as error:
            raise RuleSyntaxError(error.reason, event.name.position) from error

    def _note_bound(self, leaf: Comparison | Event) -> None:
        if not isinstance(leaf, Comparison):
            return
        if isinstance(leaf.left, Name) and isinstance(leaf.right, Number):
            bound = Bound(signal=leaf.left.text, sign=leaf.sign, value=leaf.right.value)
            self._bounds.append(bound)
        elif isinstance(leaf.left, Number) and isinstance(leaf.right, Name):
            mirrored = leaf.sign.translate(str.maketrans("<>", "><"))
            self._bounds.append(Bound(signal=leaf.right.text, sign=mirrored, value=leaf.left.value))


def _number_use(name: Name, other: Operand) -> SignalUse:
    stated = other.unit if isinstance(other, Number) else None
    return SignalUse(
        name=name.text,
        unit=stated or derive_unit(name.text),
        kind="number",
        derived=stated is None,
    )


def _given_number(given: Threshold, position: int) -> Number:
    """Convert a threshold to the canonical unit."""
    if not math.isfinite(given.value):
        msg = "the threshold is not a finite number"
        raise RuleSyntaxError(msg, position)
    if not given.unit or given.unit == UNKNOWN_UNIT:
        return Number(value=float(given.value), unit=None)
    unit = find_unit(given.unit)
    if unit is None:
        msg = f"the threshold's unit `{given.unit}` is not known here"
        raise RuleSyntaxError(msg, position)
    return Number(value=float(Decimal(str(given.value)) * unit.scale), unit=unit.base)


def _reconciled(known: SignalUse, use: SignalUse) -> SignalUse:
    """Return the better known of two uses of one signal.

    Raises:
        RuleSyntaxError: They cannot both be right.
    """
    if known.kind != use.kind:
        msg = f"`{use.name}` is compared in one place and used as an event in another"
        raise RuleSyntaxError(msg, 0)
    if known.derived or use.derived or known.unit == use.unit:
        return use if known.derived and not use.derived else known
    msg = f"`{use.name}` is measured in {known.unit} in one place and in {use.unit} in another"
    raise RuleSyntaxError(msg, 0)
