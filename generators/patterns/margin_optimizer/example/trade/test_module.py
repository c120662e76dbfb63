"""What `L9.example.module` promises.

Expected by the schema and by margin_optimizer@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.matching.freight import Consignment, obstacle, usable_corridors
from agent_runtime.matching.margin import DealTerms, offer_at
from agent_runtime.testing import TRACE, AgentBench

from L9.agents.adapters.plastos.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.adapters.plastos.margin_optimizer import CORRIDORS, PRICING, MarginOptimizer

LOADS = {  # what each corridor just carries
    "home_road": Consignment(
        origin="here",
        destination="here",
        quantity=500.0,
        measures={"contamination": 20.0},
    ),
    "trunk_road": Consignment(
        origin="here",
        destination="here",
        quantity=50.0,
        measures={"contamination": 20.0},
    ),
    "north_south_rail": Consignment(
        origin="north",
        destination="south",
        quantity=500.0,
        measures={"contamination": 5.0},
    ),
    "east_west_rail": Consignment(
        origin="east",
        destination="west",
        quantity=500.0,
        measures={"contamination": 5.0},
    ),
}
WAYS = {corridor.name: corridor for corridor in CORRIDORS}
TERMS = DealTerms(ask=620.0, bid=1364.0, load=next(iter(LOADS.values())), confidence=0.8)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(
        tmp_path, agent="plastos_adapter", signals=SIGNALS, rules=RULES, policy=POLICY
    )


@pytest.fixture
def optimizer(bench: AgentBench) -> MarginOptimizer:
    return MarginOptimizer(GovernanceBridge(bench.governance))


@pytest.mark.positive
@pytest.mark.parametrize("name", LOADS)
def test_a_corridor_carries_what_the_schema_lets_it(name: str) -> None:
    assert obstacle(WAYS[name], LOADS[name], longest_days=PRICING.longest_days) is None


@pytest.mark.positive
@pytest.mark.parametrize("name", LOADS)
def test_no_price_and_corridor_is_better(optimizer: MarginOptimizer, name: str) -> None:
    terms = replace(TERMS, load=LOADS[name])
    found = optimizer.best(terms, subject="deal", trace_id=TRACE)
    ways = usable_corridors(CORRIDORS, terms.load, longest_days=PRICING.longest_days)
    every = [
        offer
        for way in ways
        for ticks in range(math.floor(terms.bid / PRICING.tick) + 2)
        if (offer := offer_at(ticks, terms, way, PRICING)) is not None
    ]
    assert found is not None
    assert found.expected == pytest.approx(max(offer.expected for offer in every))


@pytest.mark.positive
def test_the_margin_is_never_below_the_least(optimizer: MarginOptimizer) -> None:
    assert PRICING.least_margin == 0.03
    for bid in (TERMS.bid, 1.5 * TERMS.ask, 1.1 * TERMS.ask, TERMS.ask):
        offer = optimizer.best(replace(TERMS, bid=bid), subject="deal", trace_id=TRACE)
        assert offer is None or offer.share >= 0.03 - 1e-9


@pytest.mark.positive
def test_the_price_stays_within_the_bid(optimizer: MarginOptimizer) -> None:
    offer = optimizer.best(TERMS, subject="deal", trace_id=TRACE)
    assert offer is not None
    assert TERMS.ask + offer.corridor.cost <= offer.price <= TERMS.bid
    assert math.isclose(offer.price / PRICING.tick, round(offer.price / PRICING.tick))


@pytest.mark.positive
def test_a_deal_that_can_be_priced_asks_nobody(
    bench: AgentBench, optimizer: MarginOptimizer
) -> None:
    assert optimizer.best(TERMS, subject="deal", trace_id=TRACE) is not None
    assert bench.escalations.pending() == ()


@pytest.mark.negative
@pytest.mark.parametrize("name", LOADS)
def test_a_corridor_carries_no_more_than_the_schema_lets_it(name: str) -> None:
    way, load, days = WAYS[name], LOADS[name], PRICING.longest_days
    assert obstacle(way, replace(load, quantity=load.quantity + 1), longest_days=days)
    assert way.days == 0 or obstacle(way, load, longest_days=way.days - 0.5)
    for measure, limit in load.measures.items():
        dirty = replace(load, measures={**load.measures, measure: limit + 1})
        assert measure in str(obstacle(way, dirty, longest_days=days))


@pytest.mark.negative
def test_a_bid_that_does_not_cover_cost_has_no_offer(
    bench: AgentBench, optimizer: MarginOptimizer
) -> None:
    poor = replace(TERMS, bid=TERMS.ask / 2)
    assert optimizer.best(poor, subject="deal", trace_id=TRACE) is None
    assert bench.escalations.pending() == ()


@pytest.mark.negative
def test_freight_that_cannot_be_reaches_the_anchors(
    bench: AgentBench, optimizer: MarginOptimizer
) -> None:
    heavy = replace(TERMS, load=replace(TERMS.load, quantity=1000.0))
    assert optimizer.best(heavy, subject="deal 7", trace_id=TRACE) is None
    (escalation,) = bench.escalations.pending()
    assert escalation.subject == "deal 7"
    assert "freight_constraint_violation" in escalation.condition


@pytest.mark.negative
@pytest.mark.parametrize("ask", [math.nan, -1.0])
def test_impossible_terms_are_refused(optimizer: MarginOptimizer, ask: float) -> None:
    with pytest.raises(InputBoundsError):
        optimizer.best(replace(TERMS, ask=ask), subject="deal", trace_id=TRACE)
