"""Payloads that ask an orchestrator to decide, to decide again, or to know more."""

from typing import Literal

from pydantic import Field, JsonValue

from agent_runtime.shapes.base import Shape
from agent_runtime.shapes.links import LONGEST_NAME, Candidate

MOST_TRANSACTIONS = 1_000
MOST_LINKS = 2_000
MOST_FEATURES = 64


class Transaction(Shape):
    """One business transaction and the links among its entities that could be recommended."""

    transaction_id: str = Field(
        min_length=1, max_length=LONGEST_NAME, description="What its domain calls it"
    )
    candidates: tuple[Candidate, ...] = Field(
        default=(), max_length=MOST_LINKS, description="Links to judge, entities as `domain:name`"
    )
    attributes: dict[str, float] = Field(
        default_factory=dict, description="What it states in numbers, for example deal_value"
    )
    features: tuple[float, ...] = Field(
        default=(), max_length=MOST_FEATURES, description="Row of numbers to look for anomalies in"
    )
    reserves: tuple[str, ...] = Field(
        default=(), max_length=100, description="Resources that it would have to itself"
    )
    details: dict[str, JsonValue] = Field(
        default_factory=dict, description="Whatever else its domain wants kept with it"
    )


class TransactionPayload(Shape):
    """Transactions of one domain that want one decision."""

    domain: str = Field(min_length=1, max_length=64, description="Whose business it is")
    transactions: tuple[Transaction, ...] = Field(
        min_length=1, max_length=MOST_TRANSACTIONS, description="What is to be decided together"
    )
    criticality: float = Field(
        default=0.0, ge=0.0, le=1.0, description="How much hangs on the answer, 0 to 1"
    )
    respond: Literal["now", "later"] = Field(
        default="now", description="later: the results come in a packet of their own"
    )


class JobPayload(Shape):
    """Work for several domains, decided domain by domain and answered together."""

    job: str = Field(min_length=1, max_length=LONGEST_NAME, description="Name of the job")
    parts: tuple[TransactionPayload, ...] = Field(
        min_length=1, max_length=100, description="What each domain is asked, no domain twice"
    )
    respond: Literal["now", "later"] = Field(
        default="now", description="later: the results come in a packet of their own"
    )


class OverrideRequest(Shape):
    """A human's word on a decision."""

    decision_id: str = Field(min_length=1, max_length=95, description="The decision meant")
    action: Literal["approve", "replace"] = Field(
        description="approve: it may stand; replace: `ranking` stands instead"
    )
    ranking: tuple[Candidate, ...] = Field(
        default=(), max_length=MOST_LINKS, description="Links to recommend instead, best first"
    )
    reason: str = Field(min_length=1, max_length=2_000, description="Why, in words")
    token: str | None = Field(
        default=None, description="Governance token, where the transport carries none"
    )


class ContextPayload(Shape):
    """What a connector of the world model just saw."""

    connector: str = Field(min_length=1, max_length=LONGEST_NAME, description="Who saw it")
    subject: str = Field(
        min_length=1, max_length=LONGEST_NAME, description="Entity or domain that it is about"
    )
    values: dict[str, float] = Field(
        min_length=1, examples=[{"price": 1.0}], description="Finite numbers by signal"
    )
