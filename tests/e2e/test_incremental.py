"""After an edit exactly what depends on it is made again; without one, nothing."""

import os
import subprocess
import sys
from pathlib import Path

import yaml

from tests.e2e.workspace import COLLECTION, ROOT, SOURCE, Workspace

TREE = (
    "extraction_sequence.yaml",
    "locked_todo_plan.txt",
    "locked_todo_plan.json",
    "questions.md",
    "extraction_manifest.json",
    "evidence_report.md",
    "evidence_report.html",
    "summary.json",
    "code/sensor_watch/anomaly_detector.py",
    "docs/sensor_watch/README.md",
    "tests/sensor_watch/test_anomaly_detector.py",
    "logs/sensor_watch/anomaly.log",
    "manifests/sensor_watch_manifest.json",
    "repo/L9/agents/sensor_watch/anomaly_detector.py",
    "repo/L9/tests/agents/sensor_watch/test_anomaly_detector.py",
    "repo/L9/logs/sensor_watch/anomaly.log",
    "repo/L9/manifests/sensor_watch/sensor_watch_v1_manifest.json",
    "repo/L9/core/packetprotocol.py",
)


def test_build_makes_the_whole_tree(built: Workspace) -> None:
    missing = [path for path in TREE if not (built.out / path).is_file()]
    assert missing == []
    assert (built.root / "input_schemas" / f"{COLLECTION}.lock").is_file()


def test_repository_holds_the_same_bytes_as_the_canonical_tree(built: Workspace) -> None:
    code = built.digests("code/sensor_watch")
    assert code
    for path, digest in code.items():
        twin = path.replace("code/sensor_watch", "repo/L9/agents/sensor_watch")
        assert built.digests("repo")[twin] == digest


def test_second_build_does_nothing_and_says_nothing(copy: Workspace) -> None:
    assert copy.executed() == []
    before = {path: path.stat().st_mtime_ns for path in copy.out.rglob("*")}
    ran = copy.doit()
    assert (ran.code, ran.out) == (0, "")
    assert {path: path.stat().st_mtime_ns for path in copy.out.rglob("*")} == before


def test_touched_files_are_not_built_again(copy: Workspace) -> None:
    copy.source.touch()
    for path in (copy.out / "code").rglob("*.py"):
        path.touch()
    assert copy.executed() == []


def test_comment_without_data_rebuilds_nothing_downstream(copy: Workspace) -> None:
    before = copy.products()
    copy.edit(
        "rootpath: L9/agents/sensor_watch\n", "# a remark\nrootpath: L9/agents/sensor_watch\n"
    )
    executed = set(copy.executed())
    reissued = {f"findings:{COLLECTION}", f"normalise:{COLLECTION}", f"evidence:{COLLECTION}"}
    assert executed <= reissued
    assert copy.products() == before


def test_the_report_cites_its_input_as_it_is_now_even_after_a_mere_comment(copy: Workspace) -> None:
    copy.edit("rootpath: L9/agents/sensor_watch\n", "rootpath: L9/agents/sensor_watch\n# more\n")
    assert copy.doit("verify").code == 1
    assert copy.doit().code == 0
    verified = copy.doit("verify")
    assert verified.code == 0, verified.out


def test_changed_threshold_changes_only_its_readers(copy: Workspace) -> None:
    before = copy.products()
    copy.edit("anomaly_score > 0.9\n", "anomaly_score > 0.8\n")
    ran = copy.doit(SOURCE_DATE_EPOCH="1760000000")
    assert ran.code == 0, ran.out
    after = copy.products()
    changed = {path for path in after if before.get(path) != after[path]}
    assert set(after) == set(before)
    code = {Path(path).name for path in changed if path.startswith("code/sensor_watch/")}
    assert "governance_bridge.py" in code
    assert not code & {"tensor_utils.py", "event_publisher.py", "memory_bridge.py", "api_server.py"}
    assert "0.8" in (copy.out / "code/sensor_watch/governance_bridge.py").read_text()
    assert not any(path.startswith("code/_links/") for path in changed)
    assert copy.executed() == []


