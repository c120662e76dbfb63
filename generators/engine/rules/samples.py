"""Values at which a condition fires, and at which it just does not: expectations of tests."""

from collections.abc import Mapping

from generators.engine.rules.syntax import (
    Comparison,
    Event,
    Expression,
    Junction,
    Name,
    Negation,
    Number,
    leaves,
)

Sample = Mapping[str, float | bool]
"""A value for each signal of a condition."""

_STEP = 0.001
_SMALLEST = 1e-6
_MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
_OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}


def compares_signals(expression: Expression) -> bool:
    """Tell whether a comparison in `expression` has a signal on both sides."""
    return any(
        isinstance(leaf, Comparison)
        and isinstance(leaf.left, Name)
        and isinstance(leaf.right, Name)
        for leaf in leaves(expression)
    )


def fires(expression: Expression) -> dict[str, float | bool]:
    """Return values at which `expression` is true, each as near its threshold as can be."""
    return _values(expression, wanted=True)[0]


def holds(expression: Expression) -> tuple[dict[str, float | bool], ...]:
    """Return sets of values at which `expression` is false, each with one condition just not met.

    An AND of n parts gives n sets (all parts but one are met); an OR gives one.
    """
    return _values(expression, wanted=False)


def _values(expression: Expression, *, wanted: bool) -> tuple[dict[str, float | bool], ...]:
    if isinstance(expression, Event):
        return ({expression.name.text: wanted},)
    if isinstance(expression, Negation):
        return _values(expression.part, wanted=not wanted)
    if isinstance(expression, Comparison):
        return (_compared(expression, wanted=wanted),)
    return _joined(expression, wanted=wanted)


def _joined(junction: Junction, *, wanted: bool) -> tuple[dict[str, float | bool], ...]:
    """All parts must agree for AND being true or OR being false; else one part decides."""
    usual = junction.logic == "AND"
    if wanted == usual:
        together: dict[str, float | bool] = {}
        for part in junction.parts:
            together.update(_values(part, wanted=wanted)[0])
        return (together,)
    sets = []
    for chosen in junction.parts:
        values: dict[str, float | bool] = {}
        for part in junction.parts:
            if part is not chosen:
                values.update(_values(part, wanted=not wanted)[0])
        sets += [{**values, **sample} for sample in _values(chosen, wanted=wanted)]
    return tuple(sets)


def _compared(comparison: Comparison, *, wanted: bool) -> dict[str, float | bool]:
    left, sign, right = comparison.left, comparison.sign, comparison.right
    if isinstance(left, Number) and isinstance(right, Name):
        left, sign, right = right, _MIRRORED[sign], left
    if not (isinstance(left, Name) and isinstance(right, Number)):
        raise TypeError(f"{comparison} compares no signal with a number")
    if not wanted:
        sign = _OPPOSITE[sign]
    return {left.text: _near(sign, right.value)}


def _near(sign: str, threshold: float) -> float:
    """Return the value nearest to `threshold` that satisfies `sign`, in round digits."""
    step = max(abs(threshold) * _STEP, _SMALLEST)
    shift = {">": step, "<": -step, "!=": step}.get(sign, 0.0)
    return round(threshold + shift, 9)
