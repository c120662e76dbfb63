"""How good a detector is: how often it finds an effect of a given size, and one that is not there.

A planter makes data with an effect of a known size from a seed; a detector says whether it sees
one. The rate at size 0 is the rate of false alarms.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import FloatVector
from agent_runtime.kernels.fairness import DEFAULT_LEVEL, Interval, Judged, wilson
from agent_runtime.kernels.trades import Trade

Data = TypeVar("Data")

_LEAST_SEEDS: Final = 5
_HOUR: Final = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class DetectionRate:
    """How often an effect was found.

    Attributes:
        effect: size of the effect that was planted; 0 is none.
        found: runs in which the detector saw one.
        runs: runs in all.
        interval: where the rate lies at the level that was asked for.
    """

    effect: float
    found: int
    runs: int
    interval: Interval

    @property
    def rate(self) -> float:
        """Share of the runs."""
        return self.found / self.runs


def detection_rates(
    plant: Callable[[float, int], Data],
    detect: Callable[[Data], bool],
    *,
    effects: Sequence[float],
    seeds: Sequence[int],
    level: float = DEFAULT_LEVEL,
) -> tuple[DetectionRate, ...]:
    """Run `detect` on what `plant` makes of each effect with each seed.

    Raises:
        InputBoundsError: there are fewer than five seeds, or one comes twice.
    """
    if len(set(seeds)) < max(_LEAST_SEEDS, len(seeds)):
        raise InputBoundsError(f"{_LEAST_SEEDS} or more different seeds are needed, not {seeds}")
    rates = []
    for effect in effects:
        found = sum(detect(plant(effect, seed)) for seed in seeds)
        rates.append(
            DetectionRate(
                effect=effect,
                found=found,
                runs=len(seeds),
                interval=wilson(found, len(seeds), level=level),
            )
        )
    return tuple(rates)


def planted_bias(
    gap: float, seed: int, *, size: int = 400, groups: Sequence[str] = ("north", "south")
) -> tuple[Judged, ...]:
    """Return `size` judged cases a group; the first is favoured by `gap` over the others.

    The rate of the others is 0.5 less half the gap; truth is independent of everything.
    """
    draws = np.random.default_rng(seed)
    cases: list[Judged] = []
    for place, group in enumerate(groups):
        rate = 0.5 + gap / 2 if place == 0 else 0.5 - gap / 2
        favourable = draws.random(size) < rate
        truth = draws.random(size) < 0.5  # noqa: PLR2004 - a fair coin
        cases += [
            Judged(group=group, favourable=bool(good), truth=bool(true))
            for good, true in zip(favourable, truth, strict=True)
        ]
    return tuple(cases)


def planted_shift(shift: float, seed: int, *, size: int = 500) -> tuple[FloatVector, FloatVector]:
    """Return a sample of a normal distribution, and one whose mean lies `shift` deviations off."""
    draws = np.random.default_rng(seed)
    return draws.normal(0.0, 1.0, size), draws.normal(shift, 1.0, size)


def ordinary_trades(seed: int, *, count: int = 300, parties: int = 40) -> list[Trade]:
    """Return trades without fraud: sellers and buyers do not mix, prices wander by two per cent."""
    draws = np.random.default_rng(seed)
    prices = {
        item: float(price) for item, price in zip("abcde", (100, 140, 80, 200, 60), strict=True)
    }
    trades = []
    for number in range(count):
        item = "abcde"[int(draws.integers(5))]
        trades.append(
            Trade(
                trade_id=f"t{number}",
                seller=f"s{int(draws.integers(parties))}",
                buyer=f"b{int(draws.integers(parties))}",
                item=item,
                quantity=float(draws.uniform(5, 50)),
                price=prices[item] * float(np.exp(draws.normal(0.0, 0.02))),
                at=number * _HOUR,
            )
        )
    return trades


def planted_fraud(kind: str, seed: int, *, limit: float = 10_000.0) -> list[Trade]:
    """Return ordinary trades with one case of `kind` among them; its trades are called `fraud-n`.

    Args:
        kind: `wash_trade`, `circular_deal`, `split_deal`, `price_spike`, or `none`.
        seed: of the ordinary trades, and where among them the case begins.
        limit: the value that the parts of a split stay below.

    Raises:
        InputBoundsError: there is no such kind.
    """
    trades = ordinary_trades(seed)
    start = trades[len(trades) // 2 + seed % 50].at
    ways = {
        "none": (),
        "wash_trade": (("x", "y", 20.0, 100.0), ("y", "x", 20.2, 101.0)),
        "circular_deal": (
            ("x", "y", 20.0, 100.0),
            ("y", "z", 20.0, 104.0),
            ("z", "x", 20.1, 108.0),
        ),
        "split_deal": tuple(
            ("x", "y", limit * share / 100.0, 100.0) for share in (0.97, 0.98, 0.99)
        ),
        "price_spike": (("x", "y", 20.0, 250.0),),
    }
    if kind not in ways:
        raise InputBoundsError(f"no kind of fraud {kind!r}; one of {', '.join(ways)}")
    return trades + [
        Trade(
            trade_id=f"fraud-{number}",
            seller=seller,
            buyer=buyer,
            item="a",
            quantity=quantity,
            price=price,
            at=start + number * _HOUR / 2,
        )
        for number, (seller, buyer, quantity, price) in enumerate(ways[kind])
    ]
