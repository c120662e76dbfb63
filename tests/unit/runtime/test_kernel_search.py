"""Hyper-parameter search is bounded, seeded, and honest about failed trials."""

import math

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, OutputBoundsError
from agent_runtime.kernels.search import (
    ChoiceParameter,
    FloatParameter,
    IntParameter,
    SearchFailedError,
    SearchLimits,
    search,
)

SPACE = (
    FloatParameter(name="rate", low=1e-4, high=1.0, log=True),
    IntParameter(name="rank", low=2, high=32),
    ChoiceParameter(name="loss", choices=("logistic", "hinge")),
)


def hill(parameters) -> float:
    """A single peak at rate 0.01, rank 16, logistic."""
    distance = abs(math.log10(parameters["rate"]) + 2.0) + abs(parameters["rank"] - 16) / 16.0
    return -distance - (0.0 if parameters["loss"] == "logistic" else 1.0)


def run(objective=hill, *, trials=30, seconds=None, seed=7, clock=None, start=None, space=SPACE):
    return search(
        objective,
        space,
        limits=SearchLimits(trials=trials, seconds=seconds),
        seed=seed,
        clock=clock or ManualClock(),
        start=start,
    )


@pytest.mark.positive
def test_same_seed_gives_the_same_history_and_another_seed_does_not():
    assert run() == run()
    assert run(seed=8).history[0].parameters != run().history[0].parameters


@pytest.mark.positive
def test_the_best_trial_is_the_highest_and_beats_chance():
    result = run(trials=60)
    values = [trial.value for trial in result.history]
    assert result.best.value == max(values)
    assert result.best.value == hill(result.best.parameters)
    assert result.best.value > sorted(values)[30] + 0.3
    assert result.best.parameters["loss"] == "logistic"


def test_every_proposal_lies_in_the_space():
    for trial in run(trials=40).history:
        assert {type(value) for value in trial.parameters.values()} == {float, int, str}
        assert all(parameter.admits(trial.parameters[parameter.name]) for parameter in SPACE)


def test_trials_are_numbered_and_counted():
    result = run(trials=5)
    assert [trial.number for trial in result.history] == [0, 1, 2, 3, 4]
    assert result.stopped_by == "trials"


def test_no_trial_starts_once_the_time_is_over():
    clock = ManualClock()

    def slow(parameters) -> float:
        clock.advance(4.0)
        return hill(parameters)

    result = run(slow, trials=50, seconds=10.0, clock=clock)
    assert len(result.history) == 3  # at 0, 4 and 8 s
    assert [trial.seconds for trial in result.history] == [4.0, 4.0, 4.0]
    assert result.stopped_by == "time"
    exactly = run(slow, trials=50, seconds=8.0, clock=clock)
    assert len(exactly.history) == 2


def test_the_last_trial_may_use_up_the_time():
    clock = ManualClock()

    def slow(parameters) -> float:
        clock.advance(5.0)
        return 1.0

    assert run(slow, trials=2, seconds=10.0, clock=clock).stopped_by == "trials"


def test_the_parameters_in_use_are_tried_first_and_kept_if_nothing_beats_them():
    peak = {"rate": 0.01, "rank": 16, "loss": "logistic"}
    result = run(trials=12, start=peak)
    assert result.history[0].parameters == peak
    assert result.best.number == 0
    assert result.best.value == 0.0


def test_the_earliest_of_equal_trials_is_best():
    assert run(lambda parameters: 1.0, trials=4).best.number == 0


def test_a_failed_trial_is_recorded_and_passed_over():
    def fragile(parameters) -> float:
        if parameters["loss"] == "hinge":
            raise OutputBoundsError("diverged")
        return hill(parameters)

    result = run(fragile, trials=20)
    failed = [trial for trial in result.history if trial.value is None]
    assert failed
    assert {trial.failure for trial in failed} == {"output outside its declared bounds: diverged"}
    assert all(trial.parameters["loss"] == "hinge" for trial in failed)
    assert all(trial.failure is None for trial in result.history if trial.value is not None)
    assert result.best.parameters["loss"] == "logistic"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_fails_its_trial(bad):
    values = iter([bad, 1.0, bad])
    result = run(lambda parameters: next(values), trials=3)
    assert [trial.value for trial in result.history] == [None, 1.0, None]
    assert result.history[0].failure == f"the objective gave {bad}"
    assert result.best.number == 1


