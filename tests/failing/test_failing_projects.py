"""Whole projects with one mistake each: who says it, where, how the build ends, what stays."""

import json
import re
import shutil
from pathlib import Path

import pytest

from generators.engine.build.finding_pages import FindingCode, load_codes
from tests.e2e.workspace import Ran, Workspace
from tests.failing.forked import doit
from tests.failing.project import GOOD, Expected, Project, inputs_of, projects

CODES = load_codes()
PROJECTS = projects()
COLLECTION = "probe"
_HEAD = re.compile(r"^([A-Z]{2}\d{3})  (\S+:\d+:\d+)  (error|warning|note): ", re.MULTILINE)
_AGAIN = ("run", "--always", "validate")
_BUILT = re.compile(r"^  (\w+) +generate ▸", re.MULTILINE)
_OWN = ("code/n", "docs/n", "tests/n", "repo/L9/n", "repo/L9/tests/n", "manifests/n_manifest.json")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A project that was built, with output to lose."""
    base = tmp_path_factory.mktemp("failing")
    sources = {
        name.removeprefix("input_schemas/"): content.decode()
        for name, content in inputs_of(GOOD).items()
    }
    workspace = Workspace.create(base / "good", sources=sources, mypy_cache=base / "mypy")
    ran = doit(workspace.root)
    assert ran.code == 0, ran.out
    return workspace


def _installed(workspace: Workspace) -> dict[str, bytes]:
    """Return what the last good build left of the agent `n`, by path."""
    out = workspace.root / "extractions" / COLLECTION
    files = [path for own in _OWN for path in (out / own, *(out / own).rglob("*"))]
    return {str(path.relative_to(out)): path.read_bytes() for path in files if path.is_file()}


def _become(workspace: Workspace, project: Project) -> None:
    """Put the inputs of a bad project in the place of the good ones."""
    shutil.rmtree(workspace.root / "input_schemas")
    for name, content in project.inputs().items():
        path = workspace.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _seen(workspace: Workspace, code: str) -> tuple[Expected, str]:
    """Return which task says a code, and what a build then does; and all of its words."""
    stage = _stage(workspace, code)
    ran = doit(workspace.root, *(() if stage else _AGAIN))
    return (
        Expected(
            stage=stage,
            status=ran.code,
            findings=tuple(f"{code} {place} {level}" for code, place, level in _heads(ran)),
            built=tuple(sorted(_BUILT.findall(ran.out))),
        ),
        ran.out,
    )


def _stage(workspace: Workspace, code: str) -> str | None:
    """Return the kind of task that fails with a code, None if all goes well up to the plan."""
    report = workspace.root / "report.json"
    doit(workspace.root, "run", "--reporter", "json", "-o", str(report), "validate", "sequence")
    tasks = json.loads(report.read_text())["tasks"]
    refused = [task["name"] for task in tasks if f"{code}  " in (task["error"] or "")]
    return refused[0].partition(":")[0] if refused else None


def _heads(ran: Ran) -> list[tuple[str, str, str]]:
    """Return code, place and severity of each finding that was shown, once."""
    return list(dict.fromkeys(_HEAD.findall(ran.out)))


def test_each_code_of_the_catalogue_has_a_project() -> None:
    assert [project.code for project in PROJECTS] == sorted(code.code for code in CODES)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.code)
def test_the_build_says_what_is_expected_and_keeps_the_last_good_output(
    project: Project, good: Workspace, tmp_path: Path, update_golden: bool
) -> None:
    workspace = good.copy_to(tmp_path / project.code)
    kept = _installed(workspace)
    assert "code/n/logger.py" in kept
    _become(workspace, project)
    seen, out = _seen(workspace, project.code)
    if update_golden:
        project.expect(seen)
    assert seen == project.expected, f"{out}\nrenew it with pytest --update-golden, and read it"
    assert project.code in {line.split()[0] for line in seen.findings}
    assert seen.status == int(any(line.endswith(" error") for line in seen.findings))
    assert (seen.stage is None) is (seen.status == 0)
    assert f"docs/findings/{project.code}.md" in out
    assert "n" in seen.built or _installed(workspace) == kept


@pytest.mark.parametrize(
    "code", [code for code in CODES if code.example is not None], ids=lambda code: code.code
)
def test_a_project_shows_the_example_of_the_page(code: FindingCode, update_golden: bool) -> None:
    example = (code.example or "").encode()
    (project,) = [project for project in PROJECTS if project.code == code.code]
    name = f"input_schemas/{COLLECTION}.{'md' if b'```' in example else 'yaml'}"
    if update_golden:
        path = project.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(example)
    assert project.inputs() == {name: example}
