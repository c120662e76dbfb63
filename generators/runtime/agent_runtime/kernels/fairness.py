"""How unequally outcomes fall to groups: the widest gap between two rates, with its interval.

The rate of a group and the difference of two are given with score intervals (Wilson; Newcombe's
method 10), which hold their level for small groups and rates near 0 or 1. Where several pairs are
compared the level is shared out over them (Bonferroni), so that the widest gap is not found by
looking often enough.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist
from typing import Final

from agent_runtime.errors import InputBoundsError

DEFAULT_LEVEL: Final = 0.99
_LEAST_GROUPS: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A two-sided confidence interval, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupRate:
    """How often a group met an outcome.

    Attributes:
        group: name of the group.
        hits: times the outcome was met.
        total: times it could have been met.
    """

    group: str
    hits: int
    total: int

    def __post_init__(self) -> None:
        """Refuse counts that are none.

        Raises:
            InputBoundsError: `hits` is negative or above `total`, or `total` is not positive.
        """
        if not 0 <= self.hits <= self.total or self.total == 0:
            raise InputBoundsError(f"group {self.group}: {self.hits} of {self.total} is no rate")

    @property
    def rate(self) -> float:
        """The share of hits, 0 to 1."""
        return self.hits / self.total


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """The widest difference between two groups.

    Attributes:
        measure: what was compared, e.g. `demographic_parity`.
        ahead: group with the higher rate.
        behind: group with the lower rate.
        value: difference of the rates, 0 to 1.
        interval: where the difference lies at the level that was asked for, over all pairs.
    """

    measure: str
    ahead: GroupRate
    behind: GroupRate
    value: float
    interval: Interval

    def exceeds(self, tolerance: float) -> bool:
        """Tell whether the whole interval lies above `tolerance`: more than chance can explain."""
        return self.interval.low > tolerance


def wilson(hits: int, total: int, *, level: float = DEFAULT_LEVEL) -> Interval:
    """Return the score interval of a rate.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Raises:
        InputBoundsError: the counts are no rate, or `level` is not between 0 and 1.
    """
    rate = GroupRate(group="all", hits=hits, total=total).rate
    z = _quantile(level)
    centre = rate + z * z / (2 * total)
    spread = z * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    low = 0.0 if hits == 0 else (centre - spread) / scale
    high = 1.0 if hits == total else (centre + spread) / scale
    return Interval(low=low, high=high)


def difference(first: GroupRate, second: GroupRate, *, level: float = DEFAULT_LEVEL) -> Interval:
    """Return the interval of `first.rate - second.rate`, -1 to 1.

    Source: Newcombe, "Interval estimation for the difference between independent proportions",
    1998, method 10.

    Raises:
        InputBoundsError: `level` is not between 0 and 1.
    """
    gap = first.rate - second.rate
    one = wilson(first.hits, first.total, level=level)
    two = wilson(second.hits, second.total, level=level)
    below = math.hypot(first.rate - one.low, two.high - second.rate)
    above = math.hypot(one.high - first.rate, second.rate - two.low)
    return Interval(low=gap - below, high=gap + above)


def widest_gap(measure: str, groups: Sequence[GroupRate], *, level: float = DEFAULT_LEVEL) -> Gap:
    """Return the pair of groups whose difference is the surest to be wide.

    That is the pair whose interval begins highest; the level holds for all pairs together.

    Raises:
        InputBoundsError: there are fewer than two groups, one is named twice, or `level` is not
            between 0 and 1.
    """
    names = [group.group for group in groups]
    if len(names) < _LEAST_GROUPS or len(set(names)) < len(names):
        raise InputBoundsError(f"{measure} compares two or more groups, each once, not {names}")
    _quantile(level)
    pairs = list(combinations(groups, 2))
    shared = 1 - (1 - level) / len(pairs)
    gaps = []
    for one, two in pairs:
        ahead, behind = (one, two) if one.rate >= two.rate else (two, one)
        gaps.append(
            Gap(
                measure=measure,
                ahead=ahead,
                behind=behind,
                value=ahead.rate - behind.rate,
                interval=difference(ahead, behind, level=shared),
            )
        )
    return max(gaps, key=lambda gap: (gap.interval.low, gap.value))


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One case of a group: what was predicted, and what turned out if that is known."""

    group: str
    favourable: bool
    truth: bool | None = None


def demographic_parity(
    cases: Sequence[Judged], *, level: float = DEFAULT_LEVEL, least: int = 1
) -> Gap | None:
    """Return the widest gap in favourable predictions, None with fewer than two groups.

    Args:
        cases: what was predicted, case by case.
        level: confidence over all pairs of groups.
        least: groups with fewer cases are left out.
    """
    return _gap("demographic_parity", cases, level=level, least=least)


def equalised_odds(
    cases: Sequence[Judged], *, level: float = DEFAULT_LEVEL, least: int = 1
) -> tuple[Gap, ...]:
    """Return the widest gaps of the true and of the false positive rate, those that can be told.

    Cases whose truth is unknown do not count. The level is shared by both rates.
    Source: Hardt, Price and Srebro, "Equality of opportunity in supervised learning", 2016.

    Args:
        cases: what was predicted and what turned out, case by case.
        level: confidence over both rates and all pairs of groups.
        least: groups with fewer cases of a truth are left out of its rate.
    """
    both = 1 - (1 - level) / 2
    rates = (
        ("true_positive_rate", [case for case in cases if case.truth is True]),
        ("false_positive_rate", [case for case in cases if case.truth is False]),
    )
    gaps = [_gap(name, known, level=both, least=least) for name, known in rates]
    return tuple(gap for gap in gaps if gap is not None)


def _gap(measure: str, cases: Sequence[Judged], *, level: float, least: int) -> Gap | None:
    totals: dict[str, int] = {}
    hits: dict[str, int] = {}
    for case in cases:
        totals[case.group] = totals.get(case.group, 0) + 1
        hits[case.group] = hits.get(case.group, 0) + case.favourable
    groups = [
        GroupRate(group=name, hits=hits[name], total=total)
        for name, total in sorted(totals.items())
        if total >= least
    ]
    if len(groups) < _LEAST_GROUPS:
        return None
    return widest_gap(measure, groups, level=level)


def _quantile(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise InputBoundsError(f"a confidence level lies between 0 and 1, not {level}")
    return NormalDist().inv_cdf((1 + level) / 2)
