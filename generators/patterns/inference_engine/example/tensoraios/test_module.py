"""What `L9.example.module` promises.

Expected by the schema and by inference_engine@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from agent_runtime.detection import Ranking
from agent_runtime.errors import (
    AgentError,
    DeadlineExceededError,
    InputBoundsError,
    NoModelError,
    OverloadedError,
)
from agent_runtime.linkserving import EmbeddedBatch, ScoredBatch
from agent_runtime.shapes.anomaly import AnomalyRequest
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.embeddings import EmbeddingRequest
from agent_runtime.shapes.links import Candidate, ScoreRequest
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_links import market, skilled_run
from agent_runtime.testing_time import HeldTime, until_notified

from L9.core.tensoraios.anomaly_detector import AnomalyDetector
from L9.core.tensoraios.embedding_generator import EmbeddingGenerator
from L9.core.tensoraios.governancebridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.core.tensoraios.inference_engine import BATCH, MOST_AT_ONCE, TIMEOUTS_MS, InferenceEngine
from L9.core.tensoraios.model_loader import ModelLoader
from L9.core.tensoraios.tensor_scorer import TensorScorer

CALL = Call(trace_id=TRACE)
LINKS = market().train[:4]
NAMES = skilled_run().model.vocabulary.entities[:3]
ROWS = np.random.default_rng(1).normal(size=(40, 3))
SCORE = ScoreRequest(
    candidates=tuple(Candidate(subject=s, relation=r, object=o) for s, r, o in LINKS)
)
EMBED = EmbeddingRequest(entities=NAMES, neighbours=2)
DETECT = AnomalyRequest.model_validate({"observations": ROWS.tolist()})
UNKNOWN = EmbeddingRequest(entities=("nobody-ever-heard-of-it",))


class Counted(EmbeddingGenerator):
    """Remembers how many requests each pass over the model was for."""

    sizes: list[int]

    def embed_all(self, requests: Sequence[EmbeddingRequest]) -> list[EmbeddedBatch]:
        self.sizes.append(len(requests))
        return super().embed_all(requests)


class Parts:
    """An engine with all that is behind it, on real embedded stores."""

    def __init__(self, folder: Path) -> None:
        self.bench = AgentBench(
            folder, agent="tensoraios", signals=SIGNALS, rules=RULES, policy=POLICY
        )
        governance = GovernanceBridge(self.bench.governance)
        self.loader = ModelLoader.open(folder / "models", governance, clock=self.bench.clock)
        self.scorer = TensorScorer(self.loader, governance)
        self.embedder = Counted(self.loader, governance)
        self.embedder.sizes = []
        self.detector = AnomalyDetector(None, governance)
        self.held = HeldTime(self.bench.clock)
        self.engines: list[InferenceEngine] = []

    def train(self) -> None:
        version = self.loader.add(skilled_run(), trace_id=TRACE)
        self.loader.promote(version, reason="first", trace_id=TRACE)

    def engine(self, max_batch: int = 1) -> InferenceEngine:
        """Return an engine for which time stands still, so that only full batches start."""
        self.engines.append(
            InferenceEngine(
                self.scorer,
                self.embedder,
                self.detector,
                max_batch=max_batch,
                clock=self.bench.clock,
                wait=until_notified,
            )
        )
        return self.engines[-1]

    def held_engine(self) -> InferenceEngine:
        """Return an engine whose callers' waits pass at once while its work is held up."""
        self.engines.append(
            InferenceEngine(
                HeldScorer.of(self),
                HeldEmbedder.of(self),
                HeldDetector.of(self),
                max_batch=1,
                clock=self.bench.clock,
                wait=self.held.wait,
            )
        )
        return self.engines[-1]


class HeldScorer(TensorScorer):
    """Computes only once it is released."""

    held: HeldTime

    @classmethod
    def of(cls, parts: Parts) -> "HeldScorer":
        made = cls(parts.loader, GovernanceBridge(parts.bench.governance))
        made.held = parts.held
        return made

    def score_all(self, requests: Sequence[ScoreRequest]) -> list[ScoredBatch]:
        self.held.hold()
        return super().score_all(requests)


class HeldEmbedder(EmbeddingGenerator):
    """Computes only once it is released."""

    held: HeldTime

    @classmethod
    def of(cls, parts: Parts) -> "HeldEmbedder":
        made = cls(parts.loader, GovernanceBridge(parts.bench.governance))
        made.held = parts.held
        return made

    def embed_all(self, requests: Sequence[EmbeddingRequest]) -> list[EmbeddedBatch]:
        self.held.hold()
        return super().embed_all(requests)


class HeldDetector(AnomalyDetector):
    """Computes only once it is released."""

    held: HeldTime

    @classmethod
    def of(cls, parts: Parts) -> "HeldDetector":
        made = cls(None, GovernanceBridge(parts.bench.governance))
        made.held = parts.held
        return made

    def rank_all(self, requests: Sequence[AnomalyRequest]) -> list[Ranking]:
        self.held.hold()
        return super().rank_all(requests)


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    made = Parts(tmp_path)
    yield made
    made.held.release()
    for engine in made.engines:
        assert engine.close(10.0)


def answers_of(*calls: Callable[[], object]) -> list[object]:
    """Make all calls at the same time; return what each returned or raised, in order."""
    found: dict[int, object] = {}

    def make(place: int) -> None:
        try:
            found[place] = calls[place]()
        except AgentError as error:
            found[place] = error

    threads = [
        threading.Thread(target=make, args=(place,), daemon=True) for place in range(len(calls))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10.0)
    return [found[place] for place in range(len(calls))]


@pytest.mark.positive
def test_scores_are_those_of_the_scorer(parts: Parts) -> None:
    parts.train()
    answer = parts.engine().score_call(SCORE, CALL)
    assert answer.ranking == parts.scorer.score_call(SCORE, CALL).ranking
    assert answer.trace_id == TRACE


