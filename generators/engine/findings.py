"""Findings: what the compiler has to say about its input, as values.

Every stage collects findings and goes on; one place (`render_findings`) turns them into text.
A code is a family (SR sources, MD model, PL plan, PT pattern, GT gate, EV evidence, DP deploy)
and a number that is never reused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

_EXPLAINED = ("SR", "MD", "PL")


class Severity(StrEnum):
    """How bad a finding is; only errors stop a build."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Place:
    """A position in a source file; `line` and `column` count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing wrong or worth knowing, where it is, and how to mend it."""

    code: str
    message: str
    place: Place
    repair: str
    severity: Severity = Severity.ERROR
    agent: str | None = None
    pointer: str = ""

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Return the order in which findings are shown: by place, then code."""
        return (self.place.file, self.place.line, self.place.column, self.code, self.message)


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the distinct findings in the order of their places."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.sort_key))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether any finding is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def render_findings(findings: Iterable[Finding], texts: Mapping[str, str]) -> str:
    """Render findings for a terminal, each with its source line and a caret.

    Args:
        findings: what to show.
        texts: the text of each source file by the name that places use.
    """
    return "\n".join(_render(finding, texts) for finding in sort_findings(findings))


def _render(finding: Finding, texts: Mapping[str, str]) -> str:
    head = f"{finding.code}  {finding.place}  {finding.severity}: {_one_line(finding.message)}"
    lines = [head, *quoted_line(finding.place, texts)]
    lines.append(f"      repair   {_one_line(finding.repair)}")
    if finding.code.startswith(_EXPLAINED):
        lines.append(f"      more     {page_of(finding.code)}")
    return "\n".join(lines)


def page_of(code: str) -> str:
    """Return where a code is explained, relative to the repository."""
    return f"docs/findings/{code}.md"


def quoted_line(place: Place, texts: Mapping[str, str]) -> list[str]:
    """Return the source line of a place and a caret below it; nothing if it is not there."""
    lines = texts.get(place.file, "").lstrip("\ufeff").replace("\r\n", "\n").split("\n")
    if place.line > len(lines):
        return []
    source = _one_line(lines[place.line - 1])
    return [f"{place.line:6d} | {source}", f"       | {' ' * (place.column - 1)}^"]


def _one_line(text: str) -> str:
    """Make control characters visible, so that data cannot forge a line or move the cursor."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text.replace("\t", " "))


def findings_json(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Return findings as plain data for JSON files."""
    return [
        {
            "code": finding.code,
            "severity": str(finding.severity),
            "message": finding.message,
            "file": finding.place.file,
            "line": finding.place.line,
            "column": finding.place.column,
            "repair": finding.repair,
            "agent": finding.agent,
            "pointer": finding.pointer,
        }
        for finding in sort_findings(findings)
    ]
