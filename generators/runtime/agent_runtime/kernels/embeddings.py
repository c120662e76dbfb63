"""Entity vectors and their nearest neighbours by cosine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import finite_matrix, finite_vector

FloatVector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbour:
    """An entity and its cosine similarity to the one asked about, within [-1, 1]."""

    entity: str
    similarity: float


class EmbeddingIndex:
    """Exact search over the vectors of named entities."""

    def __init__(
        self, names: Sequence[str], vectors: NDArray[np.float32] | NDArray[np.float64]
    ) -> None:
        """Take one vector a name.

        Args:
            names: distinct entity names, n of them.
            vectors: shape (n, d), finite, none of length zero.

        Raises:
            InputBoundsError: a name occurs twice, the counts differ, or a vector is unusable.
        """
        matrix = finite_matrix(vectors, columns=None, name="entity vectors", most_rows=len(vectors))
        if len(names) != len(matrix):
            raise InputBoundsError(f"{len(names)} names for {len(matrix)} entity vectors")
        self._names = tuple(names)
        self._position = {name: index for index, name in enumerate(self._names)}
        if len(self._position) < len(self._names):
            raise InputBoundsError("an entity name occurs twice")
        self._vectors = matrix
        self._units = unit_rows(matrix)

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return int(self._vectors.shape[1])

    def __contains__(self, entity: object) -> bool:
        return entity in self._position

    def vector(self, entity: str) -> FloatVector:
        """Return a copy of the vector of `entity`, shape (d,).

        Raises:
            InputBoundsError: the entity is unknown.
        """
        return np.array(self._vectors[self._at(entity)])

    def similarity(self, one: str, other: str) -> float:
        """Return the cosine between two entities, within [-1, 1].

        Raises:
            InputBoundsError: an entity is unknown.
        """
        cosine = float(self._units[self._at(one)] @ self._units[self._at(other)])
        return max(-1.0, min(1.0, cosine))

    def nearest(self, entity: str, k: int) -> tuple[Neighbour, ...]:
        """Return the `k` entities most like `entity`, itself excluded, most similar first.

        Equal similarities are ordered by name; fewer than `k` are returned if there are no more.

        Raises:
            InputBoundsError: the entity is unknown or `k` is below 1.
        """
        position = self._at(entity)
        return self._closest(self._units[position], k, excluded=position)

    def nearest_to(self, vector: FloatVector, k: int) -> tuple[Neighbour, ...]:
        """Return the `k` entities whose vectors point most nearly along `vector`, shape (d,).

        Raises:
            InputBoundsError: the vector is unusable or `k` is below 1.
        """
        checked = finite_vector(vector, name="vector", length=self.dimension)
        return self._closest(unit_rows(checked[np.newaxis])[0], k, excluded=None)

    def _at(self, entity: str) -> int:
        position = self._position.get(entity)
        if position is None:
            raise InputBoundsError(f"unknown entity {entity!r}: it has no embedding")
        return position

    def _closest(self, unit: FloatVector, k: int, *, excluded: int | None) -> tuple[Neighbour, ...]:
        if k < 1:
            raise InputBoundsError(f"k must be at least 1, not {k}")
        cosines = np.clip(self._units @ unit, -1.0, 1.0)
        order = sorted(
            (index for index in range(len(cosines)) if index != excluded),
            key=lambda index: (-cosines[index], self._names[index]),
        )
        return tuple(
            Neighbour(entity=self._names[index], similarity=float(cosines[index]))
            for index in order[:k]
        )


def unit_rows(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale each row of `matrix` (n, d) to length 1.

    Rows are first divided by their largest component, so that squares cannot overflow.

    Raises:
        InputBoundsError: a row is zero, so it has no direction.
    """
    largest = np.abs(matrix).max(axis=1, keepdims=True)
    if bool((largest == 0.0).any()):
        row = int(np.argmin(largest))
        raise InputBoundsError(f"row {row} is zero: it has no direction")
    scaled = matrix / largest
    return np.asarray(scaled / np.linalg.norm(scaled, axis=1, keepdims=True))
