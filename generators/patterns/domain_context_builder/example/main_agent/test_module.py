"""What `L9.example.module` promises.

Expected by the schema and by domain_context_builder@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import pytest
from agent_runtime.errors import MemoryLayerError
from agent_runtime.memory.semantic import Edge, Node
from agent_runtime.observations import CandidatePair
from agent_runtime.reasoning.case import Case
from agent_runtime.testing import TRACE

from L9.agents.main.domain_context_builder import DOMAINS, DomainContextBuilder


class Graph:
    """Relations by entity; raises while `away`."""

    def __init__(self, *edges: Edge, away: bool = False) -> None:
        self._edges = edges
        self._away = away

    def related(self, entity: str) -> tuple[tuple[Edge, Node], ...]:
        """Return the edges at an entity with their other ends."""
        if self._away:
            raise MemoryLayerError("the graph is away")
        return tuple(
            (each, Node(uid=each.other_end(entity), node_type="domain_entity", properties={}))
            for each in self._edges
            if entity in (each.source, each.target)
        )


def edge(kind: str, source: str, target: str, trust: float | None = None) -> Edge:
    """Return an edge."""
    properties = {} if trust is None else {"trust_score": trust}
    return Edge(
        rid=f"{kind}-{source}-{target}",
        edge_type=kind,
        source=source,
        target=target,
        properties=properties,
    )


def case(domain: str = "PlastOS") -> Case:
    """Return a case about a, b and c."""
    return Case(
        packet_id="p",
        trace_id=TRACE,
        packet_type="trade",
        source="s",
        domain=domain,
        transaction={},
        candidates=(CandidatePair("a", "BUYS", "b"), CandidatePair("a", "BUYS", "c")),
    )


@pytest.mark.positive
def test_entities_are_looked_up_once_each_in_their_order() -> None:
    context = DomainContextBuilder(Graph(edge("MATCHES", "a", "b"))).build(case())
    assert context.entities == ("a", "b", "c")
    assert context.relations == {"a": ("MATCHES",), "b": ("MATCHES",)}


@pytest.mark.positive
def test_familiarity_is_the_share_of_known_entities_scaled_to_minus_1_and_1() -> None:
    context = DomainContextBuilder(Graph(edge("MATCHES", "a", "b"))).build(case())
    assert context.unknown == ("c",)
    factors = DomainContextBuilder(Graph()).build(case()).factors()
    assert factors["domain_familiarity"] == -1.0
    known = Graph(edge("MATCHES", "a", "b"), edge("MATCHES", "a", "c"))
    assert DomainContextBuilder(known).build(case()).factors().get("domain_familiarity", 1.0) == 1.0


@pytest.mark.positive
def test_trust_is_the_mean_of_what_others_put_into_an_entity() -> None:
    graph = Graph(edge("TRUSTS", "x", "a", 1.0), edge("TRUSTS", "y", "a", 0.5))
    assert DomainContextBuilder(graph).build(case()).trust == {"a": 0.75}


@pytest.mark.positive
def test_entities_in_conflict_speak_against_the_case() -> None:
    context = DomainContextBuilder(Graph(edge("CONFLICTS_WITH", "a", "b"))).build(case())
    assert context.conflicts == (("a", "b"),)
    assert context.factors()["domain_conflict"] == -1.0


@pytest.mark.regression
def test_the_domains_are_those_of_the_schema() -> None:
    assert DOMAINS == ("PlastOS", "MortgageOS", "ForgeOS")


@pytest.mark.negative
def test_a_graph_that_is_away_is_a_gap_and_no_number() -> None:
    context = DomainContextBuilder(Graph(away=True)).build(case())
    assert "the graph is away" in context.gaps
    assert context.factors() == {}


@pytest.mark.negative
def test_without_a_memory_nothing_is_known() -> None:
    context = DomainContextBuilder().build(case())
    assert "no memory of entities is wired" in context.gaps
    assert context.factors() == {}


@pytest.mark.negative
def test_trust_out_of_bounds_does_not_count() -> None:
    graph = Graph(edge("TRUSTS", "x", "a", 1.5), edge("TRUSTS", "a", "x", 0.5))
    assert DomainContextBuilder(graph).build(case()).trust == {}


@pytest.mark.negative
def test_a_domain_that_the_schema_does_not_name_is_told() -> None:
    gaps = DomainContextBuilder(Graph()).build(case("NewOS")).gaps
    assert gaps == ("NewOS is no domain of the schema; it registered at run time",)
