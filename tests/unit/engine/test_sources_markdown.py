"""Markdown is cut into front matter and fenced blocks, with places of the file."""

from generators.engine.findings import Severity
from generators.engine.sources.collection import read_collection
from generators.engine.sources.markdown import parse_markdown

AGENT = "rootpath: L9/a\ncursorinstructions: {}\n"


def test_front_matter_and_fences_are_told_apart() -> None:
    cut = parse_markdown("---\ntitle: x\n---\n\n# One\n\n```yaml\n---\na: 1\n```\n\n---\n\ntext\n")
    assert cut.front_matter == "title: x\n"
    assert [(b.text, b.language, b.line_offset, b.heading) for b in cut.blocks] == [
        ("---\na: 1\n", "yaml", 7, "One")
    ]
    assert cut.unclosed == ()


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    cut = parse_markdown("---\n```yaml\na: 1\n```\n---\n")
    assert cut.front_matter is None
    assert len(cut.blocks) == 1


def test_fences_in_lists_are_dedented_and_keep_their_column() -> None:
    cut = parse_markdown("- item\n\n  ```yaml\n  a:\n    b: 1\n  ```\n")
    assert cut.blocks[0].text == "a:\n  b: 1\n"
    assert cut.blocks[0].column_offset == 2


def test_longer_fences_hold_shorter_ones() -> None:
    cut = parse_markdown("````\n```\ninside\n```\n````\n")
    assert [block.text for block in cut.blocks] == ["```\ninside\n```\n"]


def test_an_unclosed_fence_is_a_finding_at_its_line() -> None:
    source = read_collection({"x.md": b"text\n\n```yaml\n" + AGENT.encode()})
    (agent,) = source.agents
    assert [(f.code, f.place.line) for f in agent.findings] == [("SR014", 3)]
    assert len(source.agents) == 1


def test_agents_are_found_in_markdown_and_in_plain_yaml() -> None:
    markdown = f"---\ntitle: t\n---\n## A\n```yaml\n{AGENT}```\n".encode()
    source = read_collection({"a.md": markdown, "b.yaml": AGENT.encode()})
    assert [(agent.heading, agent.node.place.file) for agent in source.agents] == [
        ("A", "a.md"),
        ("", "b.yaml"),
    ]
    assert source.front_matter is not None


def test_other_yaml_is_named_and_not_compiled() -> None:
    source = read_collection({"x.md": b"```yaml\nwirings: []\n```\n```python\nx = 1\n```\n"})
    assert source.agents == ()
    assert [(f.code, f.severity) for f in source.findings] == [("SR032", Severity.NOTE)]
    assert "wirings" in source.findings[0].message


def test_empty_and_undecodable_files_are_findings() -> None:
    source = read_collection({"a.yaml": b"  \n", "b.yaml": b"ok: 1\nx: \xff\n"})
    codes = [(f.code, f.place.file, f.place.line, f.place.column) for f in source.findings]
    assert ("SR001", "a.yaml", 1, 1) in codes
    assert ("SR009", "b.yaml", 2, 4) in codes


def test_byte_order_mark_and_windows_line_ends_are_read() -> None:
    source = read_collection({"a.yaml": b"\xef\xbb\xbf" + AGENT.replace("\n", "\r\n").encode()})
    assert len(source.agents) == 1
    assert source.findings == ()
