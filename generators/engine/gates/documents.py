"""Every listed document has a title, text, no broken table and no section left empty."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem
from generators.engine.gates.source import Source

_FEWEST_WORDS = 40
_HEADING = re.compile(r"(#{1,6}) +(\S.*)")
_LEFT_OVER = re.compile(r"\b(?:None|nan|undefined|\[object Object\]|Undefined)\b(?=\s*(?:\||$))")
_REPAIR = "fill it from the model in the document's pattern"


def _inspect(unit: GateInput) -> Outcome:
    documents = unit.in_role("doc")
    problems = [problem for source in documents for problem in _problems(source)]
    words = sum(len(source.text.split()) for source in documents)
    counts = {"checked": len(documents), "words": words}
    return Outcome(problems=tuple(problems), counts=counts)


def _problems(source: Source) -> Iterator[Problem]:
    lines = source.text.splitlines()
    if not lines or not lines[0].startswith("# "):
        yield _at_line(source, 1, "the document does not begin with a title")
    count = len(source.text.split())
    if count < _FEWEST_WORDS:
        yield _at_line(source, 1, f"{count} words are too few; {_FEWEST_WORDS} are demanded")
    prose = list(_outside_code(lines))
    yield from _empty_sections(source, prose)
    yield from _bad_tables(source, prose)
    for number, line in prose:
        match = _LEFT_OVER.search(line)
        if match:
            yield _at_line(source, number, f"`{match[0]}` is a value that was never filled in")


def _outside_code(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines, those of a fenced block as a bare `text`."""
    fenced = False
    for number, line in enumerate(lines, start=1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            yield number, "text"
        else:
            yield number, "text" if fenced else line


def _empty_sections(source: Source, lines: list[tuple[int, str]]) -> Iterator[Problem]:
    """Find a heading that is followed by one of the same or a higher level, or by nothing."""
    filled = [(number, line) for number, line in lines if line.strip()]
    for (number, line), following in zip_longest(filled, filled[1:]):
        heading = _HEADING.fullmatch(line.rstrip())
        after = _HEADING.fullmatch(following[1].rstrip()) if following else None
        is_last = following is None
        if heading and (is_last or (after and len(after[1]) <= len(heading[1]))):
            yield _at_line(source, number, f"the section `{heading[2]}` is empty")


def _bad_tables(source: Source, lines: list[tuple[int, str]]) -> Iterator[Problem]:
    """Find table rows with more or fewer cells than the head of their table."""
    width = 0
    for number, line in lines:
        if not line.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        width = width or cells
        if cells != width:
            yield _at_line(source, number, f"{cells} cells in a table of {width} columns")


def _at_line(source: Source, line: int, message: str) -> Problem:
    return Problem(path=source.path, line=line, column=1, message=message, repair=_REPAIR)


GATE = Gate(
    gate_id="listed_docs",
    code="GT026",
    title="Every listed document is complete",
    phase=2,
    items=("generatedocs_match",),
    inspect=_inspect,
)
