"""One complete build of each shipped collection a session; tests work on copies of it."""

from pathlib import Path

import pytest

from tests.e2e.workspace import ROOT, SOURCE, Workspace

REFERENCE = ROOT.parent / "shared/reference"
collect_ignore = [] if REFERENCE.is_dir() else ["test_reference_build.py"]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    base = tmp_path_factory.mktemp("e2e")
    text = (ROOT / "input_schemas" / SOURCE).read_text()
    workspace = Workspace.create(base / "built", sources={SOURCE: text}, mypy_cache=base / "mypy")
    ran = workspace.doit(SOURCE_DATE_EPOCH="1760000000")
    assert ran.code == 0, ran.out
    return workspace


@pytest.fixture(scope="session")
def ecosystem(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    base = tmp_path_factory.mktemp("ecosystem")
    names = ("tensoraios_ecosystem_v6.0.md", "answers/tensoraios_ecosystem.yaml")
    sources = {name: (ROOT / "input_schemas" / name).read_text() for name in names}
    workspace = Workspace.create(base / "built", sources=sources, mypy_cache=base / "mypy")
    ran = workspace.doit()
    assert ran.code == 0, ran.out
    return workspace


@pytest.fixture
def copy(built: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the finished build, for a test to change."""
    return built.copy_to(tmp_path / "copy")
