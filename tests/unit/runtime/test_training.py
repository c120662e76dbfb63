"""A training respects its limits, can be resumed without a trace, and reports what it measured."""

import hashlib
import json

import numpy as np
import pytest
from agent_runtime.checkpoints import Checkpoint, Evaluation, read_checkpoint, write_checkpoint
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, ModelStoreError
from agent_runtime.kernels.datasets import TripleDataset, split_triples
from agent_runtime.kernels.factorization import Factorization, FactorizationConfig, parameter_count
from agent_runtime.kernels.synthetic import structure_free, trading_market
from agent_runtime.training import Outcome, TrainingJob, TrainingLimits

MARKET = split_triples(trading_market(buyers=20, suppliers=15, materials=15))
CONFIG = FactorizationConfig(rank=8)


class TickingClock(ManualClock):
    """Moves on by one second at every look."""

    def __call__(self):
        self.advance(1.0)
        return super().__call__()


def job(*, dataset=MARKET, config=CONFIG, clock=None, checkpoint=None, **limits):
    return TrainingJob(
        dataset,
        config,
        TrainingLimits(**limits),
        clock=clock or ManualClock(),
        checkpoint=checkpoint,
    )


def weights(run):
    return {name: array.tobytes() for name, array in run.model.tensors().items()}


class TestOutcome:
    def test_it_completes_after_its_epochs(self):
        run = job(max_epochs=12, evaluate_every=5, patience=9).run()
        assert run.outcome is Outcome.COMPLETED
        assert run.epochs == 12
        assert [evaluation.epoch for evaluation in run.evaluations] == [5, 10, 12]

    def test_it_stops_early_when_the_validation_figure_gets_no_better(self):
        run = job(max_epochs=500, evaluate_every=2, patience=2).run()
        assert run.outcome is Outcome.EARLY_STOPPED
        figures = [evaluation.valid_mrr for evaluation in run.evaluations]
        best = figures.index(max(figures))
        assert len(figures) == best + 3  # just as many behind the best as the patience allows
        assert run.best_epoch == run.evaluations[best].epoch
        assert run.epochs == run.evaluations[-1].epoch

    def test_the_best_epoch_is_kept_not_the_last(self):
        run = job(max_epochs=500, evaluate_every=2, patience=2).run()
        shorter = job(max_epochs=run.best_epoch, evaluate_every=2, patience=2).run()
        assert run.best_epoch < run.epochs
        assert run.model.factorization.entities.tobytes() == (
            shorter.model.factorization.entities.tobytes()
        )
        best = max(evaluation.valid_mrr for evaluation in run.evaluations)
        assert run.metrics["valid_mrr"] == best

    def test_it_stops_when_time_is_up_but_not_before_one_epoch(self):
        run = job(max_epochs=50, max_seconds=0.5, clock=TickingClock()).run()
        assert run.outcome is Outcome.OUT_OF_TIME
        assert run.epochs == run.best_epoch == 1
        assert run.evaluations == ()

    def test_time_that_is_just_used_up_ends_it(self):
        # the clock ticks at the start and after each epoch: epoch n ends n seconds after the start
        run = job(max_epochs=50, max_seconds=3.0, clock=TickingClock()).run()
        assert (run.outcome, run.epochs) == (Outcome.OUT_OF_TIME, 3)
        assert run.seconds == 4.0

    def test_the_last_epoch_counts_as_completed_even_if_time_is_up(self):
        run = job(max_epochs=3, max_seconds=3.0, clock=TickingClock()).run()
        assert run.outcome is Outcome.COMPLETED


class TestFigures:
    def test_on_structured_data_it_beats_popularity_and_is_calibrated(self):
        run = job(config=FactorizationConfig(rank=24), max_epochs=40).run()
        assert run.metrics["test_mrr"] > run.metrics["baseline_mrr"] + 0.3
        assert run.metrics["test_hits_10"] > 0.8
        assert run.metrics["test_hits_1"] <= run.metrics["test_mrr"] <= run.metrics["test_hits_10"]
        assert run.metrics["calibration_error"] < 0.2
        assert run.metrics["brier"] < 0.15

    @pytest.mark.negative
    def test_on_structure_free_data_confidence_stays_near_no_idea(self):
        run = job(dataset=split_triples(structure_free()), max_epochs=20).run()
        assert run.metrics["test_mrr"] < 0.15
        assert 0.2 < run.metrics["brier"] < 0.32  # 0.25 is what a constant 0.5 gets

    def test_the_run_names_its_data_and_configuration(self):
        run = job(max_epochs=2).run()
        assert run.data_digest == MARKET.digest
        assert run.config == CONFIG
        assert run.resumed_from == 0
        assert set(run.metrics) == {
            "valid_mrr",
            "test_mrr",
            "test_hits_1",
            "test_hits_10",
            "baseline_mrr",
            "calibration_error",
            "brier",
        }

    def test_losses_fall_along_the_way(self):
        run = job(max_epochs=10, evaluate_every=5).run()
        assert run.evaluations[0].loss > run.evaluations[1].loss > 0

    def test_same_inputs_same_model_and_same_id(self):
        first, again = (job(max_epochs=4).run() for _ in range(2))
        assert weights(first) == weights(again)
        assert first.run_id == again.run_id
        assert first.metrics == again.metrics

    def test_whatever_decides_the_result_changes_the_id_and_the_clock_does_not(self):
        ids = {
            job().run_id,
            job(config=FactorizationConfig(rank=8, seed=1)).run_id,
            job(max_epochs=61).run_id,
            job(evaluate_every=6).run_id,
            job(patience=4).run_id,
            job(dataset=split_triples(MARKET.all_triples, seed=1)).run_id,
        }
        assert len(ids) == 6
        assert job(max_seconds=1.0, max_parameters=100_000).run_id == job().run_id


