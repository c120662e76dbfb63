"""Read a text to its end although it is broken: every mistake is found, not only the first.

Where a mistake has one repair, reading goes on as if it had been made; where it has none, the
top-level section that holds it is left out. Line numbers never change on the way.
"""

import re
from dataclasses import dataclass, replace

from generators.engine.findings import Finding
from generators.engine.sources.edits import Edit
from generators.engine.sources.nodes import Node
from generators.engine.sources.origin import Origin
from generators.engine.sources.yaml_reader import parse_text

MAX_MISTAKES = 50
_MOST_WORK = 2_000_000  # characters that are parsed again and again, in all
_LIMITS = frozenset({"SR002", "SR005"})
_TOP = re.compile(r"[^\s#-]|-(?!\s|--)|---")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a text holds, read to its end.

    Attributes:
        documents: its documents; values on repaired lines are those after the repair.
        findings: all mistakes.
        edits: the repairs, in the order in which they were found.
        lost: sections that could not be read, by the line of the file they begin on.
    """

    documents: tuple[Node, ...]
    findings: tuple[Finding, ...]
    edits: tuple[Edit, ...] = ()
    lost: tuple[int, ...] = ()


def read_to_end(text: str, origin: Origin) -> Reading:
    """Read all documents of `text`, going on behind each mistake."""
    lines = text.split("\n")
    findings: list[Finding] = []
    edits: list[Edit] = []
    lost: list[int] = []
    parsed = parse_text(text, origin)
    for _ in range(min(MAX_MISTAKES, 1 + _MOST_WORK // max(1, len(text)))):
        if parsed.failure is not None:
            finding = origin.explain(parsed.failure)
            line = parsed.failure.line
            made = origin.edits(parsed.failure, lines)
        elif parsed.refused is not None:
            finding, made = parsed.refused, ()
            line = finding.place.line - 1 - origin.line_offset
        elif any(slip.changes for slip in parsed.slips):
            slip = next(slip for slip in parsed.slips if slip.changes)
            finding, line, made = origin.explain(slip), slip.line, origin.edits(slip, lines)
        else:
            break
        findings.append(finding)
        if finding.code in _LIMITS:
            return Reading(documents=parsed.documents, findings=(*findings, *parsed.findings))
        if made:
            edits += made
            for edit in made:
                lines[edit.line - 1 - origin.line_offset] = edit.after or ""
        else:
            first = _leave_out(lines, line)
            if first is None:
                break
            lost.append(first + 1 + origin.line_offset)
        parsed = parse_text("\n".join(lines), origin)
    findings += [origin.explain(slip) for slip in parsed.slips]
    return Reading(
        documents=parsed.documents,
        findings=(*findings, *parsed.findings),
        edits=_joined(edits),
        lost=tuple(lost),
    )


def _leave_out(lines: list[str], line: int) -> int | None:
    """Empty the top-level section around `line`; return its first line, None if nothing is left."""
    number = min(line, len(lines) - 1)
    while number >= 0 and not lines[number].strip():
        number -= 1
    first = number
    while first > 0 and not _TOP.match(lines[first]):
        first -= 1
    if number < 0:
        return None
    last = number + 1
    while last < len(lines) and not _TOP.match(lines[last]):
        last += 1
    for index in range(first, last):
        lines[index] = ""
    return first


def _joined(edits: list[Edit]) -> tuple[Edit, ...]:
    """Return the edits with those of one line joined to one."""
    by_line: dict[int, Edit] = {}
    for edit in edits:
        known = by_line.get(edit.line)
        by_line[edit.line] = replace(known, after=edit.after) if known else edit
    return tuple(by_line.values())
