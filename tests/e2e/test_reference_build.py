"""The two files that the compiler was asked for, as one collection: repaired, answered and built.

They stand beside the repository and are no part of it; where they are not, `conftest.py` leaves
this file out.
"""

import json
from pathlib import Path

import pytest
import yaml

from tests.e2e.figures import counted, manifests, unfinished
from tests.e2e.workspace import ROOT, Workspace

REFERENCE = ROOT.parent / "shared/reference"
ANSWERS = (ROOT / "tests/fixtures/reference_answers.yaml").read_text()
FILES = ("tensoraios_ecosystem.md", "L9MainAgent_Schema_v6.yaml")
MODULES = {
    "tensoraios": 20,
    "main_agent": 36,
    "plastos_adapter": 19,
    "tensor_trainer": 19,
    "tensor_auditor": 21,
}
"""Files that the schemas of the two files list, `__init__` included."""


def create(folder: Path) -> Workspace:
    """Return a workspace with the two files, repaired as `doit repair` proposes."""
    sources = {f"reference/{name}": (REFERENCE / name).read_text() for name in FILES}
    workspace = Workspace.create(
        folder / "w",
        sources={**sources, "answers/reference.yaml": ANSWERS},
        mypy_cache=folder / "mypy",
    )
    repaired = workspace.doit("repair", "--write")
    assert repaired.code == 0, repaired.out
    return workspace


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = create(tmp_path_factory.mktemp("reference"))
    ran = workspace.doit("-n", "2", "lint", "gate")
    assert ran.code == 0, ran.out
    return workspace


def test_the_answers_are_few() -> None:
    assert len(ANSWERS.splitlines()) <= 30
    assert set(yaml.safe_load(ANSWERS)) == {"answers"}


def test_every_agent_of_both_files_is_compiled_and_passes_its_gates(compiled: Workspace) -> None:
    stage = compiled.root / "extractions/reference/.stage"
    for agent, modules in MODULES.items():
        plan = json.loads((stage / agent / "plan.json").read_text())
        made = stage / agent / "formatted"
        listed = [f["path"] for f in plan["files"] if f["origin"] == "generatefiles"]
        code = [path for path in listed if "/tests/" not in path]
        assert len(code) == modules
        assert [path for path in listed if not (made / path).is_file()] == []
        for check in ("lint", "gate"):
            record = json.loads((stage / agent / "records" / f"{check}.json").read_text())
            assert record["passed"] is True, (agent, check, record)


def test_without_the_answers_each_missing_fact_is_asked_for(
    compiled: Workspace, tmp_path: Path
) -> None:
    copy = compiled.copy_to(tmp_path / "copy")
    (copy.root / "input_schemas/answers/reference.yaml").unlink()
    asked = copy.doit("questions").out
    for fact in ("reasoningengine.domainrules", "thresholds/deal_value", "thresholds/model_drift"):
        assert fact in asked
    assert "TensorAIOS (tensoraios), not built" not in asked


@pytest.mark.system
def test_the_two_files_are_built_completely_and_declared(compiled: Workspace) -> None:
    ran = compiled.doit("-n", "2")
    assert ran.code == 0, ran.out
    assert "5 of 5 agents · 110 modules · 32 docs" in ran.out
    assert "declared" in ran.out
    assert "not declared" not in ran.out
    out = compiled.root / "extractions/reference"
    found = counted(out)
    assert (found["agents"], found["modules"], found["documents"]) == (5, 110, 32)
    assert len(manifests(out)) == 5
    assert unfinished(out) == []
