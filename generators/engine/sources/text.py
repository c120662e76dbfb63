"""From the bytes of a source file to its text, refusing what an editor would not show."""

import re
from itertools import islice

from generators.engine.findings import Finding, Place

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]"
)

MAX_BYTES = 1_000_000
MAX_COMPLAINTS = 50


def decode(name: str, content: bytes) -> tuple[str, tuple[Finding, ...]]:
    """Return the text of a file with Unix line ends and without byte order mark.

    Control characters, directions that editors hide and separators that only YAML takes for line
    ends are findings; they stand as spaces in the result, so that places stay exact.
    """
    if len(content) > MAX_BYTES:
        finding = Finding(
            code="SR002",
            place=Place(file=name),
            message=f"the file has {len(content)} bytes, more than {MAX_BYTES}",
            repair="split it; the files of a folder are one collection",
        )
        return "", (finding,)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        place = Place(file=name, line=line, column=column)
        return "", (
            Finding(
                code="SR009",
                place=place,
                message="the file is not UTF-8",
                repair="save it as UTF-8",
            ),
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.isprintable():
        return text, ()
    found = islice(_FORBIDDEN.finditer(text), MAX_COMPLAINTS)
    findings = tuple(_forbidden(name, text, match) for match in found)
    return (_FORBIDDEN.sub(" ", text) if findings else text), findings


def _forbidden(name: str, text: str, match: re.Match[str]) -> Finding:
    start = match.start()
    return Finding(
        code="SR011",
        place=Place(
            file=name,
            line=text.count("\n", 0, start) + 1,
            column=start - text.rfind("\n", 0, start),
        ),
        message=f"the invisible character U+{ord(match[0]):04X} is not accepted",
        repair="remove the character",
    )
