"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by packet_formatter@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from agent_runtime.domains import domain_key
from agent_runtime.routing import fields
from agent_runtime.routing.formatting import answer_of
from agent_runtime.routing.work import Answer, Decided, Notice


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrichedResults:
    """Payload of `enriched_results` to L9/agents/plastos."""

    match_scores: fields.Matches
    tensor_embeddings: fields.Vectors
    anomaly_flags: fields.Weights
    confidence: float

    @classmethod
    def of(cls, decided: Decided) -> Self:
        """Take the payload from a decision."""
        return cls(
            match_scores=fields.match_scores(decided),
            tensor_embeddings=fields.tensor_embeddings(decided),
            anomaly_flags=fields.anomaly_flags(decided),
            confidence=fields.confidence(decided),
        )


Payload = EnrichedResults
ANSWERS: Final[Mapping[str, tuple[str, type[Payload]]]] = {  # by inbound packet type
    "transaction_batch": ("enriched_results", EnrichedResults),
}
DOMAINS: Final[Mapping[str, tuple[str, type[Payload]]]] = {  # by domain, for parts of jobs
    "plastos": ("enriched_results", EnrichedResults),
}
OTHERS: Final[tuple[str, type[Payload]]] = ("enriched_results", EnrichedResults)


class PacketFormatter:
    """Shapes a decision into the answer for its domain, and into notices for others."""

    def answer(self, decided: Decided) -> Answer:
        """Return what the asking domain gets: by the packet type it sent, else by its name."""
        case = decided.received.case
        by_domain = DOMAINS.get(domain_key(case.domain), OTHERS)
        packet_type, payload = ANSWERS.get(case.packet_type, by_domain)
        return answer_of(packet_type, payload.of(decided), decided)

    def notices(self, decided: Decided) -> tuple[Notice, ...]:
        """Return what is told to those who did not ask."""
        return ()
