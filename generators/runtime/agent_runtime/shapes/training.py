"""What training operations take and answer."""

from pydantic import Field

from agent_runtime.shapes.base import DecisionShape, Shape
from agent_runtime.shapes.links import Candidate

MOST_LINKS = 200_000


class RetrainRequest(Shape):
    """A request to train anew, with links that were observed since the last time."""

    links: tuple[Candidate, ...] = Field(
        default=(), max_length=MOST_LINKS, description="Observed links to add to those known"
    )
    reason: str = Field(
        default="on request", min_length=1, max_length=500, description="Why, for the record"
    )
    criticality: float = Field(
        default=0.0, ge=0.0, le=1.0, description="How much hangs on the answer, 0 to 1"
    )


class RetrainResponse(DecisionShape):
    """What the training brought and whether the model was promoted."""

    run_id: str = Field(description="Digest of all inputs of the training")
    outcome: str = Field(description="completed, early_stopped or out_of_time")
    epochs: int = Field(ge=1, description="Passes over the data")
    model_version: str = Field(description="Version of the trained model")
    promoted: bool = Field(description="Whether it is now in service")
    reasons: tuple[str, ...] = Field(description="Why, in plain words")
    metrics: dict[str, float] = Field(description="Figures of the trained model")
