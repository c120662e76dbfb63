"""Weights of reasoning modes that learn from outcomes: multiplicative weights with bounds.

After a decision with target y, each mode i that had an opinion p_i loses l_i = (p_i - y)^2
(Brier, 1950) and its weight becomes w_i exp(-rate l_i) (the Hedge algorithm: Freund and Schapire,
J. Comput. Syst. Sci. 55, 1997). Modes without an opinion keep their weight, and the others share
the mass that they held together before (sleeping experts: Freund et al., STOC 1997). A part
`FLOOR` is then spread evenly, so that a mode that was wrong for long can come back (fixed share:
Herbster and Warmuth, Machine Learning 32, 1998). At last the step is shortened so that the
weights move by no more than the stability threshold of the schema, measured in total variation
(half the sum of absolute changes).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agent_runtime.errors import InputBoundsError
from agent_runtime.reasoning.pooling import pooled
from agent_runtime.reasoning.traces import Vote

RATE: Final = 1.0
FLOOR: Final = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningState:
    """What was learnt in one domain.

    Attributes:
        weights: weight of each mode; they sum to 1.
        checkpoint: the weights to go back to.
        seen: outcomes that were learnt from.
        since: outcomes since the checkpoint.
        loss: summed squared error of the pooled support since the checkpoint.
        checkpoint_loss: what it would have been under the checkpoint's weights.
        rollbacks: how often the weights went back.
    """

    weights: Mapping[str, float]
    checkpoint: Mapping[str, float]
    seen: int = 0
    since: int = 0
    loss: float = 0.0
    checkpoint_loss: float = 0.0
    rollbacks: int = field(default=0)


def even(modes: tuple[str, ...]) -> dict[str, float]:
    """Return equal weights that sum to 1.

    Raises:
        InputBoundsError: there is no mode.
    """
    if not modes:
        raise InputBoundsError("weights need at least one mode")
    return dict.fromkeys(modes, 1.0 / len(modes))


def updated(
    weights: Mapping[str, float],
    votes: Mapping[str, Vote],
    target: float,
    *,
    most_shift: float,
    rate: float = RATE,
) -> dict[str, float]:
    """Return the weights after one outcome; see the module text.

    Args:
        weights: above 0, summing to 1.
        votes: what modes thought; those of unknown modes and without confidence are ignored.
        target: how it turned out, 0 to 1.
        most_shift: total variation that one outcome may cause.
        rate: how fast to learn.

    Raises:
        InputBoundsError: the target is not within 0 to 1, or the shift not within (0, 1].
    """
    if not 0.0 <= target <= 1.0 or not 0.0 < most_shift <= 1.0:
        raise InputBoundsError(f"target {target} or shift {most_shift} out of bounds")
    awake = {m: v for m, v in votes.items() if m in weights and v.confidence > 0.0}
    if len(awake) < 2:  # noqa: PLR2004 - a mode alone can only lose to itself
        return dict(weights)
    grown = {
        mode: weights[mode] * math.exp(-rate * (vote.support - target) ** 2)
        for mode, vote in awake.items()
    }
    scale = sum(weights[mode] for mode in awake) / sum(grown.values())
    wanted = {mode: grown[mode] * scale if mode in grown else w for mode, w in weights.items()}
    wanted = {m: (1.0 - FLOOR) * w + FLOOR / len(weights) for m, w in wanted.items()}
    moved = shift(weights, wanted)
    part = min(1.0, most_shift / moved) if moved > 0.0 else 0.0
    return {mode: w + part * (wanted[mode] - w) for mode, w in weights.items()}


def shift(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """Return the total variation between two sets of weights over the same modes."""
    return 0.5 * sum(abs(after[mode] - weight) for mode, weight in before.items())


def pooled_loss(
    weights: Mapping[str, float], votes: Mapping[str, Vote], target: float
) -> float | None:
    """Return the squared error of the pooled support; None if nobody had an opinion."""
    known = [(vote, weights[mode]) for mode, vote in votes.items() if mode in weights]
    chance = pooled(
        [vote.support for vote, _ in known], [weight * vote.confidence for vote, weight in known]
    )
    return None if chance is None else (chance - target) ** 2
