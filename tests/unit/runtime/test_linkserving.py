"""The current model is held, requests are answered together as alone, and answers are complete."""

import numpy as np
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, ModelStoreError, NoModelError
from agent_runtime.escalation import Escalation
from agent_runtime.kernels.linkmodel import LinkScore
from agent_runtime.linkserving import (
    LoadedModel,
    ModelCache,
    ScoredBatch,
    embed_requests,
    embedding_request,
    embedding_response,
    score_request,
    score_requests,
    score_response,
    trace_here,
)
from agent_runtime.modelstore import ModelStore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.embeddings import EmbeddingRequest
from agent_runtime.shapes.links import Candidate, ScoreRequest
from agent_runtime.testing_links import RELATION, naive_run, skilled_run
from agent_runtime.tracing import bind_trace

NAMES = skilled_run().model.vocabulary.entities
CALL = Call(trace_id="t-1")
LOADED = LoadedModel(version="v1", model=skilled_run().model, metrics={}, stored_at=0.0)


def saved(store, run):
    return store.save(
        run.model.tensors(),
        metrics={"test_mrr": run.metrics["test_mrr"]},
        data_digest=run.data_digest,
        details=run.model.details(),
    ).version


class TestModelCache:
    @pytest.fixture
    def store(self, tmp_path):
        return ModelStore(tmp_path, clock=ManualClock())

    def test_a_model_is_read_once_until_another_is_in_service(self, store):
        naive, skilled = saved(store, naive_run()), saved(store, skilled_run())
        cache = ModelCache(store)
        store.promote(naive, reason="first")
        first, fresh = cache.current()
        again, fresh_again = cache.current()
        assert (first.version, fresh, fresh_again) == (naive, True, False)
        assert again is first
        store.promote(skilled, reason="better")
        second, fresh_second = cache.current()
        assert (second.version, fresh_second) == (skilled, True)
        assert second.metrics == {"test_mrr": skilled_run().metrics["test_mrr"]}

    def test_any_version_can_be_read_beside_the_current_one(self, store):
        naive, skilled = saved(store, naive_run()), saved(store, skilled_run())
        cache = ModelCache(store)
        store.promote(skilled, reason="first")
        held, _ = cache.current()
        assert cache.read(naive).version == naive
        assert cache.current() == (held, False)

    @pytest.mark.negative
    def test_without_a_model_or_with_a_foreign_one_it_says_so(self, store):
        cache = ModelCache(store)
        with pytest.raises(NoModelError):
            cache.current()
        foreign = store.save({"w": np.ones(2)}, metrics={}, data_digest="0" * 64).version
        store.promote(foreign, reason="mix-up")
        with pytest.raises(ModelStoreError, match="lacks entities"):
            cache.current()


class TestScoring:
    def request(self, *objects, criticality=0.0):
        links = [Candidate(subject=NAMES[0], relation=RELATION, object=o) for o in objects]
        return ScoreRequest(candidates=tuple(links), criticality=criticality)

    def test_several_requests_are_scored_together_in_their_order(self):
        requests = [self.request(NAMES[1]), self.request(NAMES[2], NAMES[3])]
        one, two = score_requests(LOADED, requests)
        expected = skilled_run().model.score([(NAMES[0], RELATION, n) for n in NAMES[1:4]])
        assert one.scores + two.scores == expected
        assert (one.model_version, len(one.scores), len(two.scores)) == ("v1", 1, 2)
        assert one.decision_id != two.decision_id

    def test_a_request_is_made_of_checked_candidates(self):
        request = score_request([("a", "r", "b"), ("a", "r", "c")], 1.0)
        assert request.criticality == 1.0
        assert [(c.subject, c.relation, c.object) for c in request.candidates] == [
            ("a", "r", "b"),
            ("a", "r", "c"),
        ]

    def test_the_most_candidates_are_accepted_and_one_more_is_not(self):
        many = [("a", "r", f"o{i}") for i in range(10_001)]
        assert len(score_request(many[:10_000], 0.0).candidates) == 10_000
        with pytest.raises(InputBoundsError, match="1 to 10000 different candidates"):
            score_request(many, 0.0)

    @pytest.mark.negative
    @pytest.mark.parametrize(
        ("candidates", "criticality", "message"),
        [
            ([], 0.0, "1 to 10000 different candidates can be scored at once"),
            ([("a", "r", "b")] * 2, 0.0, "1 to 10000 different candidates can be scored at once"),
            ([("a", "r", "b\n")], 0.0, "triple 1"),
            ([("a", "r", "b")], -0.1, "criticality = -0.1 is outside"),
            ([("a", "r", "b")], 1.1, "criticality = 1.1 is outside"),
        ],
    )
    def test_unusable_requests_are_refused(self, candidates, criticality, message):
        with pytest.raises(InputBoundsError, match=message):
            score_request(candidates, criticality)

    def batch(self, *scores):
        return ScoredBatch(
            model_version="v7",
            scores=tuple(
                LinkScore(
                    subject=f"s{at}",
                    relation="r",
                    object=f"o{at}",
                    score=score,
                    confidence=0.1 * at,
                    deviation=0.01 * at,
                    factors={"latent_001": score},
                )
                for at, score in enumerate(scores)
            ),
        )

    def test_the_order_is_by_score_and_stable(self):
        batch = self.batch(1.0, 3.0, 2.0, 3.0)
        assert batch.order == (1, 3, 2, 0)
        assert batch.best is batch.scores[1]

    def test_the_answer_is_about_the_likeliest_and_lists_all(self):
        batch = self.batch(1.0, 3.0)
        request = ScoreRequest(
            candidates=tuple(Candidate(subject="s", relation="r", object="o") for _ in "12"),
            criticality=0.75,
        )
        answer = score_response(batch, request, CALL, ())
        assert answer.model_dump() == {
            "decision_id": batch.decision_id,
            "trace_id": "t-1",
            "confidence": 0.1,
            "criticality": 0.75,
            "factors": {"latent_001": 3.0},
            "entities": ("s1", "o1"),
            "governance_status": "proceeded",
            "escalations": (),
            "model_version": "v7",
            "ranking": (
                {
                    "index": 1,
                    "subject": "s1",
                    "relation": "r",
                    "object": "o1",
                    "score": 3.0,
                    "confidence": 0.1,
                    "deviation": 0.01,
                    "factors": {"latent_001": 3.0},
                },
                {
                    "index": 0,
                    "subject": "s0",
                    "relation": "r",
                    "object": "o0",
                    "score": 1.0,
                    "confidence": 0.0,
                    "deviation": 0.0,
                    "factors": {"latent_001": 1.0},
                },
            ),
        }

    def test_an_escalated_answer_says_so_and_a_link_to_itself_names_it_once(self, tmp_path):
        from agent_runtime.testing import AgentBench

        bench = AgentBench(tmp_path, agent="x")
        raised = bench.governance.escalate("d", "why", "high", trace_id="t-1")
        assert isinstance(raised, Escalation)
        (score,) = self.batch(1.0).scores
        loop = LinkScore(
            subject="s0",
            relation="r",
            object="s0",
            score=1.0,
            confidence=score.confidence,
            deviation=score.deviation,
            factors={},
        )
        request = ScoreRequest(candidates=(Candidate(subject="s0", relation="r", object="s0"),))
        batch = ScoredBatch(model_version="v7", scores=(loop,))
        answer = score_response(batch, request, CALL, (raised,))
        assert answer.governance_status == "escalated"
        assert answer.escalations == (raised.escalation_id,)
        assert answer.entities == ("s0",)


