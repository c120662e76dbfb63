"""Secret files that are made at the first start: whole or not at all, for their owner only."""

import os
from collections.abc import Callable
from pathlib import Path

from agent_runtime.errors import ConfigError


def read_or_make(path: Path, make: Callable[[], str], *, what: str) -> str:
    """Return the text of the file at `path`; if there is none, what `make` returns, kept there.

    Two processes that start at the same time get the same text. To bring a secret of one's own, put
    the file there before the first start.

    Args:
        path: the file; its folder is created.
        make: makes the secret, as ASCII text.
        what: what the secret is, for messages.

    Raises:
        ConfigError: the file cannot be read or written.
    """
    try:
        if not path.exists():
            _publish(path, make())
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{what} cannot be used: {error}") from error


def _publish(path: Path, text: str) -> None:
    """Write the file whole or not at all, and never over one that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first
    finally:
        draft.unlink()
