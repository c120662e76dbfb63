"""Hyper-parameters are tuned on validation links, within bounds, the same way every time."""

from dataclasses import replace

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.datasets import TripleDataset, split_triples
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.kernels.search import (
    ChoiceParameter,
    FloatParameter,
    IntParameter,
    SearchFailedError,
    SearchLimits,
)
from agent_runtime.kernels.synthetic import trading_market
from agent_runtime.training import TrainingJob, TrainingLimits
from agent_runtime.tuning import tune_link_model

POOR = FactorizationConfig(rank=2, learning_rate=0.001, penalty=0.5, batch_size=64, seed=3)
SPACE = (
    IntParameter(name="rank", low=2, high=16, log=True),
    FloatParameter(name="learning_rate", low=0.001, high=0.5, log=True),
    ChoiceParameter(name="batch_size", choices=(64, 128)),
)
SHORT = TrainingLimits(max_epochs=4, evaluate_every=4)


@pytest.fixture(scope="module")
def dataset() -> TripleDataset:
    return split_triples(trading_market(buyers=20, suppliers=15, materials=15, seed=1))


def tune(dataset, *, space=SPACE, current=POOR, trials=5, training=SHORT, clock=None, seconds=None):
    return tune_link_model(
        dataset,
        space,
        current=current,
        limits=SearchLimits(trials=trials, seconds=seconds),
        training=training,
        clock=clock or ManualClock(),
    )


@pytest.mark.positive
def test_a_poor_configuration_is_improved_and_the_gain_is_measured(dataset):
    result = tune(dataset)
    assert result.gain == result.search.best.value - result.search.history[0].value
    assert result.gain > 0.02
    retrained = TrainingJob(dataset, result.config, SHORT, clock=ManualClock()).run()
    assert retrained.metrics["valid_mrr"] == result.search.best.value


@pytest.mark.positive
def test_the_configuration_in_use_is_the_first_trial(dataset):
    result = tune(dataset, trials=1)
    assert result.search.history[0].parameters == {
        "rank": 2,
        "learning_rate": 0.001,
        "batch_size": 64,
    }
    assert result.config == POOR
    assert result.gain == 0.0


def test_what_the_space_does_not_name_is_kept(dataset):
    result = tune(dataset, trials=3)
    assert (result.config.penalty, result.config.initial_scale, result.config.seed) == (
        POOR.penalty,
        POOR.initial_scale,
        POOR.seed,
    )


def test_every_tunable_field_reaches_the_training(dataset):
    space = (
        IntParameter(name="rank", low=4, high=4),
        FloatParameter(name="learning_rate", low=0.2, high=0.2),
        FloatParameter(name="penalty", low=0.03, high=0.03),
        ChoiceParameter(name="batch_size", choices=(32,)),
        FloatParameter(name="initial_scale", low=0.05, high=0.05),
    )
    assert tune(dataset, space=space, trials=1).config == FactorizationConfig(
        rank=4, learning_rate=0.2, penalty=0.03, batch_size=32, initial_scale=0.05, seed=3
    )


def test_a_configuration_outside_the_space_is_not_tried_and_no_gain_is_claimed(dataset):
    result = tune(dataset, current=replace(POOR, rank=1), trials=2)
    assert all(trial.parameters["rank"] >= 2 for trial in result.search.history)
    assert result.gain is None


def test_the_same_seed_tunes_the_same_way_and_another_does_not(dataset):
    first, again = tune(dataset, trials=3), tune(dataset, trials=3)
    assert first == again
    other = tune(dataset, trials=3, current=replace(POOR, seed=4))
    assert other.search.history[1].parameters != first.search.history[1].parameters


def test_the_time_limit_ends_the_search(dataset):
    clock = ManualClock()

    def ticking() -> float:
        clock.advance(1.0)
        return clock()

    result = tune(dataset, trials=50, seconds=20.0, clock=ticking)
    assert result.search.stopped_by == "time"
    assert len(result.search.history) < 10


@pytest.mark.negative
@pytest.mark.parametrize("name", ["seed", "optimizer"])
def test_what_cannot_be_tuned_is_refused(dataset, name):
    with pytest.raises(InputBoundsError, match=rf"\['{name}'\] cannot be tuned"):
        tune(dataset, space=(IntParameter(name=name, low=1, high=2),))


@pytest.mark.negative
def test_too_little_data_is_refused_before_the_first_trial():
    small = split_triples(trading_market(buyers=1, suppliers=1, materials=1, seed=1))
    with pytest.raises(InputBoundsError, match="too little data"):
        tune(small)


@pytest.mark.negative
def test_a_space_of_models_too_large_to_train_says_so(dataset):
    tight = replace(SHORT, max_parameters=500)
    space = (IntParameter(name="rank", low=64, high=128),)
    with pytest.raises(SearchFailedError, match="parameters; 500 are allowed"):
        tune(dataset, space=space, current=replace(POOR, rank=1), training=tight, trials=2)
