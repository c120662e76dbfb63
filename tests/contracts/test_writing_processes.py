"""Several processes that write into one store at the same time lose nothing and double nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.memory.layers import open_embedded

from tests.contracts import writing
from tests.contracts.writing import TOPOLOGY, WRITES

WRITERS = ("p", "q", "r")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the layers after three processes wrote at once, and who was first how often."""
    folder = tmp_path_factory.mktemp("shared")
    processes = [
        subprocess.Popen(
            [sys.executable, str(Path(writing.__file__)), str(folder), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in WRITERS
    ]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * len(WRITERS)
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(WRITERS)
    layers = open_embedded(folder, TOPOLOGY, ManualClock())
    yield layers, [int(text) for text in said]
    layers.close()


@pytest.mark.positive
def test_working_memory_keeps_every_key_and_gives_a_shared_one_to_one_process(written):
    layers, firsts = written
    working = layers.require_working()
    for name in WRITERS:
        assert [working.get(f"{name}:{n}") for n in range(WRITES)] == list(range(WRITES))
    assert sum(firsts) == WRITES
    holders = [working.get(f"shared:{n}") for n in range(WRITES)]
    assert [holders.count(name) for name in WRITERS] == firsts


@pytest.mark.positive
def test_the_decision_log_keeps_every_episode_of_every_process_in_its_order(written):
    episodic = written[0].require_episodic()
    for name in WRITERS:
        found = episodic.find({"writer": name}, limit=100)
        assert [e.decision_id for e in found] == [f"{name}-{n}" for n in reversed(range(WRITES))]


@pytest.mark.positive
def test_the_graph_merges_what_all_of_them_say_of_one_node(written):
    semantic = written[0].require_semantic()
    said = {f"{name}{n}": n for name in WRITERS for n in range(WRITES)}
    assert semantic.node("pet").properties == said
    edges = [edge for edge, _ in semantic.neighbours("pet")]
    assert sorted((edge.source, edge.properties["n"]) for edge in edges) == [
        (name, WRITES - 1) for name in WRITERS
    ]


@pytest.mark.positive
def test_the_hypergraph_explains_every_decision_by_its_own_factors(written):
    causal = written[0].require_causal()
    for name in WRITERS:
        for number in range(WRITES):
            explained = causal.explain(f"{name}-{number}")
            assert {factor.factor for factor in explained.factors} == {"price", name}


@pytest.mark.positive
def test_the_archive_keeps_every_version(written):
    archive = written[0].require_archive()
    versions = archive.versions("shared")
    contents = {archive.get("shared", each.version) for each in versions}
    assert contents == {f"{name}-{n}".encode() for name in WRITERS for n in range(WRITES)}
