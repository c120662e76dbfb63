"""Ask git about a line of a file, if there is git and the file is in it."""

import os

from generators.engine.shell.environment import current_environment
from generators.engine.shell.processes import run_process

_UNCOMMITTED = "0" * 40
_TIMEOUT_SECONDS = 20.0


def commit_of_line(path: str, line: int) -> str | None:
    """Return the commit that wrote a line, as its short id and subject.

    Args:
        path: the file.
        line: number of the line, from 1.

    Returns:
        None if git is not there, does not know the file, or the line is not committed.
    """
    arguments = ["git", "blame", "--porcelain", "-L", f"{line},{line}", "--"]
    environ = current_environment()
    try:
        done = run_process(
            [*arguments, os.path.basename(path)],
            folder=os.path.dirname(path) or ".",
            environment={name: environ[name] for name in ("PATH", "HOME") if name in environ},
            timeout_seconds=_TIMEOUT_SECONDS,
        )
    except OSError:
        return None
    if done.exit_code != 0 or done.stdout.startswith(_UNCOMMITTED):
        return None
    head, *rest = done.stdout.splitlines()
    subject = next((text[8:] for text in rest if text.startswith("summary ")), "")
    return f"{head[:10]} {subject}"
