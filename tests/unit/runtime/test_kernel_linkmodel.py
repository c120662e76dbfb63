"""A link model scores, completes, explains and survives storage without a change."""

import numpy as np
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, ModelStoreError, OutputBoundsError
from agent_runtime.kernels.calibration import IsotonicCalibrator
from agent_runtime.kernels.datasets import Vocabulary
from agent_runtime.kernels.factorization import Factorization
from agent_runtime.kernels.linkmodel import (
    LinkModel,
    calibration_report,
    fit_link_model,
    known_rows,
    scored_cases,
)
from agent_runtime.modelstore import ModelStore

VOCABULARY = Vocabulary(entities=("a", "b", "c"), relations=("likes",))
DIGEST = "0" * 64


def calibrator():
    return IsotonicCalibrator(
        centres=np.array([0.0, 10.0]),
        probabilities=np.array([0.25, 0.75]),
        deviations=np.array([0.2, 0.1]),
    )


def small_model(entities=None):
    """Rank 2, real factors only: a link scores s1 o1 + s2 o2."""
    factors = [[1.0, 2.0, 0, 0], [3.0, -1.0, 0, 0], [0.5, 0.25, 0, 0]]
    return LinkModel(
        vocabulary=VOCABULARY,
        factorization=Factorization(
            entities=np.array(entities or factors), relations=np.array([[1.0, 1.0, 0, 0]] * 2)
        ),
        calibrator=calibrator(),
    )


def test_a_score_comes_with_chance_deviation_and_factors():
    found, other = small_model().score([("a", "likes", "b"), ("c", "likes", "a")])
    assert (found.subject, found.relation, found.object) == ("a", "likes", "b")
    assert found.score == 1.0  # 1 * 3 + 2 * -1
    assert found.confidence == pytest.approx(0.3)
    assert found.deviation == pytest.approx(0.19)
    assert found.factors == {"latent_000": 3.0, "latent_001": -2.0}
    assert (other.subject, other.object, other.score) == ("c", "a", 1.0)


def test_factors_come_strongest_first_by_size_and_as_many_as_asked_for():
    model = small_model([[1.0, -5.0, 0, 0], [1.0, 1.0, 0, 0], [1.0, 1.0, 0, 0]])
    (found,) = model.score([("a", "likes", "b")])
    assert list(found.factors.items()) == [("latent_001", -5.0), ("latent_000", 1.0)]
    (found,) = model.score([("a", "likes", "b")], top_factors=1)
    assert found.factors == {"latent_001": -5.0}


def test_five_factors_are_named_unless_told_otherwise():
    wide = LinkModel(
        vocabulary=VOCABULARY,
        factorization=Factorization(entities=np.ones((3, 14)), relations=np.ones((2, 14))),
        calibrator=calibrator(),
    )
    (found,) = wide.score([("a", "likes", "b")])
    assert list(found.factors) == [f"latent_{i:03d}" for i in range(5)]


def test_completion_ranks_all_other_entities():
    found = small_model().complete("a", "likes", 5)
    assert [(s.object, s.score) for s in found] == [("b", 1.0), ("c", 1.0)]
    (best,) = small_model().complete("b", "likes", 1)
    assert (best.object, best.score) == ("c", 1.25)


def test_embeddings_are_the_entity_factors():
    model = small_model()
    assert model.embeddings.vector("b").tolist() == [3.0, -1.0, 0.0, 0.0]
    assert model.embeddings is model.embeddings
    assert model.embeddings.nearest("a", 1)[0].entity == "c"


@pytest.mark.negative
def test_unknown_names_and_empty_questions_are_refused():
    model = small_model()
    with pytest.raises(InputBoundsError, match="no links to score"):
        model.score([])
    with pytest.raises(InputBoundsError, match="unknown entity 'x'"):
        model.score([("a", "likes", "x")])
    with pytest.raises(InputBoundsError, match="unknown relation 'hates'"):
        model.complete("a", "hates", 1)
    with pytest.raises(InputBoundsError, match="k must be at least 1, not 0"):
        model.complete("a", "likes", 0)


