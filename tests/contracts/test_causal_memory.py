"""The hypergraph traces influence by Wright's rule and explains decisions."""

import sqlite3

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.memory.causal import FactorShare
from agent_runtime.memory.topology import CausalSpec

from tests.contracts.backends import CAUSAL


@pytest.fixture(params=sorted(CAUSAL))
def open_store(request):
    return CAUSAL[request.param]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "causal.db"


@pytest.fixture
def memory(open_store, path):
    opened = open_store(path, CausalSpec())
    yield opened
    opened.close()


def atoms(memory, *names):
    for name in names:
        memory.merge_atom(name, kind="factor")


def reached(memory, atom_id, **options):
    return [
        (found.atom_id, found.depth, pytest.approx(found.influence))
        for found in memory.ancestors(atom_id, **options)
    ]


@pytest.mark.positive
def test_the_sources_of_a_link_are_ancestors_strongest_first(memory):
    atoms(memory, "a", "b", "c", "t")
    memory.link("INFLUENCES", sources={"a": 0.2, "b": -0.9, "c": 0.5}, targets=["t"])
    assert reached(memory, "t") == [("b", 1, -0.9), ("c", 1, 0.5), ("a", 1, 0.2)]
    assert reached(memory, "a") == []
    assert reached(memory, "unknown") == []


def test_influence_is_the_product_along_a_path_and_the_sum_over_paths(memory):
    atoms(memory, "root", "left", "right", "t")
    memory.link("I", sources={"root": 0.5}, targets=["left", "right"])
    memory.link("I", sources={"left": 0.4, "right": -0.1}, targets=["t"])
    assert reached(memory, "t") == [
        ("left", 1, 0.4),
        ("right", 1, -0.1),
        ("root", 2, 0.5 * 0.4 - 0.5 * 0.1),
    ]


def test_an_atom_on_a_short_and_a_long_path_has_the_short_depth_and_both_influences(memory):
    atoms(memory, "a", "m", "t")
    memory.link("I", sources={"a": 0.5, "m": 0.5}, targets=["t"])
    memory.link("I", sources={"a": 0.2}, targets=["m"])
    assert reached(memory, "t", depth=1) == [("a", 1, 0.5), ("m", 1, 0.5)]
    assert reached(memory, "t", depth=2) == [("a", 1, 0.6), ("m", 1, 0.5)]


def test_two_links_between_the_same_atoms_add_up(memory):
    atoms(memory, "a", "t")
    memory.link("SUPPORTS", sources={"a": 0.25}, targets=["t"])
    memory.link("PRECEDES", sources={"a": 0.5}, targets=["t"])
    assert reached(memory, "t") == [("a", 1, 0.75)]


def test_depth_ends_the_search_and_cuts_cycles(memory):
    atoms(memory, "a", "b", "c")
    memory.link("I", sources={"a": 0.5}, targets=["b"])
    memory.link("I", sources={"b": 0.5}, targets=["c"])
    memory.link("I", sources={"c": 0.5}, targets=["a"])
    assert reached(memory, "c", depth=1) == [("b", 1, 0.5)]
    assert reached(memory, "c", depth=2) == [("b", 1, 0.5), ("a", 2, 0.25)]
    assert reached(memory, "c", depth=3) == [("b", 1, 0.5), ("a", 2, 0.25)]
    assert reached(memory, "c", depth=4) == [("b", 1, 0.5 + 0.5**4), ("a", 2, 0.25)]


def test_a_link_is_an_atom_that_other_links_may_target(memory):
    atoms(memory, "a", "t", "policy", "audit")
    link = memory.link("I", sources={"a": 0.5}, targets=["t"])
    memory.link("ALLOWS", sources={"policy": 0.8}, targets=[link])
    memory.link("CHECKS", sources={link: 1.0}, targets=["audit"])
    assert reached(memory, "t") == [("a", 1, 0.5), ("policy", 2, 0.8)]
    assert reached(memory, "audit") == [(link, 1, 1.0), ("policy", 2, 0.8)]
    assert memory.ancestors("audit")[0].kind == "link"


def test_a_link_with_several_sources_passes_its_own_influence_once(memory):
    atoms(memory, "a", "b", "t", "policy")
    link = memory.link("I", sources={"a": 0.5, "b": 0.5}, targets=["t"])
    memory.link("ALLOWS", sources={"policy": 0.8}, targets=[link])
    assert reached(memory, "t")[-1] == ("policy", 2, 0.8)


def test_linking_the_same_again_changes_nothing(memory, path):
    atoms(memory, "a", "b", "t", "u")
    first = memory.link("I", sources={"a": 1, "b": 0.5}, targets=["t", "u"])
    again = memory.link("I", sources={"b": 0.5, "a": 1.0}, targets=["u", "t", "u"], trace_id="x")
    assert first == again
    assert first.startswith("link:")
    count = sqlite3.connect(path).execute("SELECT count(*) FROM incidence").fetchone()
    assert count == (4,)
    assert memory.link("J", sources={"a": 1, "b": 0.5}, targets=["t", "u"]) != first


@pytest.mark.negative
def test_a_named_link_cannot_get_other_content(memory):
    atoms(memory, "a", "t")
    assert memory.link("I", sources={"a": 1}, targets=["t"], link_id="mine") == "mine"
    assert memory.link("I", sources={"a": 1}, targets=["t"], link_id="mine") == "mine"
    with pytest.raises(InputBoundsError, match="link 'mine' exists with other content"):
        memory.link("I", sources={"a": 2}, targets=["t"], link_id="mine")
    with pytest.raises(InputBoundsError, match="atom 'a' is a factor, not a link"):
        memory.link("I", sources={"a": 2}, targets=["t"], link_id="a")


