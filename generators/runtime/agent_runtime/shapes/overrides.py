"""What an override answers."""

from pydantic import Field

from agent_runtime.shapes.base import DecisionShape


class OverrideResponse(DecisionShape):
    """What a human's word changed."""

    subject: str = Field(description="The decision that was approved or replaced")
    action: str = Field(description="approve or replace")
    replaced_by: str | None = Field(description="Decision that stands in its place now")
    reprocessed: tuple[str, ...] = Field(
        description="Further decisions that recommended what was rejected, each made again"
    )
    approver: str = Field(description="Who gave the word")
