"""Parse YAML text into trees with places, refusing what is dangerous or ambiguous.

libyaml's event stream drives an explicit stack, so that neither recursion nor the usual
loader's habits (tags, aliases, the last of two equal keys) can do harm.
"""

from dataclasses import dataclass, field

import yaml

from generators.engine.findings import Finding, Place
from generators.engine.sources.lines import LONGEST_LINE, Diagnosis
from generators.engine.sources.nodes import Entry, Map, Node, Scalar, Seq, same_value
from generators.engine.sources.origin import Origin
from generators.engine.sources.slips import duplicate_key, sign_as_header, swallowed_items
from generators.engine.sources.syntax import diagnose

MAX_BYTES = 500_000
MAX_DEPTH = 40
MAX_NODES = 25_000
MAX_DOCUMENTS = 500

_PLAIN_STYLES = (None, "")  # PyYAML says None, libyaml an empty text
_BLOCK_STYLES = ("|", ">")
_ONE_LINE_STYLES = (*_PLAIN_STYLES, "'", '"')

_Event = yaml.Event


class _RefusedError(Exception):
    """Carries the finding that ends the reading of one text."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(slots=True)
class _Frame:
    """A collection under construction."""

    place: Place
    is_map: bool
    items: list[Node] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    key: Scalar | None = None
    known: dict[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """What one pass over a text gave: documents, findings, and why it ended early, if it did.

    `failure` is a syntax error with its repair; `refused` tells that a limit or rule ended it;
    `slips` are mistakes that YAML accepts in silence.
    """

    documents: tuple[Node, ...]
    findings: tuple[Finding, ...]
    failure: Diagnosis | None = None
    refused: Finding | None = None
    slips: tuple[Diagnosis, ...] = ()


def read_yaml(
    text: str, *, file: str, line_offset: int = 0, column_offset: int = 0
) -> tuple[tuple[Node, ...], tuple[Finding, ...]]:
    """Parse all documents of `text`.

    Args:
        text: YAML text, possibly a block cut out of a Markdown file.
        file: the name that places carry.
        line_offset: lines of the file before the text.
        column_offset: columns that were cut from each line.

    Returns:
        The documents that could be read and the findings; after an error no later document.
    """
    origin = Origin(file=file, line_offset=line_offset, column_offset=column_offset)
    parsed = parse_text(text, origin)
    findings = [*parsed.findings, *(origin.explain(slip) for slip in parsed.slips)]
    if parsed.refused is not None:
        findings.append(parsed.refused)
    if parsed.failure is not None:
        findings.append(origin.explain(parsed.failure))
    return parsed.documents, tuple(findings)


def parse_text(text: str, origin: Origin) -> Parsed:
    """Parse `text` once, up to the first syntax error or refusal."""
    lines = text.split("\n")
    builder = _Builder(lines, origin)
    failure, refused = None, None
    try:
        if len(text.encode(errors="replace")) > MAX_BYTES:
            builder.refuse("SR002", 0, 0, f"the text is longer than {MAX_BYTES} bytes", "split it")
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.feed(event)
    except _RefusedError as refusal:
        refused = refusal.finding
    except yaml.MarkedYAMLError as error:
        failure = diagnose(error, lines, line_offset=origin.line_offset)
    except yaml.reader.ReaderError as error:
        refused = Finding(
            code="SR011",
            place=origin.place(text.count("\n", 0, error.position), 0),
            message=f"a character that YAML does not allow: {error.reason}",
            repair="remove the control character",
        )
    return Parsed(
        documents=tuple(builder.documents),
        findings=tuple(builder.findings),
        failure=failure,
        refused=refused,
        slips=tuple(builder.slips),
    )


class _Builder:
    """Builds documents from events."""

    def __init__(self, lines: list[str], origin: Origin) -> None:
        self.documents: list[Node] = []
        self.findings: list[Finding] = []
        self.slips: list[Diagnosis] = []
        self._lines = lines
        self._origin = origin
        self._stack: list[_Frame] = []
        self._nodes = 0

    def feed(self, event: _Event) -> None:
        """Take the next event."""
        if isinstance(event, yaml.AliasEvent):
            self.refuse(
                "SR003",
                *_start(event),
                "an alias (*name) is not accepted",
                "write the value out where it is used",
            )
        elif isinstance(event, yaml.ScalarEvent):
            self._check_tag(event)
            self._add(self._scalar(event))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._check_tag(event)
            self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close()

    def finding(self, code: str, line: int, column: int, message: str, repair: str) -> Finding:
        """Return a finding at a zero-based position of the text."""
        return Finding(
            code=code, message=message, place=self._origin.place(line, column), repair=repair
        )

    def refuse(self, code: str, line: int, column: int, message: str, repair: str) -> None:
        """Stop reading with a finding.

        Raises:
            _RefusedError: always.
        """
        raise _RefusedError(self.finding(code, line, column, message, repair))

    def _check_tag(self, event: _Event) -> None:
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self.refuse(
                "SR003",
                *_start(event),
                f"an anchor (&{anchor}) is not accepted",
                "remove it, or put the value in quotes if it is text",
            )
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            self.refuse(
                "SR004",
                *_start(event),
                f"a YAML tag ({tag}) is not accepted",
                "remove the tag; the schema decides the type",
            )

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        self._count(event)
        end = event.end_mark
        comment = None
        if end and event.style in _ONE_LINE_STYLES and end.line < len(self._lines):
            rest = self._lines[end.line][end.column :].lstrip(" \t,]}")
            if rest.startswith("#"):
                comment = rest.lstrip("#").strip() or None
        line, column = _start(event)
        last = end.line if end else line
        short = len(self._lines[min(line, len(self._lines) - 1)]) <= LONGEST_LINE
        if short and (last > line or event.style in _BLOCK_STYLES):
            self._check_scalar(event, line, column, last)
        return Scalar(
            text=event.value,
            plain=event.style in _PLAIN_STYLES,
            comment=comment,
            place=self._origin.place(line, column),
        )

    def _check_scalar(self, event: yaml.ScalarEvent, line: int, column: int, last: int) -> None:
        """Note what YAML accepts in silence, and hardly anybody means."""
        if event.style in _BLOCK_STYLES:
            slip = sign_as_header(self._lines, line, column, event.value)
            self.slips += [slip] if slip else []
        elif event.style in _PLAIN_STYLES:
            self.slips += swallowed_items(self._lines, line, last)

    def _open(self, event: _Event) -> None:
        self._count(event)
        if len(self._stack) >= MAX_DEPTH:
            self.refuse(
                "SR005", *_start(event), f"nested deeper than {MAX_DEPTH} levels", "flatten it"
            )
        is_map = isinstance(event, yaml.MappingStartEvent)
        self._stack.append(_Frame(place=self._origin.place(*_start(event)), is_map=is_map))

    def _count(self, event: _Event) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self.refuse("SR002", *_start(event), f"more than {MAX_NODES} values", "split the file")

    def _close(self) -> None:
        frame = self._stack.pop()
        if frame.is_map:
            self._add(Map(entries=tuple(frame.entries), place=frame.place))
        else:
            self._add(Seq(items=tuple(frame.items), place=frame.place))

    def _add(self, node: Node) -> None:
        if not self._stack:
            self._end_document(node)
            return
        frame = self._stack[-1]
        if not frame.is_map:
            frame.items.append(node)
        elif frame.key is None:
            self._take_key(frame, node)
        else:
            self._take_value(frame, frame.key, node)

    def _end_document(self, node: Node) -> None:
        if len(self.documents) >= MAX_DOCUMENTS:
            line, column = self._origin.position(node.place)
            message = f"more than {MAX_DOCUMENTS} documents"
            self.refuse("SR002", line, column, message, "split the file")
        self.documents.append(node)

    def _take_key(self, frame: _Frame, node: Node) -> None:
        if not isinstance(node, Scalar):
            place = node.place
            raise _RefusedError(
                Finding(
                    code="SR006",
                    message="a key must be a plain text",
                    place=place,
                    repair="use a text as the key",
                )
            )
        frame.key = node

    def _take_value(self, frame: _Frame, key: Scalar, node: Node) -> None:
        frame.key = None
        first = frame.known.get(key.text)
        if first is None:
            entry = Entry(key=key.text, key_place=key.place, value=node)
            frame.known[key.text] = entry
            frame.entries.append(entry)
            return
        line, column = self._origin.position(key.place)
        one_line = isinstance(node, Scalar) and node.place.line == key.place.line
        identical = one_line and same_value(first.value, node)
        self.slips.append(
            duplicate_key(
                self._lines,
                (line, column),
                key.text,
                first_line=first.key_place.line,
                identical=identical,
            )
        )


def _start(event: _Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line, mark.column) if mark else (0, 0)
