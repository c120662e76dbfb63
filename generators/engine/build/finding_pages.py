"""Write docs/findings: one page a finding code, and an index, from `finding_codes.yaml`.

Run it as `python -m generators.engine.build.finding_pages`; a test holds the pages to their source.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from generators.engine.shell.files import read_bytes, write_if_changed

SOURCE = Path(__file__).resolve().parents[1] / "finding_codes.yaml"
FOLDER = "docs/findings"
_IDENTITIES = {"AGENT": ("N", "n"), "AGENT2": ("Other", "other"), "AGENT3": ("[Name]", "name")}


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingCode:
    """What is to be known about one code.

    Attributes:
        code: for example `SR012`.
        title: the finding in a few words.
        severity: how bad it is as a rule.
        explanation: what is wrong and why it matters.
        repair: what to do.
        repairable: whether `doit repair` mends it where it has one reading.
        example: a file that has the finding, None if its place is not a source file.
        where: what kind of thing has it, where that is no source file.
    """

    code: str
    title: str
    severity: str
    explanation: str
    repair: str
    repairable: bool
    example: str | None
    where: str


def load_codes() -> tuple[FindingCode, ...]:
    """Read the catalogue, in its order."""
    entries = yaml.load(read_bytes(str(SOURCE)).decode(), Loader=yaml.CSafeLoader)
    return tuple(_code(entry) for entry in entries)


def pages(codes: tuple[FindingCode, ...]) -> dict[str, str]:
    """Return the text of each page by its path below the repository."""
    made = {f"{FOLDER}/{code.code}.md": _page(code) for code in codes}
    return {f"{FOLDER}/README.md": _index(codes), **made}


def _code(entry: Mapping[str, object]) -> FindingCode:
    example = entry.get("example")
    return FindingCode(
        code=str(entry["code"]),
        title=str(entry["title"]),
        severity=str(entry["severity"]),
        explanation=str(entry["explanation"]),
        repair=str(entry["repair"]),
        repairable=bool(entry.get("repairable", False)),
        example=_with_identity(example) if isinstance(example, str) else None,
        where=str(entry.get("where", "source")),
    )


def _with_identity(example: str) -> str:
    """Return the example with its identities written out."""
    lines: list[str] = []
    for line in example.split("\n"):
        name, folder = _IDENTITIES.get(line, ("", ""))
        identity = (
            "system: S",
            "module: m",
            f"name: {name}",
            "role: Shows a finding.",
            f"rootpath: L9/{folder}",
        )
        lines += identity if name else [line]
    return "\n".join(lines)


def _page(code: FindingCode) -> str:
    lines = [f"# {code.code}: {code.title}", "", f"Severity: {code.severity}", ""]
    lines += [code.explanation, "", "## Repair", "", code.repair, ""]
    if code.example is not None and code.example.strip():
        shown = code.example.rstrip("\n").split("\n")
        lines += ["## Example", "", "````yaml", *(_visible(line) for line in shown), "````", ""]
    return "\n".join(lines)


def _visible(line: str) -> str:
    return "".join(c if c.isprintable() or c == "\t" else f"<U+{ord(c):04X}>" for c in line)


def _index(codes: tuple[FindingCode, ...]) -> str:
    lines = [
        "# Findings",
        "",
        "Every code that reading, modelling and planning can show. `doit repair` mends those with",
        "a mark, where they can be read in one way only.",
        "",
        "| code | finding | severity | repair |",
        "|---|---|---|---|",
    ]
    for code in codes:
        mark = "`doit repair`" if code.repairable else ""
        title = code.title.replace("|", "\\|")
        lines.append(f"| [{code.code}]({code.code}.md) | {title} | {code.severity} | {mark} |")
    return "\n".join([*lines, ""])


def main() -> int:
    """Write all pages."""
    for path, text in pages(load_codes()).items():
        write_if_changed(path, text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
