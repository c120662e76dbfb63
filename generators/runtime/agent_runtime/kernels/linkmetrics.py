"""How well a scorer ranks true links: filtered ranks, mean reciprocal rank, hits at k.

For every triple both ends are hidden in turn and all entities are ranked; other answers known to be
true are left out of the ranking ("filtered": Bordes et al., NIPS 2013). A tie counts half
("realistic rank": Sun et al., ACL 2020), so a constant scorer earns no credit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from agent_runtime.errors import InputBoundsError, OutputBoundsError
from agent_runtime.kernels.datasets import IndexRows

HITS_AT = (1, 3, 10)
_CHUNK = 256

ScoreMatrix = npt.NDArray[np.float32] | npt.NDArray[np.float64]
"""Scores, shape (n, entities)."""


class LinkScorer(Protocol):
    """Anything that scores all entities as one end of a link; higher is likelier."""

    def object_scores(self, rows: IndexRows) -> ScoreMatrix:
        """Score every entity as object of rows[:, 0] and rows[:, 1], shape (n, entities)."""
        ...

    def subject_scores(self, rows: IndexRows) -> ScoreMatrix:
        """Score every entity as subject of rows[:, 1] and rows[:, 2], shape (n, entities)."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RankingReport:
    """Figures over all queries (two a triple)."""

    mrr: float
    hits: dict[int, float]
    mean_rank: float
    queries: int


class KnownLinks:
    """Which answers are known to be true, by query."""

    def __init__(self, rows: IndexRows) -> None:
        self._objects: dict[tuple[int, int], list[int]] = {}
        self._subjects: dict[tuple[int, int], list[int]] = {}
        for subject, relation, object_ in rows.tolist():
            self._objects.setdefault((subject, relation), []).append(object_)
            self._subjects.setdefault((relation, object_), []).append(subject)

    def objects(self, subject: int, relation: int) -> list[int]:
        """Return the known objects of (subject, relation)."""
        return self._objects.get((subject, relation), [])

    def subjects(self, relation: int, object_: int) -> list[int]:
        """Return the known subjects of (relation, object)."""
        return self._subjects.get((relation, object_), [])


def filtered_ranks(
    scorer: LinkScorer,
    rows: IndexRows,
    known: KnownLinks,
    *,
    among: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[np.float64]:
    """Rank the true end of each query; 1.0 is best.

    Args:
        scorer: scores all entities.
        rows: true triples, shape (n, 3).
        known: true triples to leave out of the competition.
        among: entity indices that compete; all if None. The true ends must be among them.

    Returns:
        Ranks, shape (2 n,): objects of all rows first, then subjects.

    Raises:
        OutputBoundsError: a score is not finite.
    """
    object_ranks: list[float] = []
    subject_ranks: list[float] = []
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        objects = _competing(scorer.object_scores(part), among)
        subjects = _competing(scorer.subject_scores(part), among)
        for at, (subject, relation, object_) in enumerate(part.tolist()):
            object_ranks.append(_rank(objects[at], object_, known.objects(subject, relation)))
            subject_ranks.append(_rank(subjects[at], subject, known.subjects(relation, object_)))
    return np.array(object_ranks + subject_ranks, dtype=np.float64)


def ranking_report(
    ranks: npt.NDArray[np.float64], *, hits_at: Sequence[int] = HITS_AT
) -> RankingReport:
    """Summarise `ranks`: mean of 1/rank, share of ranks <= k, mean rank.

    Raises:
        InputBoundsError: there are no ranks.
    """
    if ranks.size == 0:
        raise InputBoundsError("no ranks to summarise: the hold-out is empty")
    return RankingReport(
        mrr=float(np.mean(1.0 / ranks)),
        hits={k: float(np.mean(ranks <= k)) for k in hits_at},
        mean_rank=float(np.mean(ranks)),
        queries=int(ranks.size),
    )


class PopularityBaseline:
    """Scores an entity by how often it was seen at that end of that relation; knows nothing else.

    A model is worth its cost only if it ranks better than this.
    """

    def __init__(self, rows: IndexRows, *, entities: int, relations: int) -> None:
        self._as_object = np.zeros((relations, entities))
        self._as_subject = np.zeros((relations, entities))
        np.add.at(self._as_object, (rows[:, 1], rows[:, 2]), 1.0)
        np.add.at(self._as_subject, (rows[:, 1], rows[:, 0]), 1.0)

    def object_scores(self, rows: IndexRows) -> npt.NDArray[np.float64]:
        """Return the object counts of each row's relation, shape (n, entities)."""
        return self._as_object[rows[:, 1]]

    def subject_scores(self, rows: IndexRows) -> npt.NDArray[np.float64]:
        """Return the subject counts of each row's relation, shape (n, entities)."""
        return self._as_subject[rows[:, 1]]


def _competing(scores: ScoreMatrix, among: npt.NDArray[np.int64] | None) -> npt.NDArray[np.float64]:
    """Copy the scores; entities that do not compete get minus infinity."""
    if not bool(np.isfinite(scores).all()):
        raise OutputBoundsError("a link score is not finite; the ranking is withheld")
    if among is None:
        return scores.astype(np.float64)
    competing = np.full(scores.shape, -np.inf)
    competing[:, among] = scores[:, among]
    return competing


def _rank(scores: npt.NDArray[np.float64], truth: int, others: Sequence[int]) -> float:
    """Rank the entry `truth`, leaving out `others` and counting ties half."""
    target = scores[truth]
    scores[others] = -np.inf
    scores[truth] = -np.inf
    return 1.0 + float(np.sum(scores > target)) + 0.5 * float(np.sum(scores == target))
