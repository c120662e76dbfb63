"""Format Python: ruff for speed, then black in process, whose word is final; results are kept."""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from black import format_str
from black.mode import Mode, TargetVersion
from black.parsing import InvalidInput

from generators.engine.shell.environment import current_environment, tool_environment
from generators.engine.shell.files import (
    read_bytes,
    read_optional,
    scratch_folder,
    write_if_changed,
)
from generators.engine.shell.processes import map_in_processes, run_process

LINE_LENGTH = 100
_TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True, slots=True)
class FormattedFiles:
    """Texts after formatting, and why some could not be formatted, by path."""

    contents: Mapping[str, bytes]
    broken: Mapping[str, str]


def format_files(files: Mapping[str, bytes], *, cache: str) -> FormattedFiles:
    """Format all Python among `files`; other texts get one final newline and no trailing blanks.

    Args:
        files: contents by relative path.
        cache: folder of results, by content and by version of the formatters.
    """
    contents: dict[str, bytes] = {}
    waiting: dict[str, tuple[bytes, str]] = {}
    for path, content in files.items():
        if not path.endswith(".py"):
            contents[path] = tidy(content)
            continue
        place = f"{cache}/format/{_key(content)}"
        known = read_optional(place)
        if known is None:
            waiting[path] = (content, place)
        else:
            contents[path] = known
    broken: dict[str, str] = {}
    drafts = _ruff_format({path: content for path, (content, _) in waiting.items()}, cache)
    finished_drafts = map_in_processes(_black_format, list(drafts.values()))
    for (path, (content, place)), (finished, complaint) in zip(
        waiting.items(), finished_drafts, strict=True
    ):
        contents[path] = finished if finished is not None else content
        if finished is None:
            broken[path] = complaint
        else:
            write_if_changed(place, finished)
    return FormattedFiles(contents={path: contents[path] for path in files}, broken=broken)


def tidy(content: bytes) -> bytes:
    """Return a text without blanks at line ends, with one final newline unless it is empty."""
    lines = [line.rstrip() for line in content.decode().splitlines()]
    text = "\n".join(lines).rstrip("\n")
    return f"{text}\n".encode() if text else b""


def _key(content: bytes) -> str:
    return hashlib.sha256(_formatters() + content).hexdigest()


@lru_cache(maxsize=1)
def _formatters() -> bytes:
    return f"{version('black')} {version('ruff')} {LINE_LENGTH}\n".encode()


def _ruff_format(files: Mapping[str, bytes], cache: str) -> dict[str, bytes]:
    """Return the files as one run of `ruff format` leaves them; what it cannot read, as it was."""
    if not files:
        return {}
    with scratch_folder(cache, "format-") as folder:
        places = {path: f"{folder}/{number}.py" for number, path in enumerate(files)}
        for path, content in files.items():
            write_if_changed(places[path], content)
        run_process(
            [
                str(Path(sys.executable).with_name("ruff")),
                "format",
                "--isolated",
                "--no-cache",
                "--quiet",
                "--line-length",
                str(LINE_LENGTH),
                "--target-version",
                "py311",
                ".",
            ],
            folder=folder,
            environment=tool_environment(current_environment(), import_path=(), bytecode=folder),
            timeout_seconds=_TIMEOUT_SECONDS,
        )
        return {path: read_bytes(place) for path, place in places.items()}


def _black_format(draft: bytes) -> tuple[bytes | None, str]:
    """Return what black makes of a draft; if it cannot, None and its complaint."""
    mode = Mode(line_length=LINE_LENGTH, target_versions={TargetVersion.PY311})
    try:
        return format_str(draft.decode(), mode=mode).encode(), ""
    except InvalidInput as error:
        return None, str(error)
