"""Cut a Markdown file into its front matter and its fenced blocks, with their places.

Fences are found first, because `---` plays three roles in these files (front matter, rule,
document start inside a fence).
"""

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<title>.+?)[ \t#]*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A fenced block: its text without the fence's indentation, and where the text begins."""

    text: str
    language: str
    line_offset: int
    column_offset: int
    heading: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Markdown:
    """A Markdown file: its front matter (None if absent), blocks, and unclosed fences by line."""

    front_matter: str | None
    blocks: tuple[Block, ...]
    unclosed: tuple[int, ...]


def parse_markdown(text: str) -> Markdown:
    """Cut `text`; lines count from 1 in `unclosed`, `line_offset` is lines before the block."""
    lines = text.splitlines()
    front, start = _front_matter(lines)
    blocks: list[Block] = []
    unclosed: list[int] = []
    heading = ""
    index = start
    while index < len(lines):
        fence = _FENCE.match(lines[index])
        title = _HEADING.match(lines[index])
        if title:
            heading = title["title"]
        if not fence:
            index += 1
            continue
        end = _closing(lines, index + 1, fence["mark"])
        if end is None:
            unclosed.append(index + 1)
            end = len(lines)
        indent = len(fence["indent"])
        body = [
            line[indent:] if not line[:indent].strip() else line for line in lines[index + 1 : end]
        ]
        blocks.append(
            Block(
                text="\n".join(body) + "\n",
                language=fence["info"].strip().lower(),
                line_offset=index + 1,
                column_offset=indent,
                heading=heading,
            )
        )
        index = end + 1
    return Markdown(front_matter=front, blocks=tuple(blocks), unclosed=tuple(unclosed))


def _front_matter(lines: list[str]) -> tuple[str | None, int]:
    if not lines or lines[0].strip() != "---":
        return None, 0
    for index in range(1, len(lines)):
        if lines[index].strip() == "---":
            return "\n".join(lines[1:index]) + "\n", index + 1
        if _FENCE.match(lines[index]):
            break
    return None, 0


def _closing(lines: list[str], start: int, mark: str) -> int | None:
    for index in range(start, len(lines)):
        line = lines[index].strip()
        if line.startswith(mark) and not line.strip(mark[0]):
            return index
    return None
