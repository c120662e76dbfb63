"""A graph that is stored and read back is the same graph; a foreign one is refused."""

import json

import pytest

from generators.engine.build.steps import run_step
from generators.engine.build.taskspec import (
    Graph,
    StaleGraphError,
    TaskSpec,
    graph_bytes,
    parse_graph,
)
from generators.engine.shell.environment import read_settings

SPEC = TaskSpec(
    stage="generate",
    name="a",
    doc="render a",
    step="run_generate",
    collection="c",
    subject="a",
    deps=("in",),
    targets=("out",),
    recipe="r",
    volatile=("log",),
    kept=("lock",),
    optional=("seal",),
)


def test_stored_graph_is_read_back_unchanged() -> None:
    graph = Graph(tasks=(SPEC,), default=("generate:a",))
    assert parse_graph(graph_bytes(graph)) == graph


def test_tasks_are_found_by_stage_and_named_as_doit_names_them() -> None:
    graph = Graph(tasks=(SPEC,), default=())
    assert list(graph.stage("generate")) == [SPEC]
    assert list(graph.stage("format")) == []
    assert SPEC.full_name == "generate:a"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"version": 4, "tasks": [{}]}'])
def test_damaged_graph_is_refused(content: bytes) -> None:
    with pytest.raises(StaleGraphError):
        parse_graph(content)


def test_graph_of_another_version_is_refused() -> None:
    data = json.loads(graph_bytes(Graph(tasks=(), default=())))
    with pytest.raises(StaleGraphError, match="version 99"):
        parse_graph(json.dumps({**data, "version": 99}).encode())


def test_unknown_step_is_a_fault() -> None:
    with pytest.raises(KeyError):
        run_step("run_nothing", read_settings({}), "c", "a")
