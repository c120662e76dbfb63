"""What `L9.example.module` promises.

Expected by the schema and by context_enricher@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.errors import MemoryLayerError
from agent_runtime.routing.cases import read_case
from agent_runtime.routing.work import Received
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.transactions import TransactionPayload
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_routing import asking, trade

from L9.agents.main.context_enricher import FACTORS, ContextEnricher
from L9.agents.main.domain_context_builder import DomainContextBuilder
from L9.agents.main.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.main.world_model_bridge import WORLD, WorldModelBridge
from L9.worldmodel.interface import SqliteSource, WorldContext, WorldModel

FACTOR_NAMES = (
    "temporal_context",
    "market_conditions",
    "geographic_factors",
    "governance_policy",
    "causal_influences",
)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="main_agent", signals=SIGNALS, rules=RULES, policy=POLICY)


def received(bench: AgentBench) -> Received:
    """Return a case of PlastOS with one candidate."""
    payload = trade(("acme", "BUYS", "pe"))
    return read_case(
        asking(bench, "trade", payload),
        TransactionPayload.model_validate(payload),
        Call(trace_id=TRACE),
        began=bench.clock(),
    )


@pytest.mark.regression
def test_the_factors_are_those_of_the_schema() -> None:
    assert {source.name: source.models for source in FACTORS} == {
        "temporal_context": ("temporal_trend_model",),
        "market_conditions": ("market_dynamics_model",),
        "geographic_factors": ("geographic_economic_model",),
        "governance_policy": ("governance_policy_model",),
        "causal_influences": ("multi_domain_causal_model",),
    }


@pytest.mark.positive
def test_the_calendar_comes_from_the_clock(bench: AgentBench) -> None:
    enricher = ContextEnricher(GovernanceBridge(bench.governance), clock=bench.clock)
    before = enricher.enrich(received(bench)).enrichment.calendar
    bench.clock.advance(3_600.0)
    after = enricher.enrich(received(bench)).enrichment.calendar
    assert after["hour"] == (before["hour"] + 1) % 24
    assert set(before) == {"hour", "weekday", "season"}


@pytest.mark.positive
def test_a_case_keeps_what_it_was_received_with(bench: AgentBench) -> None:
    enricher = ContextEnricher(GovernanceBridge(bench.governance), clock=bench.clock)
    case = received(bench)
    assert enricher.enrich(case).received == case


@pytest.mark.negative
def test_without_a_world_model_everything_is_a_gap_and_nothing_a_number(bench: AgentBench) -> None:
    enricher = ContextEnricher(GovernanceBridge(bench.governance), clock=bench.clock)
    enrichment = enricher.enrich(received(bench)).enrichment
    assert enrichment.factors == {}
    assert enrichment.gaps == (
        "no world model is wired",
        *(f"{name}: nothing was observed" for name in FACTOR_NAMES),
    )


@pytest.mark.negative
def test_a_focus_that_nobody_observed_is_a_gap(bench: AgentBench) -> None:
    enricher = ContextEnricher(GovernanceBridge(bench.governance), clock=bench.clock)
    gaps = enricher.enrich(received(bench), "credit").enrichment.gaps
    assert gaps[-1] == "credit_context: nothing was observed"


def world(bench: AgentBench, tmp_path: Path) -> WorldModelBridge:
    """Return a world model that saw a price of PlastOS on four days: 1, 3, 2, 3."""
    made = WorldModelBridge(WorldModel(WORLD, SqliteSource(tmp_path / "world.db"), bench.clock))
    for price in (1.0, 3.0, 2.0, 3.0):
        made.observe(WORLD.connectors[0], "PlastOS", {"price": price})
        bench.clock.advance(86_400.0)
    return made


@pytest.mark.positive
def test_what_was_observed_becomes_factors_within_minus_1_and_1(
    bench: AgentBench, tmp_path: Path
) -> None:
    enricher = ContextEnricher(
        GovernanceBridge(bench.governance), world=world(bench, tmp_path), clock=bench.clock
    )
    enrichment = enricher.enrich(received(bench)).enrichment
    assert set(enrichment.contexts) == {"enriching_domain_packets_with_causal_context"}
    assert enrichment.factors
    assert set(enrichment.factors) <= set(FACTOR_NAMES)
    assert all(-1.0 <= value <= 1.0 for value in enrichment.factors.values())
    missing = {gap.partition(":")[0] for gap in enrichment.gaps if "nothing was observed" in gap}
    assert missing | set(enrichment.factors) == set(FACTOR_NAMES)


@pytest.mark.positive
def test_a_focus_becomes_a_factor_of_its_own(bench: AgentBench, tmp_path: Path) -> None:
    enricher = ContextEnricher(
        GovernanceBridge(bench.governance), world=world(bench, tmp_path), clock=bench.clock
    )
    assert "price_context" in enricher.enrich(received(bench), "price").enrichment.factors


@pytest.mark.negative
def test_a_world_model_out_of_reach_is_a_gap_and_told_to_the_anchors(
    bench: AgentBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_subject: str) -> WorldContext:
        raise MemoryLayerError("the disk is gone")

    reached = world(bench, tmp_path)
    monkeypatch.setattr(reached, "enriching_domain_packets_with_causal_context", fail)
    enricher = ContextEnricher(GovernanceBridge(bench.governance), world=reached, clock=bench.clock)
    enrichment = enricher.enrich(received(bench)).enrichment
    assert enrichment.gaps[0] == "the world model cannot be reached: the disk is gone"
    assert bool(bench.escalations.pending()) is True


@pytest.mark.positive
def test_what_the_domain_knows_is_blended_in(bench: AgentBench) -> None:
    enricher = ContextEnricher(
        GovernanceBridge(bench.governance), builder=DomainContextBuilder(), clock=bench.clock
    )
    gaps = enricher.enrich(received(bench)).enrichment.gaps
    assert gaps[-1].startswith("domain context: ")
