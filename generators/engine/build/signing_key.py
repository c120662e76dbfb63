"""Find the key that signs evidence: the environment's, else a throw-away key of this checkout."""

from collections.abc import Mapping

from generators.engine.evidence.signing import LocalSigner, local_signer, new_private_key
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import read_bytes, read_optional, write_secret

_ORIGIN = "local throw-away key"


def load_signer(settings: BuildSettings, environ: Mapping[str, str]) -> LocalSigner:
    """Return the signer: `L9_SIGNING_KEY_FILE`, `L9_SIGNING_KEY`, or the checkout's own key.

    The checkout's key is made at first use, readable by its owner only.

    Raises:
        OSError: the named file cannot be read.
    """
    if environ.get("L9_SIGNING_KEY_FILE"):
        content = read_bytes(environ["L9_SIGNING_KEY_FILE"])
        return local_signer(content, origin="L9_SIGNING_KEY_FILE")
    if environ.get("L9_SIGNING_KEY"):
        return local_signer(environ["L9_SIGNING_KEY"].encode(), origin="L9_SIGNING_KEY")
    path = f"{settings.cache}/keys/evidence_ed25519.pem"
    content = read_optional(path) or write_secret(path, new_private_key())
    return local_signer(content, origin=_ORIGIN)
