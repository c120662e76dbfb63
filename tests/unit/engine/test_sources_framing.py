"""Agents are found however a file holds them, and what is no agent is named."""

import pytest

from generators.engine.findings import Severity
from generators.engine.sources.collection import CollectionSource, read_collection

KNOWN = frozenset(
    {
        "system",
        "module",
        "name",
        "role",
        "rootpath",
        "governance",
        "metadata",
        "deployment",
        "title",
    }
)
ONE = "system: S\nmodule: m\nname: One\nrole: r\nrootpath: L9/one\n"
TWO = ONE.replace("One", "Two").replace("L9/one", "L9/two")


def read(**files: str) -> CollectionSource:
    contents = {name.replace("__", "."): text.encode() for name, text in files.items()}
    return read_collection(contents, KNOWN)


def names(source: CollectionSource) -> list[str]:
    found = [agent.node.get("name") for agent in source.agents]
    return [getattr(node, "text", "?") for node in found]


def keys(source: CollectionSource, index: int = 0) -> list[str]:
    return [entry.key for entry in source.agents[index].node.entries]


def codes(source: CollectionSource) -> list[str]:
    of_agents = [f.code for agent in source.agents for f in agent.findings]
    return [*(f.code for f in source.findings), *of_agents]


def test_one_agent_over_many_documents_is_merged() -> None:
    text = f"---\ntitle: T\n---\n{ONE}---\n\n## GOVERNANCE\n\ngovernance:\n  mode: hybrid\n---\n"
    source = read(a__yaml=text + "metadata:\n  owner: I\n")
    assert names(source) == ["One"]
    assert keys(source)[-3:] == ["title", "governance", "metadata"]
    assert source.agents[0].documents == 4
    assert codes(source) == []


def test_a_key_in_two_documents_of_one_agent_is_a_finding_with_both_lines() -> None:
    source = read(a__yaml=f"{ONE}governance: {{mode: a}}\n---\ngovernance: {{mode: b}}\n")
    assert codes(source) == ["SR035"]
    assert source.agents[0].findings[0].place.line == 8
    assert "line 6" in source.agents[0].findings[0].message


def test_several_agents_in_one_stream_take_the_sections_behind_them() -> None:
    source = read(a__yaml=f"{ONE}---\ngovernance: {{}}\n---\n{TWO}---\nmetadata: {{}}\n")
    assert names(source) == ["One", "Two"]
    assert keys(source, 0)[-1] == "governance"
    assert keys(source, 1)[-1] == "metadata"


def test_a_section_in_front_of_several_agents_belongs_to_none() -> None:
    source = read(a__yaml=f"governance: {{}}\n---\n{ONE}---\n{TWO}")
    assert codes(source) == ["SR036"]
    assert source.findings[0].severity is Severity.ERROR


def test_one_agent_over_several_fences_and_files_is_merged() -> None:
    fenced = f"# A\n```yaml\n{ONE}```\ntext\n```yaml\ngovernance: {{}}\n```\n"
    source = read(a__md=fenced, b__yaml="metadata: {owner: I}\n")
    assert keys(source)[-2:] == ["governance", "metadata"]


def test_a_yaml_file_that_is_markdown_and_the_reverse() -> None:
    fenced = f"# A\n\n```yaml\n{ONE}```\n"
    assert names(read(a__yaml=fenced)) == ["One"]
    assert names(read(a__md=ONE)) == ["One"]


def test_front_matter_of_a_collection_is_no_agent() -> None:
    front = "---\ntitle: T\ntype: schema-collection\nversion: 1\n---\n"
    source = read(a__md=f"{front}# A\n```yaml\n---\n{ONE}```\n")
    assert names(source) == ["One"]
    assert "title" not in keys(source)
    assert source.front_matter is not None


def test_front_matter_of_a_single_agent_describes_it() -> None:
    source = read(a__md=f"---\ntitle: T\n---\n# A\n```yaml\n{ONE}```\n")
    assert keys(source)[-1] == "title"


@pytest.mark.parametrize("fence", ["```yaml", "```yml", "```", "~~~yaml", "```yaml title=x"])
def test_fences_with_and_without_language_indented_or_not(fence: str) -> None:
    mark = fence[:3]
    indented = "".join(f"   {line}\n" for line in ONE.splitlines())
    source = read(a__md=f"1. item\n\n   {fence}\n{indented}   {mark}\n")
    assert names(source) == ["One"]
    assert str(source.agents[0].node.place) == "a.md:4:4"


def test_a_block_that_was_not_indented_with_its_fence_keeps_its_nesting() -> None:
    source = read(a__md=f"- item\n\n  ```yaml\n{ONE}governance:\n  mode: hybrid\n  ```\n")
    assert keys(source)[-1] == "governance"
    assert codes(source) == []


