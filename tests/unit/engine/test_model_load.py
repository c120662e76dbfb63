"""What a schema says becomes a typed model; what it cannot mean becomes a finding."""

import pytest
import yaml

from generators.engine.findings import render_findings
from generators.engine.model.load import load_model
from generators.engine.model.normal_form import parse_normal_form
from tests.unit.engine.collection_builder import (
    AGENT_SCHEMA,
    COLLECTION_SCHEMA,
    codes,
    load,
    schema,
)


def test_a_small_schema_becomes_an_agent() -> None:
    model = load(schema())
    assert codes(model) == []
    agent = model.collection.agent("probe")
    assert agent.rootpath == "L9/agents/probe"
    assert [file.path for file in agent.instructions.generate_files] == [
        "L9/agents/probe/governance_bridge.py"
    ]
    assert agent.governance.anchors == ("Igor",)
    assert agent.api_version == "v1"


def test_the_normalised_form_gives_the_same_agent_without_lines_and_comments() -> None:
    text = (
        "# a comment without data\nagent_id: probe\nsystem: S\nmodule: m\nname: P\nrole: r\n"
        "root_path: L9/p\ncursor_instructions:\n  generate_files:\n    - a.py  # what a is for\n"
    )
    commented, plain = load(text), load(text.replace("# a comment without data\n", "\n\n"))
    first, second = commented.agents["probe"], plain.agents["probe"]
    assert first.normalised == second.normalised
    assert parse_normal_form(first.normalised) == first.agent
    assert first.agent.instructions.generate_files[0].purpose == "what a is for"


def test_the_agent_id_comes_from_the_endpoints_or_the_rootpath_if_it_is_not_given() -> None:
    endpoint = {"name": "status", "path": "/tensor_x/v6/status", "method": "GET", "timeout_ms": 10}
    by_path = schema(agent_id="probe", deployment={"endpoints": [endpoint]})
    del by_path["agent_id"]
    assert [a.agent_id for a in load(by_path).collection.agents] == ["tensor_x"]
    by_root = schema(rootpath="L9/core/TensorAIOS")
    del by_root["agent_id"]
    assert [a.agent_id for a in load(by_root).collection.agents] == ["tensor_aios"]


@pytest.mark.parametrize("missing", ["system", "module", "name", "role"])
def test_a_missing_identity_field_is_named_with_its_repair(missing: str) -> None:
    model = load(schema(**{missing: None}))
    assert codes(model) == ["MD001"]
    finding = model.findings[0]
    assert missing in finding.message
    assert finding.repair.startswith(f"add {missing}: ")
    assert (finding.place.file, finding.place.line) == ("probe.md", 3)
    assert list(model.blocked) == ["probe"]
    assert not model.fatal


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rootpath": "../../etc"}, "MD003"),
        ({"rootpath": "/etc/x"}, "MD003"),
        ({"rootpath": "L9/my-agent"}, "MD007"),
        ({"rootpath": "L9/class/x"}, "MD007"),
        ({"agent_id": "Not An Id"}, "MD001"),
        ({"cursorinstructions": {"generatefiles": ["../x.py"]}}, "MD003"),
        ({"cursorinstructions": {"generatefiles": ["class.py"]}}, "MD007"),
        ({"cursorinstructions": {"generatefiles": ["notes.txt"]}}, "MD008"),
        ({"governance": {"humanoverride": "maybe"}}, "MD001"),
        ({"memorytopology": {"episodicmemory": {"retention": "a while"}}}, "MD009"),
        ({"learningsystem": {"autonomyprofile": {"tasklimit": "plenty"}}}, "MD009"),
    ],
)
def test_what_a_field_cannot_mean_is_a_finding(changes: dict[str, object], code: str) -> None:
    model = load(schema(**changes))
    assert code in codes(model)
    finding = next(f for f in model.findings if f.code == code)
    assert finding.place.line > 1
    assert finding.repair


