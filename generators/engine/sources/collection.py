"""Find the agents of a collection in its files, whatever way the files hold them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from generators.engine.findings import Finding, Place, Severity
from generators.engine.sources.canonical import normal_key
from generators.engine.sources.derived import Derived
from generators.engine.sources.dialect import shape_agent
from generators.engine.sources.documents import Document, Role
from generators.engine.sources.edits import Edit
from generators.engine.sources.file_reader import SourceFile, read_file
from generators.engine.sources.foreign import GLUE, MAP
from generators.engine.sources.merging import merge_file
from generators.engine.sources.nodes import Map
from generators.engine.sources.references import Reference, near_files, resolve_reference


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentSource:
    """One agent as its files have it.

    Attributes:
        node: its tree in the canonical shape, all its documents merged.
        heading: the heading it stands under.
        dialect: `flat`, `nested`, `short` or `snake`.
        documents: how many YAML documents it was merged from.
        derived: what was moved or read from something else.
        findings: what is wrong with its text.
        lost: lines on which sections begin that could not be read.
    """

    node: Map
    heading: str
    dialect: str = "flat"
    documents: int = 1
    derived: tuple[Derived, ...] = ()
    findings: tuple[Finding, ...] = ()
    lost: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionSource:
    """What a collection's files hold.

    Attributes:
        front_matter: the front matter of the collection, if any.
        agents: in the order in which the files name them.
        findings: what concerns no single agent.
        maps: extractor maps, for cross-checks.
        glues: glue documents, for cross-checks.
        edits: repairs with one possible reading.
        apart: files that are read by themselves, by the number of agents that come before.
    """

    front_matter: Map | None
    agents: tuple[AgentSource, ...]
    findings: tuple[Finding, ...]
    maps: tuple[Map, ...] = ()
    glues: tuple[Map, ...] = ()
    edits: tuple[Edit, ...] = ()
    apart: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def read_collection(
    files: Mapping[str, bytes],
    known: frozenset[str] = frozenset(),
    apart: frozenset[str] = frozenset(),
) -> CollectionSource:
    """Read all files of a collection.

    Args:
        files: the content of each file by the name that places carry, in their order.
        known: top-level keys of agent schemas, normalised.
        apart: files that were read by themselves; only their place among the others is found.
    """
    names = list(files)
    read = {name: read_file(name, files[name], known) for name in names if name not in apart}
    work = _Assembly(read=read, names=names)
    meant = {name for file in read.values() for name in _meant(file, names)}
    for name in names:
        if name not in meant:
            work.take(name)
    for name in names:  # those that only refer to each other
        work.take(name)
    documents = [document for file in read.values() for document in file.documents]
    front = next((d.node for d in documents if d.role is Role.COLLECTION), None)
    agents, findings = _adopt_orphans(work)
    return CollectionSource(
        front_matter=front,
        agents=tuple(agents),
        findings=tuple(findings),
        maps=tuple(d.node for d in documents if d.kind and d.kind.name == MAP),
        glues=tuple(d.node for d in documents if d.kind and d.kind.name == GLUE),
        edits=tuple(edit for file in read.values() for edit in file.edits),
        apart={number: tuple(found) for number, found in work.apart.items()},
    )


def read_by_itself(name: str, content: bytes, known: frozenset[str]) -> CollectionSource | None:
    """Read a file that is independent of all others; None if it has to be read with them.

    Args:
        name: as places carry it.
        content: its bytes.
        known: top-level keys of agent schemas, normalised.
    """
    file = read_file(name, content, known)
    shared = any(d.role is Role.COLLECTION or _is_map_or_glue(d) for d in file.documents)
    if file.references or shared:
        return None
    work = _Assembly(read={name: file}, names=[name])
    work.take(name)
    if work.orphans or not work.agents:
        return None
    return CollectionSource(
        front_matter=None, agents=tuple(work.agents), findings=tuple(work.findings)
    )


def _is_map_or_glue(document: Document) -> bool:
    return document.kind is not None and document.kind.name in (MAP, GLUE)


@dataclass(slots=True)
class _Assembly:
    """Goes through files in the order of their references and collects their agents."""

    read: Mapping[str, SourceFile]
    names: Sequence[str]
    agents: list[AgentSource] = field(default_factory=list)
    apart: dict[int, list[str]] = field(default_factory=dict)
    orphans: list[Document] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def take(self, name: str) -> None:
        """Add what a file holds, each reference standing for the agents of its file."""
        if name in self.taken:
            return
        self.taken.add(name)
        file = self.read.get(name)
        if file is None:
            self.apart.setdefault(len(self.agents), []).append(name)
            return
        merged = merge_file(file.documents)
        self.orphans += merged.orphans
        findings = [*file.findings, *merged.findings]
        pending = sorted(file.references, key=lambda reference: reference.line)
        owners = {id(f): _owner(f.place.line, file, merged.agents) for f in findings}
        lost = {line: _owner(line, file, merged.agents) for line in file.lost}
        for number, group in enumerate(merged.agents):
            while pending and pending[0].line < group[0].node.place.line:
                self._follow(pending.pop(0), file)
            mine = [f for f in findings if owners[id(f)] == number and _is_error(f)]
            missing = [line for line, owner in lost.items() if owner == number]
            self.agents.append(_agent(group, mine, missing))
        for reference in pending:
            self._follow(reference, file)
        self.findings += [f for f in findings if owners[id(f)] is None or not _is_error(f)]

    def _follow(self, reference: Reference, file: SourceFile) -> None:
        others = [name for name in self.names if name != file.name]
        found = resolve_reference(reference.file, others)
        if len(found) == 1:
            self.take(found[0])
            return
        near = found or near_files(reference.file, others) or tuple(others)
        self.findings.append(
            Finding(
                code="SR034",
                place=Place(file=file.name, line=reference.line, column=reference.column),
                agent=reference.heading or reference.file,
                message=f"the schema is said to be in {reference.file}, "
                + ("which names several files" if found else "which is not in this collection"),
                repair="put the file beside this one"
                + (f", or name one of {', '.join(near)}" if near else ""),
            )
        )


def _meant(file: SourceFile, names: Sequence[str]) -> set[str]:
    """Return the files that references of a file lead to."""
    others = [other for other in names if other != file.name] if file.references else []
    found = (resolve_reference(reference.file, others) for reference in file.references)
    return {names[0] for names in found if len(names) == 1}


def _is_error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def _owner(line: int, file: SourceFile, agents: list[tuple[Document, ...]]) -> int | None:
    """Return which agent the text around a line belongs to, None if to none."""
    if len(agents) == 1:
        return 0
    stream = next((n for n, (a, b) in enumerate(file.streams) if a <= line <= b), None)
    here = [n for n, group in enumerate(agents) if group[0].stream == stream]
    before = [n for n in here if agents[n][0].node.place.line <= line]
    return before[-1] if before else here[0] if here else None


def _agent(group: tuple[Document, ...], findings: list[Finding], lost: list[int]) -> AgentSource:
    entries = tuple(entry for document in group for entry in document.node.entries)
    shaped = shape_agent(Map(entries=entries, place=group[0].node.place))
    return AgentSource(
        node=shaped.node,
        heading=group[0].heading,
        dialect=shaped.dialect,
        documents=len(group),
        derived=shaped.derived,
        findings=tuple(findings),
        lost=tuple(lost),
    )


def _adopt_orphans(work: _Assembly) -> tuple[list[AgentSource], list[Finding]]:
    """Give fragments of files without an agent to the only agent there is."""
    if len(work.agents) != 1 or work.apart:
        return work.agents, [*work.findings, *(_orphan(d) for d in work.orphans)]
    (agent,) = work.agents
    taken = {normal_key(entry.key) for entry in agent.node.entries}
    fresh = [d for d in work.orphans if not taken & {normal_key(e.key) for e in d.node.entries}]
    entries = tuple(entry for d in fresh for entry in d.node.entries)
    shaped = shape_agent(Map(entries=(*agent.node.entries, *entries), place=agent.node.place))
    grown = replace(
        agent,
        node=shaped.node,
        documents=agent.documents + len(fresh),
        derived=(*agent.derived, *shaped.derived),
    )
    left = [d for d in work.orphans if d not in fresh]
    return [grown], [*work.findings, *(_orphan(d) for d in left)]


def _orphan(document: Document) -> Finding:
    keys = ", ".join(entry.key for entry in document.node.entries[:3])
    return Finding(
        code="SR036",
        place=document.node.place,
        severity=Severity.NOTE if document.descriptive else Severity.ERROR,
        message=f"the section ({keys}) belongs to no agent",
        repair="put it below the agent's system, name and rootpath, in the same block",
    )
