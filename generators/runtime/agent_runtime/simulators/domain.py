"""Serve a simulated market over HTTP by the contract of its domain agent."""

from typing import Final

from agent_runtime.domains import domain_key
from agent_runtime.service.spec import EndpointSpec, Operation, answered_by
from agent_runtime.shapes.adapter import Match
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.domain import (
    DeliverRequest,
    DeliverResponse,
    RecordsPage,
    RecordsRequest,
)
from agent_runtime.simulators.market import SimulatedMarket
from agent_runtime.translation.contract import deliver_matches, list_records
from agent_runtime.translation.translator import split_entity

LIST: Final = "list_records"
DELIVER: Final = "deliver_matches"


class SimulatedDomain:
    """Answers as a domain agent would; `taken` lists the matches that it took up.

    Attributes:
        agent: id that it answers for.
        market: who decides.
        told: all matches that it was told of, by their ids.
        taken: seller and buyer of those that it took up, by their ids.
    """

    def __init__(self, domain: str, market: SimulatedMarket) -> None:
        self.agent = domain_key(domain)
        self.market = market
        self.told: dict[str, Match] = {}
        self.taken: dict[str, tuple[str, str]] = {}

    @property
    def endpoints(self) -> tuple[EndpointSpec, ...]:
        """The endpoints of the contract."""
        return list_records(self.agent), deliver_matches(self.agent)

    @property
    def operations(self) -> dict[str, Operation]:
        """What answers each endpoint, by its name."""
        return {
            LIST: answered_by(self.page, RecordsRequest, RecordsPage),
            DELIVER: answered_by(self.decide, DeliverRequest, DeliverResponse),
        }

    def page(self, request: RecordsRequest, _call: Call) -> RecordsPage:
        """Return a page of records.

        Raises:
            InputBoundsError: there is no such type.
        """
        records = self.market.records(request.record)
        keys = [key for key in sorted(records) if key > request.after]
        shown = keys[: request.limit]
        return RecordsPage.model_validate(
            {
                "records": [records[key] for key in shown],
                "position": shown[-1] if len(shown) < len(keys) else "",
            }
        )

    def decide(self, request: DeliverRequest, _call: Call) -> DeliverResponse:
        """Take up the matches that the hidden truth favours.

        Raises:
            InputBoundsError: a party of a match is none of the market.
        """
        accepted: list[str] = []
        declined: list[str] = []
        for match in request.matches:
            self.told[match.match_id] = match
            seller, buyer = split_entity(match.seller)[2], split_entity(match.buyer)[2]
            if self.market.takes_up(seller, buyer, match.match_id):
                self.taken[match.match_id] = (seller, buyer)
                accepted.append(match.match_id)
            else:
                declined.append(match.match_id)
        return DeliverResponse(accepted=tuple(accepted), declined=tuple(declined))
