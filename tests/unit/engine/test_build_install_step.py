"""The install step: all or nothing, never over an edit, nothing shared taken from the stopped."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from generators.engine.build.failure import SaidNoError
from generators.engine.build.layout import CollectionFolder, collection_folder
from generators.engine.build.stage_files import PlanFacts, read_mapping, write_json
from generators.engine.build.steps_install import (
    floors_of,
    refuse_unit,
    run_install,
    run_prune,
    run_verdict,
)
from generators.engine.plan.unit_plan import PlannedFile, Question, UnitPlan
from generators.engine.shell.environment import BuildSettings, read_settings

MODULE = "L9/a/x.py"
LOG = "L9/logs/a/x.log"
MASTER = {"gates": {"tests": [{"id": "other"}, {"id": "coverage", "minimum": 0.95}]}}


def _file(path: str, role: str) -> PlannedFile:
    return PlannedFile(
        path=path,
        role=role,
        template="",
        pattern="p@1",
        stem="x",
        purpose="",
        pointer="A#/x",
        origin="generatefiles",
        module="",
        imports=(),
        traits=(),
    )


def _plan(name: str, *files: PlannedFile, kind: str = "agent") -> UnitPlan:
    return UnitPlan(
        unit_id=name,
        kind=kind,
        label=name,
        rootpath="L9/a" if kind == "agent" else "",
        sequence=1,
        hard=(),
        soft=(),
        files=files,
        questions=(),
        blocked_by=(),
        deferred=None,
        manifest=None,
        line_counts={},
    )


class Stage:
    """The stage folder of collection `c`, written by hand."""

    def __init__(self, tmp_path: Path) -> None:
        self.settings: BuildSettings = read_settings({"CODEGEN_OUT": str(tmp_path / "out")})
        self.folder: CollectionFolder = collection_folder(self.settings, "c")
        self._units: dict[str, UnitPlan] = {}
        write_json(self.folder.staged("meta/meta.codegen.schema.json"), MASTER)

    def unit(self, plan: UnitPlan, contents: dict[str, str], **passed: bool) -> None:
        """Write a unit whose checks have these results (passed unless said otherwise)."""
        self._units[plan.unit_id] = plan
        unit = self.folder.unit(plan.unit_id)
        write_json(unit.plan, plan)
        for path, text in contents.items():
            target = Path(unit.formatted) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        write_json(unit.formatted_index, {"files": {}, "lines": {}, "broken": {}})
        for check in ("lint", "gate", "typecheck", "test"):
            write_json(unit.record(check), {"passed": passed.get(check, True)})
        facts = PlanFacts(
            collection="c", title="C", version="1", units=tuple(self._units), groups=(), digest="d"
        )
        write_json(self.folder.staged("plan.json"), facts)
        stopped = [name for name, unit in self._units.items() if not unit.buildable]
        write_json(self.folder.staged("stopped.json"), {"units": stopped})

    def install(self, name: str) -> dict[str, object]:
        """Install a unit and return its verdict."""
        run_install(self.settings, "c", name)
        return read_mapping(self.folder.unit(name).verdict)

    def path(self, place: str) -> Path:
        """Return a place in the output tree."""
        return Path(self.folder.member(place))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.unit(_plan("a", _file(MODULE, "module"), _file(LOG, "log")), {MODULE: "x = 1\n", LOG: ""})
    return made


def test_unit_that_passed_is_installed_in_both_places(stage: Stage) -> None:
    assert stage.install("a")["passed"] is True
    assert stage.path("code/a/x.py").read_text() == "x = 1\n"
    assert stage.path("repo/L9/a/x.py").read_text() == "x = 1\n"
    assert stage.path("logs/a/x.log").read_text() == ""
    installed = read_mapping(stage.folder.unit("a").installed)
    digest = hashlib.sha256(b"x = 1\n").hexdigest()
    assert installed["files"] == {"code/a/x.py": digest, "repo/L9/a/x.py": digest}
    changes = installed["changes"]
    assert isinstance(changes, list)
    assert [(c["path"], c["before"], c["added"]) for c in changes] == [
        ("code/a/x.py", None, 1),
        ("logs/a/x.log", None, 0),
    ]


def test_unit_that_did_not_pass_leaves_the_last_good_output(stage: Stage) -> None:
    stage.install("a")
    stage.unit(
        _plan("a", _file(MODULE, "module"), _file(LOG, "log")), {MODULE: "x = 2\n"}, gate=False
    )
    verdict = stage.install("a")
    assert verdict["passed"] is False
    assert stage.path("code/a/x.py").read_text() == "x = 1\n"
    with pytest.raises(SaidNoError, match="a did not pass\n  gate: "):
        run_verdict(stage.settings, "c", "a")


def test_changed_unit_is_updated_and_its_change_is_noted(stage: Stage) -> None:
    stage.install("a")
    stage.unit(_plan("a", _file(MODULE, "module"), _file(LOG, "log")), {MODULE: "x = 2\n"})
    stage.install("a")
    assert stage.path("repo/L9/a/x.py").read_text() == "x = 2\n"
    changes = read_mapping(stage.folder.unit("a").installed)["changes"]
    assert isinstance(changes, list)
    assert [(c["path"], c["added"], c["removed"]) for c in changes] == [("code/a/x.py", 1, 1)]
    stage.install("a")
    assert read_mapping(stage.folder.unit("a").installed)["changes"] == changes
    assert run_verdict(stage.settings, "c", "a") == {}


def test_edited_file_is_drift_and_nothing_at_all_is_written(stage: Stage) -> None:
    stage.install("a")
    stage.path("code/a/x.py").write_text("by hand\n")
    stage.unit(_plan("a", _file(MODULE, "module"), _file(LOG, "log")), {MODULE: "x = 2\n"})
    verdict = stage.install("a")
    assert verdict["passed"] is False
    reasons = verdict["reasons"]
    assert isinstance(reasons, list)
    assert len(reasons) == 1
    assert "code/a/x.py was edited by hand" in reasons[0]
    assert stage.path("repo/L9/a/x.py").read_text() == "x = 1\n"
    assert stage.path("code/a/x.py").read_text() == "by hand\n"


def test_file_that_is_asked_for_no_more_goes_with_its_folder(stage: Stage) -> None:
    stage.install("a")
    stage.unit(_plan("a", _file(LOG, "log")), {LOG: ""})
    stage.install("a")
    assert not stage.path("code").exists()
    assert stage.path("logs/a/x.log").exists()


def test_folder_that_became_a_link_stops_the_installation(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    stage.path("code").parent.mkdir(parents=True, exist_ok=True)
    stage.path("code").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        stage.install("a")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_links_that_a_stopped_agent_uses_stay(stage: Stage) -> None:
    one, two = "L9/core/one.py", "L9/core/two.py"
    links = _plan("c.links", _file(one, "facade"), _file(two, "facade"), kind="links")
    stage.unit(links, {one: "1\n", two: "2\n"})
    stage.install("a")
    stage.install("c.links")
    stage.unit(replace(_plan("a", _file(MODULE, "module")), blocked_by=("why",)), {})
    stage.unit(_plan("c.links", _file(one, "facade"), kind="links"), {one: "1\n"})
    stage.install("c.links")
    assert stage.path("repo/L9/core/two.py").exists()
    stage.unit(_plan("a", _file(MODULE, "module")), {MODULE: "x = 1\n"})
    stage.install("c.links")
    assert not stage.path("repo/L9/core/two.py").exists()


def test_prune_removes_units_that_are_gone_but_no_edit_and_nothing_that_is_needed(
    stage: Stage,
) -> None:
    stage.unit(
        _plan("c.links", _file("L9/core/one.py", "facade"), kind="links"), {"L9/core/one.py": "1\n"}
    )
    stage.install("a")
    stage.install("c.links")
    stage.path("code/a/x.py").write_text("by hand\n")
    other = Stage(Path(stage.settings.out).parent)
    other.unit(replace(_plan("b"), deferred="later"), {})
    figures = run_prune(other.settings, "c", "c")
    assert figures["removed"] == 3
    assert "kept " in str(figures["notes"])
    assert stage.path("code/a/x.py").read_text() == "by hand\n"
    assert not stage.path("repo/L9/a/x.py").exists()
    assert not stage.path("repo/L9/core/one.py").exists()
    assert not Path(stage.folder.unit("a").root).exists()
    assert run_prune(other.settings, "c", "c") == {"removed": 0, "notes": ""}


def test_prune_keeps_shared_files_for_an_agent_that_is_stopped(stage: Stage) -> None:
    stage.unit(
        _plan("c.links", _file("L9/core/one.py", "facade"), kind="links"), {"L9/core/one.py": "1\n"}
    )
    stage.install("a")
    stage.install("c.links")
    other = Stage(Path(stage.settings.out).parent)
    other.unit(replace(_plan("a", _file(MODULE, "module")), blocked_by=("why",)), {})
    assert run_prune(other.settings, "c", "c")["removed"] == 0
    assert stage.path("repo/L9/core/one.py").exists()


def test_unit_that_cannot_be_built_says_why_and_what_to_write(stage: Stage) -> None:
    question = Question(
        number=3,
        agent_id="a",
        pointer="/x",
        text="what?",
        why="because",
        choices=("write it",),
        answer_in="the schema",
    )
    stage.unit(replace(_plan("a"), questions=(question,), blocked_by=("MD001 bad",)), {})
    with pytest.raises(SaidNoError) as refusal:
        refuse_unit(stage.settings, "c", "a")
    text = str(refusal.value)
    assert text.startswith("a is not built\n  MD001 bad\n  Q3  /x: what?\n      write it\n")
    assert text.endswith("questions.md")


def test_floor_of_coverage_comes_from_the_master_template() -> None:
    assert floors_of(MASTER).coverage == pytest.approx(0.95)
    for broken in ({}, {"gates": []}, {"gates": {"tests": [{"id": "other"}, 1]}}):
        with pytest.raises(KeyError):
            floors_of(broken)
