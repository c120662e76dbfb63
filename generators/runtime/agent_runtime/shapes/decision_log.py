"""How the decision log is asked, page by page."""

from pydantic import ConfigDict, Field, JsonValue

from agent_runtime.shapes.base import Shape

LARGEST_PAGE = 200


class DecisionLogRequest(Shape):
    """A question to the decision log; any further parameter is an indexed field to equal."""

    model_config = ConfigDict(extra="allow", frozen=True)

    since: float | None = Field(
        default=None, ge=0.0, description="Earliest time, in seconds since the epoch"
    )
    until: float | None = Field(
        default=None, ge=0.0, description="Latest time, in seconds since the epoch"
    )
    page_size: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="Decisions a page")
    page: int = Field(default=1, ge=1, le=50, description="Page, from 1")


class LoggedDecision(Shape):
    """One decision of the log."""

    decision_id: str = Field(description="Names it in every memory layer")
    timestamp: float = Field(description="When it was logged, in seconds since the epoch")
    confidence: float | None = Field(description="How sure the agent was, 0 to 1")
    governance_status: str = Field(description="How governance left it")
    trace_id: str = Field(description="Trace of the call that led to it")
    data: dict[str, JsonValue] = Field(description="What was decided and upon what")


class DecisionLogResponse(Shape):
    """One page of the log, newest first."""

    trace_id: str = Field(description="Trace of the call")
    decisions: tuple[LoggedDecision, ...] = Field(description="Newest first")
    page: int = Field(description="The page that was asked for")
    more: bool = Field(description="Whether there is a next page")
