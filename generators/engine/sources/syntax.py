"""Say in plain words why a text is not YAML, and what the smallest repair is, if there is one.

The parser names the place where it gave up; the reader wants the place of the mistake. Each
explanation looks at the lines around that place. A repair is offered only where the text can be
read in one way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import yaml

from generators.engine.sources.lines import (
    ITEM,
    KEY,
    LONGEST_LINE,
    Change,
    Diagnosis,
    indent_of,
    quote_value,
    split_comment,
    white_of,
)

_GLUED = re.compile(r"^(?P<lead> *(?:- +)?)(?P<key>[A-Za-z_][\w-]*):(?P<value>[^\s:/].*)$")
_WORD = re.compile(r"^(?P<lead> *)(?P<key>[A-Za-z_][\w-]*)$")


def diagnose(
    error: yaml.MarkedYAMLError, lines: Sequence[str], *, line_offset: int = 0
) -> Diagnosis:
    """Explain a syntax error of the parser.

    Args:
        error: what the parser says.
        lines: the text it read.
        line_offset: lines of the file before the text, for lines that messages name.
    """
    mark = error.problem_mark or error.context_mark
    start = error.context_mark or mark
    at = _Spot(
        lines=lines,
        line=min(mark.line, len(lines) - 1) if mark else 0,
        column=mark.column if mark else 0,
        start_line=min(start.line, len(lines) - 1) if start else 0,
        start_column=start.column if start else 0,
        problem=str(error.problem or error.context or "not valid YAML"),
        offset=line_offset,
    )
    for words, explain in _EXPLANATIONS:
        if words in at.problem and at.is_readable:
            found = explain(at)
            if found is not None:
                return found
    return _generic(at)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Spot:
    lines: Sequence[str]
    line: int
    column: int
    start_line: int
    start_column: int
    problem: str
    offset: int

    @property
    def text(self) -> str:
        return self.lines[self.line]

    @property
    def is_readable(self) -> bool:
        """Tell whether the lines in question are not too long to be looked at closely."""
        around = (self.line, self.start_line, self.previous(self.line) or 0)
        return max(len(self.lines[number]) for number in around) <= LONGEST_LINE

    def previous(self, line: int) -> int | None:
        """Return the last line before `line` that says something, or None."""
        for number in range(line - 1, -1, -1):
            stripped = self.lines[number].strip()
            if stripped and not stripped.startswith("#"):
                return number
        return None


def _mapping_value(at: _Spot) -> Diagnosis | None:
    key = KEY.match(at.text)
    if key and key["value"] and at.column > len(key["lead"]) + len(key["key"]):
        return _inner_colon(at, key)
    above = at.previous(at.line)
    if above is None:
        return None
    glued, word = _GLUED.match(at.lines[above]), _WORD.match(at.lines[above])
    if glued and indent_of(at.lines[above]) <= indent_of(at.text):
        return _glued(above, glued)
    if word and indent_of(at.lines[above]) < indent_of(at.text):
        return _bare_key(above, word)
    holder = KEY.match(at.lines[above])
    if holder and holder["value"] and indent_of(at.text) > indent_of(at.lines[above]):
        name, number = holder["key"].strip(), above + 1 + at.offset
        return Diagnosis(
            code="SR017",
            line=at.line,
            column=indent_of(at.text),
            message=f"{name!r} has a text on line {number}, and keys below it as well",
            repair="move these keys to where they belong, or quote the text and this line as one",
        )
    return Diagnosis(
        code="SR024",
        line=above,
        column=indent_of(at.lines[above]),
        message='this line is neither "key: value" nor an item of a list',
        repair="make it a comment, or part of the value above by indentation and `>-`",
    )


def _inner_colon(at: _Spot, key: re.Match[str]) -> Diagnosis:
    value, comment = split_comment(key["value"])
    lead = at.text[: key.start("value")]
    whole_item = "- " in key["lead"] and _siblings_are_texts(at)
    if whole_item:
        value, comment = split_comment(at.text[len(key["lead"]) :])
        lead = key["lead"]
    return Diagnosis(
        code="SR012",
        line=at.line,
        column=at.column,
        message='a plain value cannot contain ": "',
        repair="put the value in quotes",
        changes=quote_value(at.lines, at.line, lead, value, comment),
    )


def _siblings_are_texts(at: _Spot) -> bool:
    """Tell whether the other items of the list around a line are texts; False if it has none."""
    indent = indent_of(at.text)
    kinds = set()
    for step in (-1, 1):
        number = at.line + step
        while 0 <= number < len(at.lines):
            line = at.lines[number]
            if line.strip() and (indent_of(line) < indent or not line.lstrip().startswith("- ")):
                break
            if line.strip() and indent_of(line) == indent:
                kinds.add(KEY.match(line) is None)
            number += step
    return kinds == {True}


def _block_header(at: _Spot) -> Diagnosis:
    return _quote_from(
        at,
        code="SR018",
        message="`>` and `|` begin a text on the next line; here they are meant as a sign",
    )


def _cannot_start(at: _Spot) -> Diagnosis:
    if "\t" in at.text[: at.column + 1]:
        return _tab(at)
    sign = at.lines[at.start_line][at.start_column : at.start_column + 1]
    return _quote_from(at, code="SR021", message=f"a plain value cannot begin with `{sign}`")


def _quote_from(at: _Spot, *, code: str, message: str) -> Diagnosis:
    """Quote the rest of the line from where the parser's context began."""
    line = at.lines[at.start_line]
    value, comment = split_comment(line[at.start_column :])
    changes: tuple[Change, ...] = ()
    lead = line[: at.start_column]
    if re.fullmatch(r" *(- +)*([^\s:#][^:#]*: +)?", lead) and value.strip() and lead.strip():
        changes = quote_value(at.lines, at.start_line, lead, value, comment)
    return Diagnosis(
        code=code,
        line=at.start_line,
        column=at.start_column,
        message=message,
        repair="put the value in quotes",
        changes=changes,
    )


