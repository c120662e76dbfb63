"""How good reported outcomes are: completeness, duplicates, outliers and the balance of labels.

The score is the product of three shares: of reports that were complete, of records that tell
something no other tells, and of records without an outlying measure. A measure is outlying if its
modified z-score, 0.6745 |x - median| / MAD, exceeds 3.5 (Iglewicz and Hoaglin, 1993).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent_runtime.datasets.records import OutcomeRecord
from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import within

OUTLYING: Final = 3.5
_CONSISTENCY: Final = 0.6745
LEAST_TO_JUDGE: Final = 20
"""Fewest figures of a measure that have outliers, and fewest records whose labels are weighed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QualityLimits:
    """What data must be like to be trained on without asking.

    Attributes:
        least_score: least product of the three shares.
        least_minority: least share of the rarer label; 0 accepts data with one label only.
    """

    least_score: float = 0.9
    least_minority: float = 0.0

    def __post_init__(self) -> None:
        within(self.least_score, 0.0, 1.0, "least quality score")
        within(self.least_minority, 0.0, 0.5, "least share of the rarer label")


@dataclass(frozen=True, kw_only=True, slots=True)
class QualityReport:
    """Figures on a set of outcomes, and what is wrong with it.

    Attributes:
        records: outcomes judged.
        completeness: share of reports that could be taken in.
        duplicate_share: share of records that repeat another one under another id.
        outlier_share: share of records with an outlying measure.
        minority_share: share of the rarer label.
        score: the three shares above 0 multiplied; 1 is flawless.
        issues: one sentence for each limit that is missed.
    """

    records: int
    completeness: float
    duplicate_share: float
    outlier_share: float
    minority_share: float
    score: float
    issues: tuple[str, ...]

    def figures(self) -> dict[str, float]:
        """Return the figures by name, for records and metrics."""
        return {
            "records": float(self.records),
            "completeness": self.completeness,
            "duplicate_share": self.duplicate_share,
            "outlier_share": self.outlier_share,
            "minority_share": self.minority_share,
            "score": self.score,
        }


def assess_quality(
    records: Sequence[OutcomeRecord], *, refused: int = 0, limits: QualityLimits
) -> QualityReport:
    """Judge `records`.

    Args:
        records: the outcomes that were taken in.
        refused: how many reports were not.
        limits: what is good enough.

    Raises:
        InputBoundsError: there is no record, or `refused` is negative.
    """
    if not records or refused < 0:
        raise InputBoundsError("there are no outcomes to assess")
    count = len(records)
    completeness = count / (count + refused)
    distinct = {(each.link, each.succeeded, each.occurred_at) for each in records}
    duplicate_share = 1.0 - len(distinct) / count
    outlier_share = float(np.mean(_outlying(records)))
    successes = sum(each.succeeded for each in records)
    minority_share = min(successes, count - successes) / count
    score = completeness * (1.0 - duplicate_share) * (1.0 - outlier_share)
    issues: list[str] = []
    if score < limits.least_score:
        issues.append(
            f"quality {score:.3f} is below {limits.least_score:g}: {completeness:.1%} of reports "
            f"complete, {duplicate_share:.1%} duplicates, {outlier_share:.1%} with an outlier"
        )
    if count >= LEAST_TO_JUDGE and minority_share < limits.least_minority:
        issues.append(
            f"the rarer label makes up {minority_share:.1%}, below {limits.least_minority:.1%}"
        )
    return QualityReport(
        records=count,
        completeness=completeness,
        duplicate_share=duplicate_share,
        outlier_share=outlier_share,
        minority_share=minority_share,
        score=score,
        issues=tuple(issues),
    )


def _outlying(records: Sequence[OutcomeRecord]) -> NDArray[np.bool_]:
    """Tell for each record whether one of its measures is outlying."""
    flags = np.zeros(len(records), dtype=bool)
    for name in sorted({name for record in records for name in record.measures}):
        at = np.array([n for n, record in enumerate(records) if name in record.measures])
        figures = np.array([records[n].measures[name] for n in at.tolist()])
        away = np.abs(figures - np.median(figures))
        spread = float(np.median(away))
        if len(figures) >= LEAST_TO_JUDGE and spread > 0.0:
            flags[at[_CONSISTENCY * away / spread > OUTLYING]] = True
    return flags