@pytest.mark.negative
@pytest.mark.parametrize(
    ("relation", "sources", "targets", "message"),
    [
        ("", {"a": 1}, ["t"], "a link needs a relation, a source and a target"),
        ("I", {}, ["t"], "a link needs a relation, a source and a target"),
        ("I", {"a": 1}, [], "a link needs a relation, a source and a target"),
        ("I", {"a": float("nan")}, ["t"], "the weight of 'a' is not finite"),
        ("I", {"a": 1}, ["a", "t"], "atom 'a' cannot be on both sides of a link"),
        ("I", {"x": 1}, ["t"], "no atom 'x': merge it before it is linked"),
        ("I", {"a": 1}, ["x"], "no atom 'x': merge it before it is linked"),
    ],
)
def test_a_malformed_link_is_refused(memory, relation, sources, targets, message):
    atoms(memory, "a", "t")
    with pytest.raises(InputBoundsError) as caught:
        memory.link(relation, sources=sources, targets=targets)
    assert str(caught.value) == message
    assert reached(memory, "t") == []


@pytest.mark.negative
def test_an_atom_has_an_id_and_one_kind(memory):
    atoms(memory, "a", "a")
    with pytest.raises(InputBoundsError, match="atom 'a' is a factor, not a signal"):
        memory.merge_atom("a", kind="signal")
    for name, kind in (("", "factor"), ("b", "")):
        with pytest.raises(InputBoundsError, match="an atom needs its id and its kind"):
            memory.merge_atom(name, kind=kind)


@pytest.mark.negative
@pytest.mark.parametrize("depth", [0, 9])
def test_depth_is_bounded(memory, depth):
    with pytest.raises(InputBoundsError, match=f"depth must be from 1 to 8: {depth}"):
        memory.ancestors("a", depth=depth)
    assert memory.ancestors("a", depth=8) == ()


@pytest.mark.positive
def test_a_decision_is_explained_by_its_factors_heaviest_first(memory):
    memory.record_factors("d-1", {"price": 0.3, "distance": -0.6, "quality": 0.1}, trace_id="t-1")
    explanation = memory.explain("d-1")
    assert explanation.decision_id == "d-1"
    assert explanation.factors == (
        FactorShare(factor="distance", weight=-0.6, share=pytest.approx(0.6)),
        FactorShare(factor="price", weight=0.3, share=pytest.approx(0.3)),
        FactorShare(factor="quality", weight=0.1, share=pytest.approx(0.1)),
    )
    assert explanation.background == ()


def test_the_trace_of_a_decision_is_kept_with_its_link(memory, path):
    memory.record_factors("d-1", {"price": 1.0}, trace_id="t-1")
    rows = sqlite3.connect(path).execute("SELECT link_id, relation, trace_id FROM hyperedges")
    assert rows.fetchall() == [("factors-of:d-1", "INFLUENCES", "t-1")]


def test_factors_without_weight_have_no_share(memory):
    memory.record_factors("d-1", {"a": 0.0, "b": 0}, trace_id="t-1")
    assert [factor.share for factor in memory.explain("d-1").factors] == [0.0, 0.0]


def test_declared_influences_stand_behind_the_factors_of_a_decision(open_store, path):
    spec = CausalSpec(factors={"market": ("price", "market"), "season": ("market",), "alone": ()})
    memory = open_store(path, spec)
    memory.record_factors("d-1", {"price": 0.5}, trace_id="t-1")
    explanation = memory.explain("d-1")
    assert [(found.atom_id, found.depth, found.influence) for found in explanation.background] == [
        ("factor:market", 2, 0.5),
        ("factor:season", 3, 0.5),
    ]
    assert len(memory.explain("d-1", depth=1).background) == 0
    memory.close()


def test_influences_that_the_schema_no_longer_declares_are_dropped(open_store, path):
    open_store(path, CausalSpec(factors={"market": ("price",), "old": ("price",)})).close()
    memory = open_store(path, CausalSpec(factors={"market": ("price", "volume")}))
    assert reached(memory, "factor:price") == [("factor:market", 1, 1.0)]
    assert reached(memory, "factor:volume") == [("factor:market", 1, 1.0)]
    memory.close()


def test_a_restart_keeps_what_was_recorded(open_store, path):
    spec = CausalSpec(factors={"market": ("price",)})
    first = open_store(path, spec)
    first.record_factors("d-1", {"price": 0.5}, trace_id="t-1")
    first.close()
    second = open_store(path, spec)
    assert len(second.explain("d-1").background) == 1
    second.close()


def test_an_unknown_decision_has_no_explanation(memory):
    assert memory.explain("d-1") is None


@pytest.mark.negative
def test_factors_are_recorded_once_and_all_or_none(memory):
    memory.record_factors("d-1", {"a": 0.5}, trace_id="t-1")
    memory.record_factors("d-1", {"a": 0.5}, trace_id="t-1")
    with pytest.raises(InputBoundsError, match="'factors-of:d-1' exists with other content"):
        memory.record_factors("d-1", {"a": 0.6}, trace_id="t-1")
    with pytest.raises(InputBoundsError, match="needs a relation, a source and a target"):
        memory.record_factors("d-2", {}, trace_id="t-1")
    with pytest.raises(InputBoundsError, match="is not finite"):
        memory.record_factors("d-3", {"new": float("inf")}, trace_id="t-1")
    with pytest.raises(InputBoundsError, match="no atom 'factor:new'"):
        memory.link("I", sources={"factor:new": 1.0}, targets=["factor:a"])
