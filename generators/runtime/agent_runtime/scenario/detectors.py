"""How often the auditor's detectors find what was planted, by its size, and what was not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from agent_runtime.auditing.drift import thresholds_for
from agent_runtime.auditing.fraud import FraudPattern, match_patterns
from agent_runtime.auditing.measuring import (
    DetectionRate,
    detection_rates,
    planted_bias,
    planted_fraud,
    planted_shift,
)
from agent_runtime.guards import FloatVector
from agent_runtime.kernels.drift import compare
from agent_runtime.kernels.fairness import Judged, demographic_parity
from agent_runtime.scenario.figures import Claim

RUNS: Final = 30
LEVEL: Final = 0.99
TOLERANCE: Final = 0.1
"""Gap between groups, and stability index, up to which nothing is reported."""
GAPS: Final = (0.0, 0.1, 0.2, 0.3)
SHIFTS: Final = (0.0, 0.2, 0.5, 1.0)
LIMIT: Final = 10_000.0
"""Value from which people look at a deal; the parts of a split stay below."""
MOST_FALSE: Final = 0.1
LEAST_FOUND: Final = 0.9
_DAY: Final = 86_400.0
PATTERNS: Final = (
    FraudPattern(name="wash trade", kind="wash_trade", window_seconds=_DAY),
    FraudPattern(name="circular deal", kind="circular_deal", window_seconds=_DAY),
    FraudPattern(name="split deal", kind="split_deal", window_seconds=_DAY, limit=LIMIT),
    FraudPattern(
        name="price spike", kind="price_spike", window_seconds=30 * _DAY, limit=8.0, least=10
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DetectorResult:
    """Rates of one detector by effect size; the first is that of clean runs."""

    name: str
    rates: tuple[DetectionRate, ...]

    @property
    def claim(self) -> Claim:
        """Few false alarms on clean runs, and the largest effect found nearly always."""
        clean, largest = self.rates[0], self.rates[-1]
        return Claim(
            name=f"{self.name}: found when large, rarely when absent",
            held=clean.rate <= MOST_FALSE and largest.rate >= LEAST_FOUND,
            told=", ".join(f"{each.effect:g}: {each.found}/{each.runs}" for each in self.rates),
        )


def measure_detectors(*, runs: int = RUNS) -> tuple[DetectorResult, ...]:
    """Measure each detector over `runs` seeds an effect size.

    Raises:
        InputBoundsError: there are fewer than five runs.
    """
    seeds = range(1, runs + 1)
    return (
        _measured("bias", planted_bias, _biased, GAPS, seeds),
        _measured("drift", planted_shift, _drifted, SHIFTS, seeds),
        *(_fraud(pattern, seeds) for pattern in PATTERNS),
    )


def _measured(
    name: str,
    plant: Callable[[float, int], object],
    detect: Callable[..., bool],
    effects: Sequence[float],
    seeds: Sequence[int],
) -> DetectorResult:
    rates = detection_rates(plant, detect, effects=effects, seeds=seeds)
    return DetectorResult(name=name, rates=rates)


def _biased(cases: tuple[Judged, ...]) -> bool:
    gap = demographic_parity(cases, level=LEVEL)
    return gap is not None and gap.exceeds(TOLERANCE)


def _drifted(samples: tuple[FloatVector, FloatVector]) -> bool:
    before, after = (np.asarray(each)[:, None] for each in samples)
    limits = thresholds_for(TOLERANCE, level=LEVEL)
    return compare(before, after, names=("value",), thresholds=limits).features[0].drifted


def _fraud(pattern: FraudPattern, seeds: Sequence[int]) -> DetectorResult:
    """Measure one pattern of fraud: a case of it is there (1) or is not (0)."""
    return _measured(
        pattern.name,
        lambda effect, seed: planted_fraud(pattern.kind if effect else "none", seed, limit=LIMIT),
        lambda trades: bool(match_patterns(trades, (pattern,))),
        (0.0, 1.0),
        seeds,
    )
