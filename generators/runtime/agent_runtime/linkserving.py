"""Serve a stored link model: keep the current one at hand, answer many requests in one pass."""

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from agent_runtime.errors import InputBoundsError, ModelStoreError
from agent_runtime.escalation import Escalation
from agent_runtime.guards import FloatMatrix, within
from agent_runtime.kernels.datasets import Triple, check_triples
from agent_runtime.kernels.embeddings import Neighbour
from agent_runtime.kernels.linkmodel import LinkModel, LinkScore
from agent_runtime.modelrecords import ModelRecord
from agent_runtime.modelstore import ModelStore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.embeddings import (
    MOST_ENTITIES,
    EmbeddingRequest,
    EmbeddingResponse,
    EntityEmbedding,
    NeighbourShape,
)
from agent_runtime.shapes.links import (
    MOST_CANDIDATES,
    Candidate,
    ScoredLink,
    ScoreRequest,
    ScoreResponse,
)
from agent_runtime.tracing import current_trace_id, new_trace_id

_STAMP_SECONDS: Final = 0.001  # stamps are cut off to milliseconds


@dataclass(frozen=True, kw_only=True, eq=False)
class LoadedModel:
    """A checked model in memory.

    Attributes:
        version: its name in the store.
        model: what answers.
        metrics: figures of its training.
        stored_at: when its training ended, seconds since the epoch; what was first seen later it
            cannot have learnt from.
    """

    version: str
    model: LinkModel
    metrics: Mapping[str, float]
    stored_at: float


