"""Bad input: a finding with place and repair, exit code 1, and the last good output untouched."""

import textwrap
from pathlib import Path

import pytest

from tests.e2e.workspace import COLLECTION, SOURCE, Workspace

SECOND = textwrap.dedent("""
    ```yaml
    title: Second
    version: 1.0.0
    agent_id: second
    system: Sensor Watch
    module: monitoring
    name: Second
    role: A second agent.
    rootpath: {rootpath}
    depends_on: {{hard: [{hard}], soft: []}}
    integration: {{connectto: [], shareddomains: []}}
    cursorinstructions:
      generatefiles: []
      generatedocs: []
      linkexisting: []
    ```
    """)


def _refused(workspace: Workspace, *messages: str) -> str:
    before = workspace.installed()
    assert before
    ran = workspace.doit()
    assert ran.code == 1, ran.out
    for message in messages:
        assert message in ran.out, ran.out
    assert "repair   " in ran.out
    assert workspace.installed() == before
    listed = workspace.doit("list", "--all")
    assert listed.code == 0, listed.out
    assert f"validate:{COLLECTION}" in listed.out
    return ran.out


def _place(workspace: Workspace, text: str) -> str:
    return f"input_schemas/{SOURCE}:{workspace.line_of(text)}:"


def test_missing_field_names_the_field(copy: Workspace) -> None:
    copy.edit("rootpath: L9/agents/sensor_watch\n", "")
    _refused(copy, "rootpath")


def test_wrong_type_names_the_value_and_its_line(copy: Workspace) -> None:
    copy.edit("      timeout_ms: 250\n", "      timeout_ms: soon\n")
    _refused(copy, _place(copy, "timeout_ms: soon"))


def test_path_that_leaves_the_tree_is_refused_where_it_stands(copy: Workspace) -> None:
    copy.edit("    - anomaly_detector.py  #", "    - ../../../etc/anomaly_detector.py  #")
    _refused(copy, _place(copy, "../../../etc"), "..")
    assert not (copy.root / "etc").exists()


def test_absolute_rootpath_is_refused(copy: Workspace) -> None:
    copy.edit("rootpath: L9/agents/sensor_watch\n", "rootpath: /etc/agents/sensor_watch\n")
    _refused(copy, "/etc/agents/sensor_watch")


def test_rootpath_of_another_agent_is_refused_and_names_both(copy: Workspace) -> None:
    second = SECOND.format(rootpath="L9/agents/sensor_watch", hard="")
    copy.source.write_text(copy.source.read_text() + second)
    _refused(copy, "MD014", "second", "sensor_watch")


def test_cycle_is_shown_as_a_path(copy: Workspace) -> None:
    second = SECOND.format(rootpath="L9/agents/second", hard="sensor_watch")
    copy.source.write_text(copy.source.read_text() + second)
    copy.edit("  hard: []\n", "  hard: [second]\n")
    out = _refused(copy, "MD015")
    assert "sensor_watch -> second -> sensor_watch" in out or (
        "second -> sensor_watch -> second" in out
    )


def test_broken_yaml_names_line_and_column(copy: Workspace) -> None:
    copy.edit("  mode: hybrid\n", "  mode: [hybrid\n")
    _refused(copy, f"input_schemas/{SOURCE}:")


def test_empty_file_is_refused(copy: Workspace) -> None:
    copy.source.write_text("")
    _refused(copy, "SR001", "empty")


def test_unknown_file_stem_is_a_question_with_the_nearest_patterns(copy: Workspace) -> None:
    copy.edit("    - tensor_utils.py  #", "    - tensor_utilz.py  #")
    before = copy.installed()
    ran = copy.doit()
    assert ran.code == 1, ran.out
    assert "no pattern answers tensor_utilz.py" in ran.out
    assert "tensor_utils" in ran.out
    assert "tensor_utilz.py" in (copy.out / "questions.md").read_text()
    assert copy.installed() == before


def test_deferred_agent_is_planned_and_does_not_fail_the_build(copy: Workspace) -> None:
    copy.edit("    - tensor_utils.py  #", "    - tensor_utilz.py  #")
    answers = copy.root / "input_schemas/answers" / f"{COLLECTION}.yaml"
    answers.parent.mkdir(exist_ok=True)
    answers.write_text("answers: {}\ndefer:\n  sensor_watch: its pattern comes next week\n")
    ran = copy.doit()
    assert ran.code == 0, ran.out
    plan = (copy.out / "locked_todo_plan.txt").read_text()
    assert "DEFERRED: its pattern comes next week" in plan


def test_broken_agent_does_not_stop_the_others(built: Workspace, tmp_path: Path) -> None:
    copy = built.copy_to(tmp_path / "two")
    second = SECOND.format(rootpath="L9/agents/second", hard="").replace("role: ", "rool: ")
    copy.source.write_text(copy.source.read_text() + second)
    copy.edit("anomaly_score > 0.9\n", "anomaly_score > 0.8\n")
    ran = copy.doit()
    assert ran.code == 1, ran.out
    assert "0.8" in (copy.out / "code/sensor_watch/governance_bridge.py").read_text()


@pytest.mark.parametrize("name", ["123.md", "class.md"])
def test_file_that_cannot_name_a_collection_is_named(copy: Workspace, name: str) -> None:
    (copy.root / "input_schemas" / name).write_text("nothing")
    ran = copy.doit("validate")
    assert ran.code == 1
    assert f"SR016  input_schemas/{name}:1:1" in ran.out


def test_a_source_with_an_error_does_not_renew_the_lock(copy: Workspace) -> None:
    lock = copy.root / "input_schemas" / f"{COLLECTION}.lock"
    before = lock.read_bytes()
    copy.edit("rootpath: L9/agents/sensor_watch\n", "rootpath: ../x\n")
    assert "the lock is kept" in _refused(copy, _place(copy, "rootpath: ../x"))
    assert lock.read_bytes() == before
