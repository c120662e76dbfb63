"""Payloads that an orchestrator answers packets with: a decided case, a job, news taken in."""

from pydantic import Field

from agent_runtime.shapes.adapter import MatchScore
from agent_runtime.shapes.base import Shape


class CaseAnswer(Shape):
    """What became of a case; the schema of the agent says which of these its domain is told.

    Every field is one of `agent_runtime.routing.fields`, except for `job`.
    """

    decision_id: str | None = Field(default=None, description="Names it in every memory layer")
    trace_id: str | None = Field(default=None, description="Trace of the packet that asked")
    domain: str | None = Field(default=None, description="Whose case it is")
    timestamp: str | None = Field(default=None, description="When it was decided, ISO 8601")
    confidence: float | None = Field(default=None, ge=0.0, le=1.0, description="Of the decision")
    match_scores: tuple[MatchScore, ...] = Field(default=(), description="Candidates, best first")
    tensor_embeddings: dict[str, tuple[float, ...]] = Field(
        default_factory=dict, description="Vectors by entity"
    )
    anomaly_flags: dict[str, float] = Field(
        default_factory=dict, description="Anomaly scores beyond the threshold, by name"
    )
    credit_risk_score: float | None = Field(
        default=None, ge=0.0, le=1.0, description="Chance that it goes wrong"
    )
    risk_score: float | None = Field(
        default=None, ge=0.0, le=1.0, description="Chance that it goes wrong"
    )
    market_impact: float | None = Field(
        default=None, ge=-1.0, le=1.0, description="How the market speaks for or against it"
    )
    factors: dict[str, float] = Field(
        default_factory=dict, description="What drove it: signed weight by factor"
    )
    governance_flags: tuple[str, ...] = Field(default=(), description="Rules that it breaks")
    governance_status: str | None = Field(default=None, description="How governance left it")
    escalation_reason: str | None = Field(default=None, description="Why the anchors are asked")
    human_required: bool | None = Field(default=None, description="Whether it waits for them")
    reasoning_trace: tuple[str, ...] = Field(default=(), description="Reasons and gaps, in words")
    reasoning_mode: str | None = Field(default=None, description="The surest mode of reasoning")
    model_version: str | None = Field(default=None, description="Of the model that scored")
    latency_ms: float | None = Field(default=None, ge=0.0, description="From packet to decision")
    job: str | None = Field(
        default=None, description="Set instead if the answer was asked for later: its id"
    )


class JobAnswer(Shape):
    """What became of the parts of a job, by domain."""

    results: dict[str, CaseAnswer] = Field(default_factory=dict, description="What was decided")
    failed: dict[str, str] = Field(default_factory=dict, description="Why a part was not")
    job: str | None = Field(
        default=None, description="Set instead if the answer was asked for later: its id"
    )


class ContextAnswer(Shape):
    """Which decisions news about the world led to."""

    subject: str = Field(description="Entity or domain that the news is about")
    signals: tuple[str, ...] = Field(description="What was seen of it")
    retriggered: dict[str, str] = Field(
        description="Decisions that were made again, each with the one that replaces it"
    )
    changed: dict[str, str] = Field(description="Those of them that recommend something else now")
