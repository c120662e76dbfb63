"""A servable link predictor: names, factors and calibration in one value.

It answers with the raw score, the calibrated chance that the link is true, how sure that chance is,
and which latent factors made the score. The chance refers to the population it was calibrated on:
held-out true links and as many corruptions of them (see `fit_link_model`), so 0.5 means "no idea".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import InputBoundsError, ModelStoreError
from agent_runtime.guards import checked_output
from agent_runtime.kernels.calibration import (
    IsotonicCalibrator,
    ReliabilityReport,
    reliability,
)
from agent_runtime.kernels.datasets import (
    IndexRows,
    Triple,
    TripleEncoder,
    Vocabulary,
    corrupted,
)
from agent_runtime.kernels.embeddings import EmbeddingIndex
from agent_runtime.kernels.factorization import Factorization
from agent_runtime.modelrecords import StoredModel, Tensor
from agent_runtime.values import JsonObject

KIND: Final = "link_model"
TOP_FACTORS: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkScore:
    """What the model thinks of one link.

    Attributes:
        subject: entity the link starts from.
        relation: kind of link.
        object: entity it leads to.
        score: raw score; higher is likelier.
        confidence: calibrated chance that the link is true, within [0, 1].
        deviation: standard deviation of that chance, within [0, 0.5].
        factors: what the strongest latent factors added to the score, strongest first.
    """

    subject: str
    relation: str
    object: str
    score: float
    confidence: float
    deviation: float
    factors: Mapping[str, float]


class LinkModel:
    """Scores, completes and embeds; read only and safe for threads."""

    def __init__(
        self,
        *,
        vocabulary: Vocabulary,
        factorization: Factorization,
        calibrator: IsotonicCalibrator,
    ) -> None:
        """Take the parts.

        Raises:
            InputBoundsError: names and factors differ in number.
        """
        sizes = (len(vocabulary.entities), len(vocabulary.relations))
        if sizes != (factorization.entity_count, factorization.relation_count):
            raise InputBoundsError(
                f"the factors do not fit {sizes[0]} entities, {sizes[1]} relations"
            )
        self.vocabulary = vocabulary
        self.factorization = factorization
        self.calibrator = calibrator
        self.encoder = TripleEncoder(vocabulary)

    def score(
        self, triples: Sequence[Triple], *, top_factors: int = TOP_FACTORS
    ) -> tuple[LinkScore, ...]:
        """Score `triples`, in their order.

        Args:
            triples: links to judge, at least one.
            top_factors: how many latent factors to name for each.

        Raises:
            InputBoundsError: there is none, or a name was not in the training data.
            OutputBoundsError: a result is not finite or out of bounds.
        """
        if not triples:
            raise InputBoundsError("no links to score")
        parts = self.factorization.contributions(self.encoder.rows(triples))
        scores = checked_output(parts.sum(axis=1), low=None, high=None, name="link score")
        chance = self.calibrator.confidence(scores)
        confidences = checked_output(chance.probability, low=0.0, high=1.0, name="confidence")
        return tuple(
            LinkScore(
                subject=subject,
                relation=relation,
                object=object_,
                score=float(scores[at]),
                confidence=float(confidences[at]),
                deviation=float(chance.deviation[at]),
                factors=_strongest(parts[at], top_factors),
            )
            for at, (subject, relation, object_) in enumerate(triples)
        )

    def complete(self, subject: str, relation: str, k: int) -> tuple[LinkScore, ...]:
        """Return the `k` likeliest objects of (subject, relation), the subject itself left out.

        Raises:
            InputBoundsError: a name is unknown or `k` is below 1.
        """
        if k < 1:
            raise InputBoundsError(f"k must be at least 1, not {k}")
        others = [entity for entity in self.vocabulary.entities if entity != subject]
        candidates = [(subject, relation, other) for other in others]
        scores = self.factorization.scores(self.encoder.rows(candidates))
        best = np.argsort(-scores, kind="stable")[:k]
        return self.score([candidates[at] for at in best.tolist()])

    @cached_property
    def embeddings(self) -> EmbeddingIndex:
        """The entity vectors: real parts of the factors, then imaginary parts."""
        return EmbeddingIndex(self.vocabulary.entities, self.factorization.entities)

    def tensors(self) -> dict[str, Tensor]:
        """Return the arrays that a `ModelStore` keeps."""
        return {
            "entities": self.factorization.entities,
            "relations": self.factorization.relations,
            "calibration_centres": self.calibrator.centres,
            "calibration_probabilities": self.calibrator.probabilities,
            "calibration_deviations": self.calibrator.deviations,
        }

    def details(self) -> JsonObject:
        """Return the JSON that a `ModelStore` keeps beside the arrays."""
        return {
            "entities": list(self.vocabulary.entities),
            "relations": list(self.vocabulary.relations),
        }

    @classmethod
    def from_stored(cls, stored: StoredModel) -> "LinkModel":
        """Read a model back from its store.

        Raises:
            ModelStoreError: the arrays or names are not those of a link model.
        """
        try:
            return cls(
                vocabulary=Vocabulary(
                    entities=_names(stored.record.details["entities"]),
                    relations=_names(stored.record.details["relations"]),
                ),
                factorization=Factorization(
                    entities=_floats32(stored.tensors["entities"]),
                    relations=_floats32(stored.tensors["relations"]),
                ),
                calibrator=IsotonicCalibrator(
                    centres=stored.tensors["calibration_centres"].astype(np.float64),
                    probabilities=stored.tensors["calibration_probabilities"].astype(np.float64),
                    deviations=stored.tensors["calibration_deviations"].astype(np.float64),
                ),
            )
        except KeyError as error:
            raise ModelStoreError(f"{stored.record.version} lacks {error.args[0]}") from error
        except InputBoundsError as error:
            raise ModelStoreError(f"{stored.record.version} is no link model: {error}") from error


def fit_link_model(
    factorization: Factorization,
    vocabulary: Vocabulary,
    held_out: IndexRows,
    *,
    known: frozenset[tuple[int, int, int]],
    seed: int,
) -> LinkModel:
    """Calibrate `factorization` on held-out true links and one corruption of each.

    Raises:
        InputBoundsError: there are no held-out links, or none could be corrupted.
    """
    scores, outcomes = scored_cases(factorization, held_out, known=known, seed=seed)
    return LinkModel(
        vocabulary=vocabulary,
        factorization=factorization,
        calibrator=IsotonicCalibrator.fit(scores, outcomes),
    )


def calibration_report(
    model: LinkModel,
    held_out: IndexRows,
    *,
    known: frozenset[tuple[int, int, int]],
    seed: int,
) -> ReliabilityReport:
    """Measure how honest the confidences are on links that the calibration did not see.

    Raises:
        InputBoundsError: there are no held-out links.
    """
    scores, outcomes = scored_cases(model.factorization, held_out, known=known, seed=seed)
    return reliability(model.calibrator.confidence(scores).probability, outcomes)


def scored_cases(
    factorization: Factorization,
    held_out: IndexRows,
    *,
    known: frozenset[tuple[int, int, int]],
    seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Score true links and as many corruptions, shapes (m,) and (m,)."""
    false_rows = corrupted(held_out, known=known, entities=factorization.entity_count, seed=seed)
    scores = factorization.scores(np.concatenate([held_out, false_rows]))
    outcomes = np.arange(len(scores)) < len(held_out)
    return scores, outcomes


def known_rows(rows: IndexRows) -> frozenset[tuple[int, int, int]]:
    """Return rows as a set, for look-up."""
    return frozenset((s, r, o) for s, r, o in rows.tolist())


def _strongest(parts: NDArray[np.float64], count: int) -> dict[str, float]:
    """Name the `count` largest contributions by size, ties by position."""
    order = np.argsort(-np.abs(parts), kind="stable")[:count]
    return {f"latent_{at:03d}": float(parts[at]) for at in order.tolist()}


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise InputBoundsError("names must be a list of texts")
    return tuple(value)


def _floats32(array: Tensor) -> NDArray[np.float32]:
    if array.dtype != np.float32:
        raise InputBoundsError(f"factors must be float32, not {array.dtype}")
    return array.astype(np.float32)
