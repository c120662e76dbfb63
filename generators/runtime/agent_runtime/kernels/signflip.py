"""Paired sign-flip test: whether differences between two answers to the same questions are chance.

If the two were equally good, each difference could as well have the other sign. The share of sign
patterns whose mean is at least as great as the one observed is the one-sided p-value: over all
patterns for few pairs, else over random ones, the observed one counted among them (Phipson and
Smyth, 2010), so that it is never 0.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import finite_vector

EXACT_PAIRS: Final = 12
"""Up to so many pairs all sign patterns are looked at."""
DRAWS: Final = 9_999
_ROUNDING: Final = 1e-12


def sign_flip_test(differences: NDArray[np.float64], *, draws: int = DRAWS, seed: int = 0) -> float:
    """Return the chance of a mean as great as that of `differences` if signs were chance.

    Args:
        differences: one number a pair, positive where the first of the two did better.
        draws: random sign patterns for more pairs than `EXACT_PAIRS`.
        seed: decides them.

    Returns:
        The one-sided p-value, within (0, 1].

    Raises:
        InputBoundsError: there is no pair, a value is not finite, or `draws` below 1.
    """
    values = finite_vector(differences, name="differences")
    if draws < 1:
        raise InputBoundsError("a sign-flip test needs draws")
    signs = _signs(len(values), draws, seed)
    means = signs @ values / len(values)
    as_great = int(np.count_nonzero(means >= values.mean() - _ROUNDING))
    exact = len(values) <= EXACT_PAIRS
    return as_great / len(signs) if exact else (as_great + 1) / (draws + 1)


def _signs(pairs: int, draws: int, seed: int) -> NDArray[np.float64]:
    """Return sign patterns, shape (patterns, pairs): all of them, or `draws` random ones."""
    if pairs <= EXACT_PAIRS:
        bits = np.arange(2**pairs)[:, None] >> np.arange(pairs) & 1
        return np.where(bits == 1, 1.0, -1.0)
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=(draws, pairs))
