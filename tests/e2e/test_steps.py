"""Every step does what the graph says of it: reads what is there, makes what is promised."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from doit.exceptions import TaskFailed

from generators.engine.build.graph import STAGES, open_session
from generators.engine.build.graph_tasks import build_graph
from generators.engine.build.plan_command import describe_plan
from generators.engine.build.serve_agent import find_agent
from generators.engine.build.steps import run_step
from generators.engine.build.taskspec import Graph, TaskSpec
from generators.engine.build.verify_command import compare_rebuilt, verify_collection
from generators.engine.shell.environment import BuildSettings, read_settings
from generators.engine.shell.stats import StatMemo
from tests.e2e.workspace import COLLECTION, ROOT, SOURCE


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuildSettings]:
    base = tmp_path_factory.mktemp("steps")
    (base / "in").mkdir()
    (base / "in" / SOURCE).write_text((ROOT / "input_schemas" / SOURCE).read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv("SOURCE_DATE_EPOCH", "1760000000")
        yield read_settings(
            {
                "CODEGEN_INPUTS": str(base / "in"),
                "CODEGEN_OUT": str(base / "out"),
                "CODEGEN_CACHE": str(base / "cache"),
            }
        )


@pytest.fixture(scope="module")
def graph(settings: BuildSettings) -> Graph:
    return build_graph(settings, StatMemo())


def _order(graph: Graph) -> list[TaskSpec]:
    """Return the tasks so that each follows those that make its inputs."""
    makers = {path: task for task in graph.tasks for path in task.targets}
    done: dict[str, TaskSpec] = {}

    def visit(task: TaskSpec) -> None:
        if task.full_name not in done:
            for path in task.deps:
                if path in makers:
                    visit(makers[path])
            done[task.full_name] = task

    for task in graph.tasks:
        visit(task)
    return list(done.values())


@pytest.fixture(scope="module")
def outcome(graph: Graph, settings: BuildSettings) -> dict[str, str]:
    """Run all tasks; return what is wrong with each, empty if nothing."""
    problems = {}
    for task in _order(graph):
        missing = [path for path in task.deps if not Path(path).is_file()]
        result = run_step(task.step, settings, task.collection, task.subject)
        unmade = [path for path in (*task.targets, *task.kept) if not Path(path).is_file()]
        problems[task.full_name] = "; ".join(
            [
                *(f"needs {path}" for path in missing),
                *(f"promised {path}" for path in unmade),
                *([str(result.message)] if isinstance(result, TaskFailed) else []),
            ]
        )
    return problems


def test_every_task_finds_its_inputs_makes_its_targets_and_succeeds(
    outcome: dict[str, str],
) -> None:
    assert {name: text for name, text in outcome.items() if text} == {}
    assert {name.partition(":")[0] for name in outcome} == set(STAGES)


def test_no_two_tasks_share_a_target_and_no_source_is_one(
    graph: Graph, settings: BuildSettings
) -> None:
    targets = [path for task in graph.tasks for path in (*task.targets, *task.optional)]
    assert len(targets) == len(set(targets))
    assert all(path.startswith(settings.out) for path in targets)


def test_default_order_names_every_task_once_and_begins_with_validation(graph: Graph) -> None:
    assert sorted(graph.default) == sorted(task.full_name for task in graph.tasks)
    assert graph.default[0] == f"validate:{COLLECTION}"


def test_judges_are_leaves(graph: Graph) -> None:
    judged = {f"validate:{COLLECTION}", f"lock:{COLLECTION}"}
    judged |= {task.full_name for task in graph.stage("verdict")}
    assert all(not task.targets for task in graph.tasks if task.full_name in judged)


def test_second_session_takes_the_same_graph_from_its_cache(settings: BuildSettings) -> None:
    first = open_session(settings)
    assert len(list((Path(settings.cache) / "cache/graphs").iterdir())) == 1
    second = open_session(settings)
    assert second.graph == first.graph
    assert len(list((Path(settings.cache) / "cache/graphs").iterdir())) == 1
    assert second.memo.reads == 0
    damaged = next((Path(settings.cache) / "cache/graphs").iterdir())
    damaged.write_text("{}")
    assert open_session(settings).graph == first.graph


def test_session_gives_doit_plain_tasks(settings: BuildSettings) -> None:
    session = open_session(settings)
    group, *tasks = session.tasks("generate")
    assert group == {"basename": "generate", "name": None, "doc": STAGES["generate"]}
    assert {task["name"] for task in tasks} == {
        "sensor_watch",
        "sensor_watch.links",
        "sensor_watch.system",
    }
    assert session.checker_class() is session.checker


def test_finished_build_has_a_plan_without_changes_valid_evidence_and_a_servable_agent(
    outcome: dict[str, str], settings: BuildSettings
) -> None:
    text, differs = describe_plan(settings, COLLECTION)
    assert not differs
    assert "as locked" in text
    assert "nothing to generate: 3 units are as planned" in text
    said, valid = verify_collection(settings, COLLECTION, require_trusted=False)
    assert valid, said
    assert "valid, signer not pinned" in said
    said, valid = verify_collection(settings, COLLECTION, require_trusted=True)
    assert not valid
    assert "not signed by a trusted key" in said
    found = find_agent(settings, "sensor_watch")
    assert found is not None
    assert found.target == "L9.agents.sensor_watch.api_server:create_app"
    assert Path(found.config).is_file()
    assert find_agent(settings, "nobody") is None
    assert outcome


def test_edited_output_makes_the_evidence_invalid(
    outcome: dict[str, str], settings: BuildSettings
) -> None:
    assert outcome
    path = Path(settings.out) / COLLECTION / "code/sensor_watch/tensor_utils.py"
    before = path.read_bytes()
    path.write_bytes(before + b"# by hand\n")
    try:
        said, valid = verify_collection(settings, COLLECTION, require_trusted=False)
        assert not valid
        assert "tensor_utils.py" in said
    finally:
        path.write_bytes(before)


def test_compiling_again_gives_the_same_bytes_and_finds_what_differs(
    outcome: dict[str, str], settings: BuildSettings
) -> None:
    assert outcome
    said, same = compare_rebuilt(settings, COLLECTION)
    assert same, said
    assert "files are the same byte for byte" in said
    root = Path(settings.out) / COLLECTION
    edited, gone = root / "docs/sensor_watch/README.md", root / "code/sensor_watch/tensor_utils.py"
    before = {path: path.read_bytes() for path in (edited, gone)}
    try:
        edited.write_bytes(before[edited] + b"More.\n")
        gone.unlink()
        said, same = compare_rebuilt(settings, COLLECTION)
        assert not same
        assert "EV014  docs/sensor_watch/README.md" in said
        assert "EV015  code/sensor_watch/tensor_utils.py" in said
    finally:
        for path, content in before.items():
            path.write_bytes(content)


def test_collection_that_was_never_built_has_no_evidence(
    settings: BuildSettings, tmp_path: Path
) -> None:
    elsewhere = replace(settings, out=str(tmp_path))
    said, valid = verify_collection(elsewhere, COLLECTION, require_trusted=False)
    assert (said, valid) == (
        f"{COLLECTION}: no evidence; run `doit evidence:{COLLECTION}`\n",
        False,
    )
