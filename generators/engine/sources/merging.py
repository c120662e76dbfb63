"""Put the documents of one file together: one agent over many documents, or many agents."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from generators.engine.findings import Finding
from generators.engine.sources.canonical import normal_key
from generators.engine.sources.documents import Document, Role
from generators.engine.sources.nodes import Map, same_value


@dataclass(slots=True)
class Merged:
    """Documents of each agent, the one with its identity first; fragments of none; findings."""

    agents: list[tuple[Document, ...]] = field(default_factory=list)
    orphans: list[Document] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def merge_file(documents: Sequence[Document]) -> Merged:
    """Group the documents of a file by agent.

    With one identity in the file all fragments are that agent's, even the ones before it. With
    several, a fragment belongs to the identity before it in the same text.
    """
    merged = Merged()
    identities = [d for d in documents if d.role is Role.AGENT]
    groups = {id(d): [d] for d in identities}
    owner: Document | None = identities[0] if len(identities) == 1 else None
    for document in documents:
        if document.role is Role.AGENT:
            owner = document
        elif document.role is Role.FRAGMENT or (_speaks_of_one(document) and len(identities) == 1):
            if owner is None or (len(identities) > 1 and owner.stream != document.stream):
                merged.orphans.append(document)
            else:
                groups[id(owner)].append(_fresh(groups[id(owner)], document, merged.findings))
    merged.agents = [tuple(groups[id(d)]) for d in identities]
    return merged


def _speaks_of_one(document: Document) -> bool:
    """Tell whether front matter may describe the only agent of its file."""
    return document.role is Role.COLLECTION and not document.typed


def _fresh(group: list[Document], document: Document, findings: list[Finding]) -> Document:
    """Return `document` without keys that its agent has already; differing values are findings."""
    known = {normal_key(entry.key): entry for part in group for entry in part.node.entries}
    kept = []
    for entry in document.node.entries:
        first = known.get(normal_key(entry.key))
        if first is None:
            kept.append(entry)
            continue
        if document.descriptive or same_value(first.value, entry.value):
            continue
        findings.append(
            Finding(
                code="SR035",
                place=entry.key_place,
                message=f"the key {entry.key!r} of this agent is on line "
                f"{first.key_place.line} too, in another document",
                repair="keep one of the two, or give the second document an identity of its own",
            )
        )
    return replace(document, node=Map(entries=tuple(kept), place=document.node.place))
