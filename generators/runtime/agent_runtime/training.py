"""Train a link model within limits: evaluated as it goes, stopped early, resumable after a crash.

A job is a function of its dataset, configuration and limits: interrupted and resumed, it ends with
the same model as if it had run through.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np

from agent_runtime.checkpoints import Checkpoint, Evaluation, read_checkpoint, write_checkpoint
from agent_runtime.clock import Clock
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.datasets import TripleDataset, TripleEncoder
from agent_runtime.kernels.factorization import (
    Factorization,
    FactorizationConfig,
    FactorizationTrainer,
    parameter_count,
)
from agent_runtime.kernels.linkmetrics import (
    KnownLinks,
    PopularityBaseline,
    filtered_ranks,
    ranking_report,
)
from agent_runtime.kernels.linkmodel import (
    LinkModel,
    calibration_report,
    fit_link_model,
    known_rows,
)

LEAST_HELD_OUT: Final = 5
_TEST_SEED: Final = 1


class Outcome(StrEnum):
    """Why a training ended."""

    COMPLETED = "completed"
    EARLY_STOPPED = "early_stopped"
    OUT_OF_TIME = "out_of_time"


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingLimits:
    """What a training may use.

    Attributes:
        max_epochs: passes over the data.
        max_seconds: time by the job's clock after which no further epoch begins.
        max_parameters: real numbers the model may learn.
        evaluate_every: epochs between evaluations, each of which is also a checkpoint.
        patience: evaluations without a better one after which training stops.
    """

    max_epochs: int = 60
    max_seconds: float = 300.0
    max_parameters: int = 20_000_000
    evaluate_every: int = 5
    patience: int = 3

    def __post_init__(self) -> None:
        counts = (self.max_epochs, self.max_parameters, self.evaluate_every, self.patience)
        if min(counts) < 1 or not self.max_seconds > 0:
            raise InputBoundsError("every training limit must be positive")


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingRun:
    """What a training did and brought.

    Attributes:
        run_id: digest of all inputs; the same job has the same id.
        outcome: why it ended.
        epochs: passes over the data in all, those before a resumption included.
        best_epoch: the pass whose factors are kept.
        resumed_from: the pass it took up after; 0 if it began afresh.
        seconds: time used by the clock in this call.
        metrics: valid_mrr, test_mrr, test_hits_1, test_hits_10, baseline_mrr (popularity, on test),
            calibration_error and brier (on test).
        evaluations: validation figures along the way.
        data_digest: SHA-256 of the dataset.
        config: what shaped the model.
        model: the trained model.
    """

    run_id: str
    outcome: Outcome
    epochs: int
    best_epoch: int
    resumed_from: int
    seconds: float
    metrics: dict[str, float]
    evaluations: tuple[Evaluation, ...]
    data_digest: str
    config: FactorizationConfig
    model: LinkModel


class TrainingJob:
    """One training of a link model."""

    def __init__(
        self,
        dataset: TripleDataset,
        config: FactorizationConfig,
        limits: TrainingLimits,
        *,
        clock: Clock,
        checkpoint: Path | None = None,
    ) -> None:
        """Prepare; nothing is computed yet.

        Args:
            dataset: what to learn from; its test part is only measured, never chosen by.
            config: what shapes the model.
            limits: what it may use.
            clock: measures `limits.max_seconds`.
            checkpoint: file to keep the state in; a job with the same inputs resumes from it.

        Raises:
            InputBoundsError: the validation or test part has fewer than 5 triples, or the model
                would have more parameters than allowed.
        """
        if min(len(dataset.valid), len(dataset.test)) < LEAST_HELD_OUT:
            raise InputBoundsError(
                f"too little data: {len(dataset.valid)} validation and {len(dataset.test)} test "
                f"triples; at least {LEAST_HELD_OUT} of each are needed"
            )
        vocabulary = dataset.vocabulary
        entities, relations = len(vocabulary.entities), len(vocabulary.relations)
        needed = parameter_count(entities=entities, relations=relations, rank=config.rank)
        if needed > limits.max_parameters:
            raise InputBoundsError(
                f"the model would learn {needed} parameters; {limits.max_parameters} are allowed"
            )
        encoder = TripleEncoder(vocabulary)
        self._train = encoder.rows(dataset.train)
        self._valid = encoder.rows(dataset.valid)
        self._test = encoder.rows(dataset.test)
        every = np.concatenate([self._train, self._valid, self._test])
        self._known, self._known_rows = KnownLinks(every), known_rows(every)
        self._dataset, self._config, self._limits = dataset, config, limits
        self._clock, self._checkpoint = clock, checkpoint
        self._trainer = FactorizationTrainer(
            config, self._train, entities=entities, relations=relations
        )
        self.run_id = _run_id(dataset, config, limits)

    def run(self) -> TrainingRun:
        """Train until done, until it no longer gets better, or until time is up.

        A run that is out of time keeps its checkpoint; the others delete it.

        Raises:
            ModelStoreError: the checkpoint is damaged; delete it to begin afresh.
            OutputBoundsError: the training diverged.
        """
        started = self._clock()
        progress = self._resume()
        resumed_from = self._trainer.epoch
        outcome = self._stop_reason(progress)
        while outcome is None:
            loss = self._trainer.run_epoch()
            if self._is_due():
                progress = progress.with_evaluation(self._evaluate(loss), self._trainer.model())
                self._save(progress)
            outcome = self._stop_reason(progress)
            if outcome is None and self._clock() - started >= self._limits.max_seconds:
                outcome = Outcome.OUT_OF_TIME
                self._save(progress)
        if outcome is not Outcome.OUT_OF_TIME and self._checkpoint is not None:
            self._checkpoint.unlink(missing_ok=True)
        best = progress.best or self._trainer.model()
        best_epoch = progress.best_epoch or self._trainer.epoch
        model = fit_link_model(
            best,
            self._dataset.vocabulary,
            self._valid,
            known=self._known_rows,
            seed=self._config.seed,
        )
        return TrainingRun(
            run_id=self.run_id,
            outcome=outcome,
            epochs=self._trainer.epoch,
            best_epoch=best_epoch,
            resumed_from=resumed_from,
            seconds=self._clock() - started,
            metrics=self._metrics(model),
            evaluations=progress.evaluations,
            data_digest=self._dataset.digest,
            config=self._config,
            model=model,
        )

    def _stop_reason(self, progress: Checkpoint) -> Outcome | None:
        behind = len(progress.evaluations) - 1 - progress.best_index
        if progress.evaluations and behind >= self._limits.patience:
            return Outcome.EARLY_STOPPED
        return Outcome.COMPLETED if self._trainer.epoch >= self._limits.max_epochs else None

    def _is_due(self) -> bool:
        epoch = self._trainer.epoch
        return epoch % self._limits.evaluate_every == 0 or epoch == self._limits.max_epochs

    def _evaluate(self, loss: float) -> Evaluation:
        mrr = self._mrr(self._trainer.model())
        return Evaluation(epoch=self._trainer.epoch, loss=loss, valid_mrr=mrr)

    def _mrr(self, model: Factorization) -> float:
        return ranking_report(filtered_ranks(model, self._valid, self._known)).mrr

    def _metrics(self, model: LinkModel) -> dict[str, float]:
        test = ranking_report(filtered_ranks(model.factorization, self._test, self._known))
        popularity = PopularityBaseline(
            self._train,
            entities=model.factorization.entity_count,
            relations=model.factorization.relation_count,
        )
        baseline = ranking_report(filtered_ranks(popularity, self._test, self._known))
        honesty = calibration_report(
            model, self._test, known=self._known_rows, seed=self._config.seed + _TEST_SEED
        )
        return {
            "valid_mrr": self._mrr(model.factorization),
            "test_mrr": test.mrr,
            "test_hits_1": test.hits[1],
            "test_hits_10": test.hits[10],
            "baseline_mrr": baseline.mrr,
            "calibration_error": honesty.expected_error,
            "brier": honesty.brier,
        }

    def _resume(self) -> Checkpoint:
        found = read_checkpoint(self._checkpoint, self.run_id) if self._checkpoint else None
        if found is None:
            return Checkpoint(epoch=0, state={}, best=None, evaluations=())
        self._trainer.restore(found.state, epoch=found.epoch)
        return found

    def _save(self, progress: Checkpoint) -> None:
        if self._checkpoint is not None:
            state = progress.at(self._trainer.epoch, self._trainer.state())
            write_checkpoint(self._checkpoint, self.run_id, state)


def _run_id(dataset: TripleDataset, config: FactorizationConfig, limits: TrainingLimits) -> str:
    """Digest what decides the result; time and size limits do not."""
    inputs = {
        "data": dataset.digest,
        "config": asdict(config),
        "max_epochs": limits.max_epochs,
        "evaluate_every": limits.evaluate_every,
        "patience": limits.patience,
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]