@pytest.mark.negative
def test_names_and_factors_must_fit():
    for vocabulary in (
        Vocabulary(entities=("a", "b"), relations=("likes",)),
        Vocabulary(entities=("a", "b", "c"), relations=("likes", "hates")),
    ):
        with pytest.raises(InputBoundsError, match="the factors do not fit"):
            LinkModel(
                vocabulary=vocabulary,
                factorization=small_model().factorization,
                calibrator=calibrator(),
            )


class TestCalibration:
    """Ten entities in two camps; links lead from each to the others of its camp."""

    names = tuple(f"e{i}" for i in range(10))
    vocabulary = Vocabulary(entities=names, relations=("r",))
    camp = np.array([[3.0, 0, 0, 0] if i < 5 else [0, 3.0, 0, 0] for i in range(10)])
    factorization = Factorization(entities=camp, relations=np.array([[1.0, 1.0, 0, 0]] * 2))
    rows = np.array(
        [[s, 0, o] for s in range(10) for o in range(10) if s != o and (s < 5) == (o < 5)],
        dtype=np.int64,
    )

    def test_true_links_come_first_and_corruptions_are_as_many(self):
        scores, outcomes = scored_cases(
            self.factorization, self.rows, known=known_rows(self.rows), seed=1
        )
        assert outcomes.tolist() == [True] * 40 + [False] * 40
        assert (scores[:40] == 9.0).all()
        assert 0.0 in scores[40:]

    def test_a_separable_model_is_confident_on_both_sides(self):
        known = known_rows(self.rows)
        model = fit_link_model(self.factorization, self.vocabulary, self.rows, known=known, seed=1)
        inside, outside = model.score([("e0", "r", "e1"), ("e0", "r", "e9")])
        assert inside.confidence > 0.6
        assert outside.confidence < 0.1
        report = calibration_report(model, self.rows, known=known, seed=2)
        assert report.count == 80
        assert report.expected_error < 0.15

    def test_known_rows_are_plain_numbers(self):
        assert known_rows(np.array([[0, 1, 2]], dtype=np.int64)) == frozenset({(0, 1, 2)})


class TestStorage:
    def store(self, tmp_path):
        return ModelStore(tmp_path, kind="link_model", clock=ManualClock())

    def save(self, store, tensors=None, details=None):
        model = small_model()
        return store.save(
            tensors or model.tensors(),
            metrics={"test_mrr": 0.5},
            data_digest=DIGEST,
            details=details or model.details(),
        ).version

    def test_a_stored_model_answers_as_before(self, tmp_path):
        store = self.store(tmp_path)
        model = LinkModel.from_stored(store.load(self.save(store)))
        assert model.vocabulary == VOCABULARY
        triples = [("a", "likes", "b"), ("c", "likes", "c")]
        assert model.score(triples) == small_model().score(triples)

    @pytest.mark.negative
    @pytest.mark.parametrize("name", sorted(small_model().tensors()))
    def test_a_missing_array_is_named(self, tmp_path, name):
        store = self.store(tmp_path)
        tensors = {key: array for key, array in small_model().tensors().items() if key != name}
        version = self.save(store, tensors)
        with pytest.raises(ModelStoreError, match=f"{version} lacks {name}"):
            LinkModel.from_stored(store.load(version))

    @pytest.mark.negative
    @pytest.mark.parametrize(
        "details",
        [
            {"entities": ["a", "b"], "relations": ["likes"]},
            {"entities": ["a", "b", 3], "relations": ["likes"]},
            {"entities": "abc", "relations": ["likes"]},
        ],
    )
    def test_names_that_do_not_fit_are_refused(self, tmp_path, details):
        store = self.store(tmp_path)
        version = self.save(store, details=details)
        with pytest.raises(ModelStoreError, match=f"{version} is no link model"):
            LinkModel.from_stored(store.load(version))

    @pytest.mark.negative
    def test_factors_of_another_type_are_refused(self, tmp_path):
        store = self.store(tmp_path)
        tensors = small_model().tensors()
        version = self.save(store, {**tensors, "entities": tensors["entities"].astype(np.float64)})
        with pytest.raises(ModelStoreError, match="factors must be float32, not float64"):
            LinkModel.from_stored(store.load(version))


@pytest.mark.negative
def test_a_chance_out_of_bounds_is_withheld():
    model = small_model()
    model.calibrator.probabilities[1] = 1.5
    with pytest.raises(OutputBoundsError, match="confidence"):
        model.score([("b", "likes", "b"), ("b", "likes", "b")])
