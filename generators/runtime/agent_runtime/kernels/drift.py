"""Tell whether new data still look like the data a model was trained on.

A feature has drifted when the change is both large (population stability index or KL divergence)
and more than chance (two-sample Kolmogorov-Smirnov): the first two grow with small samples alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import FloatMatrix, finite_matrix

FloatVector = NDArray[np.float64]

_PSEUDO_COUNT = 0.5  # Jeffreys prior: an empty bin is rare, not impossible
_SERIES_TERMS = 100
_SMALL_LAMBDA = 0.2  # below it the Kolmogorov p-value differs from 1 by less than 1e-12
_LEAST_ROWS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class DriftThresholds:
    """When a change counts.

    Attributes:
        psi: population stability index that is large; 0.2 is the usual line for "shifted".
        kl: KL divergence of the binned samples that is large, in nats; half of `psi`, as PSI is
            the sum of both directions.
        significance: chance of a false alarm over all features of one report together.
        bins: quantile bins of the reference.
    """

    psi: float = 0.2
    kl: float = 0.1
    significance: float = 0.01
    bins: int = 10

    def __post_init__(self) -> None:
        """Refuse thresholds that would never or always fire.

        Raises:
            InputBoundsError: a threshold is not positive, `significance` is not below 1, or there
                are fewer than two bins.
        """
        positive = all(value > 0.0 for value in (self.psi, self.kl, self.significance))
        if not positive or self.significance >= 1.0 or self.bins < _LEAST_ROWS:
            raise InputBoundsError(
                f"{self}: thresholds must be positive, significance < 1, bins >= 2"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class KolmogorovSmirnov:
    """Result of a two-sample test.

    Attributes:
        statistic: largest distance of the two empirical distribution functions, 0 to 1.
        p_value: chance of such a distance, or a larger one, without any change.
    """

    statistic: float
    p_value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureDrift:
    """What changed in one feature; `kl` in nats, `psi` and `kl` over the reference's bins."""

    name: str
    psi: float
    kl: float
    ks: KolmogorovSmirnov
    reasons: tuple[str, ...] = ()

    @property
    def drifted(self) -> bool:
        """Whether the change is both large and significant."""
        return bool(self.reasons)


@dataclass(frozen=True, kw_only=True, slots=True)
class DriftReport:
    """All features of one comparison, in the order of the columns."""

    features: tuple[FeatureDrift, ...]
    thresholds: DriftThresholds
    drifted: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """List the names of the features that drifted."""
        names = tuple(feature.name for feature in self.features if feature.drifted)
        object.__setattr__(self, "drifted", names)

    @property
    def largest_kl(self) -> float:
        """The largest KL divergence of any feature, in nats."""
        return max(feature.kl for feature in self.features)

    def reasons(self) -> tuple[str, ...]:
        """Say for each drifted feature what exceeded which threshold."""
        return tuple(
            f"{feature.name}: {'; '.join(feature.reasons)}"
            for feature in self.features
            if feature.drifted
        )


def compare(
    reference: FloatMatrix,
    current: FloatMatrix,
    *,
    names: Sequence[str],
    thresholds: DriftThresholds | None = None,
) -> DriftReport:
    """Compare `current` (m, d) with `reference` (n, d) column by column.

    Args:
        reference: the rows the model was trained on.
        current: recent rows, same columns.
        names: (d,) names of the columns.
        thresholds: what counts as drift; the usual ones if None.

    Raises:
        InputBoundsError: a value is not finite, the widths differ, or there are fewer than two
            rows on either side.
    """
    limits = thresholds or DriftThresholds()
    before = finite_matrix(reference, columns=len(names), name="reference")
    after = finite_matrix(current, columns=len(names), name="current")
    features = tuple(
        _feature_drift(name, before[:, column], after[:, column], limits, tests=len(names))
        for column, name in enumerate(names)
    )
    return DriftReport(features=features, thresholds=limits)


