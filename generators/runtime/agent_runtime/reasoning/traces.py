"""The trace of a decision: what each mode said, kept in episodic memory for feedback."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agent_runtime.clock import isoformat
from agent_runtime.memory.episodic import MAX_LIMIT, Episode, EpisodicMemory
from agent_runtime.reasoning.case import Draft
from agent_runtime.reasoning.contracts import Outcome
from agent_runtime.reasoning.features import case_vector
from agent_runtime.values import JsonObject, JsonValue

PREFIX: Final = "reasoning:"
"""A trace is an episode of its own: the decision itself is another one, under its bare id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Vote:
    """What one mode thought of the candidate that was recommended; both numbers are 0 to 1."""

    support: float
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionTrace:
    """What feedback needs to know of a decision.

    Attributes:
        decision_id: the decision.
        trace_id: joins all records about it.
        domain: whose case it was.
        confidence: how sure the decision was, 0 to 1.
        governance_status: how governance left it.
        latency_ms: how long the reasoning took.
        decided_at: seconds since the epoch.
        votes: by mode.
        objections: rules that the case broke.
        missing: tensor methods that gave nothing in time.
    """

    decision_id: str
    trace_id: str
    domain: str
    confidence: float
    governance_status: str
    latency_ms: float
    decided_at: float
    votes: Mapping[str, Vote]
    objections: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())

    @property
    def escalated(self) -> bool:
        """Whether the anchors were asked."""
        return self.governance_status != "proceeded"


def trace_of(draft: Draft, outcome: Outcome) -> DecisionTrace:
    """Return what is to be known later of `draft`."""
    best = draft.ranking[0] if draft.ranking else None
    return DecisionTrace(
        decision_id=outcome.decision_id,
        trace_id=draft.case.trace_id,
        domain=draft.case.domain,
        confidence=draft.confidence,
        governance_status=outcome.governance_status,
        latency_ms=draft.latency_ms,
        decided_at=outcome.decided_at,
        votes={
            verdict.mode: Vote(support=verdict.support[best], confidence=verdict.confidence)
            for verdict in draft.verdicts
            if best is not None
        },
        objections=draft.objections,
        missing=tuple(sorted(draft.tensors.missing)),
    )


class ReasoningLog:
    """Writes traces to episodic memory and finds them again."""

    def __init__(self, memory: EpisodicMemory, agent: str) -> None:
        self._memory = memory
        self._agent = agent

    def record(self, draft: Draft, outcome: Outcome) -> bool:
        """Log the trace of `draft` once; False if it was there already.

        Raises:
            InputBoundsError: another draft was logged under this decision.
            MemoryLayerError: the store failed.
        """
        vector = None
        if draft.ranking:
            vector = case_vector(draft.case, draft.ranking[0], draft.enrichment, draft.tensors)
        episode = Episode(
            decision_id=f"{PREFIX}{outcome.decision_id}",
            agent_id=self._agent,
            decision_data=_document(draft, outcome),
            confidence_score=draft.confidence,
            trace_id=draft.case.trace_id,
            governance_status=outcome.governance_status,
        )
        return self._memory.log(episode, vector=vector)

    def trace(self, decision_id: str) -> DecisionTrace | None:
        """Return what was logged of a decision, or None.

        Raises:
            MemoryLayerError: the store failed.
        """
        episode = self._memory.get(f"{PREFIX}{decision_id}")
        return None if episode is None else trace_from(episode)

    def recent(self, since: float, *, limit: int = MAX_LIMIT) -> tuple[DecisionTrace, ...]:
        """Return the traces logged since then, newest first.

        Raises:
            MemoryLayerError: the store failed.
        """
        found = (trace_from(episode) for episode in self._memory.find(since=since, limit=limit))
        return tuple(trace for trace in found if trace is not None)


def trace_from(episode: Episode) -> DecisionTrace | None:
    """Read a trace out of an episode; None if the episode is none."""
    data = episode.decision_data
    votes = data.get("votes")
    if not episode.decision_id.startswith(PREFIX) or not isinstance(votes, Mapping):
        return None
    return DecisionTrace(
        decision_id=episode.decision_id.removeprefix(PREFIX),
        trace_id=episode.trace_id,
        domain=str(data.get("domain", "")),
        confidence=episode.confidence_score or 0.0,
        governance_status=episode.governance_status,
        latency_ms=_number(data.get("latency_ms")),
        decided_at=_number(data.get("decided_at")),
        votes={
            str(mode): Vote(
                support=_number(vote.get("support")), confidence=_number(vote.get("confidence"))
            )
            for mode, vote in votes.items()
            if isinstance(vote, Mapping)
        },
        objections=_texts(data.get("objections")),
        missing=_texts(data.get("missing")),
    )


def _document(draft: Draft, outcome: Outcome) -> JsonObject:
    """Lay a draft out as JSON: its inputs, what each mode said, and what came of it."""
    case, trace = draft.case, trace_of(draft, outcome)
    return {
        "packet_id": case.packet_id,
        "packet_type": case.packet_type,
        "source": case.source,
        "domain": case.domain,
        "decision_timestamp": isoformat(outcome.decided_at),
        "confidence_score": draft.confidence,
        "governance_escalation": trace.escalated,
        "criticality": case.criticality,
        "attributes": dict(case.attributes),
        "candidates": [list(pair) for pair in case.candidates],
        "ranking": list(draft.ranking),
        "support": list(draft.support),
        "reasons": list(draft.reasons),
        "factors": dict(draft.factors),
        "skipped": dict(draft.skipped),
        "objections": list(draft.objections),
        "missing": list(trace.missing),
        "votes": {
            mode: {"support": vote.support, "confidence": vote.confidence}
            for mode, vote in trace.votes.items()
        },
        "latency_ms": draft.latency_ms,
        "decided_at": outcome.decided_at,
        "supersedes": outcome.supersedes,
        "model_version": outcome.model_version,
    }


def _number(value: JsonValue) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()
