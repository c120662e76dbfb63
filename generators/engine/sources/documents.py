"""Tell the documents of a file apart: agents, fragments of agents, and YAML of other kinds."""

from dataclasses import dataclass, replace
from enum import StrEnum

from generators.engine.sources.canonical import normal_key
from generators.engine.sources.foreign import Kind, find, foreign_kind, is_template
from generators.engine.sources.nodes import Map, Scalar

_IDENTITY = ("system", "module", "name", "role")
_MANY = 3
_COLLECTION_TYPE = "schema-collection"
_DESCRIPTIVE = frozenset(
    (
        "title", "purpose", "summary", "version", "created", "updated", "owner", "tags", "domain",
        "type", "productionready", "description", "agents", "author", "date", "status",
    )
)  # fmt: skip


class Role(StrEnum):
    """What a document is."""

    AGENT = "agent"
    FRAGMENT = "fragment"
    COLLECTION = "collection"
    FOREIGN = "foreign"
    TEMPLATE = "template"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One YAML document: its role, its foreign kind if any, heading, and the stream it is from."""

    node: Map
    role: Role
    kind: Kind | None
    heading: str
    stream: int

    @property
    def typed(self) -> bool:
        """Tell whether it says itself that it speaks of a collection."""
        return {"type", "agents"} & {normal_key(e.key) for e in self.node.entries} != set()

    @property
    def descriptive(self) -> bool:
        """Tell whether it holds nothing but a title, dates and the like."""
        return {normal_key(entry.key) for entry in self.node.entries} <= _DESCRIPTIVE


def classify(
    node: Map, *, heading: str, stream: int, known: frozenset[str], front: bool = False
) -> Document:
    """Tell what `node` is.

    Args:
        node: the document.
        heading: the heading it stands under.
        stream: number of the text it comes from.
        known: top-level keys of agent schemas, normalised.
        front: whether it is the front matter of a Markdown file.
    """
    kind = foreign_kind(node)
    found = Document(
        node=node,
        role=Role.FOREIGN if kind else _role(node, known),
        kind=kind,
        heading=heading,
        stream=stream,
    )
    plain_front = front and found.descriptive and found.role in (Role.FRAGMENT, Role.OTHER)
    return replace(found, role=Role.COLLECTION) if plain_front else found


def _role(node: Map, known: frozenset[str]) -> Role:
    document_type = find(node, "type")
    if isinstance(document_type, Scalar) and document_type.text == _COLLECTION_TYPE:
        return Role.COLLECTION
    if has_identity(node):
        return Role.TEMPLATE if is_template(node) else Role.AGENT
    keys = {normal_key(entry.key) for entry in node.entries}
    return Role.FRAGMENT if keys & known else Role.OTHER


def has_identity(node: Map) -> bool:
    """Tell whether `node` says who an agent is."""
    if isinstance(find(node, "system"), Map):
        return find(node, "system", "rootpath") is not None or _names(node, "system") >= _MANY
    if find(node, "rootpath") is not None:
        return True
    named = find(node, "name") is not None or find(node, "agentid") is not None
    placed = find(node, "integration", "rootpath") is not None or _names(node) >= _MANY
    return named and (placed or find(node, "cursorinstructions") is not None)


def _names(node: Map, *path: str) -> int:
    return sum(find(node, *path, key) is not None for key in _IDENTITY)
