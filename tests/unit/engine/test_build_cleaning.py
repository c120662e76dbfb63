"""`doit clean` removes what the build made, and nothing that somebody edited."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from doit.globals import Globals

from generators.engine.build.cleaning import clean_outputs
from generators.engine.shell.environment import BuildSettings, read_settings


@dataclass
class FakeTask:
    name: str
    targets: list[str]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[BuildSettings, FakeTask]:
    out = tmp_path / "out"
    (out / "code").mkdir(parents=True)
    (out / "logs").mkdir()
    for name in ("code/ours.py", "code/edited.py", "logs/a.log", "logs/used.log"):
        (out / name).write_bytes(b"")
    outputs = {
        str(out / "code/ours.py"): hashlib.sha256(b"").hexdigest(),
        str(out / "code/edited.py"): hashlib.sha256(b"as built").hexdigest(),
    }
    (out / "logs/used.log").write_bytes(b"a line\n")
    manager = SimpleNamespace(get_values=lambda name: {"outputs": outputs})
    monkeypatch.setattr(Globals, "dep_manager", manager)
    names = ("code/ours.py", "code/edited.py", "code/gone.py", "logs/a.log", "logs/used.log")
    settings = read_settings({"CODEGEN_OUT": str(out)})
    return settings, FakeTask("install:a", [str(out / name) for name in names])


def _left(settings: BuildSettings) -> list[str]:
    root = Path(settings.out)
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def _volatile(settings: BuildSettings) -> list[str]:
    return [f"{settings.out}/logs/a.log", f"{settings.out}/logs/used.log"]


def test_only_what_is_still_ours_is_removed(
    built: tuple[BuildSettings, FakeTask], capsys: pytest.CaptureFixture[str]
) -> None:
    settings, task = built
    clean_outputs(settings, _volatile(settings), [], task, dryrun=False)
    assert _left(settings) == ["code/edited.py", "logs/used.log"]
    said = capsys.readouterr().out
    assert f"removing {settings.out}/code/ours.py" in said
    assert f"kept {settings.out}/code/edited.py, edited since" in said


def test_dry_run_removes_nothing(built: tuple[BuildSettings, FakeTask]) -> None:
    settings, task = built
    before = _left(settings)
    clean_outputs(settings, _volatile(settings), [], task, dryrun=True)
    assert _left(settings) == before


def test_force_removes_edited_files_as_well(built: tuple[BuildSettings, FakeTask]) -> None:
    settings, task = built
    clean_outputs(replace(settings, forced=True), _volatile(settings), [], task, dryrun=False)
    assert _left(settings) == []
    assert Path(settings.out).is_dir()


def test_task_that_never_ran_owns_nothing(
    built: tuple[BuildSettings, FakeTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, task = built
    monkeypatch.setattr(Globals, "dep_manager", SimpleNamespace(get_values=lambda name: {}))
    before = _left(settings)
    clean_outputs(settings, [], [], task, dryrun=False)
    assert _left(settings) == before