class TestResumption:
    limits = {"max_epochs": 12, "evaluate_every": 3, "patience": 9}  # noqa: RUF012 - never changed

    def test_interrupted_and_resumed_it_ends_as_if_it_had_run_through(self, tmp_path):
        path = tmp_path / "deep" / "training.ckpt"
        for seconds in (2.0, 3.0, 4.0):
            part = job(max_seconds=seconds, clock=TickingClock(), checkpoint=path, **self.limits)
            assert part.run().outcome is Outcome.OUT_OF_TIME
            assert path.exists()
        last = job(checkpoint=path, **self.limits).run()
        straight = job(**self.limits).run()
        assert last.resumed_from == 9
        assert last.epochs == straight.epochs == 12
        assert weights(last) == weights(straight)
        assert last.evaluations == straight.evaluations
        assert last.metrics == straight.metrics

    def test_a_killed_training_resumes_from_its_last_evaluation(self, tmp_path, monkeypatch):
        path = tmp_path / "training.ckpt"
        killed = job(checkpoint=path, **self.limits)
        real, calls = killed._trainer.run_epoch, []

        def dies_in_epoch_8():
            calls.append(1)
            if len(calls) == 8:
                raise KeyboardInterrupt
            return real()

        monkeypatch.setattr(killed._trainer, "run_epoch", dies_in_epoch_8)
        with pytest.raises(KeyboardInterrupt):
            killed.run()
        resumed = job(checkpoint=path, **self.limits).run()
        assert resumed.resumed_from == 6
        assert weights(resumed) == weights(job(**self.limits).run())

    def test_a_finished_training_leaves_no_checkpoint(self, tmp_path):
        path = tmp_path / "training.ckpt"
        job(checkpoint=path, **self.limits).run()
        assert list(tmp_path.iterdir()) == []

    def test_the_checkpoint_of_another_job_is_not_used(self, tmp_path):
        path = tmp_path / "training.ckpt"
        job(max_seconds=4.0, clock=TickingClock(), checkpoint=path, **self.limits).run()
        other = job(config=FactorizationConfig(rank=8, seed=7), checkpoint=path, **self.limits)
        assert other.run().resumed_from == 0

    def test_a_checkpoint_at_the_end_is_only_measured(self, tmp_path):
        path = tmp_path / "training.ckpt"
        done = job(checkpoint=path, **self.limits)
        straight = done.run()
        progress = Checkpoint(
            epoch=12,
            state=done._trainer.state(),
            best=straight.model.factorization,
            evaluations=straight.evaluations,
        )
        write_checkpoint(path, done.run_id, progress)
        again = job(checkpoint=path, **self.limits).run()
        assert (again.outcome, again.resumed_from, again.epochs) == (Outcome.COMPLETED, 12, 12)
        assert weights(again) == weights(straight)

    @pytest.mark.negative
    def test_a_damaged_checkpoint_is_refused_with_the_remedy(self, tmp_path):
        path = tmp_path / "training.ckpt"
        job(max_seconds=4.0, clock=TickingClock(), checkpoint=path, **self.limits).run()
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        with pytest.raises(ModelStoreError, match=r"training.ckpt is damaged: delete it to train"):
            job(checkpoint=path, **self.limits).run()


