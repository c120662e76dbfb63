"""Figures over several markets: means with intervals, and what was claimed of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from agent_runtime.errors import InputBoundsError

LEVEL: Final = 0.95
LEAST_SEEDS: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """The mean of one figure over markets, with its interval by Student's t."""

    mean: float
    low: float
    high: float
    count: int

    @property
    def above(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.low > 0.0

    def __str__(self) -> str:
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def spread(values: Sequence[float], *, level: float = LEVEL) -> Spread:
    """Return mean and interval of `values`, one a market.

    Values that are all equal have an interval of no width.

    Raises:
        InputBoundsError: there are fewer than two.
    """
    if len(values) < 2:  # noqa: PLR2004 - one value has no spread
        raise InputBoundsError("an interval needs two or more values")
    found = np.asarray(values, dtype=np.float64)
    mean = float(found.mean())
    error = float(found.std(ddof=1)) / len(found) ** 0.5
    reach = float(stats.t.ppf((1 + level) / 2, len(found) - 1)) * error
    return Spread(mean=mean, low=mean - reach, high=mean + reach, count=len(found))


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Something that the scenario promises to show.

    Attributes:
        name: what is claimed.
        held: whether it was shown.
        told: the figures, in words.
    """

    name: str
    held: bool
    told: str