class TestEmbedding:
    def test_vectors_and_neighbours_follow_the_request(self):
        plain, near = embed_requests(
            LOADED,
            [
                EmbeddingRequest(entities=(NAMES[1], NAMES[0])),
                EmbeddingRequest(entities=(NAMES[2],), neighbours=2),
            ],
        )
        index = skilled_run().model.embeddings
        assert plain.vectors.tolist() == [
            index.vector(NAMES[1]).tolist(),
            index.vector(NAMES[0]).tolist(),
        ]
        assert plain.neighbours == ((), ())
        assert near.neighbours == (index.nearest(NAMES[2], 2),)
        assert plain.batch_id != near.batch_id

    def test_the_answer_lists_all_in_order(self):
        request = EmbeddingRequest(entities=(NAMES[2], NAMES[0]), neighbours=1)
        (batch,) = embed_requests(LOADED, [request])
        answer = embedding_response(batch, request, CALL)
        assert (answer.trace_id, answer.model_version, answer.dimension) == ("t-1", "v1", 32)
        assert [entry.entity for entry in answer.embeddings] == [NAMES[2], NAMES[0]]
        assert list(answer.embeddings[1].vector) == batch.vectors[1].tolist()
        (neighbour,) = answer.embeddings[0].neighbours
        assert neighbour.entity == batch.neighbours[0][0].entity
        assert neighbour.similarity == batch.neighbours[0][0].similarity

    @pytest.mark.negative
    def test_entities_named_twice_unknown_or_too_many_are_refused(self):
        with pytest.raises(InputBoundsError, match="an entity is named twice"):
            embed_requests(LOADED, [EmbeddingRequest(entities=(NAMES[0], NAMES[0]))])
        with pytest.raises(InputBoundsError, match="unknown entity 'x'"):
            embed_requests(LOADED, [EmbeddingRequest(entities=("x",))])
        many = [f"e{i}" for i in range(1001)]
        assert len(embedding_request(many[:1000]).entities) == 1000
        for wrong in ([], many):
            with pytest.raises(InputBoundsError, match="1 to 1000 entities can be embedded"):
                embedding_request(wrong)


def test_the_trace_is_that_of_the_call_or_a_new_one():
    with bind_trace("t-9"):
        assert trace_here() == "t-9"
    assert len(trace_here()) == 36
    assert trace_here() != trace_here()


def test_a_model_knows_when_it_was_stored_and_never_too_early(tmp_path):
    clock = ManualClock(1_700_000_000.1239)
    store = ModelStore(tmp_path, clock=clock)
    loaded = ModelCache(store).read(saved(store, naive_run()))
    assert clock() <= loaded.stored_at <= clock() + 0.001


def test_a_model_that_was_stored_at_no_time_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("agent_runtime.modelstore.isoformat", lambda _seconds: "yesterday")
    store = ModelStore(tmp_path, clock=ManualClock())
    version = saved(store, naive_run())
    with pytest.raises(ModelStoreError, match="was stored at no time"):
        ModelCache(store).read(version)