def _tab(at: _Spot) -> Diagnosis:
    number = at.line
    if "\t" not in white_of(at.lines[number]):
        number = at.start_line
    white = white_of(at.lines[number])
    return Diagnosis(
        code="SR013",
        line=number,
        column=max(0, white.find("\t")),
        message="a tab cannot indent YAML",
        repair="replace the tab by spaces",
        changes=_untabbed(at, number, white),
    )


def _untabbed(at: _Spot, number: int, white: str) -> tuple[Change, ...]:
    """Replace tabs where the lines above allow one indentation only.

    Such is the case when all indented lines around it use tabs (one level each), or when a width
    of 2, 4 or 8 columns lands on an indentation that is in use and the others do not.
    """
    used = {indent_of(line) for line in at.lines if line.startswith(" ") and line.strip()}
    body = at.lines[number][len(white) :]
    if not used:
        tabbed = [n for n, line in enumerate(at.lines) if "\t" in white_of(line)]
        return tuple(
            Change(line=n, after=white_of(at.lines[n]).replace("\t", "  ") + at.lines[n].lstrip())
            for n in tabbed
        )
    widths = {len(white.replace("\t", " " * size)) for size in (2, 4, 8)} & used
    if len(widths) != 1:
        return ()
    return (Change(line=number, after=" " * widths.pop() + body),)


def _expected_key(at: _Spot) -> Diagnosis | None:
    entry = KEY.match(at.text) or ITEM.match(at.text)
    value = entry["value"] if entry and entry["value"] else at.text.strip()
    start = at.text.find(value)
    if value[:1] in "[{":
        found = _quote_from(
            _at_value(at, start),
            code="SR019",
            message="text follows a closing bracket; is it a placeholder that was never filled in?",
        )
        return found if at.column > start else None
    if value[:1] in "'\"" and at.column > start:
        return _quote_ends(at, start, value)
    return Diagnosis(
        code="SR025",
        line=at.line,
        column=indent_of(at.text),
        message=f"no line above stands at this indentation ({indent_of(at.text)} columns)",
        repair="align it with the lines it belongs to",
    )


def _at_value(at: _Spot, start: int) -> _Spot:
    return replace(at, start_line=at.line, start_column=start)


def _quote_ends(at: _Spot, start: int, value: str) -> Diagnosis:
    body, comment = split_comment(value)
    mark = body[0]
    changes: tuple[Change, ...] = ()
    inside = body[1:-1]
    if mark == "'" and body.endswith("'") and len(body) > 1 and not re.search(r"'\s*[,:#]", inside):
        after = at.text[:start] + "'" + re.sub("'+", "''", inside) + "'" + comment
        changes = (Change(line=at.line, after=after),)
    return Diagnosis(
        code="SR022",
        line=at.line,
        column=at.column,
        message=f"text follows a closing quote ({mark})",
        repair="double a quote that belongs to the text, or quote the whole value",
        changes=changes,
    )


