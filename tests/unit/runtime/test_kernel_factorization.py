"""The gradient is right, training is repeatable, scores are explained, and it really learns."""

from typing import ClassVar

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError, OutputBoundsError
from agent_runtime.kernels.datasets import TripleEncoder, split_triples
from agent_runtime.kernels.factorization import (
    Factorization,
    FactorizationConfig,
    FactorizationTrainer,
    loss_and_slopes,
    parameter_count,
)
from agent_runtime.kernels.linkmetrics import (
    KnownLinks,
    PopularityBaseline,
    filtered_ranks,
    ranking_report,
)
from agent_runtime.kernels.synthetic import structure_free, trading_market


def rows_of(*rows):
    return np.array(rows, dtype=np.int64)


def random_factors(entities=5, relations=2, rank=3, seed=0):
    generator = np.random.default_rng(seed)
    return (
        generator.normal(size=(entities, 2 * rank)),
        generator.normal(size=(2 * relations, 2 * rank)),
    )


def as_complex(rows):
    half = rows.shape[1] // 2
    return rows[:, :half] + 1j * rows[:, half:]


def complex_score(entities, relations, subject, relation, object_):
    s, r, o = as_complex(entities)[subject], as_complex(relations)[relation], as_complex(entities)
    return float(np.real(np.sum(s * r * np.conj(o[object_]))))


def reference_loss(entities, relations, batch, penalty):
    """The loss of the module text, spelled out with complex numbers and loops."""
    total = 0.0
    for s, r, o in batch:
        scores = [complex_score(entities, relations, s, r, e) for e in range(len(entities))]
        total += np.log(np.sum(np.exp(scores))) - scores[o]
        for row in (as_complex(entities)[s], as_complex(relations)[r], as_complex(entities)[o]):
            total += penalty * np.sum(np.abs(row) ** 3)
    return total / len(batch)


class TestGradient:
    batch = rows_of([0, 0, 1], [0, 3, 2], [4, 1, 4], [0, 0, 1])

    @pytest.mark.parametrize("penalty", [0.0, 0.3])
    def test_the_loss_agrees_with_its_definition(self, penalty):
        entities, relations = random_factors()
        loss, _, _ = loss_and_slopes(entities, relations, self.batch, penalty=penalty)
        assert loss == pytest.approx(reference_loss(entities, relations, self.batch, penalty))

    @pytest.mark.parametrize("penalty", [0.0, 0.3])
    def test_the_slopes_agree_with_finite_differences(self, penalty):
        factors = random_factors()
        _, *slopes = loss_and_slopes(*factors, self.batch, penalty=penalty)
        step = 1e-6
        for which in (0, 1):
            numeric = np.zeros_like(factors[which])
            for place in np.ndindex(numeric.shape):
                moved = [array.copy() for array in factors]
                moved[which][place] += step
                above = reference_loss(*moved, self.batch, penalty)
                moved[which][place] -= 2 * step
                below = reference_loss(*moved, self.batch, penalty)
                numeric[place] = (above - below) / (2 * step)
            assert slopes[which] == pytest.approx(numeric, abs=1e-7)

    def test_large_scores_do_not_overflow(self):
        entities, relations = random_factors()
        loss, *slopes = loss_and_slopes(entities * 30, relations, self.batch, penalty=0.0)
        assert np.isfinite(loss)
        assert all(np.isfinite(slope).all() for slope in slopes)


