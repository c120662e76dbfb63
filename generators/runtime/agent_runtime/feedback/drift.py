"""Watches a stream of measured rows for drift away from a baseline that is kept in a file.

The first window of rows becomes the baseline unless one is set, e.g. the rows a model was
trained on. Each full window after it is compared with the baseline (`agent_runtime.kernels.drift`).
"""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from agent_runtime.database import Database
from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import FloatMatrix, finite_matrix
from agent_runtime.kernels.drift import DriftReport, DriftThresholds, compare

WINDOW: Final = 200

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS baselines (
    subject TEXT PRIMARY KEY, names TEXT NOT NULL, rows BLOB NOT NULL
) WITHOUT ROWID;
"""
_SEPARATOR: Final = "\n"


class DriftWatch:
    """Compares windows of rows with baselines, one a subject. Thread-safe."""

    def __init__(
        self, path: Path, *, thresholds: DriftThresholds | None = None, window: int = WINDOW
    ) -> None:
        """Open the file of baselines.

        Raises:
            InputBoundsError: a window is fewer than two rows.
            MemoryLayerError: the file cannot be opened.
        """
        if window < 2:  # noqa: PLR2004 - what a comparison needs
            raise InputBoundsError(f"a window of {window} rows cannot be compared")
        self._database = Database(path, _TABLES)
        self._thresholds = thresholds or DriftThresholds()
        self._window = window
        self._lock = threading.Lock()
        self._rows: dict[str, list[tuple[float, ...]]] = {}

    def set_baseline(self, subject: str, rows: FloatMatrix, *, names: Sequence[str]) -> None:
        """Keep `rows` (n, d) as what is ordinary for `subject`.

        Raises:
            InputBoundsError: a value is not finite, fewer than two rows, or other widths.
        """
        matrix = finite_matrix(rows, columns=len(names), name="baseline")
        if len(matrix) < 2:  # noqa: PLR2004 - what a comparison needs
            raise InputBoundsError("a baseline needs at least two rows")
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO baselines VALUES (?, ?, ?)",
                (subject, _SEPARATOR.join(names), matrix.astype("<f8").tobytes()),
            )

    def check(self, subject: str, rows: FloatMatrix) -> DriftReport:
        """Compare `rows` (m, d) with the baseline of `subject`.

        Raises:
            InputBoundsError: there is no baseline, a value is not finite, or the widths differ.
        """
        baseline = self._baseline(subject)
        if baseline is None:
            raise InputBoundsError(f"no baseline is set for {subject!r}")
        names, reference = baseline
        return compare(reference, rows, names=names, thresholds=self._thresholds)

    def observe(self, subject: str, values: Mapping[str, float]) -> DriftReport | None:
        """Add one row; return the comparison whenever a window is full, else None.

        Raises:
            InputBoundsError: a value is not finite, or other names than those of the baseline.
        """
        baseline = self._baseline(subject)
        names = tuple(sorted(values)) if baseline is None else baseline[0]
        if set(names) != set(values):
            raise InputBoundsError(f"{subject} is measured by {', '.join(names)}")
        row = finite_matrix([[values[name] for name in names]], columns=len(names), name=subject)
        full = self._full(subject, tuple(row[0].tolist()))
        if full is None:
            return None
        if baseline is None:
            self.set_baseline(subject, full, names=names)
            return None
        return self.check(subject, full)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _full(self, subject: str, row: tuple[float, ...]) -> FloatMatrix | None:
        with self._lock:
            rows = self._rows.setdefault(subject, [])
            rows.append(row)
            if len(rows) < self._window:
                return None
            del self._rows[subject]
        return np.array(rows, dtype=np.float64)

    def _baseline(self, subject: str) -> tuple[tuple[str, ...], FloatMatrix] | None:
        rows = self._database.rows(
            "SELECT names, rows FROM baselines WHERE subject = ?", (subject,)
        )
        if not rows:
            return None
        names = tuple(str(rows[0][0]).split(_SEPARATOR))
        stored = rows[0][1]
        data = np.frombuffer(stored if isinstance(stored, bytes) else b"", dtype="<f8")
        return names, data.reshape(-1, len(names))
