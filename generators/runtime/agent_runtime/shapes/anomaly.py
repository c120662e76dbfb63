"""What anomaly operations take and answer."""

from typing import Literal

from pydantic import Field

from agent_runtime.shapes.base import DecisionShape, Shape

MOST_OBSERVATIONS = 10_000

Basis = Literal["fitted", "reference", "observations"]
Rows = tuple[tuple[float, ...], ...]


class AnomalyRequest(Shape):
    """Observations to rank by how unlike the ordinary they are."""

    observations: Rows = Field(
        min_length=1, max_length=MOST_OBSERVATIONS, description="Rows of numbers, equally long"
    )
    reference: Rows = Field(
        default=(),
        max_length=MOST_OBSERVATIONS,
        description="Rows of the recent past; without them the fitted model decides what is "
        "ordinary, and without that the observations themselves",
    )
    entities: tuple[str, ...] = Field(default=(), description="Who each row is about, or nobody")
    features: tuple[str, ...] = Field(default=(), description="What each column is called")
    criticality: float = Field(
        default=0.0, ge=0.0, le=1.0, description="How much hangs on the answer, 0 to 1"
    )


class RankedObservation(Shape):
    """One observation and its place in the ranking."""

    row: int = Field(ge=0, description="Index of the observation in the request")
    entity: str | None = Field(default=None, description="Who it is about")
    score: float = Field(ge=0.0, le=1.0, description="1 is most anomalous")
    isolation: float = Field(ge=0.0, le=1.0, description="The forest's score before scaling")
    flagged: bool = Field(description="Whether the score is above the threshold")


class AnomalyResponse(DecisionShape):
    """The observations, most anomalous first, and which of them are beyond the threshold."""

    threshold: float = Field(ge=0.0, le=1.0, description="Score above which a row is flagged")
    basis: Basis = Field(description="What the rows were compared with")
    ranking: tuple[RankedObservation, ...] = Field(description="Most anomalous first")
