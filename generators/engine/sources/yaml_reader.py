"""Parse YAML text into trees with places, refusing what is dangerous or ambiguous.

libyaml's event stream drives an explicit stack, so that neither recursion nor the usual
loader's habits (tags, aliases, the last of two equal keys) can do harm.
"""

from dataclasses import dataclass, field

import yaml

from generators.engine.findings import Finding, Place
from generators.engine.sources.nodes import Entry, Map, Node, Scalar, Seq

MAX_BYTES = 4_000_000
MAX_DEPTH = 40
MAX_NODES = 200_000

_PLAIN_STYLES = (None, "")  # PyYAML says None, libyaml an empty text
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
    builder = _Builder(text, file=file, line_offset=line_offset, column_offset=column_offset)
    try:
        if len(text.encode()) > MAX_BYTES:
            builder.refuse("SR002", 0, 0, f"the text is longer than {MAX_BYTES} bytes", "split it")
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.feed(event)
    except _RefusedError as refusal:
        return tuple(builder.documents), (*builder.findings, refusal.finding)
    except yaml.MarkedYAMLError as error:
        return tuple(builder.documents), (*builder.findings, builder.syntax_finding(error))
    except yaml.reader.ReaderError as error:
        where = text.count("\n", 0, error.position)
        finding = builder.finding(
            "SR011",
            where,
            0,
            f"a character that YAML does not allow: {error.reason}",
            "remove the control character",
        )
        return tuple(builder.documents), (*builder.findings, finding)
    return tuple(builder.documents), tuple(builder.findings)


class _Builder:
    """Builds documents from events."""

    def __init__(self, text: str, *, file: str, line_offset: int, column_offset: int) -> None:
        self.documents: list[Node] = []
        self.findings: list[Finding] = []
        self._lines = text.splitlines()
        self._file = file
        self._line_offset = line_offset
        self._column_offset = column_offset
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

    def place(self, line: int, column: int) -> Place:
        """Return the place in the file of a zero-based position in the text."""
        return Place(
            file=self._file,
            line=line + 1 + self._line_offset,
            column=column + 1 + self._column_offset,
        )

    def finding(self, code: str, line: int, column: int, message: str, repair: str) -> Finding:
        """Return a finding at a zero-based position of the text."""
        return Finding(code=code, message=message, place=self.place(line, column), repair=repair)

    def refuse(self, code: str, line: int, column: int, message: str, repair: str) -> None:
        """Stop reading with a finding.

        Raises:
            _RefusedError: always.
        """
        raise _RefusedError(self.finding(code, line, column, message, repair))

    def syntax_finding(self, error: yaml.MarkedYAMLError) -> Finding:
        """Explain a syntax error of the parser in plain words."""
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        problem = str(error.problem or error.context or "not valid YAML")
        if "mapping values are not allowed" in problem:
            return self.finding(
                "SR012",
                line,
                column,
                'a plain value cannot contain ": "',
                "put the value in double quotes",
            )
        if "cannot start any token" in problem and "\t" in self._lines[line][: column + 1]:
            return self.finding(
                "SR013", line, column, "a tab cannot indent YAML", "replace the tab by spaces"
            )
        return self.finding(
            "SR010",
            line,
            column,
            f"not valid YAML: {problem}",
            "correct the line, or quote the value",
        )

    def _check_tag(self, event: _Event) -> None:
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
        return Scalar(
            text=event.value,
            plain=event.style in _PLAIN_STYLES,
            comment=comment,
            place=self.place(*_start(event)),
        )

    def _open(self, event: _Event) -> None:
        self._count(event)
        if len(self._stack) >= MAX_DEPTH:
            self.refuse(
                "SR005", *_start(event), f"nested deeper than {MAX_DEPTH} levels", "flatten it"
            )
        is_map = isinstance(event, yaml.MappingStartEvent)
        self._stack.append(_Frame(place=self.place(*_start(event)), is_map=is_map))

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
            self.documents.append(node)
            return
        frame = self._stack[-1]
        if not frame.is_map:
            frame.items.append(node)
        elif frame.key is None:
            self._take_key(frame, node)
        else:
            self._take_value(frame, frame.key, node)

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
        first = next((entry for entry in frame.entries if entry.key == key.text), None)
        if first is not None:
            self.findings.append(
                Finding(
                    code="SR007",
                    place=key.place,
                    message=f"the key {key.text!r} is on line {first.key_place.line} too",
                    repair="remove one of the two",
                )
            )
            return
        frame.entries.append(Entry(key=key.text, key_place=key.place, value=node))


def _start(event: _Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line, mark.column) if mark else (0, 0)
