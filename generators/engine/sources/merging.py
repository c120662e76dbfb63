"""Put the documents of one file together: one agent over many documents, or many agents."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from generators.engine.findings import Finding
from generators.engine.sources.canonical import normal_key
from generators.engine.sources.documents import Document, Role
from generators.engine.sources.nodes import same_value


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
        elif document.role is Role.FRAGMENT:
            if owner is None or (len(identities) > 1 and owner.stream != document.stream):
                merged.orphans.append(document)
            elif _fits(groups[id(owner)], document, merged.findings):
                groups[id(owner)].append(document)
    merged.agents = [tuple(groups[id(d)]) for d in identities]
    return merged


def _fits(group: list[Document], document: Document, findings: list[Finding]) -> bool:
    """Tell whether no key of `document` is in its agent already; differing values are findings."""
    known = {normal_key(entry.key): entry for part in group for entry in part.node.entries}
    fits = True
    for entry in document.node.entries:
        first = known.get(normal_key(entry.key))
        if first is None:
            continue
        fits = False
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
    return fits
