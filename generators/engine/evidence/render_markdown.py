"""The report as Markdown: claims and tables; every text from a schema is escaped."""

import re
from collections.abc import Mapping, Sequence

from generators.engine.evidence.blocks import (
    Block,
    Command,
    Declaration,
    Heading,
    Section,
    Snippet,
    Statements,
    Table,
)
from generators.engine.evidence.claims import Claim
from generators.engine.evidence.head import Head
from generators.engine.render.safe_text import Code, md, md_code
from generators.engine.render.templates import render_template

TEMPLATE = "report.md.j2"

_BOXES = ("[x]", "[ ]")
_MARKS = {True: "yes", False: "**no**", None: "open"}


def render_markdown(head: Head, sections: Sequence[Section], templates: Mapping[str, str]) -> bytes:
    """Return the report.

    Args:
        head: what stands before the first section.
        sections: the ten sections.
        templates: text of the templates by name.

    Raises:
        RenderError: a template is at fault.
    """
    values = {
        "title": md(head.title),
        "verdict": rich(head.verdict),
        "about": [(md(name), rich(value)) for name, value in head.about],
        "failures": [rich(failure) for failure in head.failures],
        "unfinished": [rich(text) for text in head.unfinished],
        "sections": [
            {
                "number": section.number,
                "title": Code(section.title),
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in sections
        ],
    }
    return render_template(templates[TEMPLATE], values, templates, name=TEMPLATE).encode()


def rich(text: str) -> Code:
    """Return a sentence with its names (between backquotes) as code spans."""
    if text in _BOXES:
        return Code(text)
    parts = text.split("`")
    return Code("".join(md_code(p) if odd % 2 else _prose(p) for odd, p in enumerate(parts)))


def _prose(text: str) -> str:
    """Escape prose, keeping a space at either end, which joins it to the name beside it."""
    lead = " " if text[:1].isspace() and text.strip() else ""
    tail = " " if text[-1:].isspace() else ""
    return f"{lead}{md(text)}{tail}"


def _block(block: Block) -> Code:
    match block:
        case Heading():
            return Code(f"### {md(block.text)}")
        case Statements():
            return Code("\n".join(f"- {_claim(claim)}" for claim in block.claims))
        case Table():
            return _table(block)
        case Snippet():
            return _snippet(block)
        case Command():
            return Code(f"To see it again, with {md(block.shows)}: {md_code(block.text)}")
        case Declaration():
            return _declaration(block)


def _claim(claim: Claim) -> Code:
    mark = {True: "", False: " **(does not hold)**", None: ""}[claim.holds]
    return Code(f"{rich(claim.text)}{mark} [{claim.claim_id}]")


def _table(table: Table) -> Code:
    headers = [*((" ",) if table.stated else ()), *table.headers]
    lines = [
        _claim(table.claim),
        "",
        f"| {' | '.join(md(header) for header in headers)} |",
        f"|{'---|' * len(headers)}",
    ]
    for row in table.rows:
        marked = (_MARKS[row.state],) if table.stated else ()
        cells = [*marked, *(rich(cell) for cell in row.cells)]
        lines.append(f"| {' | '.join(cells)} |")
    return Code("\n".join(lines))


def _snippet(snippet: Snippet) -> Code:
    """Return code between fences that are longer than any in it."""
    longest = max((len(run) for run in re.findall("`+", snippet.text)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = ("".join(c for c in line if c.isprintable()) for line in snippet.text.split("\n"))
    kept = "\n".join(lines)
    return Code(f"{_claim(snippet.claim)}\n\n{fence}python\n{kept}\n{fence}")


def _declaration(declaration: Declaration) -> Code:
    if declaration.text:
        return Code(declaration.text)
    reasons = "\n".join(f"- {rich(reason)}" for reason in declaration.reasons)
    return Code(f"The declaration is withheld:\n\n{reasons}")
