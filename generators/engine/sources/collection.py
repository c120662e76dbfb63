"""Find the agents of a collection in its files: Markdown with fenced YAML, or YAML."""

from collections.abc import Mapping
from dataclasses import dataclass

from generators.engine.findings import Finding, Place, Severity
from generators.engine.sources.canonical import normal_key
from generators.engine.sources.markdown import Markdown, parse_markdown
from generators.engine.sources.nodes import Map, Node
from generators.engine.sources.yaml_reader import read_yaml

_IDENTITY = frozenset({"rootpath", "cursorinstructions"})


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentSource:
    """The tree of one agent and the heading it stands under."""

    node: Map
    heading: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionSource:
    """What a collection's files hold: front matter if any, and agents in order of appearance."""

    front_matter: Map | None
    agents: tuple[AgentSource, ...]
    findings: tuple[Finding, ...]


def read_collection(files: Mapping[str, bytes]) -> CollectionSource:
    """Read all files of a collection.

    Args:
        files: the content of each file by the name that places carry.
    """
    agents: list[AgentSource] = []
    findings: list[Finding] = []
    front: Map | None = None
    for name, content in sorted(files.items()):
        text, complaint = _decode(name, content)
        findings += complaint
        if not text.strip():
            findings.append(
                Finding(
                    code="SR001",
                    place=Place(file=name),
                    message="the file is empty",
                    repair="write an agent schema, or remove the file",
                )
            )
            continue
        looks_markdown = name.endswith(".md") or "\n```" in text
        part = _read_markdown(name, text) if looks_markdown else _read_stream(name, text)
        front = front or part.front_matter
        agents += part.agents
        findings += part.findings
    return CollectionSource(front_matter=front, agents=tuple(agents), findings=tuple(findings))


def _decode(name: str, content: bytes) -> tuple[str, list[Finding]]:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n"), []
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        return "", [
            Finding(
                code="SR009",
                place=Place(file=name, line=line, column=column),
                message="the file is not UTF-8",
                repair="save it as UTF-8",
            )
        ]


def _read_markdown(name: str, text: str) -> CollectionSource:
    markdown = parse_markdown(text)
    findings = [
        Finding(
            code="SR014",
            place=Place(file=name, line=line),
            message="the fence is never closed",
            repair="end the block with a line of ```",
        )
        for line in markdown.unclosed
    ]
    front = _front_matter(name, markdown, findings)
    agents: list[AgentSource] = []
    for block in markdown.blocks:
        if block.language not in ("yaml", "yml", ""):
            continue
        documents, complaints = read_yaml(
            block.text, file=name, line_offset=block.line_offset, column_offset=block.column_offset
        )
        findings += complaints
        agents += _agents(documents, block.heading, findings)
    return CollectionSource(front_matter=front, agents=tuple(agents), findings=tuple(findings))


def _front_matter(name: str, markdown: Markdown, findings: list[Finding]) -> Map | None:
    if markdown.front_matter is None:
        return None
    documents, complaints = read_yaml(markdown.front_matter, file=name, line_offset=1)
    findings += complaints
    return next((node for node in documents if isinstance(node, Map)), None)


def _read_stream(name: str, text: str) -> CollectionSource:
    documents, complaints = read_yaml(text, file=name)
    findings = list(complaints)
    agents = _agents(documents, "", findings)
    return CollectionSource(front_matter=None, agents=tuple(agents), findings=tuple(findings))


def _agents(
    documents: tuple[Node, ...], heading: str, findings: list[Finding]
) -> list[AgentSource]:
    found = []
    for node in documents:
        if not isinstance(node, Map):
            continue
        if {normal_key(entry.key) for entry in node.entries} & _IDENTITY:
            found.append(AgentSource(node=node, heading=heading))
        else:
            keys = ", ".join(entry.key for entry in node.entries[:3])
            findings.append(
                Finding(
                    code="SR015",
                    severity=Severity.NOTE,
                    place=node.place,
                    message=f"this YAML is no agent schema (keys {keys}) and is not compiled",
                    repair="give it rootpath and cursorinstructions if it is meant as an agent",
                )
            )
    return found
