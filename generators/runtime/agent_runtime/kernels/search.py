"""Bounded, seeded search for good hyper-parameters over a declared space.

optuna proposes (tree-structured Parzen estimator); this module owns the limits, the clock and the
record, so that the same seed and the same objective give the same trials.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agent_runtime.clock import Clock
from agent_runtime.errors import AgentError, InputBoundsError

if TYPE_CHECKING:
    from optuna.trial import Trial as OptunaTrial

ParameterValue = float | int | str
Parameters = Mapping[str, ParameterValue]
Objective = Callable[[Parameters], float]
StopReason = Literal["trials", "time"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FloatParameter:
    """A real number between `low` and `high`, both included; `log` searches its logarithm."""

    name: str
    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        """Refuse an empty range.

        Raises:
            InputBoundsError: bounds are not finite, out of order, or not positive with `log`.
        """
        _check_range(self.name, self.low, self.high, log=self.log)

    def suggest(self, trial: "OptunaTrial") -> ParameterValue:
        """Let `trial` propose a value."""
        return trial.suggest_float(self.name, self.low, self.high, log=self.log)

    def admits(self, value: ParameterValue) -> bool:
        """Whether `value` lies in the range."""
        return isinstance(value, int | float) and self.low <= value <= self.high


@dataclass(frozen=True, kw_only=True, slots=True)
class IntParameter:
    """A whole number between `low` and `high`, both included; `log` searches its logarithm."""

    name: str
    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        """Refuse an empty range.

        Raises:
            InputBoundsError: bounds are out of order, or not positive with `log`.
        """
        _check_range(self.name, self.low, self.high, log=self.log)

    def suggest(self, trial: "OptunaTrial") -> ParameterValue:
        """Let `trial` propose a value."""
        return trial.suggest_int(self.name, self.low, self.high, log=self.log)

    def admits(self, value: ParameterValue) -> bool:
        """Whether `value` is a whole number of the range."""
        return isinstance(value, int) and self.low <= value <= self.high


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceParameter:
    """One of the listed `choices`."""

    name: str
    choices: tuple[ParameterValue, ...]

    def __post_init__(self) -> None:
        """Refuse a choice without alternatives.

        Raises:
            InputBoundsError: no choices, or one listed twice.
        """
        if not self.choices or len(set(self.choices)) != len(self.choices):
            raise InputBoundsError(f"{self.name}: choices must be different and at least one")

    def suggest(self, trial: "OptunaTrial") -> ParameterValue:
        """Let `trial` propose a value."""
        chosen = trial.suggest_categorical(self.name, self.choices)
        return self.choices[self.choices.index(chosen)]

    def admits(self, value: ParameterValue) -> bool:
        """Whether `value` is listed."""
        return value in self.choices


Parameter = FloatParameter | IntParameter | ChoiceParameter


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchLimits:
    """Where a search ends, whichever comes first.

    Attributes:
        trials: most evaluations of the objective.
        seconds: no trial starts later than this after the first; None for no limit.
    """

    trials: int
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuse a search that could not run or not end.

        Raises:
            InputBoundsError: fewer than one trial, or a time limit that is not positive.
        """
        timeless = self.seconds is not None and not 0.0 < self.seconds < math.inf
        if self.trials < 1 or timeless:
            raise InputBoundsError(f"{self.trials} trials in {self.seconds} s is not a search")


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchTrial:
    """One evaluation; `value` is None where the objective failed, and `failure` says why."""

    number: int
    parameters: Parameters
    value: float | None
    failure: str | None
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """The best trial, the earliest of equals, and all of them in order."""

    best: SearchTrial
    history: tuple[SearchTrial, ...]
    stopped_by: StopReason


class SearchFailedError(AgentError):
    """No trial of a search gave a finite value."""

    title = "hyper-parameter search failed"


def search(
    objective: Objective,
    space: Sequence[Parameter],
    *,
    limits: SearchLimits,
    seed: int,
    clock: Clock,
    start: Parameters | None = None,
) -> SearchResult:
    """Look for the parameters that make `objective` largest.

    Args:
        objective: gives the value of a set of parameters, larger is better; an `AgentError` or a
            value that is not finite makes the trial a failed one, any other error ends the search.
        space: the declared parameters, names unique.
        limits: most trials and most seconds.
        seed: decides every proposal together with the values seen so far.
        clock: measures trials and the time limit.
        start: the parameters in use today, tried first, so the best is never worse than they.

    Raises:
        InputBoundsError: an empty space, a name declared twice, or a `start` outside the space.
        SearchFailedError: every trial failed.
    """
    import optuna

    _check_space(space, start)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    if start is not None:
        study.enqueue_trial(dict(start))
    began = clock()
    history: list[SearchTrial] = []
    while len(history) < limits.trials and not _late(clock() - began, limits):
        proposal = study.ask()
        parameters = {parameter.name: parameter.suggest(proposal) for parameter in space}
        trial = _evaluate(objective, parameters, number=len(history), clock=clock)
        history.append(trial)
        if trial.value is None:
            study.tell(proposal, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(proposal, trial.value)
    return SearchResult(
        best=_best(history),
        history=tuple(history),
        stopped_by="trials" if len(history) == limits.trials else "time",
    )


def _evaluate(
    objective: Objective, parameters: Parameters, *, number: int, clock: Clock
) -> SearchTrial:
    """Run one trial and record what came of it."""
    began = clock()
    value: float | None = None
    failure: str | None = None
    try:
        value = float(objective(parameters))
    except AgentError as error:
        failure = f"{error.title}: {error}"
    if value is not None and not math.isfinite(value):
        value, failure = None, f"the objective gave {value}"
    return SearchTrial(
        number=number,
        parameters=parameters,
        value=value,
        failure=failure,
        seconds=clock() - began,
    )


def _best(history: Sequence[SearchTrial]) -> SearchTrial:
    """Return the trial with the largest value, the earliest of equals."""
    best: SearchTrial | None = None
    highest = -math.inf
    for trial in history:
        if trial.value is not None and trial.value > highest:
            best, highest = trial, trial.value
    if best is None:
        failures = sorted({trial.failure for trial in history if trial.failure is not None})
        raise SearchFailedError(f"all {len(history)} trials failed: {'; '.join(failures)}")
    return best


def _late(elapsed: float, limits: SearchLimits) -> bool:
    """Whether the time for new trials is over."""
    return limits.seconds is not None and elapsed >= limits.seconds


def _check_space(space: Sequence[Parameter], start: Parameters | None) -> None:
    """Refuse an empty or ambiguous space and a start outside it."""
    names = [parameter.name for parameter in space]
    if not names or len(set(names)) != len(names):
        raise InputBoundsError(f"a search space needs different names, got {names}")
    if start is None:
        return
    if set(start) != set(names):
        raise InputBoundsError(f"the start names {sorted(start)}, the space {sorted(names)}")
    for parameter in space:
        if not parameter.admits(start[parameter.name]):
            raise InputBoundsError(f"{parameter.name}: {start[parameter.name]} is not allowed")


def _check_range(name: str, low: float, high: float, *, log: bool) -> None:
    """Refuse a range that holds nothing, or whose logarithm does not exist."""
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        raise InputBoundsError(f"{name}: [{low}, {high}] is not a range")
    if log and low <= 0:
        raise InputBoundsError(f"{name}: a logarithmic range must be positive, not from {low}")
