"""Records and matches travel between an adapter and a simulated domain agent over real HTTP."""

from collections.abc import Iterator

import pytest
from agent_runtime.adapter.exchange import DomainExchange
from agent_runtime.clients.failures import UnreachableError
from agent_runtime.clients.http import HttpClient
from agent_runtime.clock import system_clock
from agent_runtime.errors import AgentError
from agent_runtime.shapes.base import Call
from agent_runtime.simulators.domain import SimulatedDomain
from agent_runtime.simulators.market import MarketPlan, SimulatedMarket
from agent_runtime.testing import TRACE
from agent_runtime.testing_service import serving

from tests.unit.runtime.plastics import DEAL, plastics
from tests.unit.runtime.test_matching import TERMS
from tests.unit.runtime.test_simulators import match_of

CALL = Call(trace_id=TRACE)
MARKET = SimulatedMarket(plastics(), DEAL, TERMS, (), MarketPlan(seed=4, parties=6, deals=700))


@pytest.fixture
def domain() -> SimulatedDomain:
    return SimulatedDomain("PlastOS", MARKET)


@pytest.fixture
def exchange(domain: SimulatedDomain) -> Iterator[DomainExchange]:
    with serving(domain.endpoints, domain.operations) as url:
        made = DomainExchange("plastos", HttpClient("plastos", url, clock=system_clock))
        yield made
        made.close()


def test_all_records_come_over_several_pages(exchange: DomainExchange) -> None:
    found = list(exchange.records("transaction", CALL))
    assert [each.fields["transaction_id"] for each in found] == sorted(
        MARKET.records("transaction")
    )
    assert {each.record for each in found} == {"transaction"}


def test_reading_goes_on_after_a_key(exchange: DomainExchange) -> None:
    found = list(exchange.records("buyer", CALL, after="buyer-4"))
    assert [each.fields["buyer_id"] for each in found] == ["buyer-5", "buyer-6"]


def test_matches_are_delivered_and_the_answer_says_which_are_taken_up(
    exchange: DomainExchange, domain: SimulatedDomain
) -> None:
    matches = tuple(match_of("supplier-1", f"buyer-{n}", n) for n in range(1, 7))
    assert exchange.deliver(matches, CALL) == tuple(domain.taken)
    assert domain.taken


def test_an_unknown_type_is_refused_by_the_domain(exchange: DomainExchange) -> None:
    with pytest.raises(AgentError, match="no record"):
        list(exchange.records("invoice", CALL))


def test_a_domain_that_is_not_there_is_unreachable() -> None:
    http = HttpClient("plastos", "http://127.0.0.1:9", clock=system_clock)
    with pytest.raises(UnreachableError):
        DomainExchange("plastos", http).deliver((match_of("supplier-1", "buyer-1", 1),), CALL)