def _open_quote(at: _Spot) -> Diagnosis:
    return Diagnosis(
        code="SR022",
        line=at.start_line,
        column=at.start_column,
        message="this quote is never closed",
        repair="close it at the end of the value",
    )


def _escape(at: _Spot) -> Diagnosis:
    changes: tuple[Change, ...] = ()
    line = at.text
    match = re.fullmatch(r'(?P<lead>[^"]*)"(?P<body>[^"]*)"(?P<rest>\s*(?:#.*)?)', line)
    if match and not re.search(r"\\[nt\"u\\x]", match["body"]) and "'" not in match["body"]:
        changes = (Change(line=at.line, after=f"{match['lead']}'{match['body']}'{match['rest']}"),)
    return Diagnosis(
        code="SR023",
        line=at.line,
        column=at.column,
        message=f"`{line[at.column : at.column + 2]}` is no escape of a text in double quotes",
        repair="use single quotes, in which a backslash is a backslash",
        changes=changes,
    )


def _no_colon(at: _Spot) -> Diagnosis:
    line = at.lines[at.start_line]
    if line.strip() == "...":
        return Diagnosis(
            code="SR026",
            line=at.start_line,
            column=at.start_column,
            message="`...` stands where something was left out",
            repair="write what belongs here, or remove the line",
        )
    glued = _GLUED.match(line)
    if glued:
        return _glued(at.start_line, glued)
    return Diagnosis(
        code="SR024",
        line=at.start_line,
        column=at.start_column,
        message='this line is neither "key: value" nor an item of a list',
        repair="make it a comment, or part of the value above by indentation and `>-`",
    )


def _document_end(at: _Spot) -> Diagnosis | None:
    above = at.previous(at.line)
    if above is None or at.lines[above].strip() != "...":
        return None
    return Diagnosis(
        code="SR026",
        line=above,
        column=0,
        message="`...` ends a YAML document, and more follows",
        repair="remove the line, or begin a new document with `---`",
    )


def _glued(line: int, match: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        code="SR024",
        line=line,
        column=match.end("key"),
        message=f"the key {match['key']!r} needs a space behind its colon",
        repair="put a space behind the colon",
        changes=(Change(line=line, after=f"{match['lead']}{match['key']}: {match['value']}"),),
    )


def _bare_key(line: int, match: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        code="SR024",
        line=line,
        column=match.end("key"),
        message=f"{match['key']!r} has keys below it, but no colon",
        repair="put a colon behind it",
        changes=(Change(line=line, after=f"{match['lead']}{match['key']}:"),),
    )


def _open_bracket(at: _Spot) -> Diagnosis:
    if re.search(r"\][^\s,\]}#]*$", at.text[: at.column + 1]):
        return Diagnosis(
            code="SR019",
            line=at.line,
            column=at.column,
            message="text follows a closing bracket; is it a placeholder that was never filled in?",
            repair="put the value in quotes, or fill it in",
        )
    return Diagnosis(
        code="SR027",
        line=at.start_line,
        column=at.start_column,
        message="this bracket is never closed",
        repair="close it behind its last item, or quote the value if the bracket is text",
    )


def _list_on_line(at: _Spot) -> Diagnosis:
    return Diagnosis(
        code="SR028",
        line=at.line,
        column=at.column,
        message="a list cannot begin behind its key",
        repair="begin it on the next line, or quote the value if the hyphen is text",
    )


def _generic(at: _Spot) -> Diagnosis:
    return Diagnosis(
        code="SR010",
        line=at.line,
        column=at.column,
        message=f"not valid YAML: {at.problem}",
        repair="correct the line, or quote the value",
    )


_EXPLANATIONS = (
    ("mapping values are not allowed", _mapping_value),
    ("expected comment or line break", _block_header),
    ("expected alphabetic or numeric", _cannot_start),
    ("cannot start any token", _cannot_start),
    ("tab character", _tab),
    ("did not find expected key", _expected_key),
    ("did not find expected '-'", _expected_key),
    ("could not find expected ':'", _no_colon),
    ("expected <document start>", _document_end),
    ("found unexpected end of stream", _open_quote),
    ("unknown escape", _escape),
    ("expected ',' or", _open_bracket),
    ("block sequence entries", _list_on_line),
)