def population_stability_index(
    reference: FloatVector, current: FloatVector, *, bins: int = 10
) -> float:
    """Return sum (q - p) ln(q / p) over quantile bins of `reference` (n,) against `current` (m,).

    Half a count is added to each bin. Source: Siddiqi, "Credit Risk Scorecards", 2006.

    Raises:
        InputBoundsError: fewer than two values, or one that is not finite.
    """
    expected, actual = _binned(reference, current, bins)
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def binned_kl(reference: FloatVector, current: FloatVector, *, bins: int = 10) -> float:
    """Return KL(current || reference) in nats over quantile bins of `reference`.

    Half a count is added to each bin.

    Raises:
        InputBoundsError: fewer than two values, or one that is not finite.
    """
    expected, actual = _binned(reference, current, bins)
    return float(np.sum(actual * np.log(actual / expected)))


def kl_divergence(actual: FloatVector, expected: FloatVector) -> float:
    """Return KL(actual || expected) = sum p ln(p / q) in nats of two distributions (k,).

    Infinite where `expected` rules out what `actual` holds.

    Raises:
        InputBoundsError: lengths differ, a value is negative or not finite, or a sum is not 1.
    """
    p = _distribution(actual, "actual")
    q = _distribution(expected, "expected")
    if len(p) != len(q):
        raise InputBoundsError(f"distributions of {len(p)} and {len(q)} outcomes")
    held = p > 0.0
    if np.any(q[held] == 0.0):
        return math.inf
    return max(0.0, float(np.sum(p[held] * np.log(p[held] / q[held]))))


def gaussian_kl(reference: FloatMatrix, current: FloatMatrix) -> float:
    """Return KL(current || reference) in nats of normal distributions fitted to two matrices.

    0.5 (tr(S1^-1 S0) + (m1 - m0)^T S1^-1 (m1 - m0) - d + ln(det S1 / det S0)), with 1 the
    `reference` (n, d) and 0 `current` (m, d); it sees changes of correlation, which single
    features hide. Source: Kullback, "Information Theory and Statistics", 1959, ch. 9.

    Raises:
        InputBoundsError: widths differ, a value is not finite, or either side has no more rows
            than columns or columns that determine each other.
    """
    before = finite_matrix(reference, columns=None, name="reference")
    after = finite_matrix(current, columns=before.shape[1], name="current")
    mean_1, covariance_1, log_det_1 = _normal(before, "reference")
    mean_0, covariance_0, log_det_0 = _normal(after, "current")
    shift = mean_1 - mean_0
    trace = float(np.trace(np.linalg.solve(covariance_1, covariance_0)))
    distance = float(shift @ np.linalg.solve(covariance_1, shift))
    divergence = 0.5 * (trace + distance - len(shift) + log_det_1 - log_det_0)
    return max(0.0, divergence)


def kolmogorov_smirnov(first: FloatVector, second: FloatVector) -> KolmogorovSmirnov:
    """Test whether two samples, (n,) and (m,), come from one distribution.

    The p-value is Smirnov's limit, 2 sum (-1)^(k-1) exp(-2 k^2 x^2) with x = D sqrt(nm / (n+m));
    ties and small samples make it larger, never smaller, than the exact one. Source: Smirnov,
    "Table for estimating the goodness of fit of empirical distributions", 1948.

    Raises:
        InputBoundsError: fewer than two values, or one that is not finite.
    """
    left = np.sort(_sample(first, "first"))
    right = np.sort(_sample(second, "second"))
    values = np.concatenate([left, right])
    gap = np.searchsorted(left, values, side="right") / len(left) - np.searchsorted(
        right, values, side="right"
    ) / len(right)
    statistic = float(np.abs(gap).max())
    effective = len(left) * len(right) / (len(left) + len(right))
    return KolmogorovSmirnov(
        statistic=statistic, p_value=_kolmogorov_tail(statistic * math.sqrt(effective))
    )


