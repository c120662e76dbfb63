"""Before and after: what an installation did to a file, counted in lines."""

import difflib
import hashlib

from generators.engine.evidence.records import FileChange


def file_change(path: str, before: bytes | None, after: bytes | None) -> FileChange:
    """Return what turned `before` into `after`.

    Args:
        path: where the file stands, below the collection's folder.
        before: its content until now; None if there was no such file.
        after: its content from now on; None if it was removed.
    """
    old, new = _lines(before), _lines(after)
    added = removed = 0
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind != "equal":
            removed += old_to - old_from
            added += new_to - new_from
    return FileChange(
        path=path,
        before=None if before is None else digest(before),
        after=None if after is None else digest(after),
        lines_before=len(old),
        lines_after=len(new),
        added=added,
        removed=removed,
    )


def digest(content: bytes) -> str:
    """Return the SHA-256 of `content` in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def line_count(content: bytes) -> int:
    """Return the number of lines, as `wc -l` counts them."""
    return content.count(b"\n")


def _lines(content: bytes | None) -> list[bytes]:
    return [] if content is None else content.splitlines()
