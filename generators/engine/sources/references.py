"""References of a collection to other files that hold its schemas."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePosixPath

_FILE = r"[\w.\-/]+\.(?:yaml|yml|md)"
_BRACKETED = re.compile(rf"\[(?P<text>[^\[\]]*?(?P<file>{_FILE})[^\[\]]*)\](?!\()")
_LINK = re.compile(rf"[-*+\d.) ]*\[[^\[\]]*\]\((?P<file>{_FILE})\)[.:]?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A line that stands for a schema in another file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    heading: str


def reference_in(line: str) -> tuple[str, int] | None:
    """Return the file a line of prose refers to and its column from 1, or None.

    Such a line is wholly in brackets (`[Use the X.yaml you created earlier ...]`), or nothing but a
    link to the file.
    """
    stripped = line.strip()
    match = _BRACKETED.fullmatch(stripped) or _LINK.fullmatch(stripped)
    if match is None:
        return None
    offset = line.find(stripped)
    return match["file"], offset + match.start("file") + 1


def resolve_reference(name: str, files: Iterable[str]) -> tuple[str, ...]:
    """Return the files that `name` may mean: same spelling without case and punctuation."""
    wanted = _squash(name)
    return tuple(file for file in files if _squash(file) == wanted)


def near_files(name: str, files: Iterable[str]) -> tuple[str, ...]:
    """Return up to three files whose names look like `name`."""
    by_name = {_squash(file): file for file in files}
    return tuple(by_name[key] for key in get_close_matches(_squash(name), list(by_name), n=3))


def _squash(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", PurePosixPath(name).stem.lower())