@pytest.mark.negative
def test_a_search_without_one_good_trial_says_why():
    with pytest.raises(SearchFailedError, match="all 3 trials failed: the objective gave nan"):
        run(lambda parameters: math.nan, trials=3)


@pytest.mark.negative
def test_an_unexpected_error_ends_the_search():
    def broken(parameters) -> float:
        raise ZeroDivisionError("a defect, not a bad parameter")

    with pytest.raises(ZeroDivisionError):
        run(broken)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("low", "high", "log"), [(1.0, 0.5, False), (0.0, 1.0, True), (-1.0, 1.0, True)]
)
def test_an_empty_range_is_refused(low, high, log):
    with pytest.raises(InputBoundsError, match="rate: "):
        FloatParameter(name="rate", low=low, high=high, log=log)
    with pytest.raises(InputBoundsError, match="rank: "):
        IntParameter(name="rank", low=int(low * 2), high=int(high * 2), log=log)


@pytest.mark.negative
@pytest.mark.parametrize(("low", "high"), [(math.nan, 1.0), (0.0, math.inf)])
def test_a_range_without_end_is_refused(low, high):
    with pytest.raises(InputBoundsError, match="is not a range"):
        FloatParameter(name="rate", low=low, high=high)


def test_a_range_of_one_value_is_a_range():
    fixed = (FloatParameter(name="rate", low=0.5, high=0.5), IntParameter(name="n", low=3, high=3))
    assert run(lambda parameters: 0.0, trials=2, space=fixed).best.parameters == {
        "rate": 0.5,
        "n": 3,
    }


def test_ranges_include_their_ends_and_whole_numbers_are_whole():
    rate, rank = FloatParameter(name="r", low=0.1, high=0.2), IntParameter(name="k", low=2, high=4)
    assert [rate.admits(value) for value in (0.1, 0.2, 0.099, 0.201, "0.1")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert [rank.admits(value) for value in (2, 4, 1, 5, 3.0)] == [True, True, False, False, False]


def test_logarithmic_whole_numbers_are_searched_by_magnitude():
    space = (IntParameter(name="n", low=1, high=10_000, log=True),)
    numbers = [t.parameters["n"] for t in run(lambda p: 0.0, trials=40, space=space).history]
    assert sum(number < 100 for number in numbers) >= 10


@pytest.mark.negative
@pytest.mark.parametrize("choices", [(), ("a", "a")])
def test_a_choice_without_alternatives_is_refused(choices):
    with pytest.raises(InputBoundsError, match="loss: choices must be different"):
        ChoiceParameter(name="loss", choices=choices)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("trials", "seconds"),
    [(0, None), (-1, None), (1, 0.0), (1, -1.0), (1, math.inf), (1, math.nan)],
)
def test_limits_that_do_not_limit_are_refused(trials, seconds):
    with pytest.raises(InputBoundsError, match="is not a search"):
        SearchLimits(trials=trials, seconds=seconds)


def test_the_smallest_limits_still_allow_a_trial():
    result = run(trials=1, seconds=0.001)
    assert len(result.history) == 1
    assert result.stopped_by == "trials"


@pytest.mark.negative
def test_an_ambiguous_or_empty_space_is_refused():
    with pytest.raises(InputBoundsError, match="needs different names"):
        run(space=())
    with pytest.raises(InputBoundsError, match="needs different names"):
        run(space=(SPACE[0], SPACE[0]))


@pytest.mark.negative
def test_a_start_outside_the_space_is_refused():
    good = {"rate": 0.01, "rank": 16, "loss": "logistic"}
    with pytest.raises(InputBoundsError, match="rank: 33 is not allowed"):
        run(start={**good, "rank": 33})
    with pytest.raises(InputBoundsError, match="loss: square is not allowed"):
        run(start={**good, "loss": "square"})
    with pytest.raises(InputBoundsError, match="the start names"):
        run(start={"rate": 0.01})
