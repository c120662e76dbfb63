"""Guards at the edges of a computation: what comes in and what leaves is finite and in bounds."""

import math
import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import InputBoundsError, OutputBoundsError

FloatMatrix = NDArray[np.float64]
"""Shape (n, d)."""
FloatVector = NDArray[np.float64]
"""Shape (n,)."""

MOST_ROWS: Final = 100_000
LONGEST_IDENTIFIER: Final = 128
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@/-]*")
_NUMERIC_KINDS: Final = "iuf"
_MATRIX_AXES: Final = 2

Rows = Sequence[Sequence[float]] | NDArray[np.floating] | NDArray[np.integer]


def finite_matrix(
    rows: Rows, *, columns: int | None, name: str, most_rows: int = MOST_ROWS
) -> FloatMatrix:
    """Return `rows` as a float matrix of shape (n, d), n >= 1.

    Args:
        rows: A sequence of equally long sequences of numbers, or a numeric array.
        columns: The d that is demanded; None accepts any d >= 1.
        name: What to call the matrix in a message.
        most_rows: The largest n that is accepted.

    Raises:
        InputBoundsError: it is empty, ragged, too long, of the wrong width, not numeric, or holds
            a value that is not finite.
    """
    if len(rows) > most_rows:
        raise InputBoundsError(f"{name} has {len(rows)} rows; at most {most_rows} are accepted")
    matrix = _numeric(rows, name)
    if matrix.ndim != _MATRIX_AXES or 0 in matrix.shape:
        raise InputBoundsError(f"{name} must be a matrix of at least one row, not {matrix.shape}")
    if columns is not None and matrix.shape[1] != columns:
        raise InputBoundsError(f"{name} has {matrix.shape[1]} columns; {columns} are demanded")
    return _all_finite(matrix, name)


def finite_vector(
    values: Sequence[float] | NDArray[np.floating] | NDArray[np.integer],
    *,
    name: str,
    length: int | None = None,
) -> FloatVector:
    """Return `values` as a float vector of shape (n,), n >= 1, or n = `length` if that is given.

    Raises:
        InputBoundsError: it is empty, of another length, not numeric, or not finite.
    """
    vector = _numeric(values, name)
    if vector.ndim != 1 or vector.shape[0] == 0:
        raise InputBoundsError(f"{name} must be a vector of at least one value: {vector.shape}")
    if length is not None and vector.shape[0] != length:
        raise InputBoundsError(f"{name} has {vector.shape[0]} values; {length} are demanded")
    return _all_finite(vector, name)


def within(value: float, low: float | None, high: float | None, name: str) -> float:
    """Return `value` as a float if it is finite and within `low`..`high`, both inclusive.

    Raises:
        InputBoundsError: it is a bool, no number, not finite, or out of bounds.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise InputBoundsError(f"{name} must be a number, not {type(value).__name__}")
    try:
        number = float(value)
    except OverflowError:
        raise InputBoundsError(f"{name} is too large for a float") from None
    if not math.isfinite(number):
        raise InputBoundsError(f"{name} is not finite: {number}")
    if (low is not None and number < low) or (high is not None and number > high):
        raise InputBoundsError(f"{name} = {number} is outside {low}..{high}")
    return number


def identifier(text: str, *, name: str, longest: int = LONGEST_IDENTIFIER) -> str:
    """Return `text` if it names an entity: ASCII letters, digits and `_ . : @ / -`, no `..`.

    Such a text cannot break a log line, a key, a path segment or a query.

    Raises:
        InputBoundsError: it is empty, too long or holds anything else.
    """
    if not isinstance(text, str):
        raise InputBoundsError(f"{name} must be a string, not {type(text).__name__}")
    if len(text) > longest:
        raise InputBoundsError(f"{name} has {len(text)} characters; at most {longest} are accepted")
    if not _IDENTIFIER.fullmatch(text) or ".." in text:
        raise InputBoundsError(f"{name} {text!r} is not an identifier")
    return text


def identifiers(texts: Sequence[str], *, name: str, most: int = MOST_ROWS) -> tuple[str, ...]:
    """Return `texts` if there is at least one, at most `most`, each an identifier, none twice.

    Raises:
        InputBoundsError: one of these does not hold.
    """
    if isinstance(texts, str) or not 1 <= len(texts) <= most:
        raise InputBoundsError(f"{name} must be a list of 1 to {most} identifiers")
    checked = tuple(identifier(text, name=name) for text in texts)
    if len(set(checked)) < len(checked):
        double = next(text for text in checked if checked.count(text) > 1)
        raise InputBoundsError(f"{name} holds {double!r} twice")
    return checked


def checked_output(
    values: float | Sequence[float] | NDArray[np.floating],
    *,
    low: float | None,
    high: float | None,
    name: str,
) -> NDArray[np.float64]:
    """Return a computed result as an array if all of it is finite and within `low`..`high`.

    An empty result is accepted: there is nothing wrong in it.

    Raises:
        OutputBoundsError: it is not numeric, not finite or out of bounds; it must be withheld.
    """
    try:
        result = _numeric(values, name)
        if result.size:
            _all_finite(result, name)
            within(float(result.min()), low, None, name)
            within(float(result.max()), None, high, name)
    except InputBoundsError as error:
        raise OutputBoundsError(str(error)) from error
    return result


def _numeric(values: object, name: str) -> NDArray[np.float64]:
    """Convert to float64 without reading strings, bools or objects as numbers."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise InputBoundsError(f"{name} is ragged: its rows differ in length") from None
    empty = array.size == 0
    if array.dtype.kind not in _NUMERIC_KINDS and not empty:
        raise InputBoundsError(f"{name} must hold numbers only, not {array.dtype.name}")
    return array.astype(np.float64) if not empty else np.zeros(array.shape)


def _all_finite(array: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    finite = np.isfinite(array)
    if not finite.all():
        place = [int(index) for index in np.argwhere(~finite)[0]]
        raise InputBoundsError(f"{name} is not finite at {place}")
    return array
