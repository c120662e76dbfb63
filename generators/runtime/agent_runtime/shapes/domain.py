"""What a domain agent and its adapter exchange: pages of records, and matches."""

from pydantic import Field, JsonValue

from agent_runtime.shapes.adapter import Match
from agent_runtime.shapes.base import Shape

MOST_A_PAGE = 500


class RecordsRequest(Shape):
    """Which records, and where to go on."""

    record: str = Field(min_length=1, max_length=64, description="Type of the records")
    after: str = Field(default="", max_length=128, description="Key of the last one known")
    limit: int = Field(default=MOST_A_PAGE, ge=1, le=MOST_A_PAGE, description="Most to return")


class RecordsPage(Shape):
    """Records in the order of their keys."""

    records: tuple[dict[str, JsonValue], ...] = Field(description="As the domain spells them")
    position: str = Field(description="Key to go on after; empty at the end")


class DeliverRequest(Shape):
    """Matches for the domain to act on."""

    matches: tuple[Match, ...] = Field(min_length=1, max_length=1_000, description="Best first")


class DeliverResponse(Shape):
    """What the domain says at once."""

    accepted: tuple[str, ...] = Field(description="Matches that it takes up, by match_id")
    declined: tuple[str, ...] = Field(description="Matches that it does not")
