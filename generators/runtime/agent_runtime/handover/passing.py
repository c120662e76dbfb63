"""What both sides of a hand-over need: the shared folder of bundles, and tokens for one model."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runtime.errors import (
    MemoryLayerError,
    ModelStoreError,
    NotAuthenticatedError,
    NotAuthorisedError,
)
from agent_runtime.modelrecords import DIGEST, read_checked, sync_folder, write_durably
from agent_runtime.tokens import SERVICE_ROLE, Claims, TokenIssuer, TokenVerifier

PROMOTE: Final = "promote_model"
"""Act that governance approves: `promote_model:<digest of the bundle>`."""

HAND_OVER: Final = "hand_over_model"
TOKEN_SECONDS: Final = 600
"""How long a sender's token is good; a packet that waited longer is to be sent anew."""


class BundleFolder:
    """Bundles by their digest, in a folder that agents share. Nothing in it is trusted."""

    def __init__(self, root: Path) -> None:
        """Take the folder; it is made when the first bundle comes."""
        self._root = root

    def put(self, content: bytes) -> str:
        """Store a bundle whole or not at all, and return its digest.

        Raises:
            MemoryLayerError: it could not be written.
        """
        digest = hashlib.sha256(content).hexdigest()
        draft = self._root / f".{digest}.{os.getpid()}"
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            write_durably(draft, content)
            draft.replace(self._path(digest))
            sync_folder(self._root)
        except OSError as error:
            raise MemoryLayerError(f"bundle {digest[:16]} could not be stored: {error}") from error
        return digest

    def read(self, digest: str) -> bytes:
        """Return what lies there under `digest`; whether it is that, the reader checks.

        Raises:
            ModelStoreError: there is none, or it is a link or too large.
        """
        if not DIGEST.fullmatch(digest):
            raise ModelStoreError("a bundle is named by 64 hex digits")
        return read_checked(self._path(digest))

    def _path(self, digest: str) -> Path:
        return self._root / f"{digest}.safetensors"


@dataclass(frozen=True, kw_only=True, slots=True)
class Handover:
    """The means of an agent to hand models over, and to take them.

    Attributes:
        agent: id of the agent.
        bundles: the shared folder.
        issuer: signs with the key of the agent.
        verifier: believes tokens for the agent.
    """

    agent: str
    bundles: BundleFolder
    issuer: TokenIssuer
    verifier: TokenVerifier

    def sender_token(self, receiver: str, digest: str) -> str:
        """Return a token that lets the agent hand over just this model to `receiver`, once."""
        return self.issuer.issue(
            self.agent,
            (SERVICE_ROLE,),
            receiver,
            TOKEN_SECONDS,
            action=f"{HAND_OVER}:{digest}",
        )

    def require_sender(self, token: str, sender: str, digest: str) -> Claims:
        """Check that `token` is of `sender` and for just this model, and spend it.

        Raises:
            NotAuthenticatedError: it is not believed, of somebody else, or was used before.
            NotAuthorisedError: it lacks the role, or is for something else.
        """
        claims = self.verifier.authenticate(token)
        if claims.subject != sender:
            raise NotAuthenticatedError(f"the sender's token is of {claims.subject}, not {sender}")
        if claims.action != f"{HAND_OVER}:{digest}":
            raise NotAuthorisedError("the sender's token is not for this model")
        return self.verifier.verify(token, SERVICE_ROLE)
