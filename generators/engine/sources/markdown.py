"""Cut a Markdown file into its front matter and its fenced blocks, with their places.

Fences are found first, because `---` plays three roles in these files (front matter, rule,
document start inside a fence).
"""

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<title>.+)$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A fenced block: its text without the fence's indentation, and where the text begins."""

    text: str
    language: str
    line_offset: int
    column_offset: int
    heading: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Prose:
    """A line outside of all blocks, with its number and the heading it stands under."""

    text: str
    line: int
    heading: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Markdown:
    """A Markdown file: front matter (None if absent), blocks, prose, lines of unclosed fences."""

    front_matter: str | None
    blocks: tuple[Block, ...]
    prose: tuple[Prose, ...]
    unclosed: tuple[int, ...]


def parse_markdown(text: str) -> Markdown:
    """Cut `text`; lines count from 1 in `unclosed`, `line_offset` is lines before the block."""
    lines = text.split("\n")
    front, start = _front_matter(lines)
    blocks: list[Block] = []
    prose: list[Prose] = []
    unclosed: list[int] = []
    heading = ""
    index = start
    while index < len(lines):
        fence = _FENCE.match(lines[index])
        title = _HEADING.match(lines[index])
        if title:
            heading = title["title"].rstrip(" \t#")
        if not fence:
            if lines[index].strip() and not title:
                prose.append(Prose(text=lines[index], line=index + 1, heading=heading))
            index += 1
            continue
        end = _closing(lines, index + 1, fence["mark"])
        if end is None:
            unclosed.append(index + 1)
            end = len(lines)
        body = lines[index + 1 : end]
        indent = min(len(fence["indent"]), _common_indent(body))
        blocks.append(
            Block(
                text="\n".join(line[indent:] for line in body) + "\n",
                language=fence["info"].strip().lower().split(" ")[0].strip("{}."),
                line_offset=index + 1,
                column_offset=indent,
                heading=heading,
            )
        )
        index = end + 1
    return Markdown(
        front_matter=front,
        blocks=tuple(blocks),
        prose=tuple(prose),
        unclosed=tuple(unclosed),
    )


def _front_matter(lines: list[str]) -> tuple[str | None, int]:
    if not lines or lines[0].strip() != "---":
        return None, 0
    for index in range(1, len(lines)):
        if lines[index].strip() == "---":
            return "\n".join(lines[1:index]) + "\n", index + 1
        if _FENCE.match(lines[index]) or _HEADING.match(lines[index]):
            break
    return None, 0


def _common_indent(body: list[str]) -> int:
    """Return the white space that all lines begin with, in characters."""
    lines = [line for line in body if line.strip()]
    return min((len(line) - len(line.lstrip(" \t")) for line in lines), default=0)


def _closing(lines: list[str], start: int, mark: str) -> int | None:
    for index in range(start, len(lines)):
        line = lines[index].strip()
        if line.startswith(mark) and not line.strip(mark[0]):
            return index
    return None
