"""The graph merges nodes and edges, never duplicates them, and finds bounded paths."""

import threading

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError
from agent_runtime.memory import semantic as semantic_module
from agent_runtime.memory.semantic import Edge, Node
from agent_runtime.memory.topology import SemanticSpec

from tests.contracts.backends import SEMANTIC

SPEC = SemanticSpec(node_types=("material",), edge_types=("TRUSTS",))


@pytest.fixture(params=sorted(SEMANTIC))
def open_store(request):
    return SEMANTIC[request.param]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "semantic.db"


@pytest.fixture
def graph(open_store, path):
    opened = open_store(path, SPEC, ManualClock())
    yield opened
    opened.close()


def nodes(graph, *uids):
    for uid in uids:
        graph.merge_node("domain_entity", uid)


def edges(graph, *pairs, edge_type="MATCHES"):
    for source, target in pairs:
        nodes(graph, source, target)
        graph.merge_edge(edge_type, source, target)


def walked(search):
    return [" ".join([path[0].source, *(edge.target for edge in path)]) for path in search.paths]


@pytest.mark.positive
def test_a_node_merged_twice_is_one_node_with_both_properties(graph):
    graph.merge_node("domain_entity", "b1", {"name": "Buyer", "trust": 0.5})
    merged = graph.merge_node("domain_entity", "b1", {"trust": 0.9, "tags": ["eu", None]})
    assert merged == Node(
        uid="b1",
        node_type="domain_entity",
        properties={"name": "Buyer", "trust": 0.9, "tags": ["eu", None]},
    )
    assert graph.node("b1") == merged
    assert graph.nodes("domain_entity") == (merged,)


def test_merging_nothing_changes_nothing_and_null_removes_a_property(graph):
    graph.merge_node("domain_entity", "b1", {"a": 1, "b": True})
    assert graph.merge_node("domain_entity", "b1").properties == {"a": 1, "b": True}
    assert graph.merge_node("domain_entity", "b1", {"a": None}).properties == {"b": True}
    assert graph.merge_node("domain_entity", "b2", {"a": None, "c": ""}).properties == {"c": ""}


def test_an_unknown_node_is_none(graph):
    assert graph.node("b1") is None


@pytest.mark.positive
def test_an_edge_merged_twice_is_one_edge_with_both_properties(graph):
    nodes(graph, "b1", "s1")
    graph.merge_edge("MATCHES", "b1", "s1", {"score": 0.5, "model": "v1"})
    merged = graph.merge_edge("MATCHES", "b1", "s1", {"score": 0.7})
    assert merged == Edge(
        rid='["MATCHES","b1","s1"]',
        edge_type="MATCHES",
        source="b1",
        target="s1",
        properties={"score": 0.7, "model": "v1"},
    )
    assert graph.neighbours("b1") == ((merged, graph.node("s1")),)


def test_edges_of_other_types_directions_or_names_are_other_edges(graph):
    nodes(graph, "a", "b")
    graph.merge_edge("MATCHES", "a", "b")
    graph.merge_edge("MATCHES", "b", "a")
    graph.merge_edge("TRUSTS", "a", "b")
    graph.merge_edge("MATCHES", "a", "b", rid="second")
    graph.merge_edge("MATCHES", "a", "b", {"n": 2}, rid="second")
    found = graph.neighbours("a")
    assert [edge.rid for edge, _ in found] == [
        '["MATCHES","a","b"]',
        '["MATCHES","b","a"]',
        "second",
        '["TRUSTS","a","b"]',
    ]
    assert found[2][0].properties == {"n": 2}


@pytest.mark.negative
def test_types_that_are_not_declared_are_refused(graph):
    with pytest.raises(
        InputBoundsError, match="node type 'ghost' is not declared: agent_decision, "
    ):
        graph.merge_node("ghost", "x")
    with pytest.raises(InputBoundsError, match="node type 'ghost'"):
        graph.nodes("ghost")
    nodes(graph, "a", "b")
    for ask in (
        lambda: graph.merge_edge("HATES", "a", "b"),
        lambda: graph.neighbours("a", edge_types=("HATES",)),
        lambda: graph.paths("a", "b", edge_types=("MATCHES", "HATES")),
    ):
        with pytest.raises(InputBoundsError, match="edge type 'HATES' is not declared"):
            ask()


