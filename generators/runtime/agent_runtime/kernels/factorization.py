"""Link prediction by complex tensor factorisation (ComplEx), trained with numpy alone.

A triple (s, r, o) scores Re(sum_k s_k r_k conj(o_k)) over complex vectors of length `rank`
(Trouillon et al., ICML 2016). Each relation also has a reciprocal one, so that predicting subjects
is predicting objects of the reciprocal; a full softmax over all entities is the loss and the
nuclear 3-norm the penalty (Lacroix, Usunier and Obozinski, ICML 2018); steps are Adagrad's (Duchi
et al., JMLR 2011). The score of a triple is the mean of both directions and thus a plain sum over
the latent factors.

Complex vectors are stored as real rows, real parts first, then imaginary parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import InputBoundsError, OutputBoundsError
from agent_runtime.kernels.datasets import TRIPLE_WIDTH, IndexRows

FloatRows = NDArray[np.float32] | NDArray[np.float64]

_EPSILON: Final = 1e-10
_CUBIC: Final = 3.0
_MATRIX: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class FactorizationConfig:
    """What shapes a training, and nothing else does.

    Attributes:
        rank: complex latent factors of an entity.
        learning_rate: Adagrad's step.
        penalty: weight of the nuclear 3-norm.
        batch_size: triples (and reciprocals) a step.
        initial_scale: standard deviation of the first random factors.
        seed: same seed, data and machine: same model.
    """

    rank: int = 64
    learning_rate: float = 0.1
    penalty: float = 0.01
    batch_size: int = 256
    initial_scale: float = 0.01
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.rank, self.batch_size) < 1 or self.seed < 0:
            raise InputBoundsError("rank and batch_size must be at least 1 and seed at least 0")
        if not (0 < self.learning_rate <= 1 and 0 < self.initial_scale <= 1):
            raise InputBoundsError("learning_rate and initial_scale must be above 0, at most 1")
        if not 0 <= self.penalty <= 1:
            raise InputBoundsError(f"penalty must be within 0..1, not {self.penalty}")


def parameter_count(*, entities: int, relations: int, rank: int) -> int:
    """Count the real numbers that a model of this size learns."""
    return 2 * rank * (entities + 2 * relations)


class Factorization:
    """A trained factorisation; read only."""

    def __init__(self, *, entities: FloatRows, relations: FloatRows) -> None:
        """Take the factors.

        Args:
            entities: shape (entities, 2 rank).
            relations: shape (2 relations, 2 rank), reciprocal relations in the second half.

        Raises:
            InputBoundsError: the shapes do not fit, or a value is not finite.
        """
        width = entities.shape[-1]
        if not (entities.ndim == relations.ndim == _MATRIX and width == relations.shape[-1]):
            raise InputBoundsError("entity and relation factors must be rows of one width")
        if width == 0 or width % 2 or 0 in (len(entities), len(relations)) or len(relations) % 2:
            raise InputBoundsError("factors need real and imaginary parts, relations reciprocals")
        if not (np.isfinite(entities).all() and np.isfinite(relations).all()):
            raise InputBoundsError("a latent factor is not finite")
        self.entities: NDArray[np.float32] = entities.astype(np.float32)
        self.relations: NDArray[np.float32] = relations.astype(np.float32)
        self.entities.flags.writeable = False
        self.relations.flags.writeable = False

    @property
    def rank(self) -> int:
        """Number of complex latent factors."""
        return int(self.entities.shape[1]) // 2

    @property
    def entity_count(self) -> int:
        """Number of entities."""
        return len(self.entities)

    @property
    def relation_count(self) -> int:
        """Number of relations, reciprocals not counted."""
        return len(self.relations) // 2

    def contributions(self, rows: IndexRows) -> NDArray[np.float64]:
        """Split each score into what every latent factor added to it, shape (n, rank).

        The row sums are the scores, exactly: the model is linear in its factors.

        Args:
            rows: triples, shape (n, 3).

        Raises:
            InputBoundsError: an index is out of range.
        """
        self._check(rows)
        subject = self.entities[rows[:, 0]].astype(np.float64)
        object_ = self.entities[rows[:, 2]].astype(np.float64)
        forward = _compose(subject, self.relations[rows[:, 1]].astype(np.float64)) * object_
        reverse = rows[:, 1] + self.relation_count
        backward = _compose(object_, self.relations[reverse].astype(np.float64)) * subject
        both = (forward + backward) / 2.0
        return np.asarray(both[:, : self.rank] + both[:, self.rank :])

    def scores(self, rows: IndexRows) -> NDArray[np.float64]:
        """Score triples, shape (n,); higher is likelier.

        Computed in float64, where products of three float32 factors cannot overflow.

        Raises:
            InputBoundsError: an index is out of range.
        """
        return np.asarray(self.contributions(rows).sum(axis=1))

    def object_scores(self, rows: IndexRows) -> NDArray[np.float32]:
        """Score every entity as object of rows[:, 0] and rows[:, 1], shape (n, entities)."""
        self._check(rows)
        query = _compose(self.entities[rows[:, 0]], self.relations[rows[:, 1]])
        return np.asarray(query @ self.entities.T, dtype=np.float32)

    def subject_scores(self, rows: IndexRows) -> NDArray[np.float32]:
        """Score every entity as subject of rows[:, 1] and rows[:, 2], shape (n, entities)."""
        self._check(rows)
        reverse = rows[:, 1] + self.relation_count
        query = _compose(self.entities[rows[:, 2]], self.relations[reverse])
        return np.asarray(query @ self.entities.T, dtype=np.float32)

    def _check(self, rows: IndexRows) -> None:
        if rows.ndim != _MATRIX or rows.shape[1] != TRIPLE_WIDTH or rows.dtype != np.int64:
            raise InputBoundsError("triples must be int64 rows of subject, relation, object")
        limits = np.array([self.entity_count, self.relation_count, self.entity_count])
        if bool(((rows < 0) | (rows >= limits)).any()):
            raise InputBoundsError("a triple names an entity or relation that the model lacks")


class FactorizationTrainer:
    """Learns a factorisation epoch by epoch; its state can be saved and taken up again.

    The order of triples in an epoch depends on the seed and the epoch alone, so a resumed training
    ends with the same bytes as one that ran through.
    """

    def __init__(
        self, config: FactorizationConfig, rows: IndexRows, *, entities: int, relations: int
    ) -> None:
        """Prepare the first epoch.

        Args:
            config: see `FactorizationConfig`.
            rows: training triples, shape (n, 3), n >= 1.
            entities: number of entities.
            relations: number of relations.

        Raises:
            InputBoundsError: there is no triple, or an index is out of range.
        """
        generator = np.random.default_rng([config.seed, 0])
        width = 2 * config.rank
        self._config = config
        self._entities = _first_factors(generator, entities, width, config.initial_scale)
        self._relations = _first_factors(generator, 2 * relations, width, config.initial_scale)
        self._entity_squares = np.zeros_like(self._entities)
        self._relation_squares = np.zeros_like(self._relations)
        self.epoch = 0
        if len(rows) == 0:
            raise InputBoundsError("no triples to learn from")
        self.model()._check(rows)  # noqa: SLF001 - one rule for what a valid row is
        reciprocal = np.stack([rows[:, 2], rows[:, 1] + relations, rows[:, 0]], axis=1)
        self._rows: IndexRows = np.concatenate([rows, reciprocal])

    def run_epoch(self) -> float:
        """Learn from every triple once and return the mean loss.

        Raises:
            OutputBoundsError: the loss is not finite; the training diverged.
        """
        self.epoch += 1
        order = np.random.default_rng([self._config.seed, self.epoch]).permutation(len(self._rows))
        total = 0.0
        for start in range(0, len(order), self._config.batch_size):
            batch = self._rows[order[start : start + self._config.batch_size]]
            loss, entity_slope, relation_slope = loss_and_slopes(
                self._entities, self._relations, batch, penalty=self._config.penalty
            )
            total += loss * len(batch)
            self._step(self._entities, self._entity_squares, entity_slope)
            self._step(self._relations, self._relation_squares, relation_slope)
        mean = total / len(order)
        if not np.isfinite(mean):
            raise OutputBoundsError(f"training diverged in epoch {self.epoch}: the loss is {mean}")
        return mean

    def model(self) -> Factorization:
        """Return a copy of what was learnt so far."""
        return Factorization(entities=self._entities, relations=self._relations)

    def state(self) -> dict[str, NDArray[np.float32]]:
        """Return copies of all arrays that `restore` needs."""
        return {
            "entities": self._entities.copy(),
            "relations": self._relations.copy(),
            "entity_squares": self._entity_squares.copy(),
            "relation_squares": self._relation_squares.copy(),
        }

    def restore(self, state: Mapping[str, NDArray[np.float32]], *, epoch: int) -> None:
        """Take up the training after `epoch` with a saved `state`.

        Raises:
            InputBoundsError: the state belongs to a training of another size, or is damaged.
        """
        expected = self.state()
        if set(state) != set(expected) or epoch < 0:
            raise InputBoundsError("the saved training state lacks arrays or has foreign ones")
        for name, array in state.items():
            if array.shape != expected[name].shape or array.dtype != np.float32:
                raise InputBoundsError(f"the saved {name} do not fit this training")
            if not bool(np.isfinite(array).all()):
                raise InputBoundsError(f"the saved {name} are not finite")
        self._entities = state["entities"].copy()
        self._relations = state["relations"].copy()
        self._entity_squares = state["entity_squares"].copy()
        self._relation_squares = state["relation_squares"].copy()
        self.epoch = epoch

    def _step(
        self,
        weights: NDArray[np.float32],
        squares: NDArray[np.float32],
        slope: NDArray[np.floating],
    ) -> None:
        """Move `weights` against the slope; Adagrad divides by the root of summed squares."""
        squares += slope * slope
        weights -= self._config.learning_rate * slope / (np.sqrt(squares) + _EPSILON)


def loss_and_slopes(
    entities: FloatRows, relations: FloatRows, batch: IndexRows, *, penalty: float
) -> tuple[float, NDArray[np.floating], NDArray[np.floating]]:
    """Return the mean loss of a batch and its derivatives by both factor arrays.

    The loss of (s, r, o) is -log softmax(o | s, r) + penalty * sum of |.|^3 over the complex
    factors of s, r and o.

    Args:
        entities: shape (entities, 2 rank).
        relations: shape (2 relations, 2 rank).
        batch: triples, shape (b, 3), b >= 1; relations may be reciprocal ones.
        penalty: weight of the nuclear 3-norm.
    """
    size = len(batch)
    subject, relation = entities[batch[:, 0]], relations[batch[:, 1]]
    object_ = entities[batch[:, 2]]
    query = _compose(subject, relation)
    logits = query @ entities.T
    logits -= logits.max(axis=1, keepdims=True)
    chances = np.exp(logits)
    chances /= chances.sum(axis=1, keepdims=True)
    places = np.arange(size)
    loss = -float(np.log(np.maximum(chances[places, batch[:, 2]], 1e-30)).mean())
    chances[places, batch[:, 2]] -= 1.0
    chances /= size

    entity_slope = chances.T @ query
    relation_slope = np.zeros_like(relations)
    query_slope = chances @ entities
    cost_subject, cubic_subject = _cubic_norm(subject, penalty / size)
    cost_relation, cubic_relation = _cubic_norm(relation, penalty / size)
    cost_object, cubic_object = _cubic_norm(object_, penalty / size)
    np.add.at(entity_slope, batch[:, 0], _uncompose(query_slope, relation) + cubic_subject)
    np.add.at(entity_slope, batch[:, 2], cubic_object)
    np.add.at(relation_slope, batch[:, 1], _uncompose(query_slope, subject) + cubic_relation)
    return loss + cost_subject + cost_relation + cost_object, entity_slope, relation_slope


def _first_factors(
    generator: np.random.Generator, rows: int, width: int, scale: float
) -> NDArray[np.float32]:
    return (generator.standard_normal((rows, width)) * scale).astype(np.float32)


def _compose(left: FloatRows, right: FloatRows) -> NDArray[np.floating]:
    """Multiply complex rows factor by factor."""
    half = left.shape[1] // 2
    a, b, c, d = left[:, :half], left[:, half:], right[:, :half], right[:, half:]
    return np.concatenate([a * c - b * d, a * d + b * c], axis=1)


def _uncompose(slope: NDArray[np.floating], other: FloatRows) -> NDArray[np.floating]:
    """Carry the slope of a product back to one side: multiply by the conjugate of the other."""
    half = other.shape[1] // 2
    u, v, c, d = slope[:, :half], slope[:, half:], other[:, :half], other[:, half:]
    return np.concatenate([u * c + v * d, v * c - u * d], axis=1)


def _cubic_norm(rows: FloatRows, weight: float) -> tuple[float, NDArray[np.floating]]:
    """Return weight * sum |z|^3 over all complex entries, and its derivative."""
    half = rows.shape[1] // 2
    size = np.sqrt(rows[:, :half] ** 2 + rows[:, half:] ** 2)
    slope = _CUBIC * weight * np.concatenate([size * rows[:, :half], size * rows[:, half:]], axis=1)
    return weight * float((size**3).sum()), slope
