"""`doit status` sees every kind of drift; `doit restore` takes an edit back and keeps it."""

from pathlib import Path

import pytest

from tests.e2e.workspace import COLLECTION, Workspace

OUT = f"extractions/{COLLECTION}"
EDITED = f"{OUT}/code/sensor_watch/tensor_utils.py"
MISSING = f"{OUT}/docs/sensor_watch/API_SPEC.md"
STRAY = f"{OUT}/code/sensor_watch/left_over.py"


def _append(workspace: Workspace, path: str) -> None:
    target = workspace.root / path
    target.write_text(target.read_text() + "# by hand\n")


@pytest.mark.positive
def test_a_finished_build_is_clean(copy: Workspace) -> None:
    ran = copy.doit("status")
    assert (ran.code, ran.out) == (
        0,
        f"{COLLECTION}\n  every output is as it was built, and as its sources want it\n",
    )


@pytest.mark.negative
def test_every_kind_of_drift_is_named_at_once_and_nothing_is_written(copy: Workspace) -> None:
    _append(copy, EDITED)
    (copy.root / MISSING).unlink()
    (copy.root / STRAY).write_text("x = 1\n")
    copy.edit("anomaly_score > 0.9\n", "anomaly_score > 0.8\n")
    before = copy.installed()
    ran = copy.doit("status")
    assert ran.code == 1
    lines = [line.split() for line in ran.out.splitlines()]
    assert ["edited", EDITED] in lines
    assert ["missing", MISSING] in lines
    assert ["orphaned", STRAY] in lines
    assert ["stale", f"{OUT}/code/sensor_watch/governance_bridge.py"] in lines
    assert not any(line[:1] == ["stale"] and "tensor_utils" in line[1] for line in lines)
    assert copy.installed() == before


@pytest.mark.positive
def test_restore_puts_an_edited_and_a_missing_file_back_and_keeps_the_edit(
    copy: Workspace,
) -> None:
    before = (copy.root / EDITED).read_bytes()
    _append(copy, EDITED)
    (copy.root / MISSING).unlink()
    edit = (copy.root / EDITED).read_bytes()
    assert copy.doit().code == 1
    ran = copy.doit("restore", EDITED, str(copy.root / MISSING))
    assert ran.code == 0, ran.out
    assert (copy.root / EDITED).read_bytes() == before
    (kept,) = (copy.root / ".codegen/replaced").iterdir()
    assert kept.read_bytes() == edit
    assert kept.name in ran.out
    assert copy.doit().code == 0
    assert copy.doit("status").code == 0


@pytest.mark.negative
@pytest.mark.parametrize("path", ["input_schemas/sensor_watch_v1.0.md", f"{OUT}/../elsewhere.py"])
def test_restore_touches_no_file_that_the_build_did_not_install(copy: Workspace, path: str) -> None:
    _append(copy, EDITED)
    edit = (copy.root / EDITED).read_bytes()
    ran = copy.doit("restore", EDITED, path)
    assert ran.code == 3
    assert f"{path} is no output of a build here" in ran.out
    assert (copy.root / EDITED).read_bytes() == edit


@pytest.mark.negative
def test_restore_writes_through_no_link(copy: Workspace, tmp_path: Path) -> None:
    folder = (copy.root / EDITED).parent
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    _append(copy, EDITED)
    edit = (elsewhere / "tensor_utils.py").read_bytes()
    ran = copy.doit("restore", EDITED)
    assert ran.code == 1
    assert "is a symbolic link" in ran.out
    assert (elsewhere / "tensor_utils.py").read_bytes() == edit


@pytest.mark.negative
def test_unknown_names_and_no_names_are_refused(copy: Workspace) -> None:
    assert copy.doit("status", "nobody").code == 3
    assert copy.doit("restore").code == 3
