"""Backup and restore of an agent's embedded stores: one folder, whole and checked.

A backup is made while the agent runs: SQLite files are copied through SQLite's own online backup,
so that each copy is a state that was committed; append-only logs are copied up to their last whole
line. `backup.json` names every file with its digest. Restoring refuses a damaged or incomplete
backup before it touches anything, and never writes into a folder that holds something.

Keys of erased persons would come back with an old vault: keep `SubjectVault.erasures` elsewhere,
and repeat them after a restore.
"""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runtime.clock import Clock, isoformat
from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.jsontext import parse_object

INDEX: Final = "backup.json"
"""Names every file of a backup; written last, so that an interrupted backup has none."""

_SQLITE: Final = b"SQLite format 3\0"
_BESIDE: Final = ("-wal", "-shm", ".lock")
"""Endings of files that belong to an open database and mean nothing without it."""

_LOGS: Final = ".jsonl"


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupReport:
    """What a backup holds: number of files, bytes, and when it was made (ISO 8601 in UTC)."""

    files: int
    size: int
    made_at: str


def back_up(
    source: Path, target: Path, *, clock: Clock, apart: Collection[str] = ()
) -> BackupReport:
    """Copy the stores in the folder `source` to the new folder `target`, while they are in use.

    Args:
        source: the folder of an agent.
        target: the backup.
        clock: tells when it was made.
        apart: files below `source` that are left out, because they are kept elsewhere.

    Raises:
        InputBoundsError: `target` holds something, or lies within `source`.
        MemoryLayerError: a file could not be read or written.
    """
    _require_empty(target)
    if target.resolve().is_relative_to(source.resolve()):
        raise InputBoundsError(f"{target.name}: a backup cannot lie within what it copies")
    try:
        names = (name for name in _names(source) if name not in apart)
        digests = {name: _copy(source / name, target / name) for name in names}
        made_at = isoformat(clock())
        document = {"made_at": made_at, "files": digests}
        draft = target / f"{INDEX}.new"
        draft.write_text(json.dumps(document, indent=1, sort_keys=True), encoding="ascii")
        draft.replace(target / INDEX)
    except (OSError, sqlite3.Error) as error:
        raise MemoryLayerError(f"the backup was not completed: {error}") from error
    return _report(target, digests, made_at)


def check_backup(backup: Path) -> BackupReport:
    """Check that the backup in the folder `backup` is whole.

    Raises:
        MemoryLayerError: it was not completed, or a file is missing, changed or not its own.
    """
    try:
        index = parse_object((backup / INDEX).read_text(encoding="ascii"))
        found = {name: _digest(backup / name) for name in _names(backup) if name != INDEX}
    except (OSError, UnicodeDecodeError) as error:
        raise MemoryLayerError(f"{backup.name} is no complete backup: {error}") from error
    files = index.get("files")
    if not isinstance(files, dict):
        raise MemoryLayerError(f"{backup.name} is no complete backup: its index is damaged")
    wrong = sorted(name for name in found.keys() | files if found.get(name) != files.get(name))
    if wrong:
        raise MemoryLayerError(f"{backup.name}: missing, changed or added: {', '.join(wrong)}")
    return _report(backup, found, str(index.get("made_at")))


def restore(backup: Path, target: Path) -> BackupReport:
    """Copy the stores of a checked backup into `target`, which must not hold anything yet.

    Raises:
        InputBoundsError: `target` holds something.
        MemoryLayerError: the backup is not whole, or a file could not be written.
    """
    _require_empty(target)
    report = check_backup(backup)
    draft = target.with_name(f"{target.name}.restoring")
    try:
        if draft.exists():
            shutil.rmtree(draft)  # of a restore that was interrupted
        shutil.copytree(backup, draft, ignore=shutil.ignore_patterns(INDEX))
        if target.exists():
            target.rmdir()
        draft.rename(target)
    except OSError as error:
        raise MemoryLayerError(f"nothing was restored: {error}") from error
    return report


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputBoundsError(f"{folder.name} holds something already; name a new folder")


def _names(folder: Path) -> Iterator[str]:
    """Yield the files below `folder` that belong to a backup, sorted; links are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.endswith(_BESIDE):
            yield path.relative_to(folder).as_posix()


def _copy(source: Path, target: Path) -> str:
    """Copy one file as of one moment and return the digest of the copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as file:
        start = file.read(len(_SQLITE))
    if start == _SQLITE:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    elif source.suffix == _LOGS:
        data = source.read_bytes()
        target.write_bytes(data[: data.rfind(b"\n") + 1])
    else:
        shutil.copyfile(source, target)
    target.chmod(source.stat().st_mode & 0o777)
    return _digest(target)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _report(folder: Path, digests: dict[str, str], made_at: str) -> BackupReport:
    size = sum((folder / name).stat().st_size for name in digests)
    return BackupReport(files=len(digests), size=size, made_at=made_at)
