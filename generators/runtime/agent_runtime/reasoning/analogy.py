"""Reasoning by analogy: what became of the past cases that most resemble this one.

The chance of a candidate is the mean outcome of its nearest cases, weighted by likeness and drawn
towards no opinion by `PRIOR` cases (Nadaraya and Watson, 1964, with a prior):

    p = (sum_j s_j y_j + PRIOR / 2) / (sum_j s_j + PRIOR)
    confidence = sum_j s_j / (sum_j s_j + PRIOR)

s_j is the cosine of the vectors, above `LEAST` rescaled to 0 to 1, and y_j the outcome, 0 to 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from agent_runtime.domains import domain_key
from agent_runtime.memory.episodic import Episode, EpisodicMemory
from agent_runtime.reasoning.case import Case, Enrichment, TensorResults, Verdict
from agent_runtime.reasoning.features import case_vector
from agent_runtime.reasoning.modes import silent
from agent_runtime.reasoning.traces import DecisionTrace, trace_from

Reach = Literal["all", "others"]
"""Whose past cases count: those of all domains, or of other domains only."""

PRECEDENTS_OF: Final = "precedents_of_"
"""Begins the name of the factor that the nearest precedent is; its domain follows."""
LEAST: Final = 0.5
"""Likeness below which a case teaches nothing."""
PRIOR: Final = 2.0
_LOOKED_AT: Final = 4
"""Cases that are looked at for each that is wanted: many lack an outcome, or are of one domain."""


class OutcomeSource(Protocol):
    """Knows what became of decisions; a generated feedback collector is one."""

    def outcome(self, decision_id: str) -> float | None:
        """Return how the decision turned out, 0 to 1, or None while nobody knows."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Precedent:
    """A past case that resembles the one at hand.

    Attributes:
        decision_id: what was decided then.
        domain: whose case it was.
        likeness: 0 (just alike enough) to 1 (the same).
        outcome: how it turned out, 0 to 1.
    """

    decision_id: str
    domain: str
    likeness: float
    outcome: float


class CaseReasoner:
    """Looks up precedents in episodic memory."""

    def __init__(
        self,
        mode: str,
        memory: EpisodicMemory,
        outcomes: OutcomeSource,
        *,
        reach: Reach,
        k: int = 10,
    ) -> None:
        """Look at the `k` nearest cases with a known outcome."""
        self._mode = mode
        self._memory = memory
        self._outcomes = outcomes
        self._reach = reach
        self._k = k

    def reason(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Verdict:
        """Return the chance of each candidate by its precedents.

        Raises:
            MemoryLayerError: episodic memory failed.
        """
        vectors = [
            case_vector(case, place, enrichment, tensors) for place in range(len(case.candidates))
        ]
        near = self._memory.nearest_each(vectors, k=self._k * _LOOKED_AT)
        recall = _Recall(self._outcomes)
        found = [self._precedents(case.domain, each, recall) for each in near]
        if not any(found):
            return silent(self._mode, case, "no precedent with a known outcome")
        weights = [sum(each.likeness for each in precedents) for precedents in found]
        nearest = max((p for each in found for p in each), key=lambda p: p.likeness)
        return Verdict(
            mode=self._mode,
            support=tuple(_chance(precedents) for precedents in found),
            confidence=sum(w / (w + PRIOR) for w in weights) / len(weights),
            reasons=(_told(nearest),),
            factors={f"{PRECEDENTS_OF}{domain_key(nearest.domain)}": 2 * nearest.outcome - 1},
        )

    def precedents(
        self, case: Case, candidate: int, enrichment: Enrichment, tensors: TensorResults
    ) -> tuple[Precedent, ...]:
        """Return the nearest past cases with a known outcome, likest first."""
        vector = case_vector(case, candidate, enrichment, tensors)
        near = self._memory.nearest(vector, k=self._k * _LOOKED_AT)
        return self._precedents(case.domain, near, _Recall(self._outcomes))

    def _precedents(
        self, domain: str, near: Sequence[tuple[Episode, float]], recall: "_Recall"
    ) -> tuple[Precedent, ...]:
        found: list[Precedent] = []
        for episode, cosine in near:
            if cosine <= LEAST or len(found) == self._k:
                break
            trace = recall.trace(episode)
            if trace is None or not self._reaches(domain, trace.domain):
                continue
            outcome = recall.outcome(trace.decision_id)
            if outcome is not None:
                found.append(
                    Precedent(
                        decision_id=trace.decision_id,
                        domain=trace.domain,
                        likeness=min(1.0, (cosine - LEAST) / (1.0 - LEAST)),
                        outcome=outcome,
                    )
                )
        return tuple(found)

    def _reaches(self, here: str, there: str) -> bool:
        return self._reach == "all" or domain_key(here) != domain_key(there)


class _Recall:
    """What is known of past decisions, each looked up once while a case is reasoned about."""

    def __init__(self, outcomes: OutcomeSource) -> None:
        self._outcomes = outcomes
        self._traces: dict[str, DecisionTrace | None] = {}
        self._known: dict[str, float | None] = {}

    def trace(self, episode: Episode) -> DecisionTrace | None:
        name = episode.decision_id
        if name not in self._traces:
            self._traces[name] = trace_from(episode)
        return self._traces[name]

    def outcome(self, decision_id: str) -> float | None:
        if decision_id not in self._known:
            self._known[decision_id] = self._outcomes.outcome(decision_id)
        return self._known[decision_id]


def _told(nearest: Precedent) -> str:
    return (
        f"decision {nearest.decision_id} of {nearest.domain} was alike "
        f"({nearest.likeness:.2f}) and turned out {nearest.outcome:.2f}"
    )


def _chance(precedents: Sequence[Precedent]) -> float:
    total = sum(each.likeness for each in precedents)
    good = sum(each.likeness * each.outcome for each in precedents)
    return (good + PRIOR / 2.0) / (total + PRIOR)
