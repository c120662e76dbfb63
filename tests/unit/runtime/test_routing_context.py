"""Context: what the world and the domain say counts as declared, and gaps are named."""

import math
from collections.abc import Mapping
from pathlib import Path

import pytest
from agent_runtime.errors import InputBoundsError, MemoryLayerError, PacketError
from agent_runtime.memory.semantic import Edge, Node
from agent_runtime.observations import CandidatePair
from agent_runtime.reasoning.case import Case
from agent_runtime.routing.cases import qualified, read_case
from agent_runtime.routing.domain_context import DomainContext, build_context
from agent_runtime.routing.enrichment import Enricher, FactorSource, calendar, signal_scores
from agent_runtime.routing.work import Received
from agent_runtime.rules import Rule
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.transactions import TransactionPayload
from agent_runtime.signals import Signal
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_routing import BenchBridge, asking, trade
from agent_runtime.worldmodel import WorldContext, WorldFactor

FACTORS = (
    FactorSource(name="market_conditions", models=("market",)),
    FactorSource(name="temporal_context", models=("temporal",)),
)


def factor(name: str, value: float, model: str = "market") -> WorldFactor:
    return WorldFactor(model=model, name=name, value=value, observations=3, latest=0.0)


def world(**by_subject: tuple[WorldFactor, ...]):
    def ask(subject: str) -> WorldContext:
        factors = by_subject.get(subject.replace(":", "_"), ())
        silent = () if factors else ("stream",)
        return WorldContext(
            use_case="enrich", subject=subject, as_of=0.0, factors=factors, silent=silent
        )

    return ask


def received(bench: AgentBench, **options: object) -> Received:
    payload = trade(("a", "BUYS", "b"), **options)  # type: ignore[arg-type]
    packet = asking(bench, "trade", payload)
    return read_case(
        packet,
        TransactionPayload.model_validate(payload),
        Call(trace_id=TRACE, deadline=5.0),
        began=1.0,
    )


class Memory:
    """Relations by entity."""

    def __init__(self, relations: Mapping[str, tuple[tuple[Edge, Node], ...]] | None) -> None:
        self.relations = relations

    def related(self, entity: str) -> tuple[tuple[Edge, Node], ...]:
        if self.relations is None:
            raise MemoryLayerError("the graph is away")
        return self.relations.get(entity, ())


def edge(kind: str, source: str, target: str, **properties: float) -> Edge:
    return Edge(
        rid=f"{kind}{source}{target}",
        edge_type=kind,
        source=source,
        target=target,
        properties=properties,
    )


def node(uid: str) -> Node:
    return Node(uid=uid, node_type="domain_entity", properties={})


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(
        tmp_path,
        agent="hub",
        signals=[Signal("world_down", unit="bool")],
        rules=[
            Rule(
                rule_id="R1",
                expression="world_down",
                kind="policy",
                severity="high",
                signals=("world_down",),
                source="s",
                text="t",
            )
        ],
    )


def test_only_what_has_no_unit_counts_and_adverse_signals_turn_their_sign() -> None:
    factors = (
        factor("demand.deviation", 2.0),
        factor("demand.trend", 0.1),
        factor("demand.level", 6.0),
        factor("freight_cost.deviation", 2.0),
        factor("supply.trend", 5.0),
        factor("price.level", 3.0),
        factor("price.low", 1.0),
        factor("price.high", 5.0),
        factor("flat.low", 1.0),
        factor("flat.high", 1.0),
        factor("flat.level", 1.0),
    )
    scores = {each.name: score for each, score in signal_scores(factors)}
    assert scores == {
        "demand.deviation": pytest.approx(math.tanh(1.0)),
        "demand.trend": pytest.approx(math.tanh(30.0 * 0.1 / 6.0)),
        "freight_cost.deviation": pytest.approx(-math.tanh(1.0)),
        "price.high": pytest.approx(0.0),
    }


