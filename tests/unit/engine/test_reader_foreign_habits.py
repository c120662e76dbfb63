"""Files as people write them elsewhere: what has one reading is read, what is foreign is named."""

import pytest

from generators.engine.model.load import LoadedModel, load_model
from generators.engine.model.repairs import propose_repairs
from tests.unit.engine.collection_builder import AGENT_SCHEMA, COLLECTION_SCHEMA

HEAD = "system: S\nmodule: m\nname: One\nrole: r\nrootpath: L9/agents/one\n"
TOOLS = {
    "openapi: 3.1.0\ninfo: {title: Pets, version: 1.0.0}\npaths: {}\n": "an OpenAPI description",
    'version: "3.8"\nservices:\n  web: {image: nginx}\nvolumes: {}\n': "a Compose file",
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n": "a Kubernetes manifest",
    "provider: x.Team\nversion: 1\nconfig: {participants: []}\n": "an AutoGen component",
    "dependencies: [.]\ngraphs: {agent: ./a.py:graph}\n": "a LangGraph configuration",
    "researcher: {role: R, goal: G, backstory: B}\n": "a CrewAI file",
    "task: {description: D, expected_output: E}\n": "a CrewAI file",
    "on: push\njobs: {}\n": "a CI workflow",
}


def load(text: str, name: str = "x.yaml") -> LoadedModel:
    return load_model(
        "x",
        {name: text.encode()},
        agent_schema=AGENT_SCHEMA,
        collection_schema=COLLECTION_SCHEMA,
        answers={},
    )


def derived(model: LoadedModel) -> dict[str, str]:
    return {d.pointer: d.how for d in model.agents["one"].derived}


@pytest.mark.parametrize(("text", "kind"), TOOLS.items())
def test_files_of_other_tools_are_named(text: str, kind: str) -> None:
    (note,) = (f for f in load(text).findings if f.code == "SR032")
    assert f"this is {kind} " in note.message
    assert [f.code for f in load(text).findings if f.severity == "error"] == ["MD011"]


def test_an_agent_with_services_is_not_taken_for_another_tools_file() -> None:
    model = load(HEAD + "kind: agent\nservices: {a: {port: 1}}\n")
    assert list(model.agents) == ["one"]


def test_a_readme_is_no_schema_and_no_yaml() -> None:
    model = load("# Project\n\nInstall:\n\n```sh\nmake\n```\n", "readme.md")
    assert [f.code for f in model.findings] == ["MD011"]


def test_keys_may_have_blanks() -> None:
    model = load(HEAD.replace("rootpath", "Root Path") + "Governance: {Human Override: no}\n")
    assert model.findings == ()
    assert model.agents["one"].agent.governance.human_override is False


def test_curly_quotes_around_a_value_are_quotes() -> None:
    model = load(HEAD.replace("L9/agents/one", "\u201cL9/agents/one\u201d"))
    assert model.agents["one"].agent.rootpath == "L9/agents/one"
    assert derived(model)["/rootpath"] == "curly quotes, taken for quotes"


@pytest.mark.parametrize(
    "role", ["\u201cone\u201d and \u201ctwo\u201d", "\u201c", "'\u201cquoted\u201d'"]
)
def test_curly_quotes_that_are_text_stay(role: str) -> None:
    model = load(HEAD.replace("role: r", f"role: {role}"))
    assert model.agents["one"].agent.role == role.strip("'")


def test_a_list_of_maps_is_one_map_where_a_map_is_meant() -> None:
    model = load(HEAD + "governance:\n- anchors: [Igor]\n- mode: Supervised\n")
    assert model.agents["one"].agent.governance.anchors == ("Igor",)
    assert derived(model)["/governance"] == "a list, taken for one map"


@pytest.mark.parametrize("section", ["- mode: a\n- mode: b\n", "- mode: a\n- text\n", "  []\n"])
def test_a_list_that_is_no_map_is_refused(section: str) -> None:
    model = load(f"{HEAD}governance:\n{section}")
    assert [f.code for f in model.findings] == ["MD001"]


