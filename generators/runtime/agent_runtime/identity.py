"""The key by which an agent is known: it signs the agent's packets and its audit checkpoints."""

import os
from pathlib import Path

from agent_runtime.errors import ConfigError
from agent_runtime.keys import SigningKey


def open_identity(path: Path) -> SigningKey:
    """Return the key in the PEM file at `path`; an agent that has none yet makes one.

    Two processes that start at the same time get the same key. The file is readable by its owner
    only; to bring a key of one's own, put it there before the first start.

    Raises:
        ConfigError: the file cannot be read or written, or holds no private Ed25519 key.
    """
    try:
        if not path.exists():
            _publish(path, SigningKey.generate().to_pem())
        return SigningKey.from_pem(path.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the identity of the agent cannot be used: {error}") from error


def _publish(path: Path, pem: str) -> None:
    """Write the file whole or not at all, and never over one that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(pem)
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first
    finally:
        draft.unlink()
