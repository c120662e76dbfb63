"""Nearest neighbours by cosine among the vectors of a table, searched exactly in numpy."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agent_runtime.database import Database
from agent_runtime.errors import InputBoundsError

VECTOR_TABLES = """
CREATE TABLE IF NOT EXISTS vectors (
    episode INTEGER PRIMARY KEY REFERENCES decision_logs (episode) ON DELETE CASCADE,
    dimension INTEGER NOT NULL,
    unit BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS vectors_dimension ON vectors (dimension);
"""


def unit_vector(vector: Sequence[float]) -> NDArray[np.float32]:
    """Scale `vector` (d,) to length 1, so that a dot product is a cosine.

    Raises:
        InputBoundsError: it is empty, not one-dimensional, not finite, or all zero.
    """
    array = np.asarray(vector, dtype=np.float64)
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise InputBoundsError("a vector is a row of at least one finite number")
    largest = float(np.abs(array).max())
    if largest == 0.0:
        raise InputBoundsError("a vector of zeros has no direction to compare")
    scaled = array / largest  # keeps the squares of huge and tiny numbers in range
    return (scaled / np.linalg.norm(scaled)).astype(np.float32)


class VectorIndex:
    """Unit vectors of one dimension, kept in memory and refreshed when the table has changed.

    Row ids are never reused, so (count, highest id) tells every change by any process.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._cache: dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}

    def nearest(self, vector: Sequence[float], k: int) -> list[tuple[int, float]]:
        """Return (row id, cosine) of the `k` vectors most like `vector`, best first.

        Only vectors of the same dimension are compared; equal cosines keep the order of writing.

        Raises:
            InputBoundsError: the vector has no direction, or `k` is below 1.
            MemoryLayerError: the store failed.
        """
        if k < 1:
            raise InputBoundsError(f"k must be at least 1: {k}")
        query = unit_vector(vector)
        ids, matrix = self._load(query.size)
        cosines = matrix @ query
        order = np.lexsort((ids, -cosines))[:k]
        return [(int(ids[row]), float(cosines[row])) for row in order]

    def _load(self, dimension: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        with self._guard:
            ids, matrix = self._cache.get(
                dimension,
                (np.empty(0, dtype=np.int64), np.empty((0, dimension), dtype=np.float32)),
            )
            count, highest = self._database.rows(
                "SELECT count(*), ifnull(max(episode), 0) FROM vectors WHERE dimension = ?",
                (dimension,),
            )[0]
            last = int(ids[-1]) if ids.size else 0
            if (count, highest) != (ids.size, last):
                fresh = self._read(dimension, last)
                if ids.size + len(fresh) != count:  # something was purged: start afresh
                    ids, matrix = ids[:0], matrix[:0]
                    fresh = self._read(dimension, 0)
                ids, matrix = _extended(ids, matrix, fresh)
                self._cache[dimension] = (ids, matrix)
            return ids, matrix

    def _read(self, dimension: int, above: int) -> list[tuple[int, bytes]]:
        rows = self._database.rows(
            "SELECT episode, unit FROM vectors WHERE dimension = ? AND episode > ? "
            "ORDER BY episode",
            (dimension, above),
        )
        return [(int(str(row[0])), bytes(row[1])) for row in rows if isinstance(row[1], bytes)]


def _extended(
    ids: NDArray[np.int64], matrix: NDArray[np.float32], fresh: list[tuple[int, bytes]]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    more_ids = np.array([row[0] for row in fresh], dtype=np.int64)
    more = np.frombuffer(b"".join(row[1] for row in fresh), dtype="<f4")
    stacked = np.vstack([matrix, more.reshape(len(fresh), matrix.shape[1])])
    return np.concatenate([ids, more_ids]), stacked.astype(np.float32)