def test_declared_factors_are_means_over_the_domain_and_its_entities(bench: AgentBench) -> None:
    ask = world(
        PlastOS=(factor("demand.deviation", 2.0),), plastos_a=(factor("demand.deviation", -2.0),)
    )
    enricher = Enricher(
        factors=FACTORS, governance=BenchBridge(bench.governance), clock=bench.clock, ask=ask
    )
    enrichment = enricher.enrich(received(bench)).enrichment
    assert enrichment.factors == {"market_conditions": pytest.approx(0.0)}
    assert enrichment.gaps == ("temporal_context: nothing was observed",)
    assert set(enrichment.contexts) == {"enrich", "enrich/plastos:a"}
    assert enrichment.calendar == calendar(bench.clock())


def test_a_focus_adds_its_own_factor(bench: AgentBench) -> None:
    ask = world(PlastOS=(factor("credit_spread.deviation", 2.0), factor("demand.deviation", 0.0)))
    enricher = Enricher(
        factors=(), governance=BenchBridge(bench.governance), clock=bench.clock, ask=ask
    )
    factors = enricher.enrich(received(bench), "credit").enrichment.factors
    assert factors == {"credit_context": pytest.approx(math.tanh(1.0))}
    assert enricher.enrich(received(bench), "weather").enrichment.gaps == (
        "weather_context: nothing was observed",
    )


def test_a_silent_world_is_a_gap_and_no_number(bench: AgentBench) -> None:
    bridge = BenchBridge(bench.governance)
    silent = Enricher(factors=FACTORS, governance=bridge, clock=bench.clock, ask=world())
    enrichment = silent.enrich(received(bench)).enrichment
    assert enrichment.factors == {}
    assert enrichment.gaps[0] == "stream is silent about PlastOS"
    without = Enricher(factors=(), governance=bridge, clock=bench.clock)
    assert without.enrich(received(bench)).enrichment.gaps == ("no world model is wired",)


@pytest.mark.parametrize(("signal", "escalated"), [("world_down", 1), ("", 0)])
def test_a_world_out_of_reach_is_told_to_governance(
    bench: AgentBench, signal: str, escalated: int
) -> None:
    def away(subject: str) -> WorldContext:
        raise MemoryLayerError(f"no {subject}")

    enricher = Enricher(
        factors=FACTORS,
        governance=BenchBridge(bench.governance),
        clock=bench.clock,
        ask=away,
        unreachable=signal,
    )
    enrichment = enricher.enrich(received(bench)).enrichment
    assert enrichment.gaps[0] == "the world model cannot be reached: no PlastOS"
    assert len(bench.escalations.pending()) == escalated


def test_calendar_is_utc_with_the_seasons_of_the_north() -> None:
    assert calendar(0.0) == {"hour": 0, "weekday": 3, "season": 0}  # Thursday, 1 January 1970
    assert calendar(200.5 * 86_400.0) == {"hour": 12, "weekday": 0, "season": 2}  # 20 July
    assert calendar(334.0 * 86_400.0)["season"] == 0  # 1 December


def case(*links: tuple[str, str, str]) -> Case:
    payload = trade(*links)
    return Case(
        packet_id="p",
        trace_id=TRACE,
        packet_type="trade",
        source="plastos",
        domain="PlastOS",
        transaction=payload,
        candidates=tuple(CandidatePair(*link) for link in links),
    )


def test_relations_trust_and_conflicts_of_the_entities_are_found() -> None:
    memory = Memory(
        {
            "a": (
                (edge("TRUSTS", "z", "a", trust_score=1.0), node("z")),
                (edge("TRUSTS", "y", "a", trust_score=0.5), node("y")),
                (edge("TRUSTS", "a", "x", trust_score=0.0), node("x")),
                (edge("TRUSTS", "w", "a", trust_score=7.0), node("w")),
                (edge("CONFLICTS_WITH", "a", "b"), node("b")),
                (edge("CONFLICTS_WITH", "a", "stranger"), node("stranger")),
            ),
            "b": ((edge("CONFLICTS_WITH", "a", "b"), node("a")),),
        }
    )
    context = build_context(case(("a", "BUYS", "b"), ("a", "BUYS", "c")), memory)
    assert context.entities == ("a", "b", "c")
    assert context.relations == {"a": ("CONFLICTS_WITH", "TRUSTS"), "b": ("CONFLICTS_WITH",)}
    assert context.trust == {"a": 0.75}
    assert context.conflicts == (("a", "b"),)
    assert context.unknown == ("c",)
    assert context.factors() == {
        "domain_familiarity": pytest.approx(1.0 / 3.0),
        "domain_trust": 0.5,
        "domain_conflict": -1.0,
    }