@pytest.mark.positive
def test_embeddings_are_those_of_the_generator(parts: Parts) -> None:
    parts.train()
    answer = parts.engine().embed_call(EMBED, CALL)
    assert answer == parts.embedder.embed_call(EMBED, CALL)
    assert [embedding.entity for embedding in answer.embeddings] == list(NAMES)


@pytest.mark.positive
def test_anomalies_are_those_of_the_detector(parts: Parts) -> None:
    answer = parts.engine().detect_call(DETECT, CALL)
    assert answer.ranking == parts.detector.detect_call(DETECT, CALL).ranking
    assert len(answer.ranking) == len(ROWS)


@pytest.mark.positive
def test_callers_at_the_same_time_share_one_pass_over_the_model(parts: Parts) -> None:
    parts.train()
    engine = parts.engine(max_batch=3)
    alone = parts.engine().embed_call(EMBED, CALL)
    parts.embedder.sizes.clear()
    together = answers_of(*[lambda: engine.embed_call(EMBED, CALL)] * 3)
    assert together == [alone] * 3
    assert parts.embedder.sizes == [3]


@pytest.mark.positive
def test_each_request_is_judged_under_its_own_trace(parts: Parts) -> None:
    engine = parts.engine(max_batch=2)
    far = DETECT.model_copy(update={"observations": (*DETECT.observations[1:], (30.0, 30.0, 30.0))})
    other = Call(trace_id=TRACE.replace("1", "2"))
    answers_of(
        lambda: engine.detect_call(far, CALL),
        lambda: engine.detect_call(far, other),
    )
    pending = parts.bench.escalations.pending()
    assert {escalation.trace_id for escalation in pending} == {TRACE, other.trace_id}


@pytest.mark.positive
def test_the_declared_limits_hold() -> None:
    assert TIMEOUTS_MS == {
        "score": 500,
        "embed": 1000,
        "detect": 250,
    }
    assert MOST_AT_ONCE == 100
    assert BATCH == 32 <= MOST_AT_ONCE


@pytest.mark.positive
def test_an_engine_with_real_time_answers_a_single_request(parts: Parts) -> None:
    parts.train()
    engine = InferenceEngine(parts.scorer, parts.embedder, parts.detector)
    assert engine.embed_call(EMBED, CALL) == parts.embedder.embed_call(EMBED, CALL)
    assert engine.close(10.0)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("kind", "timeout_ms"),
    [("score", 500), ("embed", 1000), ("detect", 250)],
)
def test_a_caller_is_let_go_exactly_at_the_time_out_of_its_endpoint(
    parts: Parts, kind: str, timeout_ms: int
) -> None:
    engine = parts.held_engine()
    calls: dict[str, Callable[[], object]] = {
        "score": lambda: engine.score_call(SCORE, CALL),
        "embed": lambda: engine.embed_call(EMBED, CALL),
        "detect": lambda: engine.detect_call(DETECT, CALL),
    }
    began = parts.bench.clock()
    with pytest.raises(DeadlineExceededError):
        calls[kind]()
    assert parts.bench.clock() - began == pytest.approx(timeout_ms / 1000.0, abs=1e-6)


@pytest.mark.negative
def test_a_nearer_deadline_of_the_caller_goes_first(parts: Parts) -> None:
    engine = parts.held_engine()
    began = parts.bench.clock()
    with pytest.raises(DeadlineExceededError):
        engine.detect_call(DETECT, Call(trace_id=TRACE, deadline=began + 0.001))
    assert parts.bench.clock() - began == pytest.approx(0.001, abs=1e-6)


@pytest.mark.negative
def test_without_a_model_scores_and_embeddings_are_refused(parts: Parts) -> None:
    engine = parts.engine()
    with pytest.raises(NoModelError):
        engine.score_call(SCORE, CALL)
    with pytest.raises(NoModelError):
        engine.embed_call(EMBED, CALL)


@pytest.mark.negative
def test_a_bad_request_in_a_batch_fails_alone(parts: Parts) -> None:
    parts.train()
    engine = parts.engine(max_batch=2)
    good, bad = answers_of(
        lambda: engine.embed_call(EMBED, CALL),
        lambda: engine.embed_call(UNKNOWN, CALL),
    )
    assert good == parts.embedder.embed_call(EMBED, CALL)
    assert isinstance(bad, InputBoundsError)


@pytest.mark.negative
def test_a_closed_engine_takes_no_more_requests_of_any_kind(parts: Parts) -> None:
    engine = parts.engine()
    assert engine.close(10.0)
    for attempt in (
        lambda: engine.score_call(SCORE, CALL),
        lambda: engine.embed_call(EMBED, CALL),
        lambda: engine.detect_call(DETECT, CALL),
    ):
        with pytest.raises(OverloadedError, match="closed"):
            attempt()


@pytest.mark.regression
def test_closing_reaches_every_kind_even_if_one_is_late(parts: Parts) -> None:
    engine = parts.held_engine()
    with pytest.raises(DeadlineExceededError):
        engine.score_call(SCORE, CALL)
    assert not engine.close(0.0)
    with pytest.raises(OverloadedError, match="closed"):
        engine.detect_call(DETECT, CALL)


@pytest.mark.regression
def test_closing_says_if_work_is_still_under_way(parts: Parts) -> None:
    engine = parts.held_engine()
    with pytest.raises(DeadlineExceededError):
        engine.detect_call(DETECT, CALL)
    assert not engine.close(0.0)
    with pytest.raises(OverloadedError, match="closed"):
        engine.detect_call(DETECT, CALL)
    parts.held.release()
    assert engine.close(10.0)