@pytest.mark.parametrize(
    "node_type", ["domain_entity", "agent_decision", "governance_policy", "material"]
)
def test_shared_and_declared_node_types_are_known(graph, node_type):
    assert graph.merge_node(node_type, "x").node_type == node_type


@pytest.mark.parametrize("edge_type", ["MATCHES", "INFLUENCES", "ESCALATED_TO", "TRUSTS"])
def test_shared_and_declared_edge_types_are_known(graph, edge_type):
    nodes(graph, "a", "b")
    assert graph.merge_edge(edge_type, "a", "b").edge_type == edge_type


@pytest.mark.negative
def test_a_uid_cannot_change_its_type_nor_an_edge_its_ends(graph):
    nodes(graph, "a", "b", "c")
    with pytest.raises(InputBoundsError, match="'a' exists with another type than 'material'"):
        graph.merge_node("material", "a", {"x": 1})
    assert graph.node("a").properties == {}
    graph.merge_edge("MATCHES", "a", "b", rid="r")
    for source, target, edge_type in (
        ("a", "c", "MATCHES"),
        ("c", "b", "MATCHES"),
        ("a", "b", "TRUSTS"),
    ):
        with pytest.raises(
            InputBoundsError, match="edge 'r' exists with another type or other ends"
        ):
            graph.merge_edge(edge_type, source, target, rid="r")


@pytest.mark.negative
def test_an_edge_needs_both_ends(graph):
    nodes(graph, "a")
    with pytest.raises(InputBoundsError, match="no node 'b': merge both ends"):
        graph.merge_edge("MATCHES", "a", "b")
    with pytest.raises(InputBoundsError, match="no node 'b'"):
        graph.merge_edge("MATCHES", "b", "a")
    with pytest.raises(InputBoundsError, match="a node needs its uid"):
        graph.merge_node("domain_entity", "")


@pytest.mark.negative
@pytest.mark.parametrize("name", ["id", "title", "type", "uid", "rid", "a-b", "", "1a", "a" * 64])
def test_reserved_and_malformed_property_names_are_refused(graph, name):
    nodes(graph, "a", "b")
    with pytest.raises(InputBoundsError, match="is reserved or no identifier"):
        graph.merge_node("domain_entity", "a", {name: 1})
    with pytest.raises(InputBoundsError, match="is reserved or no identifier"):
        graph.merge_edge("MATCHES", "a", "b", {name: 1})


@pytest.mark.negative
@pytest.mark.parametrize("value", [{"a": 1}, [[1]], [{"a": 1}], b"x"])
def test_nested_property_values_are_refused(graph, value):
    with pytest.raises(InputBoundsError, match="property 'x' is neither a scalar nor a list"):
        graph.merge_node("domain_entity", "a", {"x": value})


@pytest.mark.negative
def test_a_property_that_is_not_finite_is_refused(graph):
    with pytest.raises(InputBoundsError, match="property 'x' is not a finite number"):
        graph.merge_node("domain_entity", "a", {"x": float("nan")})


def test_nodes_of_a_type_come_in_order_up_to_the_limit(graph):
    nodes(graph, "c", "a", "b")
    graph.merge_node("material", "m")
    assert [node.uid for node in graph.nodes("domain_entity")] == ["a", "b", "c"]
    assert [node.uid for node in graph.nodes("domain_entity", limit=2)] == ["a", "b"]
    assert [node.uid for node in graph.nodes("material")] == ["m"]


def test_neighbours_follow_direction_type_and_limit(graph):
    edges(graph, ("a", "b"), ("c", "a"))
    edges(graph, ("a", "d"), edge_type="TRUSTS")

    def uids(**options):
        return [node.uid for _, node in graph.neighbours("a", **options)]

    assert uids() == ["b", "c", "d"]
    assert uids(direction="out") == ["b", "d"]
    assert uids(direction="in") == ["c"]
    assert uids(edge_types=("TRUSTS",)) == ["d"]
    assert uids(edge_types=("TRUSTS", "MATCHES"), limit=2) == ["b", "c"]
    assert graph.neighbours("nobody") == ()