def test_one_bad_agent_does_not_stop_the_others_but_those_built_on_it() -> None:
    model = load(
        schema("good"),
        schema("bad", role=None),
        schema("above", depends_on={"hard": ["bad"], "soft": []}),
        schema("top", depends_on={"hard": ["above"], "soft": []}),
    )
    assert not model.fatal
    assert set(model.blocked) == {"bad", "above", "top"}
    assert model.blocked["above"] == ("needs bad, which is stopped",)
    assert model.blocked["top"] == ("needs above, which is stopped",)


def test_two_agents_on_one_rootpath_stop_the_collection_and_both_are_named() -> None:
    model = load(schema("one", rootpath="L9/x"), schema("two", rootpath="L9/X"))
    assert codes(model) == ["MD014"]
    assert model.fatal
    assert "two and one (probe.md:8:" in model.findings[0].message


def test_a_cycle_is_shown_as_a_path_and_stops_the_collection() -> None:
    model = load(
        schema("a", depends_on={"hard": ["b"], "soft": []}),
        schema("b", depends_on={"hard": ["c"], "soft": []}),
        schema("c", depends_on={"hard": ["a"], "soft": []}),
    )
    assert codes(model) == ["MD015"]
    assert "a -> b -> c -> a" in model.findings[0].message
    assert model.fatal


def test_two_agents_with_one_id_are_refused() -> None:
    assert codes(load(schema("a"), schema("a", rootpath="L9/b"))) == ["MD013"]


def test_a_collection_without_agents_is_a_finding() -> None:
    assert codes(load("wirings: []\n")) == ["MD011"]


def test_dependencies_are_derived_from_exact_rootpaths_and_marked_as_derived() -> None:
    integration = {"connectto": ["L9/agents/base", "L9/agents", "L9/agents/base/inner"]}
    model = load(schema("base"), schema("user", depends_on=None, integration=integration))
    depends = model.collection.agent("user").depends_on
    assert (depends.hard, depends.derived) == (("base",), True)


def test_dependencies_are_found_under_any_name_of_the_agent() -> None:
    names = ["TENSOR_AIOS", "TensorAios", "L9/agents/tensor_aios"]
    for alias in names:
        model = load(
            schema("tensor_aios"), schema("user", depends_on={"hard": [alias], "soft": ["memory"]})
        )
        assert model.collection.agent("user").depends_on.hard == ("tensor_aios",)
        assert model.collection.agent("user").depends_on.soft == ("memory",)


def test_an_answer_stands_in_for_what_the_schema_leaves_open() -> None:
    answers = {"probe": {"/governance/thresholds/drift": {"value": 0.2, "unit": "ratio"}}}
    model = load(schema(), answers=answers)
    assert model.collection.agent("probe").governance.thresholds["drift"].value == 0.2
    assert b'"drift"' in model.agents["probe"].normalised


def test_findings_show_the_line_the_caret_and_the_repair() -> None:
    model = load(schema(rootpath="../x"))
    text = render_findings(model.findings, {"probe.md": "\n" * 7 + "rootpath: ../x\n"})
    assert "MD003  probe.md:8:11  error" in text
    assert "     8 | rootpath: ../x" in text
    assert "       |           ^" in text
    assert "repair" in text


def test_control_characters_in_findings_cannot_forge_lines() -> None:
    model = load(schema(rootpath="a\x1b[2Jb"))
    text = render_findings(model.findings, {})
    assert "\x1b" not in text


def test_an_expected_agent_that_is_missing_is_named_at_its_place_and_stops_no_other() -> None:
    text = "---\ntitle: t\nversion: 1.0.0\nagents: [probe, gone]\n---\n```yaml\n"
    markdown = text + yaml.safe_dump(schema()) + "```\n"
    model = load_model(
        "probe",
        {"probe.md": markdown.encode()},
        agent_schema=AGENT_SCHEMA,
        collection_schema=COLLECTION_SCHEMA,
        answers={},
    )
    (finding,) = model.findings
    assert (finding.code, str(finding.place)) == ("MD016", "probe.md:4:17")
    assert "gone" in finding.message
    assert not model.fatal
    assert [agent.agent_id for agent in model.collection.agents] == ["probe"]
