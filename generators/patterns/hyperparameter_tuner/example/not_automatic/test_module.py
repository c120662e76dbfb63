"""What `L9.example.module` promises.

Expected by the schema and by hyperparameter_tuner@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import GovernanceError, InputBoundsError
from agent_runtime.kernels.datasets import TripleDataset, split_triples
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.kernels.search import ChoiceParameter
from agent_runtime.kernels.synthetic import trading_market
from agent_runtime.training import TrainingJob, TrainingLimits

from L9.core.tensoraios.hyperparamtuner import (
    AUTOTUNE,
    EPOCHS_A_TRIAL,
    MOST_SECONDS,
    MOST_TRIALS,
    SPACE,
    HyperparameterTuner,
)

BOUNDS = {
    "rank": (8, 128, True),
    "learning_rate": (0.01, 0.5, True),
    "penalty": (0.0001, 0.1, True),
}
CHOICES = {
    "batch_size": (128, 256, 512),
}
POOR = FactorizationConfig(rank=8, learning_rate=0.01, penalty=0.1, batch_size=512)
"""Each value at the worse end of its range."""


@pytest.fixture(scope="module")
def dataset() -> TripleDataset:
    return split_triples(trading_market(buyers=16, suppliers=12, materials=12, seed=3))


def tuner(*, autotune: bool = True) -> HyperparameterTuner:
    return HyperparameterTuner(autotune=autotune, clock=ManualClock())


@pytest.mark.positive
def test_the_same_seed_gives_the_same_trials_and_another_seed_does_not(
    dataset: TripleDataset,
) -> None:
    first = tuner().tune(dataset, trials=2, seed=7)
    assert first == tuner().tune(dataset, trials=2, seed=7)
    assert first.config.seed == 7
    other = tuner().tune(dataset, trials=2, seed=8)
    assert other.search.history[1].parameters != first.search.history[1].parameters
    assert tuner().tune(dataset, trials=1).config.seed == 0


@pytest.mark.positive
def test_a_poor_configuration_is_improved(dataset: TripleDataset) -> None:
    result = tuner().tune(dataset, current=POOR, trials=5)
    assert result.gain is not None
    assert result.gain > 0.05
    best, first = result.search.best, result.search.history[0]
    assert first.parameters["learning_rate"] == 0.01
    assert best.value == max(trial.value or 0.0 for trial in result.search.history)


@pytest.mark.positive
def test_the_configuration_in_use_is_kept_if_nothing_else_is_tried(dataset: TripleDataset) -> None:
    assert tuner().tune(dataset, current=POOR, trials=1).config == POOR
    assert tuner().tune(dataset, trials=1).config == FactorizationConfig()


@pytest.mark.positive
def test_the_declared_space_is_searched_and_nothing_else() -> None:
    ranges = {p.name: (p.low, p.high, p.log) for p in SPACE if not isinstance(p, ChoiceParameter)}
    choices = {p.name: p.choices for p in SPACE if isinstance(p, ChoiceParameter)}
    assert ranges == BOUNDS
    assert choices == CHOICES


@pytest.mark.positive
def test_every_trial_lies_within_the_bounds(dataset: TripleDataset) -> None:
    for trial in tuner().tune(dataset, trials=4).search.history:
        for name, (low, high, _) in BOUNDS.items():
            assert low <= float(trial.parameters[name]) <= high
        for name, choices in CHOICES.items():
            assert trial.parameters[name] in choices


@pytest.mark.positive
def test_a_trial_trains_for_the_declared_number_of_epochs(dataset: TripleDataset) -> None:
    result = tuner().tune(dataset, current=POOR, trials=1)
    limits = TrainingLimits(max_epochs=20, evaluate_every=20)
    job = TrainingJob(dataset, POOR, limits, clock=ManualClock())
    assert EPOCHS_A_TRIAL == 20
    assert result.search.best.value == job.run().metrics["valid_mrr"]


@pytest.mark.positive
def test_no_trial_begins_after_600_seconds(dataset: TripleDataset) -> None:
    clock = ManualClock()

    def hurried() -> float:
        clock.advance(MOST_SECONDS / 10)
        return clock()

    result = HyperparameterTuner(autotune=True, clock=hurried).tune(dataset)
    assert MOST_SECONDS == 600.0
    assert result.search.stopped_by == "time"
    assert 1 <= len(result.search.history) < MOST_TRIALS


@pytest.mark.negative
def test_more_than_20_trials_are_refused(dataset: TripleDataset) -> None:
    assert MOST_TRIALS == 20
    with pytest.raises(InputBoundsError, match=r"trials\b"):
        tuner().tune(dataset, trials=20 + 1)


@pytest.mark.negative
def test_a_search_without_trials_is_refused(dataset: TripleDataset) -> None:
    with pytest.raises(InputBoundsError, match=r"trials\b"):
        tuner().tune(dataset, trials=0)


@pytest.mark.negative
def test_without_leave_to_tune_by_itself_somebody_must_ask(dataset: TripleDataset) -> None:
    manual = tuner(autotune=False)
    with pytest.raises(GovernanceError, match="on request only"):
        manual.tune(dataset, trials=1)
    assert len(manual.tune(dataset, trials=1, requested_by="tester").search.history) == 1


@pytest.mark.negative
def test_too_little_data_is_refused() -> None:
    few = split_triples(trading_market(buyers=1, suppliers=1, materials=1, seed=1))
    with pytest.raises(InputBoundsError, match="too little data"):
        tuner().tune(few, trials=1)


@pytest.mark.regression
def test_the_declared_leave_is_what_a_tuner_starts_with(dataset: TripleDataset) -> None:
    declared = HyperparameterTuner(clock=ManualClock())
    assert AUTOTUNE is False
    with pytest.raises(GovernanceError):
        declared.tune(dataset, trials=1)
