"""Edit any agent of a collection: it and what stands on it are made again, or fewer."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.small_agents import COLLECTION, DEPENDS_ON, dependents, many_files, one_file
from tests.e2e.workspace import Workspace

MAKING = ("generate", "format", "lint", "gate", "typecheck", "test", "install", "manifest")
LAYOUTS = {"one_file": one_file, "many_files": many_files}


@pytest.fixture(scope="module", params=LAYOUTS)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    layout: Callable[[], dict[str, str]] = LAYOUTS[request.param]
    base = tmp_path_factory.mktemp(request.param)
    workspace = Workspace.create(base / "w", sources=layout(), mypy_cache=base / "mypy")
    ran = workspace.doit()
    assert ran.code == 0, ran.out
    assert workspace.executed() == []
    return workspace


def agents_made(tasks: list[str]) -> set[str]:
    """Return the agents for which something was made."""
    pairs = (task.split(":", 1) for task in tasks if ":" in task)
    return {name for stage, name in pairs if stage in MAKING and name in DEPENDS_ON}


def edit(workspace: Workspace, old: str, new: str) -> None:
    """Replace a text in the one source file that holds it."""
    folder = workspace.root / "input_schemas"
    (path,) = [p for p in folder.rglob("*") if p.is_file() and old in _text(p)]
    path.write_text(path.read_text().replace(old, new))


def _text(path: Path) -> str:
    return path.read_text() if path.suffix in {".md", ".yaml"} else ""


@pytest.mark.parametrize("agent", DEPENDS_ON)
def test_an_edit_makes_the_agent_and_at_most_what_stands_on_it(
    built: Workspace, tmp_path: Path, agent: str
) -> None:
    copy = built.copy_to(tmp_path / "copy")
    edit(copy, f"Turn the rows of {agent} into", f"Change the rows of {agent} into")
    made = agents_made(copy.executed())
    assert agent in made
    assert made <= {agent} | dependents(agent)
    module = copy.root / f"extractions/{COLLECTION}/code/{agent}/tensor_utils.py"
    assert f"Change the rows of {agent} into matrices." in module.read_text()
    assert copy.executed() == []


def test_a_comment_makes_no_agent(built: Workspace, tmp_path: Path) -> None:
    copy = built.copy_to(tmp_path / "copy")
    edit(copy, "agent_id: middle\n", "agent_id: middle  # in the middle\n")
    assert agents_made(copy.executed()) == set()


def test_an_interface_that_changes_reaches_those_who_stand_on_it(
    built: Workspace, tmp_path: Path
) -> None:
    copy = built.copy_to(tmp_path / "copy")
    edit(copy, "rootpath: L9/town/middle\n", "rootpath: L9/town/centre\n")
    made = agents_made(copy.executed())
    assert {"middle", "top"} <= made
    assert made <= {"middle", "top"}
