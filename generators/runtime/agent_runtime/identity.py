"""The key by which an agent is known: it signs the agent's packets and its audit checkpoints."""

from pathlib import Path

from agent_runtime.keys import SigningKey
from agent_runtime.secretfile import read_or_make


def open_identity(path: Path) -> SigningKey:
    """Return the key in the PEM file at `path`; an agent that has none yet makes one.

    Raises:
        ConfigError: the file cannot be read or written, or holds no private Ed25519 key.
    """
    pem = read_or_make(
        path, lambda: SigningKey.generate().to_pem(), what="the identity of the agent"
    )
    return SigningKey.from_pem(pem)
