"""Turn raw scores into probabilities one can act on, and measure how honest they are.

`IsotonicCalibrator` answers with the posterior mean and standard deviation of the chance that a
scored statement is true:

1. Isotonic regression by pooling adjacent violators (Ayer et al., Ann. Math. Stat. 1955; as a
   calibrator: Zadrozny and Elkan, KDD 2002) groups the calibration scores into blocks of rising
   frequency.
2. The chance in a block of n cases with k true ones has the posterior
   Beta(k + s p, n - k + s (1 - p)), with p the share of true cases overall and s the prior
   strength in cases. Its mean m = (k + s p) / (n + s) and deviation sqrt(m (1 - m) / (n + s + 1))
   are the answer, so little evidence means a chance near p and a wide deviation. Blocks whose
   means would fall are pooled again.
3. Between block centres both figures are interpolated linearly; beyond the ends they are constant.
   A higher score thus never means a lower probability.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import finite_vector

FloatVector = NDArray[np.float64]
BoolVector = NDArray[np.bool_]

PRIOR_STRENGTH = 2.0
DEFAULT_BINS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class ReliabilityBin:
    """One bar of a reliability diagram: what was promised and what came true."""

    low: float
    high: float
    count: int
    mean_probability: float
    true_share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ReliabilityReport:
    """How far promised probabilities are from what came true.

    Attributes:
        bins: bins of equal width that hold at least one case, from low to high.
        expected_error: expected calibration error, the mean of |promised - true| over all bins
            weighted by their cases (Naeini et al., AAAI 2015); 0 is perfect.
        brier: mean squared difference between probability and outcome (Brier, 1950).
        count: number of cases.
    """

    bins: tuple[ReliabilityBin, ...]
    expected_error: float
    brier: float
    count: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Confidence:
    """Calibrated chances of some scores.

    Attributes:
        probability: posterior means, shape (n,), within (0, 1).
        deviation: posterior standard deviations, shape (n,), within (0, 0.5].
    """

    probability: FloatVector
    deviation: FloatVector


class IsotonicCalibrator:
    """A rising map from score to probability with its uncertainty; see the module text."""

    def __init__(
        self, *, centres: FloatVector, probabilities: FloatVector, deviations: FloatVector
    ) -> None:
        """Take a fitted map.

        Args:
            centres: rising scores, shape (b,), b >= 1.
            probabilities: never falling chances at the centres, shape (b,), within [0, 1].
            deviations: standard deviations at the centres, shape (b,), within [0, 0.5].

        Raises:
            InputBoundsError: the arrays differ in length, are not finite or out of order.
        """
        self.centres = finite_vector(centres, name="calibration centres")
        length = len(self.centres)
        self.probabilities = finite_vector(
            probabilities, name="calibration probabilities", length=length
        )
        self.deviations = finite_vector(deviations, name="calibration deviations", length=length)
        if bool((np.diff(self.centres) <= 0).any()):
            raise InputBoundsError("calibration centres must rise")
        if bool((np.diff(self.probabilities) < 0).any()):
            raise InputBoundsError("calibration probabilities must not fall")
        _refuse_outside(self.probabilities, 1.0, "calibration probabilities")
        _refuse_outside(self.deviations, 0.5, "calibration deviations")

    @classmethod
    def fit(
        cls, scores: FloatVector, outcomes: BoolVector, *, prior_strength: float = PRIOR_STRENGTH
    ) -> "IsotonicCalibrator":
        """Fit on scored cases that the scorer was not trained on.

        Args:
            scores: raw scores, shape (n,).
            outcomes: whether the case came true, shape (n,); both kinds must occur.
            prior_strength: s of the module text, in cases, above 0.

        Raises:
            InputBoundsError: lengths differ, a score is not finite, one kind of outcome is missing,
                or the prior strength is not positive.
        """
        checked = finite_vector(scores, name="calibration scores")
        truth = _outcomes(outcomes, len(checked))
        if bool(truth.all()) or not bool(truth.any()):
            raise InputBoundsError("calibration needs cases that came true and cases that did not")
        if not (math.isfinite(prior_strength) and prior_strength > 0):
            raise InputBoundsError(f"prior strength must be above 0, not {prior_strength}")
        blocks = _pooled(_distinct(checked, truth))
        prior_true = prior_strength * float(truth.mean())
        blocks = _pooled(blocks, prior_count=prior_strength, prior_true=prior_true)
        count, true, total = np.array(blocks, dtype=np.float64).T
        mean = (true + prior_true) / (count + prior_strength)
        return cls(
            centres=total / count,
            probabilities=mean,
            deviations=np.sqrt(mean * (1.0 - mean) / (count + prior_strength + 1.0)),
        )

    def confidence(self, scores: FloatVector) -> Confidence:
        """Return the calibrated chances of `scores`, shape (n,).

        Raises:
            InputBoundsError: a score is not finite, or there is none.
        """
        checked = finite_vector(scores, name="scores")
        return Confidence(
            probability=np.interp(checked, self.centres, self.probabilities),
            deviation=np.interp(checked, self.centres, self.deviations),
        )


def reliability(
    probabilities: FloatVector, outcomes: BoolVector, *, bins: int = DEFAULT_BINS
) -> ReliabilityReport:
    """Compare promised `probabilities` with `outcomes`.

    Args:
        probabilities: chances, shape (n,), within [0, 1].
        outcomes: what came true, shape (n,).
        bins: number of bins of equal width; the last one includes 1.

    Raises:
        InputBoundsError: shapes differ, a probability is out of bounds or `bins` is below 1.
    """
    promised = finite_vector(probabilities, name="probabilities")
    truth = _outcomes(outcomes, len(promised)).astype(np.float64)
    _refuse_outside(promised, 1.0, "probabilities")
    if bins < 1:
        raise InputBoundsError(f"a reliability diagram needs at least 1 bin, not {bins}")
    place = np.minimum((promised * bins).astype(np.int64), bins - 1)
    rows: list[ReliabilityBin] = []
    error = 0.0
    for index in np.unique(place).tolist():
        inside = place == index
        mean, share = float(promised[inside].mean()), float(truth[inside].mean())
        count = int(inside.sum())
        error += count / len(promised) * abs(mean - share)
        rows.append(
            ReliabilityBin(
                low=index / bins,
                high=(index + 1) / bins,
                count=count,
                mean_probability=mean,
                true_share=share,
            )
        )
    return ReliabilityReport(
        bins=tuple(rows),
        expected_error=error,
        brier=float(np.mean((promised - truth) ** 2)),
        count=len(promised),
    )


_Block = tuple[float, float, float]
"""Cases, true cases, sum of scores."""


def _distinct(scores: FloatVector, truth: BoolVector) -> list[_Block]:
    """Gather cases of one score into one block, from low to high."""
    values, inverse = np.unique(scores, return_inverse=True)
    count = np.bincount(inverse).astype(np.float64)
    true = np.bincount(inverse, weights=truth.astype(np.float64))
    return list(zip(count.tolist(), true.tolist(), (values * count).tolist(), strict=True))


def _pooled(
    blocks: list[_Block], *, prior_count: float = 0.0, prior_true: float = 0.0
) -> list[_Block]:
    """Pool neighbours until the (posterior) share of true cases rises strictly."""
    pooled: list[_Block] = []
    for block in blocks:
        current = block
        while pooled and _share(pooled[-1], prior_count, prior_true) >= _share(
            current, prior_count, prior_true
        ):
            previous = pooled.pop()
            current = (
                previous[0] + current[0],
                previous[1] + current[1],
                previous[2] + current[2],
            )
        pooled.append(current)
    return pooled


def _share(block: _Block, prior_count: float, prior_true: float) -> float:
    return (block[1] + prior_true) / (block[0] + prior_count)


def _outcomes(outcomes: BoolVector, length: int) -> BoolVector:
    truth = np.asarray(outcomes)
    if truth.dtype != np.bool_ or truth.shape != (length,):
        raise InputBoundsError(f"expected {length} outcomes of type bool, got {truth.shape}")
    return truth


def _refuse_outside(values: FloatVector, high: float, name: str) -> None:
    if float(values.min()) < 0.0 or float(values.max()) > high:
        raise InputBoundsError(f"{name} must be within 0..{high}")
