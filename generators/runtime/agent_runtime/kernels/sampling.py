"""Draw samples by the digest of a key: fair, the same each time, and blind to the order of arrival.

Each key has a place in [0, 1) that looks random and depends on nothing but the key and a seed. A
stratum's sample are its keys with the lowest places, so every key has the same, known chance to
be in it, and totals over all keys can be estimated from the sample.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.fairness import Interval

_BITS = 53
"""As many as a float holds without rounding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """One key in a sample, with the chance it had to be in it."""

    key: str
    stratum: str
    probability: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """An estimated total with its confidence interval (from 0 on)."""

    total: float
    interval: Interval


def place(key: str, *, seed: str) -> float:
    """Return where `key` lies in [0, 1): the first 53 bits of SHA-256 over seed and key."""
    digest = hashlib.sha256(f"{seed}\x00{key}".encode()).digest()
    return float((int.from_bytes(digest[:8], "big") >> (64 - _BITS)) / (1 << _BITS))


def draw(
    keys: Iterable[tuple[str, str]], *, rate: float, least: int, seed: str
) -> tuple[Drawn, ...]:
    """Draw from each stratum the share `rate`, but at least `least` keys, or all there are.

    Args:
        keys: (key, stratum) of all there is; a key that comes twice counts once.
        rate: share of each stratum, above 0 to 1.
        least: fewest of each stratum.
        seed: another seed draws another sample.

    Returns:
        The sample, by stratum and place.

    Raises:
        InputBoundsError: `rate` is not above 0 and at most 1, or `least` is negative.
    """
    if not 0.0 < rate <= 1.0 or least < 0:
        raise InputBoundsError(f"a sample of rate {rate}, at least {least}, cannot be drawn")
    strata: dict[str, set[str]] = {}
    for key, stratum in keys:
        strata.setdefault(stratum, set()).add(key)
    drawn: list[Drawn] = []
    for stratum, members in sorted(strata.items()):
        size = min(len(members), max(least, math.ceil(rate * len(members))))
        ordered = sorted(members, key=lambda key: (place(key, seed=seed), key))
        probability = size / len(members)
        drawn += [Drawn(key=k, stratum=stratum, probability=probability) for k in ordered[:size]]
    return tuple(drawn)


def estimated_total(
    sample: Sequence[Drawn], values: Mapping[str, float], *, level: float
) -> Estimate:
    """Estimate the total of a quantity over all keys from its values in the sample.

    Each value counts for as many keys as its own stands for. The variance is that of simple
    random sampling in each stratum. Source: Horvitz and Thompson, "A generalization of sampling
    without replacement from a finite universe", 1952; Cochran, "Sampling Techniques", 1977, ch. 5.

    Args:
        sample: what was drawn.
        values: quantity by key; a key that is not named has 0.
        level: confidence of the interval.
    """
    strata: dict[str, list[Drawn]] = {}
    for each in sample:
        strata.setdefault(each.stratum, []).append(each)
    total = variance = 0.0
    for members in strata.values():
        seen = [values.get(each.key, 0.0) for each in members]
        count, probability = len(seen), members[0].probability
        everything = count / probability
        mean = sum(seen) / count
        total += everything * mean
        if count > 1:
            spread = sum((value - mean) ** 2 for value in seen) / (count - 1)
            variance += everything**2 * (1 - probability) * spread / count
    reach = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance)
    return Estimate(total=total, interval=Interval(low=max(0.0, total - reach), high=total + reach))
