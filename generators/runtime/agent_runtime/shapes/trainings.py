"""What the operations of a trainer take and answer."""

from pydantic import Field

from agent_runtime.shapes.base import DecisionShape, Shape
from agent_runtime.shapes.status import StatusResponse

MOST_LISTED = 100


class TrainingRequest(Shape):
    """A request to train a model on the outcomes that were taken in."""

    domain: str | None = Field(
        default=None, min_length=1, max_length=100, description="Only outcomes of this domain"
    )
    reason: str = Field(
        default="on request", min_length=1, max_length=500, description="Why, for the record"
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Decides split and training")
    tune: bool = Field(default=True, description="Whether to search hyper-parameters first")
    criticality: float = Field(
        default=0.0, ge=0.0, le=1.0, description="How much hangs on the answer, 0 to 1"
    )


class TrainingAccepted(DecisionShape):
    """A training that was accepted; it runs in the background."""

    job_id: str = Field(description="Name of the training, to ask for its state")
    state: str = Field(description="queued or running")
    dataset: str = Field(description="SHA-256 of the dataset")
    records: int = Field(ge=1, description="Outcomes that it was made from")


class TrainingStatusRequest(Shape):
    """Which trainings are asked about."""

    job_id: str | None = Field(default=None, max_length=100, description="One; the last if null")
    limit: int = Field(default=20, ge=1, le=MOST_LISTED, description="How many of the last")


class TrainingState(Shape):
    """How a training stands; times in seconds since the epoch."""

    job_id: str = Field(description="Its name")
    state: str = Field(description="queued, running, succeeded or failed")
    reason: str = Field(description="Why it was asked for")
    domain: str = Field(description="Domain of its outcomes; empty for all")
    dataset: str = Field(description="SHA-256 of its dataset")
    submitted_at: float = Field(description="When it was asked for")
    started_at: float | None = Field(description="When a process last began with it")
    finished_at: float | None = Field(description="When it ended")
    attempts: int = Field(ge=0, description="Processes that began with it")
    detail: str = Field(description="How it ended, or why it failed")
    model: str = Field(description="SHA-256 of the model's bundle; empty without one")
    metrics: dict[str, float] = Field(description="Figures of the model")


class TrainingStatusResponse(StatusResponse):
    """How an agent stands, and its trainings."""

    parallel: int = Field(ge=1, description="Trainings that may run at a time")
    jobs: tuple[TrainingState, ...] = Field(description="The trainings, newest first")


class PromotionRequest(Shape):
    """A request to put the model of a training into service."""

    job_id: str = Field(min_length=1, max_length=100, description="The training")
    approval: str | None = Field(
        default=None, max_length=8_000, description="Signed token of a governance token holder"
    )
    serving_approval: str | None = Field(
        default=None,
        max_length=8_000,
        description="Signed token of a governance token holder for the agent that serves it",
    )
    criticality: float = Field(
        default=0.5, ge=0.0, le=1.0, description="How much hangs on the answer, 0 to 1"
    )


class PromotionResponse(DecisionShape):
    """Whether the model was promoted, and why."""

    job_id: str = Field(description="The training")
    model: str = Field(description="SHA-256 of the model's bundle")
    state: str = Field(description="promoted, awaiting_approval or refused")
    model_version: str | None = Field(description="Version it is stored as, once promoted")
    approver: str | None = Field(description="Who consented")
    reasons: tuple[str, ...] = Field(description="Why, in plain words")
    handed_over: str = Field(
        default="", description="How the agent that serves models took it; empty without one"
    )


class RollbackRequest(Shape):
    """A request to return to the model that served before."""

    reason: str = Field(min_length=1, max_length=500, description="Why, for the record")
    criticality: float = Field(
        default=0.5, ge=0.0, le=1.0, description="How much hangs on the answer, 0 to 1"
    )


class RollbackResponse(DecisionShape):
    """What serves now and what no longer does."""

    model_version: str = Field(description="Version in service now")
    withdrawn: str = Field(description="Version that was withdrawn")
    model: str = Field(description="SHA-256 of the bundle in service now")
    approver: str | None = Field(description="Who consented")
    reason: str = Field(description="Why")