class TestScores:
    entities, relations = random_factors(entities=4, relations=2, rank=3, seed=8)
    model = Factorization(entities=entities, relations=relations)
    rows = rows_of([0, 0, 1], [3, 1, 2], [2, 1, 2])

    def test_a_score_is_the_mean_of_both_directions(self):
        for row, score in zip(self.rows.tolist(), self.model.scores(self.rows), strict=True):
            s, r, o = row
            forward = complex_score(self.entities, self.relations, s, r, o)
            backward = complex_score(self.entities, self.relations, o, r + 2, s)
            assert score == pytest.approx((forward + backward) / 2, abs=1e-5)

    def test_contributions_of_the_latent_factors_add_up_to_the_score(self):
        parts = self.model.contributions(self.rows)
        assert parts.shape == (3, 3)
        assert parts.sum(axis=1) == pytest.approx(self.model.scores(self.rows), abs=1e-12)

    def test_a_contribution_is_what_vanishes_with_its_factor(self):
        parts = self.model.contributions(self.rows)
        for factor in range(3):
            entities = self.entities.copy()
            entities[:, [factor, factor + 3]] = 0.0
            without = Factorization(entities=entities, relations=self.relations)
            lost = self.model.scores(self.rows) - without.scores(self.rows)
            assert lost == pytest.approx(parts[:, factor], abs=1e-5)

    def test_object_scores_rank_all_entities_for_a_query(self):
        table = self.model.object_scores(self.rows)
        assert table.shape == (3, 4)
        for at, (s, r, _) in enumerate(self.rows.tolist()):
            expected = [complex_score(self.entities, self.relations, s, r, e) for e in range(4)]
            assert table[at].tolist() == pytest.approx(expected, abs=1e-5)

    def test_subject_scores_use_the_reciprocal_relation(self):
        table = self.model.subject_scores(self.rows)
        for at, (_, r, o) in enumerate(self.rows.tolist()):
            expected = [complex_score(self.entities, self.relations, o, r + 2, e) for e in range(4)]
            assert table[at].tolist() == pytest.approx(expected, abs=1e-5)

    def test_sizes_are_told(self):
        assert (self.model.rank, self.model.entity_count, self.model.relation_count) == (3, 4, 2)

    def test_the_factors_are_read_only(self):
        with pytest.raises(ValueError, match="read-only"):
            self.model.entities[0, 0] = 1.0
        with pytest.raises(ValueError, match="read-only"):
            self.model.relations[0, 0] = 1.0

    @pytest.mark.negative
    @pytest.mark.parametrize(
        "row", [[4, 0, 0], [-1, 0, 0], [0, 2, 0], [0, -1, 0], [0, 0, 4], [0, 0, -1]]
    )
    def test_indices_out_of_range_are_refused(self, row):
        for ask in (self.model.scores, self.model.object_scores, self.model.subject_scores):
            with pytest.raises(
                InputBoundsError, match="an entity or relation that the model lacks"
            ):
                ask(rows_of([0, 0, 0], row))

    @pytest.mark.negative
    @pytest.mark.parametrize(
        "rows", [np.zeros((1, 2), np.int64), np.zeros(3, np.int64), np.zeros((1, 3))]
    )
    def test_rows_of_another_shape_or_type_are_refused(self, rows):
        with pytest.raises(InputBoundsError, match="must be int64 rows"):
            self.model.scores(rows)

    def test_the_largest_factors_still_have_a_finite_score(self):
        huge = Factorization(entities=np.full((1, 8), 3e38), relations=np.full((2, 8), 3e38))
        assert np.isfinite(huge.scores(rows_of([0, 0, 0]))).all()


@pytest.mark.negative
@pytest.mark.parametrize(
    ("entities", "relations", "message"),
    [
        (np.ones((2, 4)), np.ones((2, 2)), "rows of one width"),
        (np.ones(4), np.ones((2, 4)), "rows of one width"),
        (np.ones((2, 4)), np.ones(4), "rows of one width"),
        (np.ones((2, 3)), np.ones((2, 3)), "relations reciprocals"),
        (np.ones((2, 0)), np.ones((2, 0)), "relations reciprocals"),
        (np.ones((0, 4)), np.ones((2, 4)), "relations reciprocals"),
        (np.ones((2, 4)), np.ones((0, 4)), "relations reciprocals"),
        (np.ones((2, 4)), np.ones((3, 4)), "relations reciprocals"),
        (np.full((2, 4), np.nan), np.ones((2, 4)), "a latent factor is not finite"),
        (np.ones((2, 4)), np.full((2, 4), np.inf), "a latent factor is not finite"),
    ],
)
def test_factors_that_do_not_fit_are_refused(entities, relations, message):
    with pytest.raises(InputBoundsError, match=message):
        Factorization(entities=entities, relations=relations)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rank": 0}, "rank and batch_size must be at least 1"),
        ({"batch_size": 0}, "rank and batch_size must be at least 1"),
        ({"seed": -1}, "seed at least 0"),
        ({"learning_rate": 0.0}, "learning_rate and initial_scale"),
        ({"learning_rate": 1.01}, "learning_rate and initial_scale"),
        ({"initial_scale": 0.0}, "learning_rate and initial_scale"),
        ({"initial_scale": 1.01}, "learning_rate and initial_scale"),
        ({"penalty": -0.01}, "penalty must be within 0..1"),
        ({"penalty": 1.01}, "penalty must be within 0..1"),
        ({"penalty": float("nan")}, "penalty must be within 0..1"),
    ],
)
def test_configurations_out_of_bounds_are_refused(change, message):
    with pytest.raises(InputBoundsError, match=message):
        FactorizationConfig(**change)


