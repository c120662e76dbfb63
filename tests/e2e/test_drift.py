"""Edited outputs are seen, never overwritten and never deleted unasked; ours are cleaned up."""

import shutil

from tests.e2e.workspace import COLLECTION, Workspace

EDITED = "code/sensor_watch/tensor_utils.py"


def _edit(workspace: Workspace, path: str = EDITED) -> None:
    target = workspace.out / path
    target.write_text(target.read_text() + "# by hand\n")


def test_edited_file_fails_only_its_agent_and_is_named(copy: Workspace) -> None:
    _edit(copy)
    ran = copy.doit()
    assert ran.code == 1
    assert f"drift: extractions/{COLLECTION}/{EDITED} was edited by hand" in ran.out
    assert (copy.out / EDITED).read_text().endswith("# by hand\n")


def test_edited_copy_in_the_repository_is_drift_as_well(copy: Workspace) -> None:
    path = "repo/L9/agents/sensor_watch/tensor_utils.py"
    _edit(copy, path)
    ran = copy.doit()
    assert ran.code == 1
    assert f"{path} was edited by hand" in ran.out


def test_edited_file_survives_a_change_of_its_schema_and_always_execute(copy: Workspace) -> None:
    _edit(copy)
    copy.edit("Turn rows of readings into validated matrices.", "Turn rows into matrices.")
    assert copy.doit().code == 1
    assert copy.doit("-a", "install:sensor_watch").code == 0
    assert (copy.out / EDITED).read_text().endswith("# by hand\n")
    assert copy.doit("verdict:sensor_watch").code == 1


def test_edit_that_is_taken_back_is_no_drift(copy: Workspace) -> None:
    before = (copy.out / EDITED).read_bytes()
    _edit(copy)
    assert copy.doit().code == 1
    (copy.out / EDITED).write_bytes(before)
    assert copy.doit().code == 0


def test_removed_file_is_built_again(copy: Workspace) -> None:
    before = (copy.out / EDITED).read_bytes()
    (copy.out / EDITED).unlink()
    assert copy.doit().code == 0
    assert (copy.out / EDITED).read_bytes() == before


def test_clean_keeps_an_edited_file_unless_forced(copy: Workspace) -> None:
    _edit(copy)
    said = copy.doit("clean").out
    assert f"kept extractions/{COLLECTION}/{EDITED}" in said
    left = [str(p.relative_to(copy.out)) for p in copy.out.rglob("*") if p.is_file()]
    assert left == [EDITED]
    copy.doit("clean", CODEGEN_FORCE="1")
    assert not (copy.out / EDITED).exists()


def test_log_lines_of_a_running_agent_are_no_drift(copy: Workspace) -> None:
    log = copy.out / "repo/L9/logs/sensor_watch/anomaly.log"
    log.write_text('{"event": "started"}\n')
    assert copy.executed() == []
    copy.doit("-a", "install:sensor_watch")
    assert log.read_text() == '{"event": "started"}\n'


def test_renamed_agent_leaves_nothing_of_its_own_but_what_was_edited(copy: Workspace) -> None:
    _edit(copy)
    copy.edit("agent_id: sensor_watch\n", "agent_id: sensor_guard\n")
    copy.edit("agents: [sensor_watch]\n", "agents: [sensor_guard]\n")
    ran = copy.doit(f"prune:{COLLECTION}")
    assert ran.code == 0, ran.out
    assert f"kept extractions/{COLLECTION}/{EDITED}" in ran.out
    left = [str(p.relative_to(copy.out)) for p in (copy.out / "code/sensor_watch").rglob("*.py")]
    assert left == [EDITED]
    assert not (copy.out / ".stage/sensor_watch").exists()


def test_failed_validation_deletes_nothing(copy: Workspace) -> None:
    before = copy.installed()
    copy.source.write_text("no agent in here\n")
    assert copy.doit().code == 1
    assert copy.installed() == before


def test_changed_plan_is_refused_in_ci_and_renews_the_lock_elsewhere(copy: Workspace) -> None:
    lock = copy.root / f"input_schemas/{COLLECTION}.lock"
    before = lock.read_bytes()
    copy.edit("anomaly_score > 0.9\n", "anomaly_score > 0.8\n")
    refused = copy.doit(f"lock:{COLLECTION}", CI="true")
    assert refused.code == 1
    assert "~ sensor_watch: values in its schema" in refused.out
    assert lock.read_bytes() == before
    assert copy.doit("plan", "--locked").code == 1
    shown = copy.doit("plan")
    assert shown.code == 0
    assert "governance_bridge.py" in shown.out
    assert copy.doit(f"lock:{COLLECTION}").code == 0
    assert lock.read_bytes() != before
    assert copy.doit("plan", "--locked").code == 0


def test_deleted_lock_is_written_again(copy: Workspace) -> None:
    lock = copy.root / f"input_schemas/{COLLECTION}.lock"
    before = lock.read_bytes()
    lock.unlink()
    assert copy.doit().code == 0
    assert lock.read_bytes() == before


def test_lost_state_costs_time_and_nothing_else(copy: Workspace) -> None:
    before = copy.products()
    for path in (copy.root / ".codegen").glob("state.db*"):
        path.unlink()
    shutil.rmtree(copy.root / ".codegen/cache/graphs")
    ran = copy.doit()
    assert ran.code == 0, ran.out
    assert copy.products() == before
