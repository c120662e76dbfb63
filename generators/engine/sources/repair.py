"""Propose the smallest repairs of a file, and prove that they change nothing else."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from generators.engine.sources.edits import Edit, apply_edits, fits
from generators.engine.sources.file_reader import SourceFile, read_file
from generators.engine.sources.nodes import Map, Node, Scalar, Seq

RESPELT = "SR020"
_HOLDER = re.compile(r"^(?P<lead> *(?:- +)*(?:[^\s:#][^:#]*: +)?)\S")
_PUNCTUATION = re.compile(r"[\s:'\"]")
_STRUCTURE = ("SR013", "SR024")

_Leaf = tuple[tuple[str, ...], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """A repaired file: its edits, its text, and the difference as a unified diff."""

    file: str
    edits: tuple[Edit, ...]
    repaired: str
    diff: str


def repair_file(name: str, text: str, edits: Iterable[Edit], known: frozenset[str]) -> Repair:
    """Apply those of `edits` that are proven to leave all other values as they are.

    Args:
        name: the file, as places carry it.
        text: its text.
        edits: proposals for this file.
        known: top-level keys of agent schemas, normalised.
    """
    kept: list[Edit] = []
    for group in _groups(edit for edit in edits if fits(text, edit)):
        if is_proven(name, text, (*kept, *group), known):
            kept += group
    repaired = apply_edits(text, kept)
    lines = difflib.unified_diff(
        text.splitlines(keepends=True),
        repaired.splitlines(keepends=True),
        fromfile=f"a/{name.lstrip('/')}",
        tofile=f"b/{name.lstrip('/')}",
        n=1,
    )
    return Repair(file=name, edits=tuple(kept), repaired=repaired, diff="".join(lines))


def is_proven(name: str, text: str, edits: Iterable[Edit], known: frozenset[str]) -> bool:
    """Tell whether `edits` leave every value on every other line as it is.

    The text is read twice: repaired, and with each repaired value replaced by a neutral one that
    cannot be misread. Where both agree on all other lines, the repair reaches no further than its
    own value.
    """
    edits = tuple(edits)
    if not all(_says_the_same(edit) for edit in edits):
        return False
    blanked = [edit if edit.after is not None else replace(edit, after="") for edit in edits]
    repaired = _read(name, apply_edits(text, blanked), known)
    neutral = _read(name, apply_edits(text, [_neutral(edit) for edit in blanked]), known)
    touched = {edit.line for edit in edits}
    renamed = dict(pair for edit in edits if (pair := _renamed(edit)) is not None)
    before = [(_respelt(path, renamed), value) for path, value in _others(neutral, touched)]
    quiet = {edit.line for edit in edits if edit.reason[:5] != RESPELT}
    clean = not any(finding.place.line in quiet for finding in repaired.findings)
    return clean and before == list(_others(repaired, touched))


def _says_the_same(edit: Edit) -> bool:
    """Tell whether an edit adds or removes nothing but quotes, colons and white space."""
    if edit.after is None or edit.reason[:5] == RESPELT:
        return True
    return _PUNCTUATION.sub("", edit.before) == _PUNCTUATION.sub("", edit.after)


def _groups(edits: Iterable[Edit]) -> Iterator[tuple[Edit, ...]]:
    """Yield edits that only make sense together: those of one quoted text over several lines."""
    pending: list[Edit] = []
    for edit in edits:
        opened = (edit.after or "").count('"') % 2 == 1
        pending.append(edit)
        if not opened or len(pending) > 1:
            yield tuple(pending)
            pending = []
    if pending:
        yield tuple(pending)


def _read(name: str, text: str, known: frozenset[str]) -> SourceFile:
    return read_file(name, text.encode(), known)


def _neutral(edit: Edit) -> Edit:
    """Return an edit that puts 0 for the value, or changes as little where structure is mended."""
    code = edit.reason[:5]
    if code == RESPELT:
        return replace(edit, after=edit.before)
    holder = _HOLDER.match(edit.after or "")
    if code in _STRUCTURE or holder is None:
        return edit
    if not holder["lead"].strip():
        return replace(edit, after="")  # the end of a text over several lines
    return replace(edit, after=f"{holder['lead']}0")


def _renamed(edit: Edit) -> tuple[str, str] | None:
    if edit.reason[:5] != RESPELT:
        return None
    written, right = (line.strip().lstrip("- ").partition(":")[0] for line in _both(edit))
    return written, right


def _both(edit: Edit) -> tuple[str, str]:
    return edit.before, edit.after or ""


def _respelt(path: tuple[str, ...], renamed: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(renamed.get(part, part) for part in path)


def _others(file: SourceFile, touched: set[int]) -> Iterator[_Leaf]:
    for number, document in enumerate(file.documents):
        yield from _leaves(document.node, (str(number),), touched)


def _leaves(node: Node, path: tuple[str, ...], touched: set[int]) -> Iterator[_Leaf]:
    if isinstance(node, Map):
        for entry in node.entries:
            yield from _leaves(entry.value, (*path, entry.key), touched)
    elif isinstance(node, Seq):
        for index, item in enumerate(node.items):
            yield from _leaves(item, (*path, str(index)), touched)
    elif isinstance(node, Scalar) and node.place.line not in touched:
        yield path, node.text
