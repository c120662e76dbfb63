"""`doit new agent` writes a schema that compiles without a question, whatever is answered."""

import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.engine.build import new_command
from generators.engine.build.new_command import NewCommand
from generators.engine.model.first_schema import KINDS, FirstAgent, first_schema
from generators.engine.model.load import load_model
from generators.engine.names import InvalidNameError, RepoPath
from tests.unit.engine.collection_builder import AGENT_SCHEMA, COLLECTION_SCHEMA, ROOT


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(ROOT)
    for name, folder in (("INPUTS", "in"), ("OUT", "out"), ("CACHE", "cache")):
        monkeypatch.setenv(f"CODEGEN_{name}", str(tmp_path / folder))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return tmp_path / "in"


def _new(*words: str, **options: str) -> tuple[int, str]:
    it = object.__new__(NewCommand)
    it.outstream = io.StringIO()
    it.dep_manager = SimpleNamespace(close=lambda: None)
    asked = ("name", "role", "root", "anchor", "threshold", "kind")
    status = it._execute(list(words), **{key: options.get(key, "") for key in asked})
    return status, it.outstream.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_the_new_agent_has_no_finding_and_no_question(inputs: Path, kind: str) -> None:
    status, out = _new("agent", "Pump Guard", kind=kind)
    assert status == 0
    assert out.startswith(f"wrote     {inputs}/pump_guard_v1.0.md\n")
    assert "makes     L9/agents/pump_guard/tensor_utils.py  Turn rows of numbers" in out
    assert "open " not in out
    assert not re.search(r"\b(SR|MD|PL)\d{3}\b", out)


def test_flags_are_in_the_schema_and_in_its_rules(inputs: Path) -> None:
    _, out = _new("agent", "PumpGuard", threshold="0.75", root="L9/pumps", anchor="Ada")
    assert "anomaly_score > 0.75" in out
    text = (inputs / "pump_guard_v1.0.md").read_text()
    assert "rootpath: L9/pumps  #" in text
    assert 'anchors: ["Ada"]' in text


def test_an_editor_finds_the_json_schema_from_the_file(inputs: Path) -> None:
    _new("agent", "Probe")
    path = inputs / "probe_v1.0.md"
    (found,) = re.findall(r"# yaml-language-server: \$schema=(\S+)", path.read_text())
    target = (path.parent / found).resolve()
    assert json.loads(target.read_text()) == AGENT_SCHEMA


def test_a_collection_of_this_name_is_not_overwritten(inputs: Path) -> None:
    (inputs / "probe.yaml").write_text("mine: true\n")
    status, out = _new("agent", "Probe")
    assert status == 1
    assert "there is a collection probe already" in out
    assert [path.name for path in inputs.iterdir()] == ["probe.yaml"]


def test_a_folder_outside_of_the_namespace_is_written_and_what_is_wrong_is_said(
    inputs: Path,
) -> None:
    status, out = _new("agent", "Probe", root="House/probe")
    assert status == 0
    assert f"PL010  {inputs}/probe_v1.0.md:17:11  error" in out
    assert "root_namespace: House in the glue" in out


@pytest.mark.parametrize(
    ("words", "options", "message"),
    [
        (("agent",), {}, "needs a name"),
        (("agent", "class"), {}, "'class' is not a lower snake-case identifier"),
        (("agent", "x"), {"root": "../../etc"}, "leaves the repository"),
        (("agent", "x"), {"threshold": "7"}, "no number between 0 and 1"),
        (("agent", "x"), {"threshold": "high"}, "no number between 0 and 1"),
        (("agent", "x"), {"kind": "robot"}, "there are service, library"),
        (("agent", "x", "y"), {}, "usage: doit new agent"),
        (("thing", "x"), {}, "usage: doit new agent"),
        ((), {}, "usage: doit new agent"),
    ],
)
def test_what_cannot_be_is_said(
    inputs: Path, words: tuple[str, ...], options: dict[str, str], message: str
) -> None:
    status, out = _new(*words, **options)
    assert status == 3
    assert message in out
    assert list(inputs.iterdir()) == []


def test_at_a_terminal_what_no_flag_gives_is_asked(
    inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = []
    answers = iter(["Probe", "Looks at pumps.", "", "Ada", "", "library"])

    def answer(prompt: str) -> str:
        prompts.append(prompt)
        return next(answers)

    monkeypatch.setattr(new_command.sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", answer)
    assert _new("agent")[0] == 0
    assert prompts[0] == "What is it called? "
    assert "[L9/agents/probe] " in prompts[2]
    text = (inputs / "probe_v1.0.md").read_text()
    assert 'role: "Looks at pumps."' in text


@settings(max_examples=150, deadline=None)
@given(name=st.text(max_size=20), role=st.text(), anchor=st.text(), kind=st.sampled_from(KINDS))
def test_answers_are_data_and_never_structure(name: str, role: str, anchor: str, kind: str) -> None:
    agent = FirstAgent(
        name=f"Probe {name}",
        role=f"x {role}",
        rootpath=RepoPath("L9/agents/probe"),
        anchor=f"y {anchor}",
        threshold=0.5,
        kind=kind,
    )
    try:
        text = first_schema(agent, "schema.json")
    except InvalidNameError:
        return
    model = load_model(
        "probe",
        {"probe.md": text.encode()},
        agent_schema=AGENT_SCHEMA,
        collection_schema=COLLECTION_SCHEMA,
        answers={},
    )
    (loaded,) = model.agents.values()
    assert not [f for f in model.findings if f.severity == "error"]
    assert loaded.agent.role == " ".join(
        "".join(c if c.isprintable() else " " for c in agent.role).split()
    )
    assert len(loaded.agent.instructions.generate_files) == (9 if kind == "service" else 2)