def test_changed_purpose_is_a_changed_docstring(copy: Workspace) -> None:
    copy.edit("Turn rows of readings into validated matrices.", "Turn rows into matrices, checked.")
    assert copy.doit().code == 0
    text = (copy.out / "code/sensor_watch/tensor_utils.py").read_text()
    assert text.startswith('"""Turn rows into matrices, checked.')


def test_file_that_is_asked_for_no_more_is_removed(copy: Workspace) -> None:
    copy.edit("    - L9/logs/sensor_watch/anomaly.log  # readings that were flagged\n", "")
    copy.edit(
        "    - L9/agents/sensor_watch/README.md  # what the agent does and how to start it\n", ""
    )
    copy.doit()
    assert not (copy.out / "docs/sensor_watch/README.md").exists()
    assert not (copy.out / "repo/L9/agents/sensor_watch/README.md").exists()
    assert (copy.out / "docs/sensor_watch/API_SPEC.md").exists()


def test_two_folders_time_zones_and_hash_seeds_give_the_same_bytes(
    built: Workspace, tmp_path: Path
) -> None:
    text = (ROOT / "input_schemas" / SOURCE).read_text()
    other = Workspace.create(
        tmp_path / "somewhere else" / "deep",
        sources={SOURCE: text},
        mypy_cache=built.root.parent / "mypy",
    )
    ran = other.doit(TZ="Asia/Tokyo", PYTHONHASHSEED="12345", SOURCE_DATE_EPOCH="1860000000")
    assert ran.code == 0, ran.out
    assert other.products() == built.products()
    lock = f"input_schemas/{COLLECTION}.lock"
    assert (other.root / lock).read_bytes() == (built.root / lock).read_bytes()


def test_no_product_holds_a_machine_path(built: Workspace) -> None:
    for path in built.products():
        content = (built.out / path).read_bytes()
        assert str(built.root).encode() not in content, path
        assert str(ROOT).encode() not in content, path


def test_extraction_sequence_is_yaml_with_the_agent(built: Workspace) -> None:
    document = yaml.safe_load((built.out / "extraction_sequence.yaml").read_text())
    assert [agent["agent_id"] for agent in document["agents"]] == ["sensor_watch"]


def test_any_artifact_can_be_asked_for_by_its_path(copy: Workspace) -> None:
    stage = f"extractions/{COLLECTION}/.stage/sensor_watch"
    path = f"{stage}/formatted/L9/agents/sensor_watch/api_server.py"
    (copy.root / path).unlink()
    ran = copy.doit(path)
    assert ran.code == 0, ran.out
    assert (copy.root / path).is_file()


def test_doit_answers_as_its_users_expect(copy: Workspace) -> None:
    listed = copy.doit("list").out
    assert "generate" in listed
    assert "render the files of a unit" in listed
    everything = copy.doit("list", "--all").out
    assert "generate:sensor_watch " in everything
    info = copy.doit("info", "generate:sensor_watch").out
    assert "plan.json" in info
    assert copy.doit("help").code == 0
    unknown = copy.doit("generate:nobody")
    assert unknown.code == 3
    assert "nobody" in unknown.out


def test_clean_removes_what_was_built_and_leaves_the_sources(copy: Workspace) -> None:
    sources = sorted(path.name for path in (copy.root / "input_schemas").iterdir())
    ran = copy.doit("clean")
    assert ran.code == 0, ran.out
    left = [path for path in copy.out.rglob("*") if path.is_file()]
    assert left == []
    assert sorted(path.name for path in (copy.root / "input_schemas").iterdir()) == sources
    assert copy.doit().code == 0
    assert (copy.out / "evidence_report.md").is_file()


def test_installed_repository_runs_without_the_compiler(built: Workspace) -> None:
    code = "import sys, L9.agents.sensor_watch as a; print('generators' in sys.modules, a.__doc__)"
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=built.out / "repo",
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{built.out / 'repo'}{os.pathsep}{ROOT / 'generators/runtime'}",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout.startswith("False "), ran.stderr
