"""Ed25519 keys of governance tokens: private ones that sign, public ones that verify."""

import json
import threading
from collections.abc import Iterable
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from agent_runtime.errors import ConfigError

_CURVE: Final = "Ed25519"


class SigningKey:
    """A private Ed25519 key. Its key id is the RFC 7638 thumbprint unless another is given."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> "SigningKey":
        """Make a new random key."""
        return cls._named(OKPKey.generate_key("Ed25519", private=True), None)

    @classmethod
    def from_pem(cls, pem: str, *, key_id: str | None = None) -> "SigningKey":
        """Read a PKCS #8 private key in PEM, as `to_pem` writes it.

        Raises:
            ConfigError: it is not a private Ed25519 key.
        """
        try:
            key = OKPKey.import_key(pem)
        except (JoseError, ValueError, TypeError):
            raise ConfigError("the signing key is not a private Ed25519 key in PEM") from None
        if not key.is_private or key.curve_name != _CURVE:
            raise ConfigError("the signing key is not a private Ed25519 key in PEM")
        return cls._named(key, key_id)

    @classmethod
    def _named(cls, key: OKPKey, key_id: str | None) -> "SigningKey":
        parameters = key.as_dict(private=True)
        return cls(OKPKey.import_key({**parameters, "kid": key_id or key.thumbprint()}))

    @property
    def key_id(self) -> str:
        """The `kid` that tokens of this key carry."""
        return str(self._key.kid)

    @property
    def private(self) -> OKPKey:
        """The key itself, for the issuer."""
        return self._key

    def to_pem(self) -> str:
        """Return the private key as PKCS #8 PEM. A secret: write it with mode 0600."""
        return self._key.as_pem(private=True).decode("ascii")

    def public_jwk(self) -> dict[str, str]:
        """Return the public half as a JWK."""
        return {name: str(value) for name, value in self._key.as_dict(private=False).items()}

    def __repr__(self) -> str:
        """Show the key id, never the key."""
        return f"SigningKey({self.key_id})"


class KeyRing:
    """The public keys that are trusted now, by key id. Thread-safe; rotation adds, then retires."""

    def __init__(self, jwks: Iterable[dict[str, str]] = ()) -> None:
        """Trust the given public JWKs.

        Raises:
            ConfigError: one is no public Ed25519 key with a `kid`, or two share a `kid`.
        """
        self._lock = threading.Lock()
        self._keys: dict[str, OKPKey] = {}
        for jwk in jwks:
            self.trust(jwk)

    @classmethod
    def of(cls, *keys: SigningKey) -> "KeyRing":
        """Trust the public halves of `keys`."""
        return cls(key.public_jwk() for key in keys)

    @classmethod
    def from_jwks(cls, text: str) -> "KeyRing":
        """Read a JWKS document: `{"keys": [...]}`.

        Raises:
            ConfigError: it is no JWKS of public Ed25519 keys with key ids.
        """
        try:
            document = json.loads(text)
        except ValueError:
            raise ConfigError("the trusted keys are not JSON") from None
        keys = document.get("keys") if isinstance(document, dict) else None
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise ConfigError('the trusted keys are not a JWKS document: {"keys": [...]}')
        return cls(keys)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Ids of the trusted keys, oldest first."""
        with self._lock:
            return tuple(self._keys)

    def trust(self, jwk: dict[str, str]) -> None:
        """Trust one more public key.

        Raises:
            ConfigError: it is no public Ed25519 key with a `kid`, holds the private half, or its
                `kid` is taken by another key.
        """
        if "d" in jwk:
            raise ConfigError("a trusted key must not hold its private half")
        try:
            key = OKPKey.import_key(dict(jwk))
        except (JoseError, ValueError, TypeError):
            raise ConfigError("a trusted key is not a public Ed25519 JWK") from None
        key_id = key.kid
        if not key_id or key.curve_name != _CURVE:
            raise ConfigError("a trusted key is not a public Ed25519 JWK with a kid")
        with self._lock:
            known = self._keys.get(key_id)
            if known is not None and known.thumbprint() != key.thumbprint():
                raise ConfigError(f"two trusted keys have the kid {key_id!r}")
            self._keys[key_id] = key

    def retire(self, key_id: str) -> None:
        """Stop trusting a key; its tokens are refused from now on.

        Raises:
            ConfigError: no such key is trusted.
        """
        with self._lock:
            if self._keys.pop(key_id, None) is None:
                raise ConfigError(f"no trusted key has the kid {key_id!r}")

    def find(self, key_id: str) -> OKPKey | None:
        """Return the trusted key with this id, or None."""
        with self._lock:
            return self._keys.get(key_id)
