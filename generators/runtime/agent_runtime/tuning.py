"""Search the hyper-parameters of a link model by short trainings on its training data.

Trials are judged on the validation part; the test part stays unseen, so that the model trained
with the best parameters can still be measured honestly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

from agent_runtime.clock import Clock
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.datasets import TripleDataset
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.kernels.search import (
    Parameter,
    Parameters,
    SearchLimits,
    SearchResult,
    search,
)
from agent_runtime.training import TrainingJob, TrainingLimits

_FIXED = "seed"


@dataclass(frozen=True, kw_only=True, slots=True)
class TuningResult:
    """The best configuration, what it gains, and how it was found.

    Attributes:
        config: the configuration to train with.
        gain: its validation mean reciprocal rank minus that of the configuration in use; 0 if
            nothing better was found. None if the one in use could not be trained.
        search: all trials.
    """

    config: FactorizationConfig
    gain: float | None
    search: SearchResult


def tune_link_model(
    dataset: TripleDataset,
    space: Sequence[Parameter],
    *,
    current: FactorizationConfig,
    limits: SearchLimits,
    training: TrainingLimits,
    clock: Clock,
) -> TuningResult:
    """Look for the parameters in `space` with which validation links rank best.

    The configuration in use is tried first, as far as it lies in the space; its seed also decides
    the search and every training, so the same call gives the same result.

    Args:
        dataset: what to train and validate on.
        space: parameters of `FactorizationConfig` other than its seed, with bounds.
        current: the configuration in use; what the space does not name is kept.
        limits: most trials and most seconds.
        training: limits of each trial's training.
        clock: measures both.

    Raises:
        InputBoundsError: too little data, or the space names something else.
        SearchFailedError: no trial could be trained.
    """
    names = {parameter.name for parameter in space}
    unknown = names - {field.name for field in fields(FactorizationConfig)} | names & {_FIXED}
    if unknown:
        raise InputBoundsError(f"{sorted(unknown)} cannot be tuned")
    TrainingJob(dataset, current, training, clock=clock)  # refuses too little data at once

    def validated(parameters: Parameters) -> float:
        job = TrainingJob(dataset, _with(current, parameters), training, clock=clock)
        return job.run().metrics["valid_mrr"]

    start = {name: getattr(current, name) for name in sorted(names)}
    inside = all(parameter.admits(start[parameter.name]) for parameter in space)
    found = search(
        validated,
        space,
        limits=limits,
        seed=current.seed,
        clock=clock,
        start=start if inside else None,
    )
    first, best = found.history[0].value if inside else None, found.best.value
    return TuningResult(
        config=_with(current, found.best.parameters),
        gain=None if first is None or best is None else best - first,
        search=found,
    )


def _with(config: FactorizationConfig, parameters: Parameters) -> FactorizationConfig:
    """Return `config` with some of its fields replaced."""
    values: Mapping[str, float | int | str] = dict(parameters)
    return replace(
        config,
        rank=int(values.get("rank", config.rank)),
        learning_rate=float(values.get("learning_rate", config.learning_rate)),
        penalty=float(values.get("penalty", config.penalty)),
        batch_size=int(values.get("batch_size", config.batch_size)),
        initial_scale=float(values.get("initial_scale", config.initial_scale)),
    )
