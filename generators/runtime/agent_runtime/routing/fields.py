"""What outbound payloads can be made of: one function a field, each from a decision.

A field of a schema's `packetrouting.outbound` is one of these by name. What is not known is None or
empty, never a number that stands for nothing.
"""

from dataclasses import dataclass

from agent_runtime.clock import isoformat
from agent_runtime.routing.work import Decided

NO_MODE = "none"

Chance = float | None
"""From 0 to 1, or None if nothing tells it."""
Impact = float | None
"""From -1 to 1, or None if nothing tells it."""
Version = str | None
"""Of a model; None if none was asked."""
Words = tuple[str, ...]
Weights = dict[str, float]
Vectors = dict[str, tuple[float, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchScore:
    """A candidate link, how far it is backed (0 to 1), and its rank from 1; 0 if unranked."""

    subject: str
    relation: str
    object: str
    score: float
    place: int


Matches = tuple[MatchScore, ...]


def match_scores(decided: Decided) -> Matches:
    """Return the candidates with their support, ranked ones first, best first."""
    draft, case = decided.draft, decided.received.case
    places = {index: place for place, index in enumerate(draft.ranking, start=1)}
    order = [*draft.ranking, *(i for i in range(len(case.candidates)) if i not in places)]
    return tuple(
        MatchScore(
            subject=case.candidates[index].subject,
            relation=case.candidates[index].relation,
            object=case.candidates[index].object,
            score=draft.support[index],
            place=places.get(index, 0),
        )
        for index in order
    )


def tensor_embeddings(decided: Decided) -> Vectors:
    """Return the vectors of the entities that the tensor layer embedded."""
    return dict(decided.scored.tensors.embeddings)


def anomaly_flags(decided: Decided) -> Weights:
    """Return the anomaly scores beyond the threshold, highest first."""
    return dict(decided.flags)


def confidence(decided: Decided) -> float:
    """Return how sure the decision is, 0 to 1."""
    return decided.draft.confidence


def credit_risk_score(decided: Decided) -> Chance:
    """Return the chance that the case goes wrong, 0 to 1; None if nothing was scored."""
    return decided.scored.risk


def market_impact(decided: Decided) -> Impact:
    """Return how the market speaks for (above 0) or against the case; None if it is silent."""
    found = [
        value
        for name, value in decided.scored.enriched.enrichment.factors.items()
        if "market" in name
    ]
    return sum(found) / len(found) if found else None


def governance_flags(decided: Decided) -> Words:
    """Return the rules that the decision breaks, and how governance left it unless it passed."""
    status = decided.outcome.governance_status
    return (*decided.draft.objections, *(() if status == "proceeded" else (status,)))


def decision_id(decided: Decided) -> str:
    """Return the name of the decision in every memory layer."""
    return decided.outcome.decision_id


def reasoning_trace(decided: Decided) -> Words:
    """Return the reasons in words, then each mode with its confidence and its gaps."""
    modes = (f"{each.mode}: {each.confidence:.3f}" for each in decided.draft.verdicts)
    gaps = (f"gap: {gap}" for gap in decided.scored.enriched.enrichment.gaps)
    missing = (
        f"missing: {name}: {reason}" for name, reason in decided.scored.tensors.missing.items()
    )
    return (*decided.draft.reasons, *modes, *gaps, *missing)


def escalation_reason(decided: Decided) -> str:
    """Return why the anchors are asked; empty if they are not."""
    if not human_required(decided):
        return ""
    told = (*decided.draft.objections, *(f"anomaly {name}" for name in decided.flags))
    return "; ".join(told) or f"confidence {decided.draft.confidence:.3f} under the policy"


def human_required(decided: Decided) -> bool:
    """Return whether the decision waits for the anchors."""
    return decided.outcome.governance_status == "escalated"


def latency_ms(decided: Decided) -> float:
    """Return the time from reception to decision in milliseconds."""
    return decided.milliseconds


def reasoning_mode(decided: Decided) -> str:
    """Return the mode of reasoning that was surest of the case; `none` if none spoke."""
    verdicts = decided.draft.verdicts
    return max(verdicts, key=lambda each: each.confidence).mode if verdicts else NO_MODE


def domain(decided: Decided) -> str:
    """Return whose case it was."""
    return decided.received.case.domain


def timestamp(decided: Decided) -> str:
    """Return when it was decided, ISO 8601 in UTC."""
    return isoformat(decided.outcome.decided_at)


def risk_score(decided: Decided) -> Chance:
    """Return the chance that the case goes wrong, 0 to 1; None if nothing was scored."""
    return decided.scored.risk


def governance_status(decided: Decided) -> str:
    """Return how governance left the decision."""
    return decided.outcome.governance_status


def trace_id(decided: Decided) -> str:
    """Return the trace of the packet that asked."""
    return decided.received.case.trace_id


def model_version(decided: Decided) -> Version:
    """Return the version of the tensor model that scored; None if none did."""
    return decided.outcome.model_version


def factors(decided: Decided) -> Weights:
    """Return the signed weights of what drove the decision."""
    return dict(decided.draft.factors)