def test_a_loop_is_a_neighbour_of_itself(graph):
    edges(graph, ("a", "a"))
    assert [node.uid for _, node in graph.neighbours("a")] == ["a"]
    assert graph.paths("a", "a").paths == ()


@pytest.mark.positive
def test_paths_come_shortest_first_and_visit_no_node_twice(graph):
    edges(graph, ("a", "b"), ("b", "c"), ("a", "c"), ("b", "a"), ("c", "b"), ("c", "d"), ("b", "d"))
    search = graph.paths("a", "d")
    assert walked(search) == ["a b d", "a c d", "a b c d", "a c b d"]
    assert search.complete


def test_paths_end_at_the_declared_number_of_hops(graph):
    edges(graph, ("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"))
    assert walked(graph.paths("a", "d", max_hops=3)) == ["a b c d"]
    assert walked(graph.paths("a", "d", max_hops=2)) == []
    assert walked(graph.paths("a", "e")) == []
    assert walked(graph.paths("a", "b", max_hops=1)) == ["a b"]
    assert graph.paths("a", "nobody", max_hops=6).complete


def test_paths_follow_direction_and_type(graph):
    edges(graph, ("a", "b"), ("c", "b"))
    edges(graph, ("b", "c"), edge_type="TRUSTS")
    assert walked(graph.paths("a", "c")) == ["a b c"]
    assert walked(graph.paths("a", "c", edge_types=("MATCHES",))) == []
    both = graph.paths("a", "c", edge_types=("MATCHES",), direction="both")
    assert [[edge.rid for edge in path] for path in both.paths] == [
        ['["MATCHES","a","b"]', '["MATCHES","c","b"]']
    ]
    assert [path[0].source for path in graph.paths("b", "a", direction="in").paths] == ["a"]


def test_a_search_that_stops_at_its_limit_says_so(graph):
    for middle in "bcd":
        edges(graph, ("a", middle), (middle, "z"))
    assert graph.paths("a", "z", limit=3).complete
    limited = graph.paths("a", "z", limit=2)
    assert walked(limited) == ["a b z", "a c z"]
    assert not limited.complete


def test_a_search_that_stops_at_its_bound_of_work_says_so(graph, monkeypatch):
    edges(graph, ("a", "b"), ("b", "c"), ("c", "d"))
    monkeypatch.setattr(semantic_module, "MAX_EXPANSIONS", 1)
    stopped = graph.paths("a", "c")
    assert (stopped.paths, stopped.complete) == ((), False)
    monkeypatch.setattr(semantic_module, "MAX_EXPANSIONS", 2)
    assert graph.paths("a", "c").complete


@pytest.mark.negative
def test_bounds_of_searches_are_checked(graph):
    for hops in (0, 7):
        with pytest.raises(InputBoundsError, match=f"max_hops must be from 1 to 6: {hops}"):
            graph.paths("a", "b", max_hops=hops)
    for ask in (
        lambda: graph.paths("a", "b", limit=0),
        lambda: graph.neighbours("a", limit=0),
        lambda: graph.nodes("material", limit=0),
    ):
        with pytest.raises(InputBoundsError, match="limit must be at least 1: 0"):
            ask()


def test_one_is_a_limit_and_a_hundred_neighbours_the_default(graph):
    edges(graph, *(("a", f"n{number:03}") for number in range(101)))
    assert len(graph.nodes("domain_entity", limit=1)) == 1
    assert len(graph.neighbours("a", limit=1)) == 1
    assert walked(graph.paths("a", "n007", limit=1)) == ["a n007"]
    assert len(graph.neighbours("a")) == len(graph.nodes("domain_entity")) == 100


def test_two_agents_that_merge_at_once_make_one_node_and_one_edge(open_store, graph, path):
    other = open_store(path, SPEC, ManualClock())

    def merge(store, name):
        for number in range(20):
            store.merge_node("domain_entity", "x", {f"{name}{number}": number})
            store.merge_node("domain_entity", "y")
            store.merge_edge("MATCHES", "x", "y", {name: number})

    threads = [
        threading.Thread(target=merge, args=(store, name))
        for store, name in ((graph, "a"), (other, "b"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(graph.node("x").properties) == 40
    ((edge, _),) = graph.neighbours("x")
    assert edge.properties == {"a": 19, "b": 19}
    other.close()
