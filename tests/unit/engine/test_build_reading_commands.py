"""`doit ingest` and `doit repair`: what they say of files, and how they end."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from generators.engine.build.compiled import compiled, source_files
from generators.engine.build.ingest_command import IngestCommand
from generators.engine.build.migrate_command import MigrateCommand
from generators.engine.build.own_command import options_first
from generators.engine.build.questions_command import QuestionsCommand
from generators.engine.build.repair_command import RepairCommand
from generators.engine.shell.environment import read_settings

ROOT = Path(__file__).resolve().parents[3]
BROKEN = (
    "system: S\nmodule: m\nname: Probe\nrole: Does: things\nrootpath: L9/probe\nowner: Me\n"
    "apis: []\ncursorinstructions:\n  generatefiles: [nothing_known.py]  # why\n"
)


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "probe.yaml"
    path.write_text(BROKEN)
    monkeypatch.chdir(ROOT)
    for name, folder in (("INPUTS", "in"), ("OUT", "out"), ("CACHE", "cache")):
        monkeypatch.setenv(f"CODEGEN_{name}", str(tmp_path / folder))
    return path


def _run(command: type, *names: str, **options: bool | str) -> tuple[int, str]:
    it = object.__new__(command)
    it.outstream = io.StringIO()
    it.dep_manager = SimpleNamespace(close=lambda: None)
    return it._execute(list(names), **options), it.outstream.getvalue()


def _ingest(*names: str, form: str = "text", **options: bool) -> tuple[int, str]:
    return _run(
        IngestCommand, *names, form=form, **{"report": False, "strict_keys": False, **options}
    )


def test_repair_shows_a_diff_and_changes_nothing_without_write(broken: Path) -> None:
    status, out = _run(RepairCommand, write=False, into="")
    assert status == 1
    assert '-role: Does: things\n+role: "Does: things"\n' in out
    assert "proposed" in out
    assert broken.read_text() == BROKEN


def test_repair_writes_and_then_has_nothing_to_do(broken: Path) -> None:
    assert _run(RepairCommand, str(broken), write=True, into="")[0] == 0
    assert broken.read_text() == BROKEN.replace("Does: things", '"Does: things"')
    assert _run(RepairCommand, write=False, into="") == (0, "nothing to repair\n")


def test_repair_copies_into_another_folder(broken: Path, tmp_path: Path) -> None:
    assert _run(RepairCommand, str(broken.parent), write=False, into=str(tmp_path / "new"))[0] == 0
    assert '"Does: things"' in (tmp_path / "new" / "probe.yaml").read_text()
    assert broken.read_text() == BROKEN


def test_what_names_nothing_is_refused(broken: Path) -> None:
    assert broken.exists()
    for status, out in (_run(RepairCommand, "nobody", write=False, into=""), _ingest("nobody")):
        assert (status, out) == (3, "nobody is no file and no collection; there are probe\n")


def test_ingest_shows_findings_with_line_caret_and_repair(broken: Path) -> None:
    status, out = _ingest()
    assert status == 1
    assert f"SR012  {broken}:4:11  error" in out
    assert "     4 | role: Does: things\n       |           ^" in out
    assert "SR037" in out


def test_the_report_tells_dialect_derived_unused_and_questions(broken: Path) -> None:
    broken.write_text(BROKEN.replace("Does: things", "Does things"))
    status, out = _ingest(report=True)
    assert status == 0
    assert "dialect short, 1 documents, 1 modules, 1 purposes" in out
    assert "derived      /agent_id = probe" in out
    assert "not used     /owner  (bookkeeping" in out
    assert f"{broken}:9:19: no pattern answers nothing_known.py" in out


def test_unknown_keys_are_errors_if_wanted(broken: Path) -> None:
    broken.write_text(BROKEN.replace("Does: things", "Does things"))
    assert _ingest(strict_keys=True)[0] == 1
    assert "SR037" in _ingest(strict_keys=True)[1].split("error")[0]


def test_json_and_sarif_hold_the_same_places(broken: Path) -> None:
    (found,) = json.loads(_ingest(form="json", report=True)[1])["collections"]
    assert found["findings"][0]["line"] == 4
    assert found["files"][0]["agents"][0]["agent"] == "probe"
    sarif = json.loads(_ingest(form="sarif")[1])
    results = sarif["runs"][0]["results"]
    assert [(r["ruleId"], r["level"]) for r in results] == [("SR012", "error"), ("SR037", "note")]
    physical = results[0]["locations"][0]["physicalLocation"]
    assert physical["region"] == {"startLine": 4, "startColumn": 11}
    assert physical["artifactLocation"] == {"uri": f"file://{broken}"}


def test_sarif_explains_its_rules_and_carries_the_repairs(broken: Path) -> None:
    (run,) = json.loads(_ingest(form="sarif")[1])["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["SR012"]["shortDescription"]["text"] == "A colon in a plain value"
    assert rules["SR012"]["defaultConfiguration"] == {"level": "error"}
    fixed, note = run["results"]
    (change,) = fixed["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    line = BROKEN.split("\n")[3]
    region = {"startLine": 4, "startColumn": 1, "endColumn": len(line) + 1}
    assert replacement == {
        "deletedRegion": region,
        "insertedContent": {"text": 'role: "Does: things"'},
    }
    assert "fixes" not in note
    assert note["locations"][0]["logicalLocations"][0]["name"] == "probe"


def test_several_collections_make_one_document(broken: Path) -> None:
    (broken.parent / "second.yaml").write_text(BROKEN.replace("probe", "second"))
    for form in ("json", "sarif"):
        json.loads(_ingest(form=form)[1])
    assert len(json.loads(_ingest(form="sarif")[1])["runs"][0]["results"]) == 4


@pytest.mark.parametrize(
    ("given", "ordered"),
    [
        (["a.yaml", "--report"], ["--report", "--", "a.yaml"]),
        (["a", "--format", "sarif", "b"], ["--format", "sarif", "--", "a", "b"]),
        (["a", "--format=sarif"], ["--format", "sarif", "--", "a"]),
        (["--", "--report"], ["--", "--report"]),
        (["a", "--nonsense"], ["--nonsense", "a"]),
        (["a", "-n", "3", "-v"], ["-n", "3", "-v", "--", "a"]),
    ],
)
def test_options_may_follow_names(given: list[str], ordered: list[str]) -> None:
    assert options_first(given, short="n:v", long=["report", "format="]) == ordered


def test_questions_show_line_effect_and_what_to_paste(broken: Path) -> None:
    policy = "governance:\n  escalationpolicy: drift > threshold\n"
    broken.write_text(BROKEN.replace("Does: things", "Does things") + policy)
    status, out = _run(QuestionsCommand)
    assert status == 1
    assert f"{broken}:11:21  /governance/escalationpolicy" in out
    assert "    11 |   escalationpolicy: drift > threshold\n" in out
    assert "becomes a rule, with a test on either side of it" in out
    assert "    /governance/thresholds/drift: {value: <number>, unit: ratio}" in out
    assert "nothing_known.py" in out


def test_answered_questions_are_gone(broken: Path) -> None:
    broken.write_text("system: S\nmodule: m\nname: P\nrole: r\nrootpath: L9/probe\n")
    assert _run(QuestionsCommand) == (0, "probe: nothing is open\n")
    assert _run(QuestionsCommand, "nobody")[0] == 3


def test_a_file_that_another_refers_to_is_a_member_of_its_collection(broken: Path) -> None:
    agent = "system: S\nmodule: m\nname: Probe\nrole: r\nrootpath: L9/probe\n"
    broken.write_text(agent)
    other = agent.replace("Probe", "Other").replace("probe", "other")
    index = broken.parent / "fleet.md"
    index.write_text(f"# A\n```yaml\n{other}```\n## B\n\n[Use the Probe.yaml you have]\n")
    settings = read_settings({"CODEGEN_INPUTS": str(broken.parent)})
    assert source_files(settings) == {"fleet": (str(index), str(broken))}
    agents = compiled(settings, "fleet").model.agents
    assert list(agents) == ["other", "probe"]


def test_migrate_shows_what_would_change_and_writes_if_wanted(broken: Path) -> None:
    text = "system: S\nmodule: m\nname: P\nrole: r\nroot_path: L9/p\n"
    broken.write_text(text)
    status, out = _run(MigrateCommand, to="6.0", write=False)
    assert status == 1
    assert "-root_path: L9/p\n+rootpath: L9/p\n" in out
    assert f"proposed  {broken}:5  root_path is rootpath" in out
    assert broken.read_text() == text
    assert _run(MigrateCommand, to="6.0", write=True)[0] == 0
    assert broken.read_text() == text.replace("root_path", "rootpath")
    assert _run(MigrateCommand, to="6.0", write=False) == (
        0,
        "probe: is as version 6.0 writes it\n",
    )


def test_migrate_refuses_files_with_mistakes_and_unknown_names(broken: Path) -> None:
    status, out = _run(MigrateCommand, to="6.0", write=True)
    assert status == 1
    assert "SR012" in out
    assert "mend this first" in out
    assert broken.read_text() == BROKEN
    assert _run(MigrateCommand, "nobody", to="6.0", write=True)[0] == 3
