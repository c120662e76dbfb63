"""Contradictions between files are reported at their place; the schemas win."""

import pytest

from generators.engine.findings import Finding
from generators.engine.model.load import LoadedModel
from tests.unit.engine.collection_builder import load, schema

MAP = """
extraction_sequence:
  order:
    1:
      agent: System base
      extract_command: |
        Output_Root: {root}
      expected_artifacts: [{modules} Python modules, {documents} documentation files]
    2: {{agent: User}}
shared_configuration:
  governance_anchors: [{{name: {anchor}}}]
dependency_graph:
  edges:
    - {edge} (because)
    - Base -> User
"""
GOOD = {
    "root": "L9/agents/base",
    "modules": "1",
    "documents": "0",
    "anchor": "Igor",
    "edge": "Base -> Other",
}


def loaded(**changes: str) -> LoadedModel:
    base = schema("base", cursorinstructions={"generatefiles": ["logger.py", "__init__.py"]})
    user = schema("user", depends_on={"hard": ["base"], "soft": []})
    return load(base, user, MAP.format(**{**GOOD, **changes}))


def only(model: LoadedModel, code: str) -> list[Finding]:
    return [finding for finding in model.findings if finding.code == code]


def contradictions(model: LoadedModel) -> list[str]:
    return [f.code for f in model.findings if f.code.startswith("MD02")]


def test_a_map_that_agrees_is_no_finding() -> None:
    assert contradictions(loaded()) == []


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (
            {"modules": "3"},
            "MD022",
            "expects 3 modules of base, its schema lists 2 (1 and __init__)",
        ),
        ({"documents": "4"}, "MD022", "expects 4 documents of base, its schema lists 0"),
        ({"root": "L9/elsewhere"}, "MD022", "puts base to L9/elsewhere"),
        ({"edge": "User -> Base"}, "MD024", "form a cycle: user -> base -> user"),
        ({"anchor": "Somebody"}, "MD028", "escalate to Igor"),
    ],
)
def test_what_a_map_says_otherwise_is_a_warning(
    change: dict[str, str], code: str, words: str
) -> None:
    model = loaded(**change)
    found = only(model, code)
    assert found
    assert any(words in finding.message for finding in found)
    assert {finding.severity for finding in found} == {"warning"}
    assert not model.blocked


def test_a_map_in_another_order_or_with_an_unknown_agent_is_a_warning() -> None:
    base = schema("base", depends_on={"hard": ["user"], "soft": []})
    model = load(
        base,
        schema("user"),
        MAP.format(**GOOD).replace("2: {agent: User}", "2: {agent: User}\n    3: {agent: Nobody}"),
    )
    messages = [finding.message for finding in only(model, "MD023")]
    assert "the map lists 'Nobody', which no schema describes" in messages
    assert "the map extracts base, user; the schemas give user, base" in messages


def test_a_link_to_a_file_in_another_spelling_stops_the_agent() -> None:
    links = {"generatefiles": ["logger.py"], "linkexisting": ["L9/agents/base/event_publisher.py"]}
    base = schema("base", cursorinstructions={"generatefiles": ["eventpublisher.py"]})
    model = load(base, schema("user", cursorinstructions=links))
    (finding,) = only(model, "MD025")
    assert finding.repair == "link L9/agents/base/eventpublisher.py"
    assert list(model.blocked) == ["user"]


def test_a_link_to_a_file_that_nobody_generates_is_a_warning() -> None:
    links = {"generatefiles": ["logger.py"], "linkexisting": ["L9/agents/base/nothing.py"]}
    model = load(schema("base"), schema("user", cursorinstructions=links))
    (finding,) = only(model, "MD025")
    assert finding.severity == "warning"
    assert not model.blocked


def test_linking_and_generating_one_name_is_noted() -> None:
    files = {"generatefiles": ["logger.py"], "linkexisting": ["L9/governance/logger.py"]}
    (finding,) = only(load(schema("base", cursorinstructions=files)), "MD026")
    assert "links L9/governance/logger.py and generates L9/agents/base/logger.py" in finding.message


def test_what_no_agent_owns_is_external_and_near_names_are_told_apart() -> None:
    model = load(
        schema("plastos", rootpath="L9/agents/adapters/plastos"),
        schema("user", integration={"connectto": ["L9/memory", "L9/agents/plastos"]}),
    )
    found = {item.value: item.how for item in model.agents["user"].derived}
    assert found["L9/memory is external"] == "no agent here owns it"
    assert found["L9/agents/plastos is external"].endswith("it is not L9/agents/adapters/plastos")