class TestCheckpoint:
    state = {"entities": np.ones((2, 2), np.float32)}  # noqa: RUF012 - never changed
    model = Factorization(entities=np.ones((2, 2)), relations=np.ones((2, 2)))
    other = Factorization(entities=np.full((2, 2), 2.0), relations=np.ones((2, 2)))

    def empty(self):
        return Checkpoint(epoch=0, state={}, best=None, evaluations=())

    def test_only_a_strictly_better_model_replaces_the_best(self):
        first = self.empty().with_evaluation(Evaluation(epoch=1, loss=1, valid_mrr=0.5), self.model)
        equal = first.with_evaluation(Evaluation(epoch=2, loss=1, valid_mrr=0.5), self.other)
        better = equal.with_evaluation(Evaluation(epoch=3, loss=1, valid_mrr=0.6), self.other)
        assert (first.best, first.best_epoch, first.best_index) == (self.model, 1, 0)
        assert (equal.best, equal.best_epoch, equal.best_index) == (self.model, 1, 0)
        assert (better.best, better.best_epoch, better.best_index) == (self.other, 3, 2)

    def test_without_an_evaluation_there_is_no_best(self):
        assert (self.empty().best_index, self.empty().best_epoch) == (-1, 0)

    @pytest.mark.parametrize("best", [None, model])
    def test_what_was_written_is_read(self, tmp_path, best):
        path = tmp_path / "x.ckpt"
        evaluations = (Evaluation(epoch=1, loss=2.5, valid_mrr=0.25),)
        written = Checkpoint(epoch=4, state=self.state, best=best, evaluations=evaluations)
        write_checkpoint(path, "run", written)
        found = read_checkpoint(path, "run")
        assert (found.epoch, found.evaluations) == (4, evaluations)
        assert set(found.state) == {"entities"}
        assert found.state["entities"].tolist() == [[1, 1], [1, 1]]
        assert (found.best is None) == (best is None)
        assert [p.name for p in tmp_path.iterdir()] == ["x.ckpt"]

    def test_none_is_found_where_none_is_or_another_job_left_one(self, tmp_path):
        path = tmp_path / "x.ckpt"
        assert read_checkpoint(path, "run") is None
        write_checkpoint(path, "run", self.empty().at(1, self.state))
        assert read_checkpoint(path, "other") is None
        assert read_checkpoint(path, "run").epoch == 1

    @pytest.mark.negative
    @pytest.mark.parametrize(
        "content",
        [
            b"not json\n",
            b"[]\n",
            b'{"run_id": "run"}\n',
            b'{"run_id": "run", "epoch": 1, "evaluations": []}\nno tensors',
            b'{"run_id": "run", "epoch": "x", "evaluations": []}\nSOUND',
            b'{"run_id": "run", "epoch": 1, "evaluations": 7}\nSOUND',
            b'{"run_id": "run", "epoch": 1, "evaluations": [{"epoch": 1}]}\nSOUND',
            b'{"run_id": "run", "epoch": 1, "evaluations": []}\nHALF',
            b'{"run_id": "run", "epoch": 1, "evaluations": []}\nODD',
        ],
    )
    def test_whole_files_with_foreign_content_are_refused(self, tmp_path, content):
        from safetensors.numpy import save

        one = np.ones((2, 2), np.float32)
        content = content.replace(b"SOUND", save({"entities": one}))
        content = content.replace(b"HALF", save({"best_entities": one}))
        odd = {"best_entities": one, "best_relations": np.ones((3, 2), np.float32)}
        content = content.replace(b"ODD", save(odd))
        path = tmp_path / "x.ckpt"
        path.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        with pytest.raises(
            ModelStoreError, match=r"x.ckpt is not a checkpoint: delete it to train"
        ):
            read_checkpoint(path, "run")

    def test_the_second_line_is_readable_json(self, tmp_path):
        path = tmp_path / "x.ckpt"
        write_checkpoint(path, "run", self.empty().at(3, self.state))
        line = path.read_bytes().split(b"\n")[1]
        assert json.loads(line) == {"run_id": "run", "epoch": 3, "evaluations": []}


class TestLimits:
    @pytest.mark.negative
    @pytest.mark.parametrize(
        "limits",
        [
            {"max_epochs": 0},
            {"max_seconds": 0.0},
            {"max_seconds": float("nan")},
            {"max_parameters": 0},
            {"evaluate_every": 0},
            {"patience": 0},
        ],
    )
    def test_limits_that_allow_nothing_are_refused(self, limits):
        with pytest.raises(InputBoundsError, match="every training limit must be positive"):
            TrainingLimits(**limits)

    def test_limits_of_one_are_accepted(self):
        assert TrainingLimits(max_epochs=1, max_parameters=1, evaluate_every=1, patience=1)

    @pytest.mark.negative
    def test_a_model_beyond_the_parameter_limit_is_refused(self):
        vocabulary = MARKET.vocabulary
        needed = parameter_count(
            entities=len(vocabulary.entities), relations=len(vocabulary.relations), rank=8
        )
        assert job(max_parameters=needed)
        with pytest.raises(
            InputBoundsError, match=f"would learn {needed} parameters; {needed - 1}"
        ):
            job(max_parameters=needed - 1)

    @pytest.mark.negative
    @pytest.mark.parametrize("part", ["valid", "test"])
    def test_too_few_held_out_triples_are_refused(self, part):
        parts = {"train": MARKET.train, "valid": MARKET.valid, "test": MARKET.test}
        enough = {**parts, part: parts[part][:5]}
        assert job(dataset=TripleDataset(**enough))
        with pytest.raises(InputBoundsError, match=r"too little data: .* at least 5 of each"):
            job(dataset=TripleDataset(**{**parts, part: parts[part][:4]}))