def test_the_bounds_of_a_configuration_are_inclusive():
    low = FactorizationConfig(rank=1, batch_size=1, penalty=0.0, seed=0)
    high = FactorizationConfig(learning_rate=1.0, initial_scale=1.0, penalty=1.0)
    assert (low.rank, high.penalty) == (1, 1.0)


def test_parameters_are_counted_with_reciprocal_relations_and_both_parts():
    entities, relations = random_factors(entities=5, relations=2, rank=3)
    assert parameter_count(entities=5, relations=2, rank=3) == entities.size + relations.size


class TestTrainer:
    market = trading_market(buyers=12, suppliers=10, materials=12)
    encoder = TripleEncoder(split_triples(market, valid=0, test=0).vocabulary)
    rows = encoder.rows(market)
    size: ClassVar = {
        "entities": len(encoder.vocabulary.entities),
        "relations": len(encoder.vocabulary.relations),
    }

    def trainer(self, **change):
        return FactorizationTrainer(FactorizationConfig(rank=8, **change), self.rows, **self.size)

    def test_the_loss_falls(self):
        trainer = self.trainer()
        losses = [trainer.run_epoch() for _ in range(30)]
        assert losses[0] == pytest.approx(np.log(self.size["entities"]), rel=0.02)
        assert losses[-1] < losses[0] / 2
        assert trainer.epoch == 30

    def test_the_loss_of_an_epoch_is_the_mean_over_triples_whatever_the_batches(self):
        gentle = {"learning_rate": 1e-7}
        one = self.trainer(batch_size=10_000, **gentle).run_epoch()
        many = self.trainer(batch_size=7, **gentle).run_epoch()
        assert one == pytest.approx(many, rel=1e-4)

    def test_same_seed_same_bytes_and_another_seed_another_model(self):
        models = []
        for seed in (3, 3, 4):
            trainer = self.trainer(seed=seed)
            trainer.run_epoch()
            models.append(trainer.model())
        assert models[0].entities.tobytes() == models[1].entities.tobytes()
        assert models[0].relations.tobytes() == models[1].relations.tobytes()
        assert models[0].entities.tobytes() != models[2].entities.tobytes()

    def test_the_first_step_is_adagrads(self):
        trainer = self.trainer(batch_size=10_000, penalty=0.2)
        before = trainer.state()
        trainer.run_epoch()
        after = trainer.state()
        reciprocal = self.rows[:, [2, 1, 0]] + np.array([0, self.size["relations"], 0])
        batch = np.concatenate([self.rows, reciprocal])
        _, *slopes = loss_and_slopes(before["entities"], before["relations"], batch, penalty=0.2)
        for name, slope in zip(("entities", "relations"), slopes, strict=True):
            step = before[name] - after[name]
            clear = np.abs(slope) > 1e-5
            assert step[clear] == pytest.approx(0.1 * np.sign(slope[clear]), rel=1e-2)

    def test_a_resumed_training_ends_with_the_same_bytes(self):
        straight, first = self.trainer(), self.trainer()
        for _ in range(4):
            straight.run_epoch()
        for _ in range(2):
            first.run_epoch()
        resumed = self.trainer()
        resumed.restore(first.state(), epoch=2)
        for _ in range(2):
            resumed.run_epoch()
        assert resumed.epoch == 4
        for name, array in straight.state().items():
            assert resumed.state()[name].tobytes() == array.tobytes()

    def test_a_saved_state_does_not_change_with_the_training(self):
        trainer = self.trainer()
        trainer.run_epoch()
        state, model = trainer.state(), trainer.model()
        kept = {name: array.copy() for name, array in state.items()}
        restored = self.trainer()
        restored.restore(state, epoch=1)
        restored.run_epoch()
        trainer.run_epoch()
        for name, array in kept.items():
            assert state[name].tobytes() == array.tobytes()
        assert model.entities.tobytes() == kept["entities"].tobytes()

    @pytest.mark.negative
    def test_foreign_states_are_refused(self):
        trainer = self.trainer()
        sound = trainer.state()
        narrow = FactorizationTrainer(FactorizationConfig(rank=4), self.rows, **self.size).state()
        with pytest.raises(InputBoundsError, match="the saved entities do not fit"):
            trainer.restore({**sound, "entities": narrow["entities"]}, epoch=1)
        with pytest.raises(InputBoundsError, match="the saved relations do not fit"):
            trainer.restore({**sound, "relations": sound["relations"].astype(np.float64)}, epoch=1)
        with pytest.raises(InputBoundsError, match="lacks arrays or has foreign ones"):
            trainer.restore({**sound, "extra": sound["entities"]}, epoch=1)
        with pytest.raises(InputBoundsError, match="lacks arrays or has foreign ones"):
            trainer.restore(sound, epoch=-1)
        damaged = np.full_like(sound["entity_squares"], np.nan)
        with pytest.raises(InputBoundsError, match="the saved entity_squares are not finite"):
            trainer.restore({**sound, "entity_squares": damaged}, epoch=1)
        trainer.restore(sound, epoch=0)

    @pytest.mark.negative
    def test_training_on_nothing_or_on_strangers_is_refused(self):
        config = FactorizationConfig(rank=2)
        with pytest.raises(InputBoundsError, match="no triples to learn from"):
            FactorizationTrainer(config, np.zeros((0, 3), np.int64), entities=2, relations=1)
        with pytest.raises(InputBoundsError, match="an entity or relation that the model lacks"):
            FactorizationTrainer(config, rows_of([0, 0, 2]), entities=2, relations=1)

    @pytest.mark.negative
    def test_a_diverged_training_is_reported(self):
        trainer = self.trainer()
        state = trainer.state()
        trainer.restore({**state, "entities": state["entities"] * np.float32(1e30)}, epoch=6)
        with (
            np.errstate(all="ignore"),
            pytest.raises(OutputBoundsError, match=r"training diverged in epoch 7: the loss is"),
        ):
            trainer.run_epoch()