class ModelCache:
    """Reads each version of a store once, as long as it is the one asked for; safe for threads."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._held: LoadedModel | None = None

    def current(self) -> tuple[LoadedModel, bool]:
        """Return the model in service, and whether it had to be read.

        Another process may have promoted or rolled back, so the store is asked each time.

        Raises:
            NoModelError: none was promoted yet.
            ModelStoreError: it is damaged or no link model.
        """
        version = self._store.current()
        with self._lock:
            if self._held is not None and self._held.version == version:
                return self._held, False
            self._held = self.read(version)
            return self._held, True

    def read(self, version: str) -> LoadedModel:
        """Read and check `version`, whether in service or not.

        Raises:
            ModelStoreError: it is not in the store, damaged or no link model.
        """
        stored = self._store.load(version)
        return LoadedModel(
            version=version,
            model=LinkModel.from_stored(stored),
            metrics=stored.record.metrics,
            stored_at=_moment(stored.record),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredBatch:
    """Scored candidates of one request, before anybody judged them.

    Attributes:
        decision_id: names what will be decided upon them.
        model_version: version of the model that scored.
        scores: one a candidate, in the order of the request.
    """

    decision_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    model_version: str
    scores: tuple[LinkScore, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """Places of the candidates, likeliest first; equals keep their order."""
        return tuple(sorted(range(len(self.scores)), key=lambda at: -self.scores[at].score))

    @property
    def best(self) -> LinkScore:
        """The likeliest candidate."""
        return self.scores[self.order[0]]


def score_request(candidates: Sequence[Triple], criticality: float) -> ScoreRequest:
    """Return the request to score `candidates`, subject to the checks of a request from outside.

    Raises:
        InputBoundsError: there is none or too many, a name is unusable, or the criticality is
            not within 0 to 1.
    """
    pairs = [Candidate(subject=s, relation=r, object=o) for s, r, o in check_triples(candidates)]
    if not 1 <= len(candidates) <= MOST_CANDIDATES or len(pairs) < len(candidates):
        raise InputBoundsError(f"1 to {MOST_CANDIDATES} different candidates can be scored at once")
    return ScoreRequest(
        candidates=tuple(pairs), criticality=within(criticality, 0.0, 1.0, "criticality")
    )


def score_requests(loaded: LoadedModel, requests: Sequence[ScoreRequest]) -> list[ScoredBatch]:
    """Score the candidates of several requests in one pass over the model.

    Raises:
        InputBoundsError: a name was not in the training data; one bad request refuses all.
        OutputBoundsError: a result is not finite or out of bounds.
    """
    triples: list[Triple] = [
        (candidate.subject, candidate.relation, candidate.object)
        for request in requests
        for candidate in request.candidates
    ]
    scores = iter(loaded.model.score(triples))
    return [
        ScoredBatch(
            model_version=loaded.version,
            scores=tuple(next(scores) for _ in request.candidates),
        )
        for request in requests
    ]


def score_response(
    batch: ScoredBatch, request: ScoreRequest, call: Call, escalations: Sequence[Escalation]
) -> ScoreResponse:
    """Answer `request`: candidates ranked, the decision being about the likeliest."""
    best = batch.best
    return ScoreResponse(
        decision_id=batch.decision_id,
        trace_id=call.trace_id,
        confidence=best.confidence,
        criticality=request.criticality,
        factors=dict(best.factors),
        entities=tuple(dict.fromkeys((best.subject, best.object))),
        governance_status="escalated" if escalations else "proceeded",
        escalations=tuple(escalation.escalation_id for escalation in escalations),
        model_version=batch.model_version,
        ranking=tuple(_scored_link(at, batch.scores[at]) for at in batch.order),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class EmbeddedBatch:
    """Embeddings for one request.

    Attributes:
        batch_id: names the batch in the audit log.
        model_version: version of the model that embedded.
        vectors: one row an entity, shape (n, d).
        neighbours: nearest neighbours of each entity, nearest first.
    """

    batch_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    model_version: str
    vectors: FloatMatrix
    neighbours: tuple[tuple[Neighbour, ...], ...]


def embedding_request(entities: Sequence[str]) -> EmbeddingRequest:
    """Return the request to embed `entities`, subject to the checks of a request from outside.

    Raises:
        InputBoundsError: there is none or too many.
    """
    if not 1 <= len(entities) <= MOST_ENTITIES:
        raise InputBoundsError(f"1 to {MOST_ENTITIES} entities can be embedded at once")
    return EmbeddingRequest(entities=tuple(entities))


def embed_requests(
    loaded: LoadedModel, requests: Sequence[EmbeddingRequest]
) -> list[EmbeddedBatch]:
    """Look up the embeddings of several requests in one model.

    Raises:
        InputBoundsError: an entity is unknown or named twice; one bad request refuses all.
    """
    index = loaded.model.embeddings
    batches: list[EmbeddedBatch] = []
    for request in requests:
        if len(set(request.entities)) < len(request.entities):
            raise InputBoundsError("an entity is named twice")
        near = request.neighbours
        batches.append(
            EmbeddedBatch(
                model_version=loaded.version,
                vectors=np.array([index.vector(entity) for entity in request.entities]),
                neighbours=tuple(
                    index.nearest(entity, near) if near else () for entity in request.entities
                ),
            )
        )
    return batches


def embedding_response(
    batch: EmbeddedBatch, request: EmbeddingRequest, call: Call
) -> EmbeddingResponse:
    """Answer `request` with its embeddings, in its order."""
    return EmbeddingResponse(
        trace_id=call.trace_id,
        model_version=batch.model_version,
        dimension=batch.vectors.shape[1],
        embeddings=tuple(
            EntityEmbedding(
                entity=entity,
                vector=tuple(vector),
                neighbours=tuple(
                    NeighbourShape(entity=other.entity, similarity=other.similarity)
                    for other in near
                ),
            )
            for entity, vector, near in zip(
                request.entities, batch.vectors.tolist(), batch.neighbours, strict=True
            )
        ),
    )


def _scored_link(index: int, score: LinkScore) -> ScoredLink:
    return ScoredLink(
        index=index,
        subject=score.subject,
        relation=score.relation,
        object=score.object,
        score=score.score,
        confidence=score.confidence,
        deviation=score.deviation,
        factors=dict(score.factors),
    )


def _moment(record: ModelRecord) -> float:
    try:
        return datetime.fromisoformat(record.created_at).timestamp() + _STAMP_SECONDS
    except ValueError as error:
        raise ModelStoreError(f"{record.version} was stored at no time") from error


def trace_here() -> str:
    """Return the trace id of the code running now, or a new one outside of any call."""
    return current_trace_id() or new_trace_id()
