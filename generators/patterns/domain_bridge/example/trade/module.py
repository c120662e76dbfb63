"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by domain_bridge@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Iterator
from typing import Final, Self

from agent_runtime.adapter.exchange import DomainExchange
from agent_runtime.clients.opening import open_http
from agent_runtime.domains import domain_key
from agent_runtime.parts import AgentParts
from agent_runtime.shapes.adapter import DomainRecord, Match
from agent_runtime.shapes.base import Call
from agent_runtime.simulators.domain import SimulatedDomain
from agent_runtime.simulators.market import MarketPlan, SimulatedMarket
from agent_runtime.translation.contract import contract_of
from agent_runtime.translation.sight import DealSpec

from L9.agents.adapters.plastos.buyer_supplier_matcher import TERMS
from L9.agents.adapters.plastos.material_compatibility_checker import SPECIFICATION
from L9.agents.adapters.plastos.plastos_data_translator import DOMAIN, RECORDS

DOMAIN_AGENT: Final = domain_key(DOMAIN)
URL: Final = "http://127.0.0.1:8090"  # where it is unless `clients.<domain>` says otherwise
CONTRACT: Final = contract_of(RECORDS, DOMAIN_AGENT)
"""What the domain agent must offer: a JSON Schema for each record, and its endpoints."""
DEAL: Final = DealSpec(  # matching.deal
    record="transaction",
    seller="supplier_id",
    buyer="buyer_id",
    item="material_id",
    quantity="quantity",
    price="price",
    time="agreed_at",
)


class DomainBridge:
    """Reads records of PlastOS page by page, and tells it of matches by its web hook."""

    def __init__(self, exchange: DomainExchange) -> None:
        self._exchange = exchange

    @classmethod
    def open(cls, parts: AgentParts) -> Self:
        """Return a bridge over the parts of the agent; nothing is sent yet."""
        return cls(DomainExchange(DOMAIN_AGENT, open_http(parts, DOMAIN_AGENT, URL)))

    def records(self, record: str, call: Call, *, after: str = "") -> Iterator[DomainRecord]:
        """Yield the domain's records of a type after a key, in the order of their keys.

        Raises:
            UnreachableError: the domain agent does not answer.
            BadAnswerError: its answer is off the contract.
            AgentError: it refused or failed.
        """
        return self._exchange.records(record, call, after=after)

    def deliver(self, matches: tuple[Match, ...], call: Call) -> tuple[str, ...]:
        """Tell the domain of matches; return the ids of those that it takes up.

        Raises:
            UnreachableError: the domain agent does not answer.
            BadAnswerError: its answer is off the contract.
            AgentError: it refused or failed.
        """
        return self._exchange.deliver(matches, call)

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()


def simulated(plan: MarketPlan) -> SimulatedDomain:
    """Return a stand-in for the domain agent, with a truth that only it knows."""
    market = SimulatedMarket(RECORDS, DEAL, TERMS, SPECIFICATION, plan)
    return SimulatedDomain(DOMAIN, market)
