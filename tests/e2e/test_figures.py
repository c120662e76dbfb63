"""Figures that a build states are those that are counted on disk."""

import json

from tests.e2e.figures import counted, manifests, unfinished
from tests.e2e.workspace import COLLECTION, Workspace


def test_the_summary_says_what_is_counted_on_disk(built: Workspace) -> None:
    said = json.loads((built.out / "summary.json").read_text())
    found = counted(built.out)
    assert found == {name: said[name] for name in found}
    assert found["modules"] == 8
    assert manifests(built.out) == {COLLECTION}


def test_the_manifest_of_the_extraction_says_the_same(built: Workspace) -> None:
    said = json.loads((built.out / "extraction_manifest.json").read_text())
    found = counted(built.out)
    assert said["total_agents"] == found["agents"]
    assert said["total_python_modules"] == found["modules"]
    assert said["total_documentation"] == found["documents"]
    assert said["total_tests"] == found["test_files"]


def test_nothing_that_is_generated_is_left_to_do(built: Workspace) -> None:
    assert unfinished(built.out) == []


def test_a_file_that_nobody_declared_would_be_counted(copy: Workspace) -> None:
    before = counted(copy.out)
    (copy.out / "code" / COLLECTION / "extra.py").write_text("# TODO write it\n")
    assert counted(copy.out) == {**before, "modules": before["modules"] + 1}
    assert unfinished(copy.out) == [f"code/{COLLECTION}/extra.py: # TODO write it"]
