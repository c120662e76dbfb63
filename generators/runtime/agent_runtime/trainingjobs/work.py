"""The work of a training process: search, train, and leave a bundle with its result."""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Final

from agent_runtime.clock import Clock, system_clock
from agent_runtime.datasets.prepared import PreparedDataset
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.kernels.search import SearchLimits
from agent_runtime.modelbundle import write_bundle
from agent_runtime.modelrecords import read_checked, write_durably
from agent_runtime.training import TrainingJob, TrainingLimits
from agent_runtime.trainingjobs.orders import (
    BUNDLE,
    DATASET,
    RESULT,
    SearchPlan,
    TrainingOrder,
    TrainingResult,
)
from agent_runtime.tuning import tune_link_model

CHECKPOINT: Final = "checkpoint"
_TUNED: Final = "tuned"


def do_order(folder: Path, clock: Clock = system_clock) -> None:
    """Do the training that is ordered in `folder`; nothing if its result is there.

    Raises:
        InputBoundsError: the data is too little, or the model would be too large.
        ModelStoreError: a file is damaged.
        OutputBoundsError: the training diverged.
        SearchFailedError: no trial could be trained.
    """
    if (folder / RESULT).exists():
        return
    order = TrainingOrder.read(folder)
    dataset = PreparedDataset.from_bytes(read_checked(folder / DATASET))
    config, trials, gain = order.config, 0, 0.0
    if order.search is not None:
        config, trials, gain = _tuned(folder, dataset, order.config, order.search, clock)
    run = TrainingJob(
        dataset.links, config, order.limits, clock=clock, checkpoint=folder / CHECKPOINT
    ).run()
    bundle = write_bundle(
        run.model, metrics=run.metrics, data_digest=dataset.digest, run_id=run.run_id
    )
    write_durably(folder / BUNDLE, bundle)
    TrainingResult(
        run_id=run.run_id,
        outcome=run.outcome.value,
        epochs=run.epochs,
        resumed_from=run.resumed_from,
        trials=trials,
        gain=gain,
        metrics=run.metrics,
        config=asdict(config),
        model_digest=hashlib.sha256(bundle).hexdigest(),
    ).write(folder)


def _tuned(
    folder: Path,
    dataset: PreparedDataset,
    current: FactorizationConfig,
    plan: SearchPlan,
    clock: Clock,
) -> tuple[FactorizationConfig, int, float]:
    """Search once a job: a process that takes it up again trains with what was found."""
    known = folder / _TUNED
    if (known / "order.json").exists():
        return TrainingOrder.read(known).config, 0, 0.0
    found = tune_link_model(
        dataset.links,
        plan.space,
        current=current,
        limits=SearchLimits(trials=plan.trials, seconds=plan.seconds),
        training=TrainingLimits(max_epochs=plan.epochs, evaluate_every=plan.epochs),
        clock=clock,
    )
    known.mkdir(exist_ok=True)
    TrainingOrder(config=found.config, limits=TrainingLimits()).write(known)
    return found.config, len(found.search.history), found.gain or 0.0