@pytest.mark.parametrize(
    "text",
    [
        f"Here is the schema you asked for.\n\n{ONE}",
        f"Here is the schema:\n{ONE}",
        f"{ONE}metadata:\n  owner: I\n\nLet me know if you need more.\n",
        f"{ONE}metadata:\n  owner: I\nLet me know if you need more.\n",
        f"> quoted\n\n**Bold words** and\nmore of them.\n\n{ONE}",
        f"{ONE}\n<!-- l9_dora\nkey: value\n-->\n",
    ],
)
def test_prose_around_yaml_is_left_out_with_a_note(text: str) -> None:
    source = read(a__yaml=text)
    assert names(source) == ["One"]
    assert codes(source) == ["SR031"]
    assert source.findings[0].severity is Severity.NOTE
    assert len(keys(source)) in (5, 6)


def test_trailing_blocks_of_other_tools_are_kept_apart() -> None:
    source = read(a__yaml=f"{ONE}---\nl9_dora:\n  id: 1\n")
    assert names(source) == ["One"]
    assert codes(source) == ["SR015"]
    assert "l9_dora" not in keys(source)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("extraction_sequence: {order: {}}\n", "an extractor map"),
        ("wirings: []\n", "glue"),
        ("schema_to_code: {}\n", "glue"),
        ("metadata: {module_id: x}\n", "a module specification"),
        ("module: {id: x}\nname: y\n", "a module specification"),
        ("agent: {agent_id: x}\n", "an agent manifest"),
        ("canonical_spec: 1\n", "a canonical specification"),
        ("header: {module_name: x}\n", "a module header"),
        ("memory_fabric: {}\n", "a memory configuration"),
    ],
)
def test_foreign_yaml_is_named_and_never_half_read(text: str, name: str) -> None:
    source = read(a__yaml=text)
    assert source.agents == ()
    (note,) = source.findings
    assert (note.code, note.severity) == ("SR032", Severity.NOTE)
    assert f"this is {name} (" in note.message


@pytest.mark.parametrize("value", ["[Agent Name]", "<agent>", "{name}", "..."])
def test_a_template_is_recognised_by_its_placeholders(value: str) -> None:
    source = read(a__yaml=ONE.replace("name: One", f"name: {value}"))
    assert source.agents == ()
    assert codes(source) == ["SR039"]


def test_mistakes_in_what_is_not_compiled_are_warnings() -> None:
    source = read(a__md=f"# A\n```yaml\n{ONE}```\n```yaml\nwirings: []\nx: y: z\n```\n")
    assert [(f.code, f.severity) for f in source.findings if f.code == "SR012"] == [
        ("SR012", Severity.WARNING)
    ]


def test_mistakes_in_an_agent_are_that_agents() -> None:
    source = read(a__md=f"# A\n```yaml\n{ONE}```\n```yaml\n{TWO}owner: a: b\n```\n")
    assert [f.code for f in source.agents[1].findings] == ["SR012"]
    assert (source.findings, source.agents[0].findings) == ((), ())
    assert [edit.after for edit in source.edits] == ['owner: "a: b"']


@pytest.mark.parametrize(
    "name", ["Two_Agent.yaml", "two-agent.yml", "TwoAgent.yaml", "two_agent.md"]
)
def test_a_reference_takes_the_place_of_its_file(name: str) -> None:
    index = (
        f"# One\n```yaml\n{ONE}```\n# Two\n[Use the {name} you made \u2013 no changes]\n# Three\n"
    )
    third = ONE.replace("One", "Three").replace("L9/one", "L9/three")
    source = read(z_index__md=f"{index}```yaml\n{third}```\n", a__yaml="", two_agent__yaml=TWO)
    assert names(source) == ["One", "Two", "Three"]


def test_a_missing_reference_names_the_candidates_and_stops_no_other_agent() -> None:
    text = f"```yaml\n{ONE}```\n## Two\n[Use twoagent_v7.yaml here]\n"
    source = read(a__md=text, twoagent_v6__yaml=TWO)
    (finding,) = (f for f in source.findings if f.code == "SR034")
    assert str(finding.place) == "a.md:9:6"
    assert finding.agent == "Two"
    assert "twoagent_v6.yaml" in finding.repair


def test_ordinary_links_are_no_references() -> None:
    text = f"```yaml\n{ONE}```\nSee [the guide](guide.md) and [x.yaml](x.yaml) for more.\n"
    assert codes(read(a__md=text)) == []


def test_a_guide_without_a_block_still_leads_to_its_files() -> None:
    guide = "# Guide\n\n1. [The second](b.yaml)\n\n[Use the a.yaml you created earlier]\n"
    source = read(_guide__md=guide, a__yaml=ONE, b__yaml=TWO)
    assert names(source) == ["Two", "One"]
    assert codes(source) == []
