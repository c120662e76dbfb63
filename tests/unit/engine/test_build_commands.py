"""The commands around the build: what they say, and how they end."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from generators.engine.build import scenario, serve_agent, serve_system
from generators.engine.build.gating import flags_in_effect
from generators.engine.build.plan_command import PlanCommand, describe_plan
from generators.engine.build.preview_plan import UnitChange, compare_unit, render_change
from generators.engine.build.serve_agent import BuiltAgent, agent_environment, server_target
from generators.engine.build.signing_key import load_signer
from generators.engine.build.stage_files import MissingStageError, read_mapping, write_json
from generators.engine.build.verify_command import VerifyCommand, describe
from generators.engine.evidence.folder import json_document
from generators.engine.evidence.signing import new_private_key
from generators.engine.evidence.verify import VerifyResult
from generators.engine.findings import Finding, Place
from generators.engine.meta.resolve import GLUE
from generators.engine.plan.unit_plan import PlannedFile, UnitPlan
from generators.engine.shell.environment import BuildSettings, read_settings

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BuildSettings:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "empty.md").write_text("")
    monkeypatch.chdir(ROOT)
    for name, folder in (("INPUTS", "in"), ("OUT", "out"), ("CACHE", "cache")):
        monkeypatch.setenv(f"CODEGEN_{name}", str(tmp_path / folder))
    return read_settings(
        {
            "CODEGEN_INPUTS": str(tmp_path / "in"),
            "CODEGEN_OUT": str(tmp_path / "out"),
            "CODEGEN_CACHE": str(tmp_path / "cache"),
        }
    )


def _run(command: type, *names: str, **options: bool) -> tuple[int, str]:
    it = object.__new__(command)
    it.outstream = io.StringIO()
    it.dep_manager = SimpleNamespace(close=lambda: None)
    return it._execute(list(names), **options), it.outstream.getvalue()


def test_plan_of_an_unreadable_collection_shows_the_finding(settings: BuildSettings) -> None:
    text, differs = describe_plan(settings, "empty")
    assert differs
    assert "SR001" in text
    assert "no plan" in text
    assert _run(PlanCommand, locked=True)[0] == 1
    assert _run(PlanCommand, "empty", locked=False)[0] == 0


def test_unknown_collections_are_named_with_those_there_are(settings: BuildSettings) -> None:
    assert settings
    wanted = "no collection is called nobody; there are empty\n"
    assert _run(PlanCommand, "nobody", locked=False) == (3, wanted)
    assert _run(VerifyCommand, "nobody", require_trusted=False, rebuild=False) == (3, wanted)


def test_collection_without_evidence_is_not_verified(settings: BuildSettings) -> None:
    assert settings
    code, text = _run(VerifyCommand, require_trusted=False, rebuild=True)
    assert code == 1
    assert text == "empty: no evidence; run `doit evidence:empty`\n"


def test_valid_evidence_is_accepted_unless_trust_is_required() -> None:
    result = VerifyResult(findings=(), key_id="0123456789abcdef", pinned=None, declared=False)
    assert describe("c", result, require_trusted=False) == (
        "c: valid, signer not pinned (key 0123456789ab), without the final declaration\n",
        True,
    )
    text, accepted = describe("c", result, require_trusted=True)
    assert not accepted
    assert "not signed by a trusted key" in text


def test_trusted_signature_is_named() -> None:
    result = VerifyResult(findings=(), key_id="0123456789abcdef", pinned="ci.pem", declared=True)
    assert describe("c", result, require_trusted=True) == (
        "c: valid, signed by ci.pem (key 0123456789ab), declared\n",
        True,
    )


def test_invalid_evidence_shows_its_findings() -> None:
    finding = Finding(code="EV006", message="changed", place=Place(file="x"), repair="doit")
    result = VerifyResult(findings=(finding,), key_id="", pinned="ci.pem", declared=True)
    text, accepted = describe("c", result, require_trusted=False)
    assert not accepted
    assert text.startswith("c: not valid\nEV006  x:1:1")


def test_unit_is_compared_file_by_file() -> None:
    change = compare_unit(
        "a", {"p/x": "1", "p/y": "1", "p/z": "1"}, {"p/x": "1", "p/y": "2", "p/n": "3"}
    )
    assert change == UnitChange(unit="a", new=("p/n",), changed=("p/y",), gone=("p/z",), same=1)
    assert change.any
    assert render_change(change).split("  ")[-1].strip() == (
        "1 new: n; 1 changed: y; 1 gone: z; 1 unchanged"
    )
    assert not compare_unit("a", {"x": "1"}, {"x": "1"}).any


def test_long_list_of_files_is_cut() -> None:
    change = compare_unit("a", {}, {f"p/{n}": "1" for n in range(10)})
    assert render_change(change).endswith("10 new: 0, 1, 2, 3, 4, 5, 6, 7, 2 more")


def test_flags_of_the_environment_win_over_those_of_the_template() -> None:
    template = {"feature_flags": {"L9_A": True, "L9_B": True, "L9_C": False}}
    assert flags_in_effect(template, {"L9_B": False, "L9_X": True}) == {
        "L9_A": True,
        "L9_B": False,
        "L9_C": False,
    }
    assert flags_in_effect({}, {"L9_B": False}) == {}


def test_key_comes_from_a_file_a_variable_or_the_checkout(
    settings: BuildSettings, tmp_path: Path
) -> None:
    pem = new_private_key()
    (tmp_path / "key.pem").write_bytes(pem)
    named = load_signer(settings, {"L9_SIGNING_KEY_FILE": str(tmp_path / "key.pem")})
    given = load_signer(settings, {"L9_SIGNING_KEY": pem.decode()})
    assert named.public == given.public
    assert (named.origin, given.origin) == ("L9_SIGNING_KEY_FILE", "L9_SIGNING_KEY")
    own = load_signer(settings, {})
    assert own.origin == "local throw-away key"
    assert own.public != named.public
    assert load_signer(settings, {}).public == own.public


def test_agent_that_is_not_built_is_not_served(
    settings: BuildSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settings
    assert serve_agent.main(["nobody"]) == 1
    assert "run `doit verdict:nobody`" in capsys.readouterr().err


def test_served_agent_gets_the_repository_and_a_folder_of_its_own(
    settings: BuildSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []

    def note(command: list[str], environ: dict[str, str]) -> int:
        started.append((command, environ))
        return 0

    built = BuiltAgent(
        repo="out/c/repo", target="L9.a.s:create_app", config="out/c/repo/L9/c_config.yaml"
    )
    monkeypatch.setattr(serve_agent, "find_agent", lambda *_: built)
    monkeypatch.setattr(serve_agent, "replace_process", note)
    monkeypatch.setenv("L9_WEATHER_BOT__LOGGING__FOLDER", "/elsewhere")
    assert serve_agent.main(["weather_bot", "--port", "0"]) == 0
    command, environ = started[0]
    assert command[1:] == ["-m", "agent_runtime.serve", "L9.a.s:create_app", "--port", "0"]
    assert environ["PYTHONPATH"].startswith(f"{ROOT}/out/c/repo:")
    assert environ["L9_WEATHER_BOT__DATA__FOLDER"] == f"{settings.cache}/run/weather_bot"
    assert environ["L9_WEATHER_BOT__LOGGING__FOLDER"] == "/elsewhere"
    assert environ["L9_CONFIG_FILE"] == f"{ROOT}/out/c/repo/L9/c_config.yaml"


def test_a_collection_that_is_not_built_is_not_served(
    settings: BuildSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settings
    for command in (serve_system, scenario):
        assert command.main(["nothing"]) == 1
        assert "no agent of nothing is built; run `doit" in capsys.readouterr().err


def planned(agent: str, pattern: str) -> PlannedFile:
    """Return a planned module of the agent, named after its pattern."""
    return PlannedFile(
        path=f"acme/{agent}/{pattern}.py",
        role="module",
        template="module.py.j2",
        pattern=f"{pattern}@1.0",
        stem=pattern,
        purpose="",
        pointer="",
        origin="generatefiles",
        module=f"acme.{agent}.{pattern}",
        imports=(),
        traits=(),
    )


@pytest.mark.parametrize(
    ("patterns", "target"),
    [
        (["controller", "config_manager", "api_server"], "acme.it.api_server:create_app"),
        (["api_server"], "acme.it.api_server:create_app"),
        (["controller", "config_manager"], "acme.it.controller:create_app"),
        (["controller"], None),
        (["config_manager"], None),
    ],
)
def test_an_agent_is_served_by_its_api_server_or_else_by_its_controller(
    patterns: list[str], target: str | None
) -> None:
    plan = UnitPlan(
        unit_id="it",
        kind="agent",
        label="it",
        rootpath="acme/it",
        sequence=1,
        hard=(),
        soft=(),
        files=tuple(planned("it", pattern) for pattern in patterns),
        questions=(),
        blocked_by=(),
        deferred=None,
        manifest=None,
        line_counts={},
    )
    assert server_target(plan) == target


def test_a_served_system_is_what_passed_in_start_up_order(
    settings: BuildSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"observer": ("scorer", "main"), "main": ("scorer",)}
    wanted |= {"scorer": (), "broken": (), "later": ()}
    for sequence, (name, soft) in enumerate(wanted.items(), start=1):
        folder = Path(settings.out) / "c/.stage" / name
        folder.mkdir(parents=True)
        write_json(str(folder / "verdict.json"), {"passed": name not in ("broken", "later")})
        plan = UnitPlan(
            unit_id=name,
            kind="agent",
            label=name,
            rootpath=f"acme/{name}",
            sequence=sequence,
            hard=(),
            soft=soft,
            files=(planned(name, "api_server"),),
            questions=(),
            blocked_by=(),
            deferred="later" if name == "later" else None,
            manifest=None,
            line_counts={},
        )
        (folder / "plan.json").write_bytes(json_document(plan))
    glue = Path(settings.out) / "c/.stage/meta" / f"{GLUE}.json"
    glue.parent.mkdir(parents=True)
    write_json(str(glue), {"root_namespace": "acme"})
    started: list[tuple[list[str], dict[str, str]]] = []
    for each in (serve_system, scenario):
        monkeypatch.setattr(
            each, "replace_process", lambda *command: len(started.append(command) or "")
        )
    assert serve_system.main(["c", "--free-ports"]) == 0
    command, environ = started[0]
    assert command[1:6] == [
        "-m",
        "agent_runtime.serve_system",
        "scorer=acme.scorer.api_server:create_app",
        "main=acme.main.api_server:create_app",
        "observer=acme.observer.api_server:create_app",
    ]
    assert command[6:] == [
        *("--config", f"{settings.out}/c/repo/acme/c_config.yaml"),
        *("--folder", f"{settings.cache}/run/c", "--free-ports"),
    ]
    assert environ["PYTHONPATH"].startswith(f"{settings.out}/c/repo:")
    assert scenario.main(["c", "--seeds", "6"]) == 0
    led, environ = started[1]
    assert led[1:6] == ["-m", "agent_runtime.scenario", *command[3:6]]
    assert led[6:] == [
        *("--absent=broken=not built, or not passed", "--absent=later=deferred, later"),
        *("--config", f"{settings.out}/c/repo/acme/c_config.yaml"),
        *("--folder", f"{settings.cache}/scenario/c", "--seeds", "6"),
    ]
    assert environ["PYTHONPATH"].startswith(f"{settings.out}/c/repo:")


def test_agent_writes_only_below_its_folder() -> None:
    assert agent_environment("a_b", "/x") == {
        "L9_A_B__DATA__FOLDER": "/x",
        "L9_A_B__LOGGING__FOLDER": "/x/logs",
    }


def test_unit_without_a_server_serves_nothing() -> None:
    plan = SimpleNamespace(files=(SimpleNamespace(pattern="tensor_utils@1.0", module="L9.a.t"),))
    assert server_target(plan) is None


def test_missing_stage_file_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(MissingStageError, match=r"plan.json is missing; run `doit "):
        read_mapping(str(tmp_path / "plan.json"))
    write_json(str(tmp_path / "plan.json"), [1])
    with pytest.raises(MissingStageError, match="holds no mapping"):
        read_mapping(str(tmp_path / "plan.json"))
