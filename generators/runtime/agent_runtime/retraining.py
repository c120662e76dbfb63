"""Decide when a model is due for retraining, and remember it across restarts.

Three things make it due: its age, what feedback says about it, and data that drifted away.
"""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from agent_runtime.clock import Clock
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.drift import DriftReport
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.training import RetrainRequest, RetrainResponse

_SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedbackRule:
    """How one feedback signal speaks for retraining, by its mean since the last training.

    Attributes:
        signal: name of the signal.
        kind: a "reward" asks for retraining when it falls below its limit, a "penalty" when it
            rises above.
        limit: absolute, in the signal's unit; or, if `relative`, the share of the baseline that
            may be lost (reward) or added (penalty), 0.05 for 5 percent.
        relative: whether `limit` relates to the value the model was accepted with. Without a
            known baseline such a rule stays silent.
        least: observations needed before the mean counts.
    """

    signal: str
    kind: Literal["reward", "penalty"]
    limit: float
    relative: bool = False
    least: int = 1

    def __post_init__(self) -> None:
        """Refuse a limit that cannot be compared.

        Raises:
            InputBoundsError: the limit is not finite, a share is negative, or `least` below 1.
        """
        if not math.isfinite(self.limit) or (self.relative and self.limit < 0.0) or self.least < 1:
            raise InputBoundsError(f"{self.signal}: limit {self.limit}, least {self.least}")

    def objection(self, tally: "Tally", baseline: float | None) -> str | None:
        """Say why the observations in `tally` ask for retraining, or return None."""
        if tally.count < self.least or (self.relative and baseline is None):
            return None
        limit = self.limit
        if self.relative and baseline is not None:
            share = -self.limit if self.kind == "reward" else self.limit
            limit = baseline * (1.0 + share)
        if self.kind == "reward" and tally.mean < limit:
            return f"{self.kind} {self.signal} {tally.mean:.4g} < {limit:.4g}"
        if self.kind == "penalty" and tally.mean > limit:
            return f"{self.kind} {self.signal} {tally.mean:.4g} > {limit:.4g}"
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrainingPolicy:
    """When a model is retrained.

    Attributes:
        interval_hours: greatest age of a model.
        rules: the feedback that makes it due earlier.
        on_drift: whether drift of a feature makes it due earlier.
        rest_hours: feedback and drift do not count earlier than this after a training.
    """

    interval_hours: float
    rules: tuple[FeedbackRule, ...] = ()
    on_drift: bool = True
    rest_hours: float = 0.0

    def __post_init__(self) -> None:
        """Refuse times that mean nothing and signals with two rules of one kind.

        Raises:
            InputBoundsError: the interval is not positive, the rest is not within it, or a signal
                is ruled twice.
        """
        if not 0.0 < self.interval_hours < math.inf:
            raise InputBoundsError(f"a retraining interval of {self.interval_hours} hours")
        if not 0.0 <= self.rest_hours <= self.interval_hours:
            raise InputBoundsError(f"a rest of {self.rest_hours} in {self.interval_hours} hours")
        signals = [rule.signal for rule in self.rules]
        if len(set(signals)) != len(signals):
            raise InputBoundsError(f"a signal has two rules: {sorted(signals)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Observations of one signal since the last training."""

    count: int = 0
    total: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no observations add up to.

        Raises:
            InputBoundsError: a negative count, or a total that is not finite.
        """
        if self.count < 0 or not math.isfinite(self.total):
            raise InputBoundsError(f"{self.count} observations with a total of {self.total}")

    @property
    def mean(self) -> float:
        """Their mean; 0 if there are none."""
        return self.total / self.count if self.count else 0.0

    def plus(self, value: float) -> "Tally":
        """Return the tally with one more observation."""
        return Tally(count=self.count + 1, total=self.total + value)


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrainingState:
    """What has to survive a restart.

    Attributes:
        trained_at: end of the last training, seconds since the epoch; None if there was none.
        baselines: values of the signals that the model was accepted with.
        tallies: feedback since then.
        drifted: features that drifted since then, sorted.
    """

    trained_at: float | None = None
    baselines: Mapping[str, float] = field(default_factory=dict)
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    drifted: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse numbers that no comparison can use.

        Raises:
            InputBoundsError: a time or a baseline is not finite.
        """
        numbers = [*self.baselines.values(), 0.0 if self.trained_at is None else self.trained_at]
        if not all(math.isfinite(number) for number in numbers):
            raise InputBoundsError("a retraining time or baseline is not finite")


class RetrainingStore(Protocol):
    """Keeps one agent's retraining state."""

    def load(self) -> RetrainingState:
        """Return the last saved state, a fresh one if nothing was saved yet.

        Raises:
            MemoryLayerError: the state cannot be read.
        """
        ...

    def save(self, state: RetrainingState) -> None:
        """Replace the state, wholly or not at all.

        Raises:
            MemoryLayerError: the state cannot be written.
        """
        ...


class Trainer(Protocol):
    """Trains, validates and, if all went well, promotes a model."""

    def retrain_call(self, request: RetrainRequest, call: Call) -> RetrainResponse:
        """Train on what is known and on the links of `request`.

        Raises:
            AgentError: no model came of it; the one in service stays.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrainingDecision:
    """Whether a model is due, why, and when its age alone makes it due.

    Attributes:
        reasons: each a sentence without a full stop; not empty exactly when the model is due.
        next_at: when the interval ends, seconds since the epoch; now if it has ended.
    """

    reasons: tuple[str, ...]
    next_at: float

    @property
    def due(self) -> bool:
        """Whether there is a reason."""
        return bool(self.reasons)


class RetrainingLedger:
    """Collects what speaks for retraining one model; every change is saved before it counts."""

    def __init__(self, policy: RetrainingPolicy, store: RetrainingStore, clock: Clock) -> None:
        """Read the state that an earlier process left.

        Raises:
            MemoryLayerError: the stored state cannot be read.
        """
        self._policy = policy
        self._rules = {rule.signal: rule for rule in policy.rules}
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._state = store.load()

    def observe(self, feedback: Mapping[str, float]) -> None:
        """Count one observation of each signal in `feedback`.

        Raises:
            InputBoundsError: a signal without a rule, or a value that is not finite.
            MemoryLayerError: the state could not be saved; nothing was counted.
        """
        self._check(feedback)
        with self._lock:
            tallies = dict(self._state.tallies)
            for signal, value in feedback.items():
                tallies[signal] = tallies.get(signal, Tally()).plus(float(value))
            self._keep(replace(self._state, tallies=tallies))

    def observe_drift(self, report: DriftReport) -> None:
        """Remember the features that drifted until the next training.

        Raises:
            MemoryLayerError: the state could not be saved; nothing was remembered.
        """
        with self._lock:
            drifted = tuple(sorted({*self._state.drifted, *report.drifted}))
            self._keep(replace(self._state, drifted=drifted))

    def decide(self) -> RetrainingDecision:
        """Tell whether the model is due now.

        A failed training changes nothing, so the model stays due.
        """
        with self._lock:
            state = self._state
        now = self._clock()
        if state.trained_at is None:
            return RetrainingDecision(reasons=("no training is on record",), next_at=now)
        hours = (now - state.trained_at) / _SECONDS_AN_HOUR
        reasons = self._by_age(hours)
        if hours >= self._policy.rest_hours:
            reasons += self._by_feedback(state) + self._by_drift(state)
        ends = state.trained_at + self._policy.interval_hours * _SECONDS_AN_HOUR
        return RetrainingDecision(reasons=reasons, next_at=max(now, ends))

    def completed(self, baselines: Mapping[str, float]) -> None:
        """Start over: a model was trained and accepted with these values of the signals.

        Raises:
            InputBoundsError: a signal without a rule, or a value that is not finite.
            MemoryLayerError: the state could not be saved; the model stays due.
        """
        self._check(baselines)
        with self._lock:
            self._keep(RetrainingState(trained_at=self._clock(), baselines=dict(baselines)))

    def rejected(self) -> None:
        """Start over with the old model: one was trained, and validation kept it out of service.

        Raises:
            MemoryLayerError: the state could not be saved; the model stays due.
        """
        with self._lock:
            self._keep(RetrainingState(trained_at=self._clock(), baselines=self._state.baselines))

    def _check(self, values: Mapping[str, float]) -> None:
        """Refuse signals that no rule reads and values that no mean can take."""
        for signal, value in values.items():
            if signal not in self._rules:
                raise InputBoundsError(f"no retraining rule reads {signal!r}")
            if not math.isfinite(value):
                raise InputBoundsError(f"{signal} is not finite")

    def _keep(self, state: RetrainingState) -> None:
        """Save `state`, then let it count; the lock is held."""
        self._store.save(state)
        self._state = state

    def _by_age(self, hours: float) -> tuple[str, ...]:
        """Judge the age of the model; a record from the future is not trusted."""
        if hours < 0.0:
            return (f"the training on record lies {-hours:.4g} h in the future",)
        if hours >= self._policy.interval_hours:
            return (f"age {hours:.4g} h >= {self._policy.interval_hours:.4g} h",)
        return ()

    def _by_feedback(self, state: RetrainingState) -> tuple[str, ...]:
        """Judge the feedback since the last training."""
        objections = (
            rule.objection(state.tallies.get(signal, Tally()), state.baselines.get(signal))
            for signal, rule in self._rules.items()
        )
        return tuple(objection for objection in objections if objection is not None)

    def _by_drift(self, state: RetrainingState) -> tuple[str, ...]:
        """Judge the drift since the last training."""
        if not self._policy.on_drift or not state.drifted:
            return ()
        return (f"drift of {', '.join(state.drifted)}",)
