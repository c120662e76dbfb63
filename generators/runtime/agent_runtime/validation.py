"""Decide whether a new model may take the place of the one in service.

Both are asked the same held-out questions. The candidate is accepted if, on links whose names both
models know, its mean reciprocal rank is not lower than the current one's by more than the stability
threshold, and if it has not forgotten more than that share of the links the current model knows.
A first model has nothing to be compared with, so it must beat the popularity of entities by the
threshold and by more than two standard errors: on data without structure no model does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import within
from agent_runtime.kernels.datasets import Triple, TripleDataset, TripleEncoder
from agent_runtime.kernels.linkmetrics import (
    KnownLinks,
    LinkScorer,
    PopularityBaseline,
    filtered_ranks,
)
from agent_runtime.kernels.linkmodel import LinkModel

LEAST_LINKS: Final = 5
_ROUNDING: Final = 1e-9  # 0.80 - 0.78 is not above 0.02, whatever binary fractions say
_PAIR: Final = 2
_CLEAR: Final = 2.0  # standard errors


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldOut:
    """Links to test with, and what else is known to be true.

    Attributes:
        links: true links that neither model should have learnt from.
        background: all other true links; they do not compete in a ranking.
    """

    links: tuple[Triple, ...]
    background: tuple[Triple, ...]

    @classmethod
    def of(cls, dataset: TripleDataset) -> "HoldOut":
        """Take the test part of `dataset`; the other parts are background."""
        return cls(links=dataset.test, background=dataset.train + dataset.valid)


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidationReport:
    """The verdict, why, and the figures behind it.

    Attributes:
        accepted: whether the candidate may be promoted.
        reasons: one plain sentence for each rule that was applied.
        metrics: candidate_mrr, reference_mrr, drop (reference minus candidate), drop_error (its
            standard error), lost_share and links; only the last two if too few links could be
            compared.
        confidence: chance, within [0.5, 1], that the verdict on the ranking would be the same on
            other links of this kind, by the normal approximation of the paired drop.
    """

    accepted: bool
    reasons: tuple[str, ...]
    metrics: dict[str, float]
    confidence: float


def compare_models(
    candidate: LinkModel,
    current: LinkModel | None,
    hold_out: HoldOut,
    *,
    stability_threshold: float,
) -> ValidationReport:
    """Judge `candidate` against `current`, or against popularity if there is no current model.

    Args:
        candidate: the new model.
        current: the model in service, if any.
        hold_out: questions and background.
        stability_threshold: largest tolerated drop of the mean reciprocal rank, and share of lost
            links, within [0, 1]; a drop of just this much is accepted.

    Raises:
        InputBoundsError: the threshold is out of bounds.
    """
    threshold = within(stability_threshold, 0.0, 1.0, "stability threshold")
    answers = answers_of(candidate, current, hold_out)
    if answers.links < LEAST_LINKS:
        return _too_few(answers)
    metrics = _paired(answers)
    if current is None:
        return _against_popularity(metrics, threshold)
    lost = answers.lost_share
    return ValidationReport(
        accepted=_at_most(metrics["drop"], threshold) and _at_most(lost, threshold),
        reasons=(_stability_reason(metrics, threshold), _memory_reason(lost, threshold)),
        metrics=metrics,
        confidence=_certainty(threshold - metrics["drop"], metrics["drop_error"]),
    )


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Answers:
    """How two models answered the same held-out questions.

    Attributes:
        links: number of links that both could be asked about.
        lost_share: share of the links the reference knows that the candidate does not.
        candidate: 1 / filtered rank for both ends of each link, shape (2 n,); empty if there are
            fewer than `LEAST_LINKS`.
        reference: the same of the other model.
    """

    links: int
    lost_share: float
    candidate: NDArray[np.float64]
    reference: NDArray[np.float64]


def answers_of(candidate: LinkModel, current: LinkModel | None, hold_out: HoldOut) -> Answers:
    """Ask both models about the links whose names both know, among the names both know.

    Without a current model, the popularity of entities in the background answers instead.
    """
    known_before = [
        each for each in hold_out.links if current is None or current.encoder.knows(each)
    ]
    links = [link for link in known_before if candidate.encoder.knows(link)]
    lost = 1.0 - len(links) / len(known_before) if current and known_before else 0.0
    if len(links) < LEAST_LINKS:
        nothing = np.zeros(0)
        return Answers(links=len(links), lost_share=lost, candidate=nothing, reference=nothing)
    own = candidate.encoder
    if current is None:
        entities: Sequence[str] = candidate.vocabulary.entities
        scorer, encoder = _popularity(candidate, hold_out), own
    else:
        entities = sorted(set(candidate.vocabulary.entities) & set(current.vocabulary.entities))
        scorer, encoder = current.factorization, current.encoder
    return Answers(
        links=len(links),
        lost_share=lost,
        candidate=_reciprocal_ranks(candidate.factorization, own, links, hold_out, entities),
        reference=_reciprocal_ranks(scorer, encoder, links, hold_out, entities),
    )


def relative_drop(reference: float, observed: float) -> float:
    """Return how far `observed` fell below `reference`, as a share of it; 0 if it did not fall.

    Args:
        reference: a positive figure, such as the accuracy when the model was promoted.
        observed: the same figure on live data, not negative.

    Raises:
        InputBoundsError: a figure is out of bounds.
    """
    base = within(reference, 0.0, None, "reference")
    now = within(observed, 0.0, None, "observed")
    if base == 0.0:
        raise InputBoundsError("a drop below a reference of 0 has no size")
    return max(0.0, (base - now) / base)


def _against_popularity(metrics: dict[str, float], threshold: float) -> ValidationReport:
    gain = -metrics["drop"]
    doubt = _CLEAR * metrics["drop_error"]
    accepted = _at_most(threshold, gain) and gain > doubt
    verdict = "beats" if accepted else "does not beat"
    reason = (
        f"there is no current model; the candidate {verdict} entity popularity by the "
        f"{threshold:.3f} demanded and clearly (more than {doubt:.3f}, two standard errors): "
        f"{_figures(metrics)}"
    )
    return ValidationReport(
        accepted=accepted,
        reasons=(reason,),
        metrics=metrics,
        confidence=_certainty(gain - max(threshold, doubt), metrics["drop_error"]),
    )


def _popularity(candidate: LinkModel, hold_out: HoldOut) -> LinkScorer:
    background = [link for link in hold_out.background if candidate.encoder.knows(link)]
    return PopularityBaseline(
        candidate.encoder.rows(background),
        entities=candidate.factorization.entity_count,
        relations=candidate.factorization.relation_count,
    )


def _reciprocal_ranks(
    scorer: LinkScorer,
    encoder: TripleEncoder,
    links: Sequence[Triple],
    hold_out: HoldOut,
    entities: Sequence[str],
) -> NDArray[np.float64]:
    """Return 1 / filtered rank among `entities` for both ends of each link, shape (2 n,)."""
    true_links = [link for link in hold_out.links + hold_out.background if encoder.knows(link)]
    among = np.array([encoder.entity(name) for name in entities], dtype=np.int64)
    known = KnownLinks(encoder.rows(true_links))
    return 1.0 / filtered_ranks(scorer, encoder.rows(links), known, among=among)


def _paired(answers: Answers) -> dict[str, float]:
    """Compare two sets of answers to the same questions.

    The standard error is that of the mean of paired differences, averaged over the two ends of a
    link first, as these are not independent.
    """
    differences = (answers.reference - answers.candidate).reshape(_PAIR, -1).mean(axis=0)
    return {
        "candidate_mrr": float(answers.candidate.mean()),
        "reference_mrr": float(answers.reference.mean()),
        "drop": float(differences.mean()),
        "drop_error": float(differences.std(ddof=1) / np.sqrt(len(differences))),
        "lost_share": answers.lost_share,
        "links": float(answers.links),
    }


def _stability_reason(metrics: dict[str, float], threshold: float) -> str:
    drop = metrics["drop"]
    figures = _figures(metrics)
    if drop <= 0.0:
        return f"the candidate ranks at least as well as the current model: {figures}"
    relation = "within" if _at_most(drop, threshold) else "above"
    return (
        f"the candidate ranks worse by {drop:.3f} (standard error {metrics['drop_error']:.3f}), "
        f"{relation} the stability threshold of {threshold:.3f}: {figures}"
    )


def _figures(metrics: dict[str, float]) -> str:
    return (
        f"mean reciprocal rank {metrics['candidate_mrr']:.3f} against "
        f"{metrics['reference_mrr']:.3f} on {metrics['links']:.0f} held-out links"
    )


def _memory_reason(lost: float, threshold: float) -> str:
    relation = "within" if _at_most(lost, threshold) else "above"
    return (
        f"the candidate no longer knows {lost:.1%} of the held-out links that the current model "
        f"knows, {relation} the {threshold:.1%} allowed"
    )


def _too_few(answers: Answers) -> ValidationReport:
    links = answers.links
    reason = f"only {links} held-out links can be compared; at least {LEAST_LINKS} are needed"
    metrics = {"links": float(links), "lost_share": answers.lost_share}
    return ValidationReport(accepted=False, reasons=(reason,), metrics=metrics, confidence=1.0)


def _certainty(margin: float, error: float) -> float:
    """Return the chance that a margin with this standard error has the sign it seems to have."""
    if error == 0.0:
        return 1.0
    return 0.5 * (1.0 + math.erf(abs(margin) / (error * math.sqrt(2.0))))


def _at_most(value: float, limit: float) -> bool:
    return value <= limit + _ROUNDING
