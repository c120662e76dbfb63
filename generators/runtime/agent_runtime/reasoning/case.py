"""What travels through a reasoning pipeline: the case at hand, and what each stage adds to it.

Reception makes a `Case`; enrichment adds an `Enrichment`; the tensor layer `TensorResults`; each
mode of reasoning a `Verdict`; synthesis a `Draft`, which governance, compliance and the recorders
then see.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent_runtime.observations import CandidatePair
from agent_runtime.shapes.links import ScoredLink
from agent_runtime.values import JsonObject
from agent_runtime.worldmodel import WorldContext


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One packet that asks for a decision, read and placed in its domain.

    Attributes:
        packet_id: the packet that asked.
        trace_id: joins all records about it.
        packet_type: what it asks for, for example `transaction_batch`.
        source: id of the agent that asked.
        domain: whose business it is, for example `PlastOS`.
        transaction: the payload, as it came.
        candidates: links among the domain's entities that could be recommended.
        attributes: numbers that the payload states, by name, for example `deal_value`.
        candidate_attributes: the same of single candidates, in their order; empty if none are.
        criticality: how much hangs on the answer, 0 to 1.
        deadline: seconds since the epoch by which the answer must be there; None for no limit.
    """

    packet_id: str
    trace_id: str
    packet_type: str
    source: str
    domain: str
    transaction: JsonObject
    candidates: tuple[CandidatePair, ...] = ()
    attributes: Mapping[str, float] = field(default_factory=dict)
    candidate_attributes: tuple[Mapping[str, float], ...] = ()
    criticality: float = 0.0
    deadline: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrichment:
    """What the world model says about a case.

    Attributes:
        contexts: answer of the world model by declared use case.
        factors: how strongly each factor speaks for (above 0) or against (below 0), -1 to 1.
        gaps: what was asked for and is not known.
        calendar: `hour` 0 to 23, `weekday` 0 (Monday) to 6 and `season` 0 (winter of the northern
            half) to 3, in UTC.
    """

    contexts: Mapping[str, WorldContext] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()
    calendar: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class TensorResults:
    """What the tensor layer returned in time, and what it did not.

    Attributes:
        links: the scored candidates, likeliest first.
        embeddings: vector by entity.
        anomalies: anomaly score by entity or row name, 0 to 1.
        model_version: version of the model that scored, None if none did.
        missing: reason by method (`link_prediction`, `anomaly_detection`) that gave nothing.
        similarities: cosine of the two ends of a candidate by its index in `Case.candidates`, for
            those whose ends are both embedded.
    """

    links: tuple[ScoredLink, ...] = ()
    embeddings: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    anomalies: Mapping[str, float] = field(default_factory=dict)
    model_version: str | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    similarities: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What one mode of reasoning makes of a case.

    Attributes:
        mode: name of the mode, as the schema spells it.
        support: how far it backs each candidate, 0 to 1, in the order of `Case.candidates`.
        confidence: how sure it is, 0 to 1.
        reasons: in plain words, most important first.
        factors: signed weight of what drove it, by name.
        objections: names of rules or checks that the case breaks.
    """

    mode: str
    support: tuple[float, ...]
    confidence: float
    reasons: tuple[str, ...] = ()
    factors: Mapping[str, float] = field(default_factory=dict)
    objections: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """The verdicts combined into one decision, before governance has seen it.

    Attributes:
        case: what it is about.
        ranking: indexes into `case.candidates`, best first; empty if nothing can be recommended.
        support: combined support of each candidate, 0 to 1, in the order of `case.candidates`.
        confidence: how sure the combination is, 0 to 1.
        verdicts: what it was combined from.
        factors: signed weight of what drove it, by name.
        reasons: in plain words, most important first.
        objections: names of rules that it breaks, over all modes.
        skipped: reason by mode that was declared and gave no verdict.
        enrichment: what the world model said.
        tensors: what the tensor layer said.
        latency_ms: how long the reasoning took.
    """

    case: Case
    ranking: tuple[int, ...]
    support: tuple[float, ...]
    confidence: float
    verdicts: tuple[Verdict, ...]
    factors: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    enrichment: Enrichment = field(default_factory=Enrichment)
    tensors: TensorResults = field(default_factory=TensorResults)
    latency_ms: float = 0.0


def values_of(case: Case, candidate: int) -> Mapping[str, float]:
    """Return the numbers that speak of one candidate: those of the case, and its own over them."""
    if candidate < len(case.candidate_attributes):
        return {**case.attributes, **case.candidate_attributes[candidate]}
    return case.attributes
