"""Request and response of status endpoints."""

from typing import Literal

from pydantic import Field

from agent_runtime.shapes.base import Shape


class StatusRequest(Shape):
    """Nothing: the agent is asked how it stands."""


class StatusResponse(Shape):
    """How an agent stands."""

    agent: str = Field(description="Id of the agent")
    version: str = Field(description="Version of its schema")
    status: Literal["ready", "degraded", "not_ready", "dead", "draining"] = Field(
        description="What its health checks say"
    )
    trace_id: str = Field(description="Trace of the call")
    model_version: str | None = Field(description="Model in service; null before any training")
    failing: tuple[str, ...] = Field(description="Health checks that fail")
    governance_mode: str = Field(description="Mode of governance")
    governance_enforced: bool = Field(description="False if governance only watches")
    pending_escalations: int = Field(ge=0, description="Escalations that wait for an anchor")
    flags_off: tuple[str, ...] = Field(description="Feature flags that are off")
