"""Issue a token: `python -m agent_runtime.issue --key FILE --agent ID --role ROLE`.

The key file is made at first use, readable by its owner only. `--jwks` prints the public half for
`L9_TRUSTED_KEYS` instead. For local work and for operators who keep the key offline.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent_runtime.clock import system_clock
from agent_runtime.errors import ConfigError
from agent_runtime.keys import SigningKey
from agent_runtime.tokens import TokenIssuer

DEFAULT_SECONDS: Final = 600
_OWNER_ONLY: Final = 0o600
_REFUSED: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a token or the public keys; return 0, or 2 with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="agent_runtime.issue", description="Issue a token.")
    parser.add_argument("--key", type=Path, required=True, help="private key in PEM")
    parser.add_argument("--jwks", action="store_true", help="print the public keys instead")
    parser.add_argument("--agent", default="", help="agent id that the token is for")
    parser.add_argument("--role", action="append", default=[], help="role; may be repeated")
    parser.add_argument("--subject", default="operator", help="who will hold it")
    parser.add_argument("--seconds", type=int, default=DEFAULT_SECONDS, help="life time")
    given = parser.parse_args(arguments)
    try:
        key = signing_key(given.key)
        if given.jwks:
            text = json.dumps({"keys": [key.public_jwk()]})
        else:
            issuer = TokenIssuer(key, clock=system_clock)
            text = issuer.issue(given.subject, given.role, given.agent, given.seconds)
    except (ConfigError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return _REFUSED
    sys.stdout.write(f"{text}\n")
    return 0


def signing_key(path: Path) -> SigningKey:
    """Return the key at `path`; make one, readable by its owner only, if there is none.

    Raises:
        ConfigError: the file holds no private Ed25519 key.
        OSError: it cannot be read or written.
    """
    if path.exists():
        return SigningKey.from_pem(path.read_text(encoding="ascii"))
    key = SigningKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.to_pem())
    return key


if __name__ == "__main__":
    raise SystemExit(main())
