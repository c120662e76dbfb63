"""Shapes of the hand-over of a model: what is ready, and whether it serves."""

from pydantic import Field

from agent_runtime.shapes.base import DecisionShape, Shape

_TOKEN = 8_000


class ModelReady(Shape):
    """A promoted model is ready to serve; its bundle lies in the folder that both agents share."""

    model: str = Field(
        pattern=r"^[0-9a-f]{64}$", examples=["0" * 64], description="SHA-256 of the model's bundle"
    )
    metrics: dict[str, float] = Field(description="Figures of the model, as in its bundle")
    sender_token: str = Field(
        min_length=1, max_length=_TOKEN, description="Token of the sender for just this model"
    )
    approval: str | None = Field(
        default=None,
        max_length=_TOKEN,
        description="Signed token of a governance token holder for the agent that is to serve it",
    )
    reason: str = Field(
        default="promoted", min_length=1, max_length=500, description="Why, for the record"
    )


class ModelReadyAnswer(DecisionShape):
    """The model serves."""

    model: str = Field(description="SHA-256 of the bundle that serves")
    model_version: str = Field(description="Version that it is stored as")
    approver: str | None = Field(description="Who consented; null if it stood before")
