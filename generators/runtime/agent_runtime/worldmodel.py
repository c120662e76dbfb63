"""The world model: what declared connectors have observed, condensed by declared models on demand.

A connector takes in numeric observations about subjects. A model condenses the observations of one
subject into factors, by `ModelKind` rules, all closed forms. A use case asks its models
about a subject and gets a `WorldContext`. What nobody observed is reported as silent, not guessed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

from agent_runtime.clock import Clock
from agent_runtime.database import Database
from agent_runtime.errors import ConfigError, InputBoundsError

SECONDS_A_DAY: Final = 86_400.0
MIN_FOR_TREND: Final = 2
MIN_FOR_DEVIATION: Final = 3

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS observations (
    connector TEXT NOT NULL,
    subject TEXT NOT NULL,
    signal TEXT NOT NULL,
    observed_at REAL NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (connector, subject, signal, observed_at)
) WITHOUT ROWID;
"""


class ModelKind(Enum):
    """How a model condenses the observations of one signal within the window.

    LEVEL: the latest value.
    TREND: the least-squares slope per day, from at least 2 observations at different times.
    DEVIATION: how many sample standard deviations the latest value lies from the mean of those
        before it, from at least 3 observations; without spread it is 0 if equal, else not defined.
    RANGE: the lowest and the highest value.
    """

    LEVEL = "level"
    TREND = "trend"
    DEVIATION = "deviation"
    RANGE = "range"


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """A number that a connector saw about a subject; `observed_at` in seconds since the epoch."""

    connector: str
    subject: str
    signal: str
    value: float
    observed_at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldFactor:
    """What a model makes of one signal.

    Attributes:
        model: the declared model.
        name: the signal and what was computed of it, e.g. ``price.trend``.
        value: a finite number, in the unit of the signal (a trend: per day; a deviation: none).
        observations: how many observations it rests on.
        latest: when the latest of them was made, in seconds since the epoch.
    """

    model: str
    name: str
    value: float
    observations: int
    latest: float


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldContext:
    """What the world model knows about a subject for a use case.

    Attributes:
        use_case: the declared use case.
        subject: what was asked about.
        as_of: when it was asked, in seconds since the epoch.
        factors: by model, then name.
        silent: declared connectors without an observation of the subject within the window.
    """

    use_case: str
    subject: str
    as_of: float
    factors: tuple[WorldFactor, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldModelSpec:
    """What a schema declares about its world model.

    Attributes:
        models: each declared model with the kinds of factors that it yields.
        connectors: declared data connectors.
        use_cases: each declared use case with the models it asks.
        window_days: how far back observations count.

    Raises:
        ConfigError: a use case asks a model that is not declared, or the window is not positive.
    """

    models: Mapping[str, tuple[ModelKind, ...]]
    connectors: tuple[str, ...]
    use_cases: Mapping[str, tuple[str, ...]]
    window_days: float = 365.0

    def __post_init__(self) -> None:
        for use_case, asked in self.use_cases.items():
            unknown = [model for model in asked if model not in self.models]
            if unknown:
                raise ConfigError(f"use case {use_case!r} asks unknown models: {unknown}")
        if not self.window_days > 0:
            raise ConfigError(f"window_days must be above 0: {self.window_days}")


class Source(Protocol):
    """Where observations come from and go to."""

    def record(self, observations: Iterable[Observation]) -> None:
        """Store observations; the same signal at the same time is replaced, not doubled."""

    def read(self, subject: str, *, since: float, until: float) -> tuple[Observation, ...]:
        """Return what was observed of `subject` from `since` to `until`, both included."""


class SqliteSource:
    """Observations in a SQLite file shared by processes."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            MemoryLayerError: it cannot be opened.
        """
        self._database = Database(path, _TABLES)

    def record(self, observations: Iterable[Observation]) -> None:
        """Store observations in one transaction.

        Raises:
            MemoryLayerError: the store failed; none was stored.
        """
        rows = [(o.connector, o.subject, o.signal, o.observed_at, o.value) for o in observations]
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO observations VALUES (?, ?, ?, ?, ?)", rows
            )

    def read(self, subject: str, *, since: float, until: float) -> tuple[Observation, ...]:
        """Return the observations of `subject` in the order of time.

        Raises:
            MemoryLayerError: the store failed.
        """
        rows = self._database.rows(
            "SELECT connector, signal, value, observed_at FROM observations "
            "WHERE subject = ? AND observed_at BETWEEN ? AND ? "
            "ORDER BY observed_at, connector, signal",
            (subject, since, until),
        )
        return tuple(
            Observation(
                connector=str(connector),
                subject=subject,
                signal=str(signal),
                value=float(value or 0.0),
                observed_at=float(observed_at or 0.0),
            )
            for connector, signal, value, observed_at in rows
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class WorldModel:
    """Answers use cases from the observations of a source."""

    def __init__(self, spec: WorldModelSpec, source: Source, clock: Clock) -> None:
        self._spec = spec
        self._source = source
        self._clock = clock

    def observe(
        self,
        connector: str,
        subject: str,
        values: Mapping[str, float],
        *,
        observed_at: float | None = None,
    ) -> None:
        """Take in what `connector` saw of `subject`.

        Args:
            connector: a declared connector.
            subject: uid of the entity, market or region observed.
            values: finite numbers by signal.
            observed_at: seconds since the epoch, not in the future; now by default.

        Raises:
            InputBoundsError: the connector is not declared, a name is empty, a value not finite,
                there is no value, or the time is in the future.
            MemoryLayerError: the source failed.
        """
        if connector not in self._spec.connectors:
            known = ", ".join(self._spec.connectors)
            raise InputBoundsError(f"connector {connector!r} is not declared: {known}")
        when = self._clock() if observed_at is None else observed_at
        if not when <= self._clock():
            raise InputBoundsError("an observation cannot lie in the future")
        if not values:
            raise InputBoundsError("an observation needs at least one value")
        _check_values(subject, values)
        self._source.record(
            Observation(
                connector=connector,
                subject=subject,
                signal=signal,
                value=float(value),
                observed_at=when,
            )
            for signal, value in values.items()
        )

    def context(self, use_case: str, subject: str) -> WorldContext:
        """Return what the models of `use_case` make of the observations of `subject`.

        Raises:
            InputBoundsError: the use case is not declared.
            MemoryLayerError: the source failed.
        """
        return self._condense(use_case, subject, {})

    def counterfactual(
        self, use_case: str, subject: str, changes: Mapping[str, float]
    ) -> WorldContext:
        """Return the context as if the latest value of each signal in `changes` were another.

        Raises:
            InputBoundsError: the use case is not declared, a value is not finite, or a signal
                was never observed for the subject within the window.
            MemoryLayerError: the source failed.
        """
        _check_values(subject, changes)
        return self._condense(use_case, subject, changes)

    def _condense(self, use_case: str, subject: str, changes: Mapping[str, float]) -> WorldContext:
        if use_case not in self._spec.use_cases:
            known = ", ".join(self._spec.use_cases)
            raise InputBoundsError(f"use case {use_case!r} is not declared: {known}")
        now = self._clock()
        since = now - self._spec.window_days * SECONDS_A_DAY
        seen = self._source.read(subject, since=since, until=now)
        heard = {observation.connector for observation in seen}
        series = _by_signal(seen)
        for signal, value in changes.items():
            if signal not in series:
                raise InputBoundsError(f"signal {signal!r} was not observed for {subject!r}")
            series[signal][-1] = replace(series[signal][-1], value=float(value))
        factors = [
            factor
            for model in sorted(self._spec.use_cases[use_case])
            for signal in sorted(series)
            for kind in self._spec.models[model]
            for factor in _factors(model, kind, signal, series[signal])
        ]
        return WorldContext(
            use_case=use_case,
            subject=subject,
            as_of=now,
            factors=tuple(factors),
            silent=tuple(name for name in self._spec.connectors if name not in heard),
        )


def _check_values(subject: str, values: Mapping[str, float]) -> None:
    if not subject:
        raise InputBoundsError("a subject needs a name")
    for signal, value in values.items():
        if not signal or not math.isfinite(value):
            raise InputBoundsError(f"signal {signal!r} needs a name and a finite value")


def _by_signal(seen: Sequence[Observation]) -> dict[str, list[Observation]]:
    """Group by signal, each in the order of time."""
    series: dict[str, list[Observation]] = {}
    for observation in seen:
        series.setdefault(observation.signal, []).append(observation)
    return series


def _factors(
    model: str, kind: ModelKind, signal: str, series: Sequence[Observation]
) -> list[WorldFactor]:
    values = [observation.value for observation in series]
    if kind is ModelKind.LEVEL:
        computed: list[tuple[str, float | None]] = [("level", values[-1])]
    elif kind is ModelKind.RANGE:
        computed = [("low", min(values)), ("high", max(values))]
    elif kind is ModelKind.TREND:
        computed = [("trend", _slope_per_day(series))]
    else:
        computed = [("deviation", _deviation(values))]
    return [
        WorldFactor(
            model=model,
            name=f"{signal}.{what}",
            value=value,
            observations=len(series),
            latest=series[-1].observed_at,
        )
        for what, value in computed
        if value is not None and math.isfinite(value)
    ]


def _slope_per_day(series: Sequence[Observation]) -> float | None:
    """Least-squares slope: covariance of time (days) and value over the variance of time."""
    if len(series) < MIN_FOR_TREND:
        return None
    days = [(o.observed_at - series[0].observed_at) / SECONDS_A_DAY for o in series]
    mean_day = math.fsum(days) / len(days)
    mean_value = math.fsum(o.value for o in series) / len(series)
    spread = math.fsum((day - mean_day) ** 2 for day in days)
    if spread == 0.0:
        return None
    joint = math.fsum(
        (day - mean_day) * (o.value - mean_value) for day, o in zip(days, series, strict=True)
    )
    return joint / spread


def _deviation(values: Sequence[float]) -> float | None:
    """Standard score of the last value against the sample before it (n - 1 in the variance)."""
    *before, latest = values
    if len(values) < MIN_FOR_DEVIATION:
        return None
    mean = math.fsum(before) / len(before)
    variance = math.fsum((value - mean) ** 2 for value in before) / (len(before) - 1)
    if variance == 0.0:
        return 0.0 if latest == mean else None
    return (latest - mean) / math.sqrt(variance)
