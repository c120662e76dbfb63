"""What every operation has in common: the call it runs under and the decision it answers with."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from agent_runtime.tokens import Claims


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """The circumstances of one call.

    Attributes:
        trace_id: identifies the call in logs, audit and all memory layers.
        caller: subject of the verified token, else `anonymous`.
        deadline: seconds since the epoch by which the answer must be there; None for no limit.
        roles: roles of the verified token.
        token: the credential for operations that hand it to governance: the claims that the
            service shell read from the bearer token (and spent), or the token itself.
    """

    trace_id: str
    caller: str = "anonymous"
    deadline: float | None = None
    roles: tuple[str, ...] = ()
    token: str | Claims | None = None


class Shape(BaseModel):
    """A request or response: unknown fields are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DecisionShape(Shape):
    """A response that is a decision of the agent and is recorded in its memory layers."""

    decision_id: str = Field(description="Identifies the decision in every memory layer")
    trace_id: str = Field(description="Trace of the call that led to it")
    confidence: float = Field(ge=0.0, le=1.0, description="How sure the agent is, 0 to 1")
    criticality: float = Field(
        default=0.0, ge=0.0, le=1.0, description="How much hangs on it, 0 to 1"
    )
    factors: dict[str, float] = Field(
        default_factory=dict, description="What drove it: signed weight by factor"
    )
    entities: tuple[str, ...] = Field(default=(), description="Entities it speaks of")
    governance_status: str = Field(
        default="proceeded", description="proceeded, escalated, approved or overridden"
    )
    escalations: tuple[str, ...] = Field(default=(), description="Ids of escalations it raised")
