"""Measure how far audited quantities have moved from their baseline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.findings import Finding
from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.reading import EntrySource, entries, number_at
from agent_runtime.database import Database
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.guards import finite_vector
from agent_runtime.kernels.drift import DriftThresholds, FeatureDrift, compare

LEAST_VALUES: Final = 50
"""Fewer values say nothing about a distribution."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS baselines (
    name TEXT NOT NULL, place INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (name, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sealed (name TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """A quantity whose distribution is watched.

    Attributes:
        name: unique.
        source: entries that hold it.
        field: dotted name of the number.
        size: how many values, the first observed, make up the baseline.
    """

    name: str
    source: EntrySource
    field: str
    size: int = 500

    def __post_init__(self) -> None:
        """Check the declaration.

        Raises:
            ConfigError: a name is empty, or the baseline too small to compare with.
        """
        if not all((self.name, self.source.event, self.field)) or self.size < LEAST_VALUES:
            raise ConfigError(f"baseline {self.name or '?'} of {self.size} values is not usable")


@dataclass(frozen=True, kw_only=True, slots=True)
class DriftMeasurement:
    """What became of one quantity since its baseline.

    Attributes:
        baseline: what is watched.
        values: how many recent values were compared.
        drift: the comparison; None while the baseline is gathered or values are too few.
        decisions: decisions that the recent values belong to.
    """

    baseline: Baseline
    values: int
    drift: FeatureDrift | None
    decisions: tuple[str, ...]

    @property
    def level(self) -> float:
        """The population stability index if the change is more than chance, else 0; at most 1."""
        if self.drift is None or not self.drift.drifted:
            return 0.0
        return min(1.0, self.drift.psi)


class BaselineStore:
    """The baselines, gathered from the first values observed and then kept as they are."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it.

        Raises:
            MemoryLayerError: it cannot be opened.
        """
        self._database = Database(path, _TABLES, durable=True)

    def values(self, name: str) -> tuple[float, ...]:
        """Return the values gathered so far."""
        rows = self._database.rows(
            "SELECT value FROM baselines WHERE name = ? ORDER BY place", (name,)
        )
        return tuple(float(str(value)) for (value,) in rows)

    def until(self, name: str) -> int:
        """Return the number of the last event that a baseline took values from, 0 for none."""
        rows = self._database.rows("SELECT until FROM sealed WHERE name = ?", (name,))
        return int(str(rows[0][0])) if rows else 0

    def gather(self, baseline: Baseline, values: Iterable[float], *, until: int) -> bool:
        """Add values until the baseline has its size; True if it has.

        Args:
            baseline: which.
            values: of events that it has not taken from yet.
            until: number of the last of these events.

        Raises:
            InputBoundsError: a value is not finite.
        """
        fresh = list(values)
        if fresh:
            finite_vector(fresh, name=baseline.name)
        have = len(self.values(baseline.name))
        with self._database.write() as connection:
            rows = [
                (baseline.name, have + index, value)
                for index, value in enumerate(fresh[: baseline.size - have])
            ]
            connection.executemany("INSERT INTO baselines VALUES (?, ?, ?)", rows)
            if rows:
                connection.execute(
                    "INSERT INTO sealed VALUES (?1, ?2)"
                    " ON CONFLICT (name) DO UPDATE SET until = ?2",
                    (baseline.name, until),
                )
        return have + len(rows) == baseline.size

    def forget(self, name: str) -> None:
        """Gather a baseline anew, as after an approved change of the model."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM baselines WHERE name = ?", (name,))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def measure_drift(
    baseline: Baseline,
    events: Sequence[ObservedEvent],
    store: BaselineStore,
    thresholds: DriftThresholds,
) -> DriftMeasurement:
    """Compare the values of `events` with the baseline; the first ones only make it up.

    Raises:
        InputBoundsError: a value is not finite.
    """
    until = store.until(baseline.name)
    later = [
        (value, entry.observed)
        for entry in entries(events, baseline.source)
        if entry.observed.sequence > until
        and (value := number_at(entry.fields, baseline.field)) is not None
    ]
    before = store.values(baseline.name)
    if len(before) < baseline.size:
        last = max((observed.sequence for _, observed in later), default=until)
        store.gather(baseline, [value for value, _ in later], until=last)
        return DriftMeasurement(baseline=baseline, values=0, drift=None, decisions=())
    decisions = dict.fromkeys(observed.event.event_data.decision_id for _, observed in later)
    drift = None
    if len(later) >= LEAST_VALUES:
        drift = compare(
            np.array(before)[:, None],
            np.array([value for value, _ in later])[:, None],
            names=(baseline.name,),
            thresholds=thresholds,
        ).features[0]
    return DriftMeasurement(
        baseline=baseline, values=len(later), drift=drift, decisions=tuple(decisions)
    )


def thresholds_for(limit: float, *, level: float) -> DriftThresholds:
    """Return thresholds of a declared limit: `limit` for the index, half of it for the divergence.

    Raises:
        InputBoundsError: the limit is not above 0, or `level` not between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise InputBoundsError(f"a confidence level lies between 0 and 1, not {level}")
    return DriftThresholds(psi=limit, kl=limit / 2, significance=1 - level)


def drift_findings(
    kind: str, measurements: Sequence[DriftMeasurement], batch: AuditBatch
) -> tuple[Finding, ...]:
    """Return a finding for each quantity that has moved far, by more than chance."""
    return tuple(
        Finding(
            kind=kind,
            agent=measured.baseline.source.event.partition(".")[0],
            subject=f"drift:{measured.baseline.name}:{batch.period}",
            reason="; ".join(measured.drift.reasons),
            evidence={
                "baseline": measured.baseline.name,
                "values": measured.values,
                "decisions": list(measured.decisions),
                "psi": measured.drift.psi,
                "kl": measured.drift.kl,
                "ks_distance": measured.drift.ks.statistic,
                "ks_p_value": measured.drift.ks.p_value,
            },
            trace_id=batch.trace_id,
            level=measured.level,
        )
        for measured in measurements
        if measured.drift is not None and measured.drift.drifted
    )
