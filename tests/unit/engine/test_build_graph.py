"""The task graph of other collections than the shipped ones: shared names, stopped and deferred."""

from pathlib import Path

import pytest

from generators.engine.build.graph import graph_key
from generators.engine.build.graph_tasks import build_graph
from generators.engine.build.taskspec import Graph, TaskSpec
from generators.engine.shell.environment import BuildSettings, read_settings
from generators.engine.shell.stats import StatMemo

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "input_schemas/sensor_watch_v1.0.md").read_text()
STAGES = ("generate", "format", "lint", "gate", "typecheck", "test", "install", "manifest")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BuildSettings:
    monkeypatch.chdir(ROOT)
    (tmp_path / "in" / "answers").mkdir(parents=True)
    return read_settings(
        {
            "CODEGEN_INPUTS": str(tmp_path / "in"),
            "CODEGEN_OUT": str(tmp_path / "out"),
            "CODEGEN_CACHE": str(tmp_path / "cache"),
        }
    )


def _write(settings: BuildSettings, name: str, text: str) -> None:
    (Path(settings.inputs) / name).write_text(text)


def _graph(settings: BuildSettings) -> Graph:
    return build_graph(settings, StatMemo())


def _names(graph: Graph, stage: str) -> list[str]:
    return [task.name for task in graph.stage(stage)]


def _task(graph: Graph, name: str) -> TaskSpec:
    return next(task for task in graph.tasks if task.full_name == name)


def test_agent_of_two_collections_is_called_by_both_names(settings: BuildSettings) -> None:
    _write(settings, "one_v1.0.md", TEXT)
    _write(settings, "two.md", TEXT)
    graph = _graph(settings)
    assert _names(graph, "validate") == ["one", "two"]
    assert [n for n in _names(graph, "generate") if n.endswith("sensor_watch")] == [
        "one.sensor_watch",
        "two.sensor_watch",
    ]
    assert "one.links" in _names(graph, "generate")
    names = [task.full_name for task in graph.tasks]
    assert len(names) == len(set(names))


def test_unit_has_one_task_a_stage_and_its_verdict_comes_first_by_default(
    settings: BuildSettings,
) -> None:
    _write(settings, "one.md", TEXT)
    graph = _graph(settings)
    for stage in STAGES:
        assert "sensor_watch" in _names(graph, stage)
    order = list(graph.default)
    assert order.index("validate:one") < order.index("verdict:sensor_watch")
    assert order.index("verdict:sensor_watch") < order.index("evidence:one")
    assert order.index("evidence:one") < order.index("generate:sensor_watch")


def test_agent_with_a_question_has_only_a_verdict_and_links_none(settings: BuildSettings) -> None:
    _write(settings, "one.md", TEXT.replace("- tensor_utils.py", "- tensor_utilz.py"))
    graph = _graph(settings)
    assert [_names(graph, stage) for stage in STAGES] == [[]] * len(STAGES)
    assert _task(graph, "verdict:sensor_watch").step == "refuse_unit"
    assert "normalise:sensor_watch" in graph.default
    assert "prune:one" in graph.default


def test_deferred_agent_is_planned_and_has_no_verdict(settings: BuildSettings) -> None:
    _write(settings, "one.md", TEXT)
    _write(settings, "answers/one.yaml", "answers: {}\ndefer:\n  sensor_watch: later\n")
    graph = _graph(settings)
    assert _names(graph, "verdict") == []
    assert _names(graph, "generate") == []
    assert _names(graph, "normalise") == ["sensor_watch"]
    plan = "sensor_watch/plan.json"
    assert any(path.endswith(plan) for path in _task(graph, "sequence:one").targets)


def test_unreadable_collection_is_validated_and_nothing_else(settings: BuildSettings) -> None:
    _write(settings, "one.md", "")
    graph = _graph(settings)
    stages = {task.stage for task in graph.tasks}
    assert {"findings", "validate"} <= stages
    assert not stages & {*STAGES, "prune"}


def test_file_that_cannot_name_a_collection_is_refused_beside_the_others(
    settings: BuildSettings,
) -> None:
    _write(settings, "one.md", TEXT)
    _write(settings, "123.md", TEXT)
    graph = _graph(settings)
    task = _task(graph, "validate:file-names")
    assert task.deps == (f"{settings.inputs}/123.md",)
    assert "generate:sensor_watch" in graph.default


def test_no_collection_is_an_empty_graph(settings: BuildSettings) -> None:
    assert _graph(settings) == Graph(tasks=(), default=())


def test_key_of_the_graph_changes_with_sources_and_settings_only(settings: BuildSettings) -> None:
    _write(settings, "one.md", TEXT)
    before = graph_key(settings, StatMemo())
    (Path(settings.inputs) / "one.md").touch()
    assert graph_key(settings, StatMemo()) == before
    _write(settings, "one.lock", "{}")
    assert graph_key(settings, StatMemo()) == before
    _write(settings, "one.md", f"{TEXT}\n")
    assert graph_key(settings, StatMemo()) != before


def test_recipe_of_gates_depends_on_the_flags(settings: BuildSettings) -> None:
    _write(settings, "one.md", TEXT)
    before = _task(_graph(settings), "gate:sensor_watch").recipe
    off = read_settings(
        {
            "CODEGEN_INPUTS": settings.inputs,
            "CODEGEN_OUT": settings.out,
            "CODEGEN_CACHE": settings.cache,
            "L9_ENABLE_GOVERNANCE_ENFORCEMENT": "false",
        }
    )
    after = _graph(off)
    assert _task(after, "gate:sensor_watch").recipe != before
    assert (
        _task(after, "format:sensor_watch").recipe
        == _task(_graph(settings), "format:sensor_watch").recipe
    )
