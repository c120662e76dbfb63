"""Synthesis: the verdicts of several modes become one ranked draft with an honest confidence.

Support is pooled by `agent_runtime.reasoning.pooling`. A candidate to which a verdict with
objections gives no support is vetoed: its support is 0 and it is not ranked. The confidence is

    backing * agreement * coverage

backing: mean confidence of the modes that have an opinion, by weight; agreement: how far they say
the same of the best candidate; coverage: weight of the modes that gave a verdict, as a share of
all that were asked. Each factor is at most 1, so that the draft is never surer than its best
mode, and doubt, quarrel and a missing voice all lower it.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from agent_runtime.errors import InputBoundsError
from agent_runtime.reasoning.case import Case, Draft, Verdict
from agent_runtime.reasoning.pooling import agreement, pooled

MOST_REASONS: Final = 12


class WeightSource(Protocol):
    """Knows how much each mode counts; a generated learning loop is one."""

    def weights(self, domain: str) -> Mapping[str, float]:
        """Return the weight of each mode in `domain`, above 0; a mode that is not named has 1."""
        ...


class EqualWeights:
    """The weights before anything was learnt."""

    def weights(self, domain: str) -> Mapping[str, float]:
        """Return nothing: every mode counts the same in `domain`."""
        del domain
        return {}


class Synthesizer:
    """Combines verdicts under the weights of a `WeightSource`."""

    def __init__(self, weights: WeightSource | None = None) -> None:
        self._weights = weights or EqualWeights()

    def combine(
        self, case: Case, verdicts: Sequence[Verdict], skipped: Mapping[str, str] | None = None
    ) -> Draft:
        """Return the draft that `verdicts` amount to.

        Args:
            case: what they are about.
            verdicts: one a mode that ran.
            skipped: reason by mode that should have run and did not.

        Raises:
            InputBoundsError: a verdict has not one support within 0 to 1 for each candidate.
        """
        for verdict in verdicts:
            _check(verdict, len(case.candidates))
        known = self._weights.weights(case.domain)
        absent = dict(skipped or {})
        weight = {mode: known.get(mode, 1.0) for mode in (*absent, *(v.mode for v in verdicts))}
        shares = [weight[verdict.mode] * verdict.confidence for verdict in verdicts]
        support = tuple(
            _support(verdicts, shares, candidate) for candidate in range(len(case.candidates))
        )
        ranking = _ranking(verdicts, support, shares)
        return Draft(
            case=case,
            ranking=ranking,
            support=support,
            confidence=_confidence(verdicts, weight, shares, ranking),
            verdicts=tuple(verdicts),
            factors=_factors(verdicts, shares, ranking),
            reasons=_reasons(verdicts, shares, absent),
            objections=tuple(
                dict.fromkeys(name for verdict in verdicts for name in verdict.objections)
            ),
            skipped=absent,
        )


def _check(verdict: Verdict, candidates: int) -> None:
    numbers = (*verdict.support, verdict.confidence)
    if len(verdict.support) != candidates or not all(0.0 <= n <= 1.0 for n in numbers):
        raise InputBoundsError(
            f"{verdict.mode}: {len(verdict.support)} supports for {candidates} candidates, or one "
            "that is not within 0 to 1"
        )


def vetoed(verdicts: Sequence[Verdict], candidate: int) -> bool:
    """Tell whether a verdict objects to the candidate and gives it no support."""
    return any(verdict.objections and verdict.support[candidate] == 0.0 for verdict in verdicts)


def _support(verdicts: Sequence[Verdict], shares: Sequence[float], candidate: int) -> float:
    if vetoed(verdicts, candidate):
        return 0.0
    return pooled([v.support[candidate] for v in verdicts], shares) or 0.0


def _ranking(
    verdicts: Sequence[Verdict], support: Sequence[float], shares: Sequence[float]
) -> tuple[int, ...]:
    """Order what is not vetoed, best first, equals as they came; nothing without an opinion."""
    if sum(shares) <= 0.0:
        return ()
    open_to = [place for place in range(len(support)) if not vetoed(verdicts, place)]
    return tuple(sorted(open_to, key=lambda place: -support[place]))


def _confidence(
    verdicts: Sequence[Verdict],
    weight: Mapping[str, float],
    shares: Sequence[float],
    ranking: Sequence[int],
) -> float:
    if not ranking:  # that nothing may be recommended is as sure as the surest objection
        return max((v.confidence for v in verdicts if v.objections), default=0.0)
    heard = sum(weight[v.mode] for v in verdicts if v.confidence > 0.0)
    backing = sum(shares) / heard
    asked = sum(weight.values())
    coverage = sum(weight[verdict.mode] for verdict in verdicts) / asked
    return backing * agreement([v.support[ranking[0]] for v in verdicts], shares) * coverage


def _factors(
    verdicts: Sequence[Verdict], shares: Sequence[float], ranking: Sequence[int]
) -> dict[str, float]:
    """Weigh what drove each mode by its share, and each mode by how it leant to the best."""
    total = sum(shares)
    factors: dict[str, float] = {}
    for verdict, share in zip(verdicts, shares, strict=True):
        if share <= 0.0:
            continue
        part = share / total
        lean = 2.0 * verdict.support[ranking[0]] - 1.0 if ranking else -1.0
        factors[verdict.mode] = part * lean
        for name, value in verdict.factors.items():
            factors[name] = factors.get(name, 0.0) + part * value
    return factors


def _reasons(
    verdicts: Sequence[Verdict], shares: Sequence[float], absent: Mapping[str, str]
) -> tuple[str, ...]:
    """Give the first reasons of objecting modes, then of the others, the weightiest first."""
    order = sorted(
        range(len(verdicts)), key=lambda place: (not verdicts[place].objections, -shares[place])
    )
    said = [reason for place in order for reason in verdicts[place].reasons]
    missing = [f"{mode} gave no verdict: {why}" for mode, why in absent.items()]
    return tuple(dict.fromkeys((*said, *missing)))[:MOST_REASONS]
