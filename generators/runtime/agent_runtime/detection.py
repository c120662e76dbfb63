"""Rank the observations of a request, alone or together with those of others.

What is ordinary is told by the rows of the recent past in the request, else by the fitted forest,
else by the observations themselves.
"""

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from agent_runtime.errors import InputBoundsError, NoModelError
from agent_runtime.escalation import Escalation
from agent_runtime.guards import FloatMatrix, finite_matrix, identifiers
from agent_runtime.kernels.anomaly import AnomalyScore, IsolationForest
from agent_runtime.shapes.anomaly import (
    AnomalyRequest,
    AnomalyResponse,
    Basis,
    RankedObservation,
)
from agent_runtime.shapes.base import Call

LEAST_ROWS: Final = 16
"""Fewer rows do not tell what is ordinary."""

MOST_FACTORS: Final = 5
"""Features that a response names as what drove it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """Scored observations before anybody judged them.

    Attributes:
        decision_id: names what will be decided upon them.
        scores: one a row, in the order of the rows.
        basis: what they were compared with.
        influences: what each feature adds to the isolation of the most anomalous row, the
            strongest few.
    """

    decision_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    scores: tuple[AnomalyScore, ...]
    basis: Basis
    influences: Mapping[str, float]

    @property
    def highest(self) -> float:
        """The highest score."""
        return max(score.score for score in self.scores)


class AnomalyRanker:
    """Ranks requests by one forest, which may be replaced while others are ranked."""

    def __init__(self, forest: IsolationForest | None, *, seed: int = 0) -> None:
        """Start with a fitted `forest` or without; forests fitted here use `seed`."""
        self._forest = forest
        self._seed = seed
        self._lock = threading.Lock()

    @property
    def forest(self) -> IsolationForest | None:
        """The fitted forest, if there is one."""
        with self._lock:
            return self._forest

    def fit(self, rows: FloatMatrix) -> IsolationForest:
        """Take `rows` (n, d) as ordinary from now on.

        Raises:
            InputBoundsError: a value is not finite, or there are fewer than 16 rows.
        """
        past = _past(finite_matrix(rows, columns=None, name="observations"))
        forest = IsolationForest.grow(past, seed=self._seed)
        with self._lock:
            self._forest = forest
        return forest

    def rank(self, request: AnomalyRequest) -> Ranking:
        """Rank the observations of one request.

        Raises:
            InputBoundsError: rows are ragged, not finite or of the wrong width, names do not
                match rows or columns, or the reference has fewer than 16 rows.
            NoModelError: nothing tells what is ordinary.
        """
        return self.rank_all([request])[0]

    def rank_all(self, requests: Sequence[AnomalyRequest]) -> list[Ranking]:
        """Rank several requests; those that the fitted forest judges in one pass over it.

        Raises:
            InputBoundsError: see `rank`; one bad request refuses all.
            NoModelError: see `rank`.
        """
        matrices = [_observations(request) for request in requests]
        fitted = self.forest
        together = [
            index
            for index, request in enumerate(requests)
            if fitted is not None and not request.reference
        ]
        scores: dict[int, list[AnomalyScore]] = {}
        if fitted is not None and together:
            scores = _scored_together(fitted, {index: matrices[index] for index in together})
        rankings: list[Ranking] = []
        for index, (request, matrix) in enumerate(zip(requests, matrices, strict=True)):
            if fitted is not None and index in scores:
                rankings.append(_ranking(fitted, "fitted", matrix, scores[index], request))
            else:
                forest, basis = self._own_forest(request, matrix)
                rankings.append(_ranking(forest, basis, matrix, forest.score(matrix), request))
        return rankings

    def warm_up(self) -> None:
        """Grow a forest of made-up rows, so that a first request does not wait for libraries."""
        rows = tuple((float(row),) for row in range(LEAST_ROWS))
        AnomalyRanker(None).rank(AnomalyRequest(observations=rows))

    def _own_forest(
        self, request: AnomalyRequest, matrix: FloatMatrix
    ) -> tuple[IsolationForest, Basis]:
        """Grow a forest of what a request brings along."""
        if request.reference:
            past = finite_matrix(request.reference, columns=matrix.shape[1], name="reference")
            return IsolationForest.grow(_past(past), seed=self._seed), "reference"
        if len(matrix) < LEAST_ROWS:
            raise NoModelError(
                f"{len(matrix)} observations do not tell what is ordinary: send {LEAST_ROWS}, or "
                "a reference"
            )
        return IsolationForest.grow(matrix, seed=self._seed), "observations"


def anomaly_response(
    ranking: Ranking,
    request: AnomalyRequest,
    call: Call,
    *,
    threshold: float,
    escalations: Sequence[Escalation],
) -> AnomalyResponse:
    """Answer `request` with its `ranking`: what is above `threshold` is flagged.

    The confidence is the highest score if that is flagged, else what is left of 1.
    """
    flagged = ranking.highest > threshold
    entities = request.entities or (None,) * len(ranking.scores)
    ordered = sorted(ranking.scores, key=lambda score: (-score.score, -score.isolation, score.row))
    ranked = tuple(
        RankedObservation(
            row=score.row,
            entity=entities[score.row],
            score=score.score,
            isolation=score.isolation,
            flagged=score.score > threshold,
        )
        for score in ordered
    )
    return AnomalyResponse(
        decision_id=ranking.decision_id,
        trace_id=call.trace_id,
        confidence=ranking.highest if flagged else 1.0 - ranking.highest,
        criticality=request.criticality,
        factors=dict(ranking.influences),
        entities=tuple(dict.fromkeys(row.entity for row in ranked if row.flagged and row.entity)),
        governance_status="escalated" if escalations else "proceeded",
        escalations=tuple(escalation.escalation_id for escalation in escalations),
        threshold=threshold,
        basis=ranking.basis,
        ranking=ranked,
    )


def _past(rows: FloatMatrix) -> FloatMatrix:
    """Refuse a past too short to tell what is ordinary."""
    if len(rows) < LEAST_ROWS:
        raise InputBoundsError(f"{len(rows)} rows of the past; {LEAST_ROWS} are the least")
    return rows


def _observations(request: AnomalyRequest) -> FloatMatrix:
    """Check the rows and names of a request."""
    matrix = finite_matrix(request.observations, columns=None, name="observations")
    if request.entities:
        if len(request.entities) != len(matrix):
            raise InputBoundsError(f"{len(request.entities)} entities for {len(matrix)} rows")
        identifiers(tuple(dict.fromkeys(request.entities)), name="entities")
    if request.features:
        if len(request.features) != matrix.shape[1]:
            columns = matrix.shape[1]
            raise InputBoundsError(f"{len(request.features)} features for {columns} columns")
        identifiers(request.features, name="features")
    return matrix


def _scored_together(
    forest: IsolationForest, matrices: Mapping[int, FloatMatrix]
) -> dict[int, list[AnomalyScore]]:
    """Score all rows of `matrices` in one pass and number them anew for each."""
    for matrix in matrices.values():
        finite_matrix(matrix, columns=forest.columns, name="observations")
    scores = iter(forest.score(np.vstack(list(matrices.values()))))
    return {
        index: [
            AnomalyScore(row=row, score=score.score, isolation=score.isolation)
            for row, score in zip(range(len(matrix)), scores, strict=False)
        ]
        for index, matrix in matrices.items()
    }


def _ranking(
    forest: IsolationForest,
    basis: Basis,
    matrix: FloatMatrix,
    scores: Sequence[AnomalyScore],
    request: AnomalyRequest,
) -> Ranking:
    """Add to the scores what drives the highest of them."""
    top = max(scores, key=lambda score: score.isolation)
    influences = forest.influences(matrix[top.row])
    names = request.features or tuple(f"feature_{column}" for column in range(len(influences)))
    strongest = np.argsort(-np.abs(influences), kind="stable")[:MOST_FACTORS]
    return Ranking(
        scores=tuple(scores),
        basis=basis,
        influences={names[column]: float(influences[column]) for column in strongest.tolist()},
    )
