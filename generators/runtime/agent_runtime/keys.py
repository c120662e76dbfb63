"""Ed25519 keys of governance tokens: private ones that sign, public ones that verify."""

import json
import threading
from collections.abc import Iterable, Mapping
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from agent_runtime.errors import ConfigError

_CURVE: Final = "Ed25519"

PublicJwk = Mapping[str, str | list[str]]
"""A public key; `roles` and `agent`, if they are there, limit what it is trusted for."""

_LIMITS: Final = ("roles", "agent")


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

    def __init__(self, jwks: Iterable[PublicJwk] = ()) -> None:
        """Trust the given public JWKs.

        Raises:
            ConfigError: one is no public Ed25519 key with a `kid`, or two share a `kid`.
        """
        self._lock = threading.Lock()
        self._keys: dict[str, OKPKey] = {}
        self._roles: dict[str, frozenset[str]] = {}
        self._agents: dict[str, str] = {}
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

    def trust(self, jwk: PublicJwk) -> None:
        """Trust one more public key.

        A member `roles` lists the only roles that its tokens give. A member `agent` names whose key
        it is: it signs the packets of this agent, and its tokens speak for this agent only.

        Raises:
            ConfigError: it is no public Ed25519 key with a `kid`, holds the private half, its
                `kid` is taken by another key, its `roles` are no list of names, or its `agent` is
                no name.
        """
        if "d" in jwk:
            raise ConfigError("a trusted key must not hold its private half")
        roles, agent = jwk.get("roles"), jwk.get("agent")
        try:
            key = OKPKey.import_key({name: jwk[name] for name in jwk if name not in _LIMITS})
        except (JoseError, ValueError, TypeError):
            raise ConfigError("a trusted key is not a public Ed25519 JWK") from None
        key_id = key.kid
        if not key_id or key.curve_name != _CURVE:
            raise ConfigError("a trusted key is not a public Ed25519 JWK with a kid")
        if roles is not None and not (
            isinstance(roles, list) and all(isinstance(role, str) for role in roles)
        ):
            raise ConfigError(f"the roles of the trusted key {key_id!r} are no list of names")
        if agent is not None and not (isinstance(agent, str) and agent):
            raise ConfigError(f"the agent of the trusted key {key_id!r} is no name")
        with self._lock:
            known = self._keys.get(key_id)
            if known is not None and known.thumbprint() != key.thumbprint():
                raise ConfigError(f"two trusted keys have the kid {key_id!r}")
            self._keys[key_id] = key
            if roles is not None:
                self._roles[key_id] = frozenset(roles)
            if agent is not None:
                self._agents[key_id] = agent

    def retire(self, key_id: str) -> None:
        """Stop trusting a key; its tokens are refused from now on.

        Raises:
            ConfigError: no such key is trusted.
        """
        with self._lock:
            if self._keys.pop(key_id, None) is None:
                raise ConfigError(f"no trusted key has the kid {key_id!r}")
            self._roles.pop(key_id, None)
            self._agents.pop(key_id, None)

    def roles_of(self, key_id: str) -> frozenset[str] | None:
        """Return the only roles that tokens of a key can give; None if it is not limited."""
        with self._lock:
            return self._roles.get(key_id)

    def agent_of(self, key_id: str) -> str | None:
        """Return the agent whose key this is; None if it is no agent's."""
        with self._lock:
            return self._agents.get(key_id)

    @property
    def agents(self) -> frozenset[str]:
        """The agents of which a key is trusted now."""
        with self._lock:
            return frozenset(self._agents.values())

    def find(self, key_id: str) -> OKPKey | None:
        """Return the trusted key with this id, or None."""
        with self._lock:
            return self._keys.get(key_id)
