"""Read and write files; writes are atomic and leave a file alone that already holds the bytes."""

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_MODE = 0o644

MEMORY = "/dev/shm"  # noqa: S108 - only folders of our own are made in it
"""Where Linux has a file system in memory."""


class SymlinkError(OSError):
    """A path that we are to write goes through a symbolic link, and might lead anywhere."""


def read_bytes(path: str) -> bytes:
    """Return the content of `path`."""
    with open(path, "rb") as file:
        return file.read()


def read_optional(path: str) -> bytes | None:
    """Return the content of `path`, or None if there is no such file."""
    try:
        return read_bytes(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_if_changed(path: str, content: bytes) -> bool:
    """Make `path` hold `content`; tell whether that took a write.

    The file appears complete or not at all: it is written beside its place and renamed. A file
    with these bytes already is not touched, so that its modification time stays.
    """
    if read_optional(path) == content and not Path(path).is_symlink():
        return False
    folder = os.path.dirname(path) or "."
    Path(folder).mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, _MODE)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def refuse_links(path: str, root: str) -> None:
    """Check that no folder between `root` and `path` is a symbolic link.

    Raises:
        SymlinkError: one is.
    """
    folder = os.path.dirname(path)
    while len(folder) > len(root):
        if Path(folder).is_symlink():
            raise SymlinkError(f"{folder} is a symbolic link; remove it, then build again")
        folder = os.path.dirname(folder)


def remove_file(path: str, root: str) -> bool:
    """Remove `path` and the folders that this empties, up to `root`; tell if it was there."""
    try:
        os.remove(path)
    except FileNotFoundError:
        return False
    remove_empty_folders(os.path.dirname(path), root)
    return True


def remove_empty_folders(folder: str, root: str) -> None:
    """Remove `folder` if it is empty, then its parents, never `root` itself or beyond."""
    while len(folder) > len(root) and folder.startswith(root):
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)


def files_below(
    folder: str, *, suffixes: tuple[str, ...] = (), hidden: bool = False
) -> Iterator[str]:
    """Yield the regular files below `folder` in order, without compiled Python.

    Args:
        folder: where to begin; one that is missing yields nothing.
        suffixes: endings of the names to keep; all if empty.
        hidden: whether names that begin with a dot are meant as well.
    """
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=_name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name == "__pycache__" or (entry.name.startswith(".") and not hidden):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from files_below(entry.path, suffixes=suffixes, hidden=hidden)
        elif entry.is_file() and entry.name.endswith(suffixes or ("",)):
            yield entry.path


def forget_oldest(folder: str, *, keep: int) -> None:
    """Remove the files of a cache that were written first, all but `keep`."""
    found = list(files_below(folder))
    if len(found) > keep:
        found.sort(key=lambda path: os.stat(path).st_mtime_ns)
        for path in found[:-keep]:
            Path(path).unlink(missing_ok=True)


def is_file(path: str) -> bool:
    """Tell whether `path` is a regular file, following no link."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def is_writable(folder: str) -> bool:
    """Tell whether files can be made in `folder`, or in the nearest folder above that exists."""
    while folder and not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return os.access(folder or ".", os.W_OK | os.X_OK)


def write_secret(path: str, content: bytes) -> bytes:
    """Make a file that only its owner can read; if it exists, leave it and return its content."""
    Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_bytes(path)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return content


def subfolders(folder: str) -> tuple[str, ...]:
    """Return the names of the folders in `folder`, in order; none if it is missing."""
    try:
        with os.scandir(folder) as found:
            entries = [entry for entry in found if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return ()
    return tuple(sorted(entry.name for entry in entries))


def absolute(path: str) -> str:
    """Return `path` as an absolute path, links not followed."""
    return os.path.abspath(path)


def read_all(paths: Iterable[str]) -> dict[str, bytes]:
    """Return the content of each path."""
    return {path: read_bytes(path) for path in paths}


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def fastest_folder(otherwise: str, *, memory: str = MEMORY, needed: int = 1 << 28) -> str:
    """Return a folder in memory if the system has one with `needed` bytes free, else `otherwise`.

    Tests of agents open hundreds of small databases; on a disk, each commit waits for it.
    """
    try:
        space = os.statvfs(memory)
    except OSError:
        return otherwise
    roomy = space.f_bavail * space.f_frsize >= needed
    return memory if roomy and os.access(memory, os.W_OK | os.X_OK) else otherwise


@contextmanager
def scratch_folder(parent: str, prefix: str) -> Iterator[str]:
    """Give a new, empty folder in `parent`, which is made if need be; it is removed at the end."""
    os.makedirs(parent, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as folder:
        yield folder


def relative_path(path: str, folder: str) -> str:
    """Return `path` as it is reached from `folder`, with forward slashes."""
    return os.path.relpath(path, folder).replace(os.sep, "/")
