"""Where files go: canonical tree, repository, stage."""

import pytest

from generators.engine.build.layout import (
    canonical_path,
    collection_folder,
    installed_paths,
    local_name,
    lock_path,
    manifest_path,
)
from generators.engine.shell.environment import read_settings

SETTINGS = read_settings({"CODEGEN_OUT": "out", "CODEGEN_INPUTS": "in"})


@pytest.mark.parametrize(
    ("path", "role", "expected"),
    [
        ("L9/core/a/x.py", "module", "code/a/x.py"),
        ("L9/core/a/deep/x.py", "module", "code/a/deep/x.py"),
        ("L9/core/a/README.md", "doc", "docs/a/README.md"),
        ("L9/tests/core/a/test_x.py", "test", "tests/a/test_x.py"),
        ("L9/logs/a/x.log", "log", "logs/a/x.log"),
        ("L9/core/a/.gitkeep", "keep", None),
    ],
)
def test_file_of_an_agent_has_one_canonical_place(
    path: str, role: str, expected: str | None
) -> None:
    assert canonical_path(path, role=role, rootpath="L9/core/a", folder="a") == expected


def test_path_that_only_begins_like_the_root_is_not_inside_it() -> None:
    place = canonical_path("L9/core/ab/x.py", role="module", rootpath="L9/core/a", folder="a")
    assert place == "code/a/x.py"


def test_shared_files_keep_their_whole_path() -> None:
    place = canonical_path("L9/core/governance.py", role="facade", rootpath="", folder="_links")
    assert place == "code/_links/L9/core/governance.py"


def test_folders_of_shared_units_cannot_be_those_of_an_agent() -> None:
    assert local_name("c.links", "links") == "_links"
    assert local_name("c.system", "system") == "_system"
    assert local_name("links", "agent") == "links"


def test_every_file_is_also_in_the_repository() -> None:
    options = {"rootpath": "L9/core/a", "unit_id": "a", "kind": "agent"}
    assert installed_paths("L9/core/a/x.py", role="module", **options) == (
        "code/a/x.py",
        "repo/L9/core/a/x.py",
    )
    assert installed_paths("L9/core/a/.gitkeep", role="keep", **options) == (
        "repo/L9/core/a/.gitkeep",
    )


def test_manifests_have_the_names_of_the_guide() -> None:
    assert manifest_path("main_agent") == "manifests/mainagent_manifest.json"
    assert manifest_path("tensor_trainer") == "manifests/tensor_trainer_manifest.json"


def test_collection_has_its_folders_and_its_lock() -> None:
    folder = collection_folder(SETTINGS, "c")
    unit = folder.unit("a")
    assert folder.member("x") == "out/c/x"
    assert folder.repo == "out/c/repo"
    assert folder.staged("plan.json") == "out/c/.stage/plan.json"
    assert unit.record("lint") == "out/c/.stage/a/records/lint.json"
    assert {unit.schema, unit.plan, unit.verdict, unit.installed} == {
        f"out/c/.stage/a/{name}.json" for name in ("schema", "plan", "verdict", "installed")
    }
    assert lock_path(SETTINGS, "c") == "in/c.lock"
