"""Read one source file: Markdown with fenced YAML, or YAML, whatever its name ends in."""

import re
from dataclasses import dataclass, field, replace

from generators.engine.findings import Finding, Place, Severity
from generators.engine.sources.documents import Document, Role, classify
from generators.engine.sources.edits import Edit
from generators.engine.sources.markdown import Block, Markdown, parse_markdown
from generators.engine.sources.nodes import Map, Node, Scalar
from generators.engine.sources.origin import Origin
from generators.engine.sources.prose import blank_prose, has_top_keys
from generators.engine.sources.recovery import Reading, read_to_end
from generators.engine.sources.references import Reference, reference_in
from generators.engine.sources.text import decode

MAX_BLOCKS = 500
_YAML = ("yaml", "yml", "")
_FENCE = re.compile(r"^[ \t]*(```|~~~)", re.MULTILINE)
_AGENT_LIKE = re.compile(r"^[ \t]*(root_?path|cursor_?instructions)[ \t]*:", re.MULTILINE)


@dataclass(slots=True)
class SourceFile:
    """What one file holds; `streams` are first and last line of each text that was read."""

    name: str
    documents: list[Document] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    streams: list[tuple[int, int]] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)


def read_file(name: str, content: bytes, known: frozenset[str]) -> SourceFile:
    """Read one file.

    Args:
        name: as places carry it.
        content: its bytes.
        known: top-level keys of agent schemas, normalised.
    """
    file = SourceFile(name=name)
    text, complaints = decode(name, content)
    file.findings += complaints
    if not text.strip():
        if not complaints:
            file.findings.append(
                Finding(
                    code="SR001",
                    place=Place(file=name),
                    message="the file is empty",
                    repair="write an agent schema, or remove the file",
                )
            )
        return file
    markdown = parse_markdown(text) if _FENCE.search(text) else None
    if markdown is not None and any(_may_be_yaml(block) for block in markdown.blocks):
        _read_markdown(file, markdown, known)
    elif markdown is not None and not _AGENT_LIKE.search(text):
        file.references += _references(markdown)  # a guide: its blocks are of other languages
    else:
        _read_bare(file, text, known)
    return file


def _read_markdown(file: SourceFile, markdown: Markdown, known: frozenset[str]) -> None:
    file.findings += [
        Finding(
            code="SR014",
            place=Place(file=file.name, line=line),
            message="the fence is never closed",
            repair="end the block with a line of ```",
        )
        for line in markdown.unclosed
    ]
    if markdown.front_matter is not None:
        origin = Origin(file=file.name, line_offset=1)
        _read(file, markdown.front_matter, origin, "", known, front=True)
    blocks = [block for block in markdown.blocks if _may_be_yaml(block)]
    file.findings += [
        Finding(
            code="SR002",
            place=Place(file=file.name, line=block.line_offset),
            message=f"this is block {MAX_BLOCKS + 1} of YAML; no more are read",
            repair="split the file; the files of a folder are one collection",
        )
        for block in blocks[MAX_BLOCKS : MAX_BLOCKS + 1]
    ]
    for block in blocks[:MAX_BLOCKS]:
        origin = Origin(
            file=file.name, line_offset=block.line_offset, column_offset=block.column_offset
        )
        _read(file, block.text, origin, block.heading, known)
    file.references += _references(markdown)


def _read_bare(file: SourceFile, text: str, known: frozenset[str]) -> None:
    kept, left_out = blank_prose(text)
    if not has_top_keys(kept):
        file.references += _references(parse_markdown(text))
        if file.references:  # a guide to other files, and nothing else
            return
        kept, left_out = text, ()
    file.findings += [
        Finding(
            code="SR031",
            severity=Severity.NOTE,
            place=Place(file=file.name, line=first),
            message=f"lines {first} to {last} are no YAML and are left out",
            repair="make them comments, or remove them",
        )
        for first, last in left_out
    ]
    _read(file, kept, Origin(file=file.name), "", known)


def _read(
    file: SourceFile,
    text: str,
    origin: Origin,
    heading: str,
    known: frozenset[str],
    *,
    front: bool = False,
) -> None:
    """Read one text and take its documents; what stops no agent is no more than a warning."""
    reading = read_to_end(text, origin)
    stream = len(file.streams)
    documents = [
        classify(node, heading=heading, stream=stream, known=known, front=front)
        for node in reading.documents
        if isinstance(node, Map)
    ]
    file.streams.append((origin.line_offset + 1, origin.line_offset + text.count("\n") + 1))
    file.documents += documents
    file.lost += reading.lost
    agent_like = _AGENT_LIKE.search(text) or any(
        d.role in (Role.AGENT, Role.FRAGMENT, Role.COLLECTION) for d in documents
    )
    findings = _softened(reading) if not agent_like else reading.findings
    file.findings += findings
    file.findings += [note for d in documents if (note := _not_compiled(d)) is not None]
    file.findings += [note for d in reading.documents if (note := _no_map(d, file)) is not None]
    file.edits += reading.edits


def _softened(reading: Reading) -> tuple[Finding, ...]:
    return tuple(replace(f, severity=Severity.WARNING) for f in reading.findings)


def _not_compiled(document: Document) -> Finding | None:
    """Return the note that says what a document is that is not compiled."""
    place = document.node.place
    keys = ", ".join(entry.key for entry in document.node.entries[:3])
    if document.kind is not None:
        message = f"this is {_article(document.kind.name)} ({document.kind.sign}), not compiled: "
        return _note("SR032", place, message + document.kind.why, "nothing needs to be done")
    if document.role is Role.TEMPLATE:
        message = "this is a template whose name or rootpath is a placeholder; it is not compiled"
        return _note("SR039", place, message, "fill in the placeholders to make it an agent")
    if document.role is Role.OTHER:
        message = f"this YAML is no agent schema (keys {keys}) and is not compiled"
        repair = "give it system, name, rootpath and cursorinstructions if it is meant as an agent"
        return _note("SR015", place, message, repair)
    return None


def _no_map(node: Node, file: SourceFile) -> Finding | None:
    if isinstance(node, Map) or (isinstance(node, Scalar) and not node.text):
        return None
    message = "this document is no mapping and is not compiled"
    place = replace(node.place, file=file.name)
    return _note("SR015", place, message, "write keys and values if it is meant as an agent")


def _note(code: str, place: Place, message: str, repair: str) -> Finding:
    return Finding(code=code, severity=Severity.NOTE, place=place, message=message, repair=repair)


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aeiouAEIOU" else f"a {name}" if name != "glue" else name


def _may_be_yaml(block: Block) -> bool:
    return block.language in _YAML and (block.language != "" or has_top_keys(block.text))


def _references(markdown: Markdown) -> list[Reference]:
    found = []
    for line in markdown.prose:
        reference = reference_in(line.text)
        if reference is not None:
            file, column = reference
            found.append(Reference(file=file, line=line.line, column=column, heading=line.heading))
    return found
