"""What scoring operations take and answer."""

from pydantic import Field

from agent_runtime.shapes.base import DecisionShape, Shape

MOST_CANDIDATES = 10_000
LONGEST_NAME = 256


class Candidate(Shape):
    """A possible link between two entities."""

    subject: str = Field(min_length=1, max_length=LONGEST_NAME, description="Where it starts")
    relation: str = Field(min_length=1, max_length=LONGEST_NAME, description="Kind of link")
    object: str = Field(min_length=1, max_length=LONGEST_NAME, description="Where it leads")


class ScoreRequest(Shape):
    """Candidate links to score."""

    candidates: tuple[Candidate, ...] = Field(
        min_length=1, max_length=MOST_CANDIDATES, description="Links to judge"
    )
    criticality: float = Field(
        default=0.0, ge=0.0, le=1.0, description="How much hangs on the answer, 0 to 1"
    )


class ScoredLink(Shape):
    """One candidate and what the model thinks of it."""

    index: int = Field(ge=0, description="Place of the candidate in the request")
    subject: str = Field(description="Where it starts")
    relation: str = Field(description="Kind of link")
    object: str = Field(description="Where it leads")
    score: float = Field(description="Raw score; higher is likelier")
    confidence: float = Field(ge=0.0, le=1.0, description="Calibrated chance that it is true")
    deviation: float = Field(ge=0.0, le=0.5, description="Standard deviation of that chance")
    factors: dict[str, float] = Field(description="What latent factors added to the score")


class ScoreResponse(DecisionShape):
    """The candidates, likeliest first; the decision is about the first."""

    model_version: str = Field(description="Version of the model that scored")
    ranking: tuple[ScoredLink, ...] = Field(description="Likeliest first")
