"""What a domain adapter takes and answers: records, scored links, matches and outcomes."""

from pydantic import Field, FiniteFloat, JsonValue

from agent_runtime.shapes.base import DecisionShape, Shape
from agent_runtime.shapes.links import LONGEST_NAME

MOST_RECORDS = 5_000
MOST_SCORES = 10_000
LONGEST_REASON = 2_000


class DomainRecord(Shape):
    """One record, as its domain spells it."""

    record: str = Field(min_length=1, max_length=64, description="Type of the record")
    fields: dict[str, JsonValue] = Field(
        description='Its fields; a number may be `{"value": 12, "unit": "t"}`'
    )


class TranslateRequest(Shape):
    """Records of a domain to take in and to pass on."""

    records: tuple[DomainRecord, ...] = Field(
        min_length=1, max_length=MOST_RECORDS, description="In any order"
    )
    criticality: float = Field(
        default=0.0, ge=0.0, le=1.0, description="How much hangs on the answer, 0 to 1"
    )


class RefusedRecord(Shape):
    """A record that was not taken in, and every reason why."""

    index: int = Field(ge=0, description="Place in the request")
    record: str = Field(description="Type of the record")
    key: str = Field(description="What the domain calls it, as far as it could be read")
    reasons: tuple[str, ...] = Field(description="In words")


class Deal(Shape):
    """A deal that a record told of, between the parties behind its names."""

    deal_id: str = Field(description="Key of the record")
    seller: str = Field(description="Who sells, by declared identity where there is one")
    buyer: str = Field(description="Who buys, by declared identity where there is one")
    item: str = Field(description="Entity that changes hands")
    quantity: float = Field(gt=0.0, description="How much")
    price: float = Field(gt=0.0, description="A unit")
    at: float = Field(description="When it was agreed, in seconds since the epoch")


class TranslateResponse(DecisionShape):
    """What became of the records, and the packet that was sent on."""

    accepted: int = Field(ge=0, description="Number of records taken in")
    refused: tuple[RefusedRecord, ...] = Field(description="Those that were not, in their order")
    packet_id: str | None = Field(description="The packet sent on; null if nothing is to be asked")
    transactions: tuple[str, ...] = Field(description="What the packet asks about")
    unfit: dict[str, str] = Field(
        default_factory=dict, description="Deals that cannot be, by key, and why"
    )
    deals: tuple[Deal, ...] = Field(
        default=(), description="Every deal that was told, refused or not, for those who audit"
    )


class MatchScore(Shape):
    """One link as the orchestrator scored it."""

    subject: str = Field(min_length=1, max_length=LONGEST_NAME, description="Where it starts")
    relation: str = Field(min_length=1, max_length=LONGEST_NAME, description="Kind of link")
    object: str = Field(min_length=1, max_length=LONGEST_NAME, description="Where it leads")
    score: float = Field(ge=0.0, le=1.0, description="How sure the orchestrator is")
    place: int = Field(default=0, ge=0, description="Rank, from 1; 0 if it is not recommended")


class ResultsRequest(Shape):
    """Enriched results of an orchestrator."""

    match_scores: tuple[MatchScore, ...] = Field(
        min_length=1, max_length=MOST_SCORES, description="Scored links"
    )
    confidence: float = Field(ge=0.0, le=1.0, description="Of the whole decision")
    tensor_embeddings: dict[str, tuple[float, ...]] = Field(
        default_factory=dict, description="Vectors by entity"
    )
    anomaly_flags: dict[str, float] = Field(
        default_factory=dict, description="Anomaly scores beyond the threshold, by name"
    )
    decision_id: str | None = Field(
        default=None, max_length=95, description="The orchestrator's decision that they come from"
    )


class Match(Shape):
    """One match with its price, and why it is recommended."""

    match_id: str = Field(description="Names the match in reports of its outcome")
    supply: str = Field(description="What is offered, by its key")
    demand: str = Field(description="Who wants it, by the key of the record")
    seller: str = Field(description="Entity behind the offer")
    buyer: str = Field(description="Entity behind the demand")
    relation: str = Field(description="Link that it predicts")
    quantity: float = Field(gt=0.0, description="How much")
    price: float = Field(gt=0.0, description="A unit")
    value: float = Field(gt=0.0, description="Price of the whole quantity")
    margin: float = Field(description="Of the whole quantity, after ask and freight")
    corridor: str = Field(description="How the goods travel")
    confidence: float = Field(ge=0.0, le=1.0, description="That the link comes about")
    worth: float = Field(ge=0.0, le=1.0, description="Weighted sum of all measures")
    reasons: tuple[str, ...] = Field(description="In words, most important first")
    status: str = Field(description="released; or held, until somebody approves it")
    place: str = Field(default="", description="Where it is wanted")
    about: str | None = Field(
        default=None, description="The orchestrator's decision behind it, for reports of outcomes"
    )


class ResultsResponse(DecisionShape):
    """The matches, best first."""

    matches: tuple[Match, ...] = Field(description="Best first")
    excluded: int = Field(ge=0, description="Pairs that keep some rule or corridor from a match")
    delivered: tuple[str, ...] = Field(description="Matches that the domain was told")
    problem: str = Field(
        default="", description="What could not be scored or told, and why; empty if all was"
    )


class OutcomeRequest(Shape):
    """What became of a match."""

    record_id: str = Field(
        min_length=1, max_length=200, description="Names the outcome; reported again it is the same"
    )
    subject: str = Field(min_length=1, max_length=LONGEST_NAME, description="Entity that supplies")
    relation: str = Field(min_length=1, max_length=LONGEST_NAME, description="Kind of link")
    object: str = Field(min_length=1, max_length=LONGEST_NAME, description="Entity that demands")
    accepted: bool = Field(description="Whether the domain took the recommendation")
    succeeded: bool = Field(description="Whether the deal came off")
    occurred_at: float = Field(ge=0.0, description="When, in seconds since the epoch")
    about: str | None = Field(
        default=None, max_length=95, description="Decision of the orchestrator that led to it"
    )
    match_id: str | None = Field(
        default=None, max_length=95, description="Match that it is the outcome of"
    )
    reason: str = Field(default="", max_length=LONGEST_REASON, description="Why, in words")
    measures: dict[str, FiniteFloat] = Field(
        default_factory=dict, max_length=32, description="Figures, such as price or margin"
    )


class OutcomeResponse(DecisionShape):
    """The outcome as learning hears of it."""

    record_id: str = Field(description="Names the outcome")
    domain: str = Field(description="Whose business it is")
    subject: str = Field(description="Entity that supplies")
    relation: str = Field(description="Kind of link")
    object: str = Field(description="Entity that demands")
    succeeded: bool = Field(description="Whether the deal came off")
    occurred_at: float = Field(description="When, in seconds since the epoch")
    measures: dict[str, float] = Field(description="Figures")
    match_id: str | None = Field(default=None, description="Match that it is the outcome of")
    new: bool = Field(description="False if it had been reported before")