def _feature_drift(
    name: str, before: FloatVector, after: FloatVector, limits: DriftThresholds, *, tests: int
) -> FeatureDrift:
    """Measure one column; `tests` shares the false alarms out (Bonferroni)."""
    psi = population_stability_index(before, after, bins=limits.bins)
    kl = binned_kl(before, after, bins=limits.bins)
    ks = kolmogorov_smirnov(before, after)
    large = tuple(
        f"{label} {value:.4g} > {limit:g}"
        for label, value, limit in (("psi", psi, limits.psi), ("kl", kl, limits.kl))
        if value > limit
    )
    significant = ks.p_value < limits.significance / tests
    reasons = (*large, f"ks p {ks.p_value:.3g}") if large and significant else ()
    return FeatureDrift(name=name, psi=psi, kl=kl, ks=ks, reasons=reasons)


def _binned(
    reference: FloatVector, current: FloatVector, bins: int
) -> tuple[FloatVector, FloatVector]:
    """Shares of both samples in those quantile bins of the first that either fills, smoothed."""
    if bins < _LEAST_ROWS:
        raise InputBoundsError(f"{bins} bins cannot tell two samples apart")
    before, after = _sample(reference, "reference"), _sample(current, "current")
    edges = _edges(before, bins)
    counts = np.stack(
        [
            np.bincount(np.searchsorted(edges, sample, side="left"), minlength=len(edges) + 1)
            for sample in (before, after)
        ]
    )
    smooth = counts[:, counts.any(axis=0)] + _PSEUDO_COUNT
    expected, actual = smooth / smooth.sum(axis=1, keepdims=True)
    return expected, actual


def _edges(reference: FloatVector, bins: int) -> FloatVector:
    """Quantiles of `reference`, with a bin of its own for a value that holds several of them.

    Without that a frequent value, as a flag has, would share a bin with its neighbours and hide
    any exchange with them.
    """
    quantiles, times = np.unique(
        np.quantile(reference, np.arange(1, bins) / bins), return_counts=True
    )
    frequent = quantiles[(times > 1) | (quantiles == reference.max())]
    return np.union1d(quantiles, np.nextafter(frequent, -math.inf))


def _sample(values: FloatVector, name: str) -> FloatVector:
    """Check one column of numbers."""
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or len(sample) < _LEAST_ROWS:
        raise InputBoundsError(
            f"{name}: a sample of at least 2 values is needed, got {sample.shape}"
        )
    if not np.isfinite(sample).all():
        raise InputBoundsError(f"{name}: a value is not finite")
    return sample


def _distribution(values: FloatVector, name: str) -> FloatVector:
    """Check that `values` are probabilities."""
    shares = _sample(values, name)
    if float(shares.min()) < 0.0 or not math.isclose(float(shares.sum()), 1.0, abs_tol=1e-9):
        raise InputBoundsError(f"{name}: probabilities must be at least 0 and sum to 1")
    return shares


def _normal(rows: FloatMatrix, name: str) -> tuple[FloatVector, FloatMatrix, float]:
    """Mean, covariance and log-determinant of the covariance of `rows` (n, d)."""
    if len(rows) <= rows.shape[1]:
        raise InputBoundsError(f"{name}: {len(rows)} rows cannot span {rows.shape[1]} columns")
    covariance = np.atleast_2d(np.cov(rows, rowvar=False))
    scale = np.sqrt(np.diag(covariance))
    if not scale.all():
        raise InputBoundsError(f"{name}: a column is constant")
    sign, log_det = np.linalg.slogdet(covariance / np.outer(scale, scale))
    if sign <= 0 or log_det < math.log(np.finfo(np.float64).eps):
        raise InputBoundsError(f"{name}: a column is determined by the others")
    return rows.mean(axis=0), covariance, float(log_det) + 2.0 * float(np.log(scale).sum())


def _kolmogorov_tail(x: float) -> float:
    """Chance that Kolmogorov's variable exceeds `x`."""
    if x < _SMALL_LAMBDA:
        return 1.0
    order = np.arange(1, _SERIES_TERMS + 1)
    terms = np.where(order % 2 == 1, 1.0, -1.0) * np.exp(-2.0 * (order * x) ** 2)
    return min(1.0, max(0.0, 2.0 * float(terms.sum())))