def test_what_cannot_be_looked_up_is_a_gap() -> None:
    one = case(("a", "BUYS", "b"))
    assert build_context(one, Memory(None)).gaps == ("the graph is away",)
    missing = build_context(one, None)
    assert missing.gaps == ("no memory of entities is wired",)
    assert missing.factors() == {}
    assert DomainContext(domain="d", entities=()).factors() == {}


def test_domain_context_is_blended_into_the_enrichment(bench: AgentBench) -> None:
    class Builder:
        """Builds over a memory that knows nobody, or is away."""

        def __init__(self, memory: Memory | None) -> None:
            self.memory = memory

        def build(self, case: Case) -> DomainContext:
            return build_context(case, self.memory)

    bridge = BenchBridge(bench.governance)
    known = Enricher(
        factors=(), governance=bridge, clock=bench.clock, builder=Builder(Memory({}))
    ).enrich(received(bench))
    assert known.enrichment.factors == {"domain_familiarity": -1.0}
    away = Enricher(factors=(), governance=bridge, clock=bench.clock, builder=Builder(None))
    assert away.enrich(received(bench)).enrichment.gaps[-1] == (
        "domain context: no memory of entities is wired"
    )


def test_a_case_is_read_with_qualified_names_and_the_largest_attributes(bench: AgentBench) -> None:
    first = trade(("a", "BUYS", "plastos:b"), attributes={"deal_value": 5.0}, features=(1.0,))
    second = trade(
        ("a", "BUYS", "b"), transaction="t2", attributes={"deal_value": 7.0}, reserves=("line",)
    )
    payload = {**first, "transactions": [*first["transactions"], *second["transactions"]]}  # type: ignore[misc]
    packet = asking(bench, "trade", payload)
    read = read_case(
        packet,
        TransactionPayload.model_validate(payload),
        Call(trace_id=TRACE, deadline=9.0),
        began=1.0,
        supersedes="old",
    )
    assert read.case.candidates == (("plastos:a", "BUYS", "plastos:b"),)
    assert read.case.attributes == {"deal_value": 7.0}
    assert read.features == {"t1": (1.0,)}
    assert (read.reserves, read.supersedes, read.case.deadline) == (("line",), "old", 9.0)
    assert "respond" not in read.case.transaction


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (trade(("other:a", "BUYS", "b")), "is none of the domain PlastOS"),
        (trade(("a b", "BUYS", "b")), "is not an identifier"),
        (trade(attributes={"x": float("inf")}), "x is not finite"),
        (trade(features=(float("nan"),)), "a feature is not finite"),
        (trade(reserves=("a b",)), "resource"),
    ],
)
def test_a_case_with_unusable_names_or_numbers_is_refused(
    bench: AgentBench, payload: dict[str, object], told: str
) -> None:
    packet = asking(bench, "trade", {})
    with pytest.raises(PacketError, match=told):
        read_case(
            packet, TransactionPayload.model_validate(payload), Call(trace_id=TRACE), began=0.0
        )


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (trade(transaction="t1"), "a transaction occurs twice"),
        (trade(transaction="t2", features=(1.0, 2.0)), "rows of features differ in length"),
    ],
)
def test_transactions_of_a_case_fit_together(
    bench: AgentBench, other: dict[str, list[object]], told: str
) -> None:
    first = trade(features=(1.0,))
    payload = {**first, "transactions": [*first["transactions"], *other["transactions"]]}  # type: ignore[misc]
    with pytest.raises(PacketError, match=told):
        read_case(
            asking(bench, "trade", {}),
            TransactionPayload.model_validate(payload),
            Call(trace_id=TRACE),
            began=0.0,
        )


def test_names_are_qualified_once() -> None:
    assert qualified("PlastOS", "acme") == qualified("PlastOS", "plastos:acme") == "plastos:acme"
    with pytest.raises(InputBoundsError, match="none of the domain"):
        qualified("PlastOS", "mortgageos:acme")