def test_mrr_and_baseline_on_structured_data_show_that_it_learns():
    model, baseline = trained_against_popularity(trading_market())
    assert model > 0.75
    assert model > baseline + 0.5


@pytest.mark.negative
def test_on_structure_free_data_there_is_no_gain_over_popularity():
    figures = [
        trained_against_popularity(structure_free(triples=800, seed=seed), test=0.5)
        for seed in range(3)
    ]
    gains = [model - baseline for model, baseline in figures]  # standard error of one: about 0.006
    assert abs(np.mean(gains)) < 0.015
    assert max(model for model, _ in figures) < 0.12  # guessing among 60: sum(1/k)/60 = 0.078


def trained_against_popularity(triples, test=0.1):
    dataset = split_triples(triples, valid=0, test=test)
    encoder = TripleEncoder(dataset.vocabulary)
    train, asked = encoder.rows(dataset.train), encoder.rows(dataset.test)
    known = KnownLinks(encoder.rows(dataset.all_triples))
    size = {
        "entities": len(dataset.vocabulary.entities),
        "relations": len(dataset.vocabulary.relations),
    }
    trainer = FactorizationTrainer(FactorizationConfig(rank=24), train, **size)
    for _ in range(25):
        trainer.run_epoch()
    return tuple(
        ranking_report(filtered_ranks(scorer, asked, known)).mrr
        for scorer in (trainer.model(), PopularityBaseline(train, **size))
    )
