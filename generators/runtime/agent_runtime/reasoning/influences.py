"""Why a decision was taken: how strongly each declared influence was at work, as hyperedges."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from agent_runtime.memory.causal import DECISION, FACTOR, INFLUENCES, CausalMemory, Explanation
from agent_runtime.reasoning.case import Draft
from agent_runtime.reasoning.contracts import Outcome

Reading = Literal[
    "tensor", "risk", "confidence", "market", "temporal", "world", "escalation", "override",
    "validity", "memory",
]  # fmt: skip
"""How a declared influence is measured.

tensor: how far the tensor layer leant to the recommendation, -1 to 1.
risk: the largest anomaly score, as a number below 0.
confidence: the confidence of the draft.
market, temporal: sum of the world's factors with such a word in their names; world: of all.
escalation, override: 1 if governance did that.
validity: 1 less the share of modes that objected.
memory: share of the declared modes that gave a verdict."""

_MARKET: Final = ("market", "price", "supply", "demand")
_TEMPORAL: Final = ("temporal", "season", "trend", "hour", "day", "week")
_PREFIX: Final = "trace-of:"


def read_influence(reading: Reading, draft: Draft, outcome: Outcome) -> float | None:
    """Return how strong an influence was; None if nothing of the kind was known."""
    return _READINGS[reading](draft, outcome)


class InfluenceLog:
    """Records the declared influences of decisions in causal memory."""

    def __init__(
        self, memory: CausalMemory, influences: Mapping[str, Mapping[str, Reading]]
    ) -> None:
        """Take the declared factors, each with what it influences and how that is measured."""
        self._memory = memory
        self._influences = {factor: dict(read) for factor, read in influences.items()}

    def record(self, draft: Draft, outcome: Outcome) -> tuple[str, ...]:
        """Link the influences of each declared factor to the decision; return the ids of the links.

        Recording the same again changes nothing. What drove the single modes is linked as well.

        Raises:
            InputBoundsError: other influences were recorded for this decision.
            MemoryLayerError: the store failed.
        """
        links = []
        for factor, readings in self._influences.items():
            strengths = {
                name: value
                for name, reading in readings.items()
                if (value := read_influence(reading, draft, outcome)) is not None
            }
            if strengths:
                links.append(self._link(factor, strengths, draft, outcome))
        if draft.factors:
            links.append(self._link("modes", draft.factors, draft, outcome))
        return tuple(links)

    def explain(self, decision_id: str) -> Explanation | None:
        """Return what a decision was made upon, strongest first, and what stands behind that.

        Raises:
            MemoryLayerError: the store failed.
        """
        return self._memory.explain(decision_id)

    def _link(
        self, factor: str, strengths: Mapping[str, float], draft: Draft, outcome: Outcome
    ) -> str:
        decision = f"{DECISION}{outcome.decision_id}"
        self._memory.merge_atom(decision, kind="decision")
        for name in strengths:
            self._memory.merge_atom(f"{FACTOR}{name}", kind="factor")
        return self._memory.link(
            INFLUENCES,
            sources={f"{FACTOR}{name}": value for name, value in strengths.items()},
            targets=[decision],
            link_id=f"{_PREFIX}{outcome.decision_id}:{factor}",
            trace_id=draft.case.trace_id,
        )


def _sum(draft: Draft, words: tuple[str, ...] = ()) -> float | None:
    found = [
        value
        for name, value in draft.enrichment.factors.items()
        if not words or any(word in name.lower() for word in words)
    ]
    return sum(found) if found else None


def _tensor(draft: Draft) -> float | None:
    if not draft.ranking:
        return None
    chances = [x.confidence for x in draft.tensors.links if x.index == draft.ranking[0]]
    return 2.0 * chances[0] - 1.0 if chances else None


def _risk(draft: Draft) -> float | None:
    anomalies = draft.tensors.anomalies
    return -max(anomalies.values()) if anomalies else None


def _validity(draft: Draft) -> float:
    objecting = sum(bool(verdict.objections) for verdict in draft.verdicts)
    return 1.0 - objecting / max(1, len(draft.verdicts))


_READINGS: Final[Mapping[Reading, Callable[[Draft, Outcome], float | None]]] = {
    "tensor": lambda draft, _: _tensor(draft),
    "risk": lambda draft, _: _risk(draft),
    "confidence": lambda draft, _: draft.confidence,
    "market": lambda draft, _: _sum(draft, _MARKET),
    "temporal": lambda draft, _: _sum(draft, _TEMPORAL),
    "world": lambda draft, _: _sum(draft),
    "escalation": lambda _, outcome: float(outcome.governance_status != "proceeded"),
    "override": lambda _, outcome: float(outcome.governance_status == "overridden"),
    "validity": lambda draft, _: _validity(draft),
    "memory": lambda draft, _: len(draft.verdicts)
    / max(1, len(draft.verdicts) + len(draft.skipped)),
}