def test_another_spelling_of_a_listed_value_is_that_value() -> None:
    model = load(
        HEAD
        + "governance: {mode: Hybrid}\n"
        + "collaborationnetwork: {autonomyscope: {externalactions: Gated-by governance (all)}}\n"
    )
    agent = model.agents["one"].agent
    assert agent.governance.mode == "hybrid"
    assert agent.autonomy.external_actions == "gated_by_governance"
    assert derived(model)["/governance/mode"] == "the usual spelling, read from 'Hybrid'"


def test_a_value_that_is_none_of_those_listed_stays() -> None:
    model = load(HEAD + "governance: {mode: hybrids}\n")
    assert model.agents["one"].agent.governance.mode == "hybrids"


def test_files_may_be_listed_with_their_purposes() -> None:
    files = ("{name: a.py, purpose: Begins.}", "b.py: Goes on.", "{path: c.py}", "d.py  # Ends.")
    listed = "".join(f"  - {file}\n" for file in files)
    model = load(f"{HEAD}cursorinstructions:\n  generatefiles:\n{listed}")
    found = model.agents["one"].agent.instructions.generate_files
    assert [(file.stem, file.purpose) for file in found] == [
        ("a", "Begins."), ("b", "Goes on."), ("c", ""), ("d", "Ends.")
    ]  # fmt: skip


@pytest.mark.parametrize("item", ["{name: a.py, lines: 4}", "{name: a.py, path: b.py}", "{a: b}"])
def test_a_listed_map_that_names_no_file_is_refused(item: str) -> None:
    model = load(f"{HEAD}cursorinstructions: {{generatefiles: [{item}]}}\n")
    assert [f.code for f in model.findings] == ["MD003"]


def test_endpoints_may_be_given_by_name() -> None:
    model = load(
        HEAD + "deployment:\n  endpoints:\n    quote: {path: /q, method: POST, timeout_ms: 1s}\n"
        "    health: GET /health\n"
    )
    agent = model.agents["one"].agent
    assert [(e.name, e.method, e.timeout_ms) for e in agent.endpoints] == [("quote", "POST", 1000)]
    assert [point.pointer for point in agent.open_points] == ["/deployment/endpoints/1/timeout_ms"]


def test_endpoints_by_name_that_are_none_are_refused() -> None:
    model = load(HEAD + "deployment: {endpoints: {quote: soon}}\n")
    assert [f.code for f in model.findings] == ["MD001"]


def test_the_mode_of_an_exposed_api_is_the_api_mode() -> None:
    model = load(HEAD + "deployment: {api_exposure: {mode: Private, endpoints: []}}\n")
    assert model.agents["one"].agent.data["deployment"] == {"apimode": "private", "endpoints": []}


@pytest.mark.parametrize("text", ["1e999", "9" * 5000, "\u0663"])
def test_a_number_that_is_none_is_refused_with_its_place(text: str) -> None:
    model = load(f"{HEAD}deployment: {{replicas: {text}}}\n")
    assert [(f.code, f.place.line) for f in model.findings] == [("MD001", 6)]


def test_two_slips_on_one_line_are_repaired_one_at_a_time() -> None:
    text = HEAD + "learningsystem: {autonomyprofile: {tasklimt: '5', decisionlatencymaxm: 5}}\n"
    (repair,) = propose_repairs({"x.yaml": text.encode()}, AGENT_SCHEMA)
    assert len(repair.edits) == 1
    (second,) = propose_repairs({"x.yaml": repair.repaired.encode()}, AGENT_SCHEMA)
    assert load(second.repaired).findings == ()


def test_old_line_ends_do_not_break_repairs() -> None:
    text = (HEAD + "governence: {mode: hybrid}\n").replace("\n", "\r")
    assert propose_repairs({"x.yaml": text.encode()}, AGENT_SCHEMA) == ()
