"""What `L9.example.module` promises.

Expected by the schema and by domain_bridge@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from agent_runtime.clients.failures import UnreachableError
from agent_runtime.errors import AgentError
from agent_runtime.shapes.adapter import Match
from agent_runtime.shapes.base import Call
from agent_runtime.simulators.domain import SimulatedDomain
from agent_runtime.simulators.market import MarketPlan
from agent_runtime.testing import TRACE
from agent_runtime.testing_service import calling_parts, serving
from agent_runtime.values import JsonObject

from L9.agents.adapters.plastos.plastos_bridge import (
    CONTRACT,
    DEAL,
    DOMAIN_AGENT,
    DomainBridge,
    simulated,
)
from L9.agents.adapters.plastos.plastos_data_translator import RECORDS

AGENT = "plastos_adapter"
CALL = Call(trace_id=TRACE)
PLAN = MarketPlan(seed=1, parties=6, deals=12)


@pytest.fixture
def domain() -> SimulatedDomain:
    return simulated(PLAN)


@pytest.fixture
def bridge(tmp_path: Path, domain: SimulatedDomain) -> Iterator[DomainBridge]:
    with (
        serving(domain.endpoints, domain.operations, agent=DOMAIN_AGENT) as url,
        calling_parts(tmp_path, AGENT, {DOMAIN_AGENT: url}) as parts,
    ):
        made = DomainBridge.open(parts)
        yield made
        made.close()


def schema_of(record: str) -> JsonObject:
    records = CONTRACT["records"]
    assert isinstance(records, dict)
    schema = records[record]
    assert isinstance(schema, dict)
    return schema


def match_between(seller: str, buyer: str, number: int) -> Match:
    return Match(
        match_id=f"m-{number}",
        supply="offer",
        demand="wish",
        seller=seller,
        buyer=buyer,
        relation="DEALS",
        quantity=1.0,
        price=1.0,
        value=1.0,
        margin=0.0,
        corridor="any",
        confidence=0.5,
        worth=0.5,
        reasons=(),
        status="released",
    )


def parties(bridge: DomainBridge) -> list[tuple[str, str]]:
    """Return seller and buyer of each deal of the past, as all agents name them."""
    deal = RECORDS.get(DEAL.record)
    kinds = deal.field(DEAL.seller).of, deal.field(DEAL.buyer).of
    return [
        (
            f"{DOMAIN_AGENT}:{kinds[0]}/{each.fields[DEAL.seller]}",
            f"{DOMAIN_AGENT}:{kinds[1]}/{each.fields[DEAL.buyer]}",
        )
        for each in bridge.records(DEAL.record, CALL)
    ]


@pytest.mark.positive
@pytest.mark.parametrize("record", ("buyer", "supplier", "material", "transaction"))
def test_the_records_of_the_domain_fit_the_contract(bridge: DomainBridge, record: str) -> None:
    found = list(bridge.records(record, CALL))
    assert len(found) == (PLAN.deals if record == DEAL.record else PLAN.parties)
    for each in found:
        jsonschema.validate(dict(each.fields), schema_of(record))


@pytest.mark.positive
def test_the_contract_names_all_records_and_both_endpoints() -> None:
    endpoints = CONTRACT["endpoints"]
    assert isinstance(endpoints, list)
    paths = [str(each["path"]) for each in endpoints if isinstance(each, dict)]
    assert paths == [f"/{DOMAIN_AGENT}/v1/records/" + "{record}", f"/{DOMAIN_AGENT}/v1/matches"]
    assert [schema_of(name)["title"] for name in RECORDS.names] == [*RECORDS.names]


@pytest.mark.positive
def test_reading_goes_on_after_a_key(bridge: DomainBridge) -> None:
    key = RECORDS.get(DEAL.record).key
    keys = [str(each.fields[key]) for each in bridge.records(DEAL.record, CALL)]
    rest = bridge.records(DEAL.record, CALL, after=keys[3])
    assert [str(each.fields[key]) for each in rest] == keys[4:]


@pytest.mark.positive
def test_the_domain_says_which_matches_it_takes_up(
    bridge: DomainBridge, domain: SimulatedDomain
) -> None:
    matches = tuple(match_between(*pair, n) for n, pair in enumerate(parties(bridge)))
    taken = bridge.deliver(matches, CALL)
    assert taken == tuple(domain.taken)
    assert set(taken) <= {match.match_id for match in matches}


@pytest.mark.positive
def test_the_same_plan_simulates_the_same_domain(bridge: DomainBridge) -> None:
    matches = tuple(match_between(*pair, n) for n, pair in enumerate(parties(bridge)))
    assert bridge.deliver(matches, CALL) == bridge.deliver(matches, CALL)


@pytest.mark.negative
def test_a_type_that_the_domain_does_not_have_is_refused(bridge: DomainBridge) -> None:
    with pytest.raises(AgentError):
        list(bridge.records("nothing_of_the_kind", CALL))


@pytest.mark.negative
def test_a_match_of_strangers_is_refused(bridge: DomainBridge) -> None:
    with pytest.raises(AgentError):
        bridge.deliver((match_between("nobody", "no one", 1),), CALL)


@pytest.mark.negative
def test_a_domain_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with calling_parts(tmp_path, AGENT, {DOMAIN_AGENT: "http://127.0.0.1:9"}) as parts:
        bridge = DomainBridge.open(parts)
        with pytest.raises(UnreachableError):
            list(bridge.records(DEAL.record, CALL))
        bridge.close()
