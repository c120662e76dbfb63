"""`doit why` names the field, its place, both values, its commit, and the way to the file."""

import subprocess

import pytest

from tests.e2e.workspace import COLLECTION, SOURCE, Workspace

OUT = f"extractions/{COLLECTION}/code/sensor_watch"
READER = f"{OUT}/governance_bridge.py"
CHANGED = "- anomaly_score > 0.8"
OTHER = f"{OUT}/tensor_utils.py"


def _git(workspace: Workspace, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments],
        cwd=workspace.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def _line(workspace: Workspace, text: str) -> int:
    lines = workspace.source.read_text().splitlines()
    return max(number for number, line in enumerate(lines, 1) if line.strip() == text)


@pytest.mark.positive
def test_a_changed_field_is_named_before_and_after_it_is_built(copy: Workspace) -> None:
    copy.edit("anomaly_score > 0.9\n", "anomaly_score > 0.8\n")
    place = f"input_schemas/{SOURCE}:{_line(copy, CHANGED)}:"
    pending = copy.doit("why", READER)
    assert pending.code == 0, pending.out
    assert place in pending.out
    assert "is not built yet" in pending.out
    assert '"anomaly_score > 0.9" -> "anomaly_score > 0.8"' in pending.out
    assert '"- anomaly_score > 0.9" -> "- anomaly_score > 0.8"' in pending.out
    assert "generate:sensor_watch -> format:sensor_watch -> install:sensor_watch" in pending.out
    assert copy.doit().code == 0
    _git(copy, "init", "-q")
    _git(copy, "add", "input_schemas")
    _git(copy, "commit", "-qm", "Escalate earlier")
    commit = _git(copy, "rev-parse", "HEAD")[:10]
    built = copy.doit("why", READER).out
    assert place in built
    assert "was built last" in built
    assert '"anomaly_score > 0.9" -> "anomaly_score > 0.8"' in built
    assert f"commit {commit} Escalate earlier" in built


@pytest.mark.negative
def test_a_field_that_the_file_does_not_read_is_no_reason(copy: Workspace) -> None:
    copy.edit("anomaly_score > 0.9\n", "anomaly_score > 0.8\n")
    ran = copy.doit("why", OTHER)
    assert ran.code == 0, ran.out
    assert "no field changed that it depends on" in ran.out
    assert "0.8" not in ran.out


@pytest.mark.positive
def test_a_changed_purpose_is_a_reason_for_its_file_alone(copy: Workspace) -> None:
    copy.edit("Turn rows of readings into validated matrices.", "Turn rows into matrices.")
    ran = copy.doit("why", OTHER, READER).out
    mine, other = ran.split(READER)
    assert "Turn rows into matrices." in mine
    assert "no field changed that it depends on" in other


@pytest.mark.negative
@pytest.mark.parametrize("arguments", [(), ("dodo.py",)])
def test_what_is_no_output_is_refused(copy: Workspace, arguments: tuple[str, ...]) -> None:
    assert copy.doit("why", *arguments).code == 3
