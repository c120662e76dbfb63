"""Coordinates the calls to a tensor layer: together, in time, and with a name for what is missing.

The declared methods run side by side. Link scoring of cases that arrive together goes out as one
request. Whatever is late, refused or unreachable is named in `TensorResults.missing`; no number is
ever put in its place.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass, replace
from typing import Final, Protocol, Self

from agent_runtime.batching import Batcher
from agent_runtime.clock import Clock
from agent_runtime.errors import AgentError, DeadlineExceededError, OutputBoundsError
from agent_runtime.guards import checked_output
from agent_runtime.reasoning.case import Case, TensorResults
from agent_runtime.routing.domain_context import entities_of
from agent_runtime.routing.embeddings import EmbeddingDesk, Vector, similarity
from agent_runtime.routing.enrichment import EventWatch
from agent_runtime.routing.work import Enriched, Received, Scored
from agent_runtime.shapes.anomaly import AnomalyRequest, AnomalyResponse
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.embeddings import EmbeddingRequest, EmbeddingResponse
from agent_runtime.shapes.links import (
    MOST_CANDIDATES,
    Candidate,
    ScoredLink,
    ScoreRequest,
    ScoreResponse,
)

LINKS: Final = "link_prediction"
EMBEDDINGS: Final = "embedding_similarity"
ANOMALIES: Final = "anomaly_detection"
METHODS: Final = (LINKS, EMBEDDINGS, ANOMALIES)

BATCH: Final = 16
"""Most cases whose links are scored in one request."""

BATCH_WAIT_MS: Final = 5.0
_THREADS: Final = 12


class TensorLayer(Protocol):
    """A service that scores links and embeds and ranks entities; a generated client is one."""

    def score_candidates(self, request: ScoreRequest, call: Call) -> ScoreResponse:
        """Score candidate links."""
        ...

    def generate_embeddings(self, request: EmbeddingRequest, call: Call) -> EmbeddingResponse:
        """Embed entities."""
        ...

    def detect_anomaly(self, request: AnomalyRequest, call: Call) -> AnomalyResponse:
        """Rank observations by how unlike the ordinary they are."""
        ...


class VectorSource(Protocol):
    """Gives the vectors of entities; a generated embedding processor is one."""

    def vectors(self, entities: Sequence[str], call: Call) -> Mapping[str, Vector]:
        """Return the vector of each entity, all of one model version."""
        ...


Score = Callable[[ScoreRequest, Call], ScoreResponse]
Embed = Callable[[Sequence[str], Call], Mapping[str, Vector]]
Detect = Callable[[AnomalyRequest, Call], AnomalyResponse]


@dataclass(frozen=True, kw_only=True, slots=True)
class TensorPlan:
    """What is asked of the tensor layer.

    Attributes:
        methods: the declared methods, of `METHODS`.
        timeout_ms: how long a case waits for them at most.
        unavailable: signal that the layer cannot be reached; empty if none is declared.
        slow: signal that the layer ran into the time-out; empty if none is declared.
    """

    methods: tuple[str, ...]
    timeout_ms: int
    unavailable: str = ""
    slow: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TensorCalls:
    """The calls behind the methods; None for what the tensor layer does not offer."""

    score: Score | None = None
    embed: Embed | None = None
    detect: Detect | None = None

    @classmethod
    def of(cls, layer: TensorLayer | None, vectors: VectorSource | None = None) -> Self:
        """Return the calls of a tensor layer; vectors come from `vectors` if that is given."""
        if layer is None:
            return cls()
        source = vectors or EmbeddingDesk(layer.generate_embeddings)
        return cls(score=layer.score_candidates, embed=source.vectors, detect=layer.detect_anomaly)


@dataclass(frozen=True, slots=True)
class _Batched:
    candidates: tuple[Candidate, ...]
    criticality: float
    call: Call


_Links = tuple[str, tuple[ScoredLink, ...]]


class Coordinator:
    """Asks the tensor layer about cases."""

    def __init__(
        self,
        plan: TensorPlan,
        calls: TensorCalls,
        governance: EventWatch,
        *,
        clock: Clock,
    ) -> None:
        self._plan = plan
        self._calls = calls
        self._governance = governance
        self._clock = clock
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="tensors")
        self._batcher: Batcher[_Batched, _Links] = Batcher(
            self._score_together, max_batch=BATCH, max_wait_ms=BATCH_WAIT_MS, clock=clock
        )

    def score(self, enriched: Enriched) -> Scored:
        """Return the case with what the tensor layer said in time."""
        received = enriched.received
        deadline = self._clock() + self._plan.timeout_ms / 1000
        if received.call.deadline is not None:
            deadline = min(deadline, received.call.deadline)
        call = replace(received.call, deadline=deadline)
        jobs: dict[str, Future[TensorResults]] = {}
        missing: dict[str, str] = {}
        for method in self._plan.methods:
            task, reason = self._task(method, received, call)
            if task is None:
                missing[method] = reason
            else:
                jobs[method] = self._pool.submit(task)
        results = TensorResults(missing=missing)
        failures = {}
        for method, job in jobs.items():
            try:
                found = job.result(max(0.0, deadline - self._clock()))
                results = _merged(results, found)
            except (LateError, DeadlineExceededError):
                failures[method] = "no answer in time"
            except AgentError as error:
                failures[method] = str(error) or error.title
        self._tell(received.case, asked=len(jobs), failures=failures)
        return Scored(enriched=enriched, tensors=replace(results, missing={**missing, **failures}))

    def score_all(self, cases: Sequence[Enriched]) -> tuple[Scored, ...]:
        """Return each case with what the tensor layer said of it; they are asked side by side."""
        with ThreadPoolExecutor(max(1, min(BATCH, len(cases)))) as pool:
            return tuple(pool.map(self.score, cases))

    def close(self) -> None:
        """Let what runs come to its end, and take no more."""
        self._batcher.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _task(
        self, method: str, received: Received, call: Call
    ) -> tuple[Callable[[], TensorResults] | None, str]:
        """Return what asks for `method`, or why it is not asked."""
        case, calls = received.case, self._calls
        offered = {LINKS: calls.score, EMBEDDINGS: calls.embed, ANOMALIES: calls.detect}
        if offered[method] is None:
            return None, "the tensor layer does not offer it"
        if method == ANOMALIES:
            if not received.features:
                return None, "the case states no features"
            return lambda: self._detect(received, call), ""
        if not case.candidates:
            return None, "the case has no candidates"
        if method == LINKS:
            return lambda: self._links(case, call), ""
        return lambda: self._embed(case, call), ""

    def _links(self, case: Case, call: Call) -> TensorResults:
        item = _Batched(
            tuple(
                Candidate(subject=pair.subject, relation=pair.relation, object=pair.object)
                for pair in case.candidates
            ),
            case.criticality,
            call,
        )
        deadline = self._clock() if call.deadline is None else call.deadline
        version, links = self._batcher.submit(item, deadline)
        return TensorResults(links=links, model_version=version)

    def _score_together(self, items: Sequence[_Batched]) -> Sequence[_Links]:
        """Score the candidates of several cases in one request and give each case its own."""
        ask = self._calls.score
        if ask is None:
            raise OutputBoundsError("no links are scored here")
        merged = tuple(candidate for item in items for candidate in item.candidates)
        if len(items) > 1 and len(merged) > MOST_CANDIDATES:
            half = len(items) // 2
            return [*self._score_together(items[:half]), *self._score_together(items[half:])]
        deadlines = [item.call.deadline for item in items if item.call.deadline is not None]
        response = ask(
            ScoreRequest(candidates=merged, criticality=max(item.criticality for item in items)),
            replace(items[0].call, deadline=min(deadlines, default=None)),
        )
        return _shared_out(response, [len(item.candidates) for item in items])

    def _embed(self, case: Case, call: Call) -> TensorResults:
        embed = self._calls.embed
        vectors = {} if embed is None else dict(embed(entities_of(case), call))
        return TensorResults(
            embeddings=vectors,
            similarities={
                index: similarity(vectors[pair.subject], vectors[pair.object])
                for index, pair in enumerate(case.candidates)
                if pair.subject in vectors and pair.object in vectors
            },
        )

    def _detect(self, received: Received, call: Call) -> TensorResults:
        detect = self._calls.detect
        names = tuple(received.features)
        if detect is None:
            return TensorResults()
        response = detect(
            AnomalyRequest(
                observations=tuple(received.features[name] for name in names),
                entities=names,
                criticality=received.case.criticality,
            ),
            call,
        )
        scores = {names[each.row]: each.score for each in response.ranking}
        checked_output(list(scores.values()), low=0.0, high=1.0, name="anomaly scores")
        return TensorResults(anomalies=scores)

    def _tell(self, case: Case, *, asked: int, failures: Mapping[str, str]) -> None:
        """Tell governance if the layer answered nothing that it was asked, or was late."""
        events = {}
        if self._plan.unavailable and asked and len(failures) == asked:
            events[self._plan.unavailable] = True
        if self._plan.slow and "no answer in time" in failures.values():
            events[self._plan.slow] = True
        if events:
            self._governance.observe_all(events, subject=case.packet_id, trace_id=case.trace_id)


def _shared_out(response: ScoreResponse, sizes: Sequence[int]) -> list[_Links]:
    """Return to each case its own links, numbered as it asked for them, likeliest first.

    Raises:
        OutputBoundsError: the answer is not about the candidates of the request.
    """
    total = sum(sizes)
    if sorted(link.index for link in response.ranking) != list(range(total)):
        raise OutputBoundsError(f"the tensor layer did not score each of {total} candidates once")
    shares: list[_Links] = []
    start = 0
    for size in sizes:
        own = tuple(
            link.model_copy(update={"index": link.index - start})
            for link in response.ranking
            if start <= link.index < start + size
        )
        shares.append((response.model_version, own))
        start += size
    return shares


def _merged(left: TensorResults, right: TensorResults) -> TensorResults:
    return TensorResults(
        links=left.links or right.links,
        embeddings={**left.embeddings, **right.embeddings},
        anomalies={**left.anomalies, **right.anomalies},
        model_version=left.model_version or right.model_version,
        missing=left.missing,
        similarities={**left.similarities, **right.similarities},
    )
