"""Combine the probabilities that several modes of reasoning give to one statement.

The logarithmic opinion pool: logit P = sum_i a_i logit p_i, with a_i = w_i c_i / sum_j w_j c_j,
where w_i is the learnt weight of mode i, c_i its confidence in this case and p_i its support. It
is externally Bayesian: pooling and updating by new evidence may be done in either order. Source:
Genest and Zidek, "Combining probability distributions", Statistical Science 1 (1986), section 3.
"""

import math
from collections.abc import Sequence
from typing import Final

CLIP: Final = 0.001
"""Nearest that a single mode comes to certainty, so that none silences all others."""


def logit(probability: float) -> float:
    """Return the log-odds of `probability`, clipped to `CLIP`..1 - `CLIP`."""
    clipped = min(1.0 - CLIP, max(CLIP, probability))
    return math.log(clipped / (1.0 - clipped))


def logistic(log_odds: float) -> float:
    """Return the probability of `log_odds`."""
    if log_odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    return math.exp(log_odds) / (1.0 + math.exp(log_odds))


def pooled(supports: Sequence[float], shares: Sequence[float]) -> float | None:
    """Return the pooled probability of `supports` (n,) under `shares` (n,), each at least 0.

    None if no share is above 0: then nobody has an opinion.
    """
    total = sum(shares)
    if total <= 0.0:
        return None
    parts = zip(supports, shares, strict=True)
    return logistic(sum(share * logit(support) for support, share in parts) / total)


def agreement(supports: Sequence[float], shares: Sequence[float]) -> float:
    """Return 1 - 2 s, s the weighted standard deviation of `supports`: 1 unanimous, 0 split in two.

    The deviation of numbers within 0 to 1 is at most 0.5. Without shares there is no agreement.
    """
    total = sum(shares)
    if total <= 0.0:
        return 0.0
    parts = list(zip(supports, shares, strict=True))
    mean = sum(share * support for support, share in parts) / total
    variance = sum(share * (support - mean) ** 2 for support, share in parts) / total
    return 1.0 - 2.0 * min(0.5, math.sqrt(variance))
