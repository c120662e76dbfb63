"""Signed tokens: who may do what, for which agent, until when, and once only.

A token is a JWT signed with EdDSA over Ed25519 (RFC 8037), the algorithm written by its fully
specified name (RFC 9864). A verifier refuses every other algorithm, an unknown key, another
audience, a token that is not yet or no longer valid, one that lives longer than a day, and one
that was used before.
"""

import math
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OKPKey

from agent_runtime.clock import Clock
from agent_runtime.errors import ConfigError, NotAuthenticatedError, NotAuthorisedError
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.replay import ReplayLedger

ALGORITHM: Final = "Ed25519"
GOVERNANCE_ROLE: Final = "governance"
"""The role that approvals, overrides and `governance_token` endpoints demand."""

SERVICE_ROLE: Final = "service"
"""The role that `service_token` endpoints demand: that of other agents."""

LONGEST_TTL_SECONDS: Final = 86_400
LONGEST_TOKEN: Final = 8_192
CLOCK_SKEW_SECONDS: Final = 5.0
"""How far an issuer's clock may be ahead of ours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """What a verified token says.

    Attributes:
        subject: Who holds it.
        roles: What the holder may act as.
        audience: The agent it is for.
        token_id: `jti`, unique.
        key_id: `kid` of the key that signed it.
        issued_at: Seconds since the epoch.
        expires_at: Seconds since the epoch; at this moment it is no longer valid.
        action: The one action it approves; None means any action of the roles.
    """

    subject: str
    roles: frozenset[str]
    audience: str
    token_id: str
    key_id: str
    issued_at: float
    expires_at: float
    action: str | None = None


class TokenIssuer:
    """Signs tokens with one key."""

    def __init__(
        self,
        key: SigningKey,
        *,
        clock: Clock,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._key = key
        self._clock = clock
        self._new_id = new_id

    def issue(
        self,
        subject: str,
        roles: Iterable[str],
        audience: str,
        ttl: int,
        *,
        action: str | None = None,
    ) -> str:
        """Return a token for `subject`, valid for `ttl` seconds at the agent `audience`.

        Args:
            subject: Who will hold it.
            roles: Roles it gives, e.g. `governance`.
            audience: Agent id.
            ttl: Life time in seconds, 1 to 86,400.
            action: Limits the token to approving this action.

        Raises:
            ConfigError: a text is empty, there is no role, or `ttl` is out of bounds.
        """
        names = sorted(set(roles))
        if not (subject and audience and names and all(names)) or action == "":
            raise ConfigError("a token needs a subject, an audience, at least one role")
        if not 1 <= ttl <= LONGEST_TTL_SECONDS:
            raise ConfigError(f"a token lives 1 to {LONGEST_TTL_SECONDS} s, not {ttl}")
        issued = int(self._clock())
        claims = {
            "sub": subject,
            "aud": audience,
            "roles": names,
            "iat": issued,
            "exp": issued + ttl,
            "jti": self._new_id(),
        }
        if action is not None:
            claims["act"] = action
        header = {"alg": ALGORITHM, "typ": "JWT", "kid": self._key.key_id}
        return jwt.encode(header, claims, self._key.private, algorithms=[ALGORITHM])


class TokenVerifier:
    """Decides whether to believe a token. Thread-safe."""

    def __init__(self, keys: KeyRing, *, audience: str, clock: Clock, ledger: ReplayLedger) -> None:
        """Verify tokens for the agent `audience` with the keys that `keys` trusts at that time."""
        self._keys = keys
        self._audience = audience
        self._clock = clock
        self._ledger = ledger

    def verify(self, token: str, role: str) -> Claims:
        """Return what the token says, and spend it: it will not be accepted again.

        Raises:
            NotAuthenticatedError: it is malformed, not signed by a trusted key, for another
                audience, expired, not yet valid, or was used before.
            NotAuthorisedError: it is good but does not give `role`; it is not spent.
        """
        claims = self.authenticate(token)
        self.require(claims, role)
        if not self._ledger.spend(claims.token_id, claims.expires_at):
            raise NotAuthenticatedError("the token was used before")
        return claims

    def authenticate(self, token: str) -> Claims:
        """Return what the token says without spending it, less the roles that its key cannot give.

        Raises:
            NotAuthenticatedError: as for `verify`, apart from an earlier use.
        """
        key_id, body = self._decoded(token)
        claims = _claims(key_id, body)
        limited = self._keys.roles_of(key_id)
        if limited is not None:
            claims = replace(claims, roles=claims.roles & limited)
        now = self._clock()
        if self._keys.agent_of(key_id) not in (None, claims.subject):
            raise NotAuthenticatedError("the token is signed by the key of another agent")
        if claims.audience != self._audience:
            raise NotAuthenticatedError("the token is for another audience")
        if claims.issued_at > now + CLOCK_SKEW_SECONDS:
            raise NotAuthenticatedError("the token is not valid yet")
        if claims.expires_at - claims.issued_at > LONGEST_TTL_SECONDS:
            raise NotAuthenticatedError(f"the token lives longer than {LONGEST_TTL_SECONDS} s")
        self._require_live(claims)
        return claims

    def require(self, claims: Claims, role: str) -> None:
        """Check that claims verified earlier still hold and give `role`.

        Raises:
            NotAuthenticatedError: they have expired or are for another audience.
            NotAuthorisedError: they do not give `role`.
        """
        if claims.audience != self._audience:
            raise NotAuthenticatedError("the token is for another audience")
        self._require_live(claims)
        if role not in claims.roles:
            raise NotAuthorisedError(f"the token of {claims.subject} lacks the role {role!r}")

    def _require_live(self, claims: Claims) -> None:
        if self._clock() >= claims.expires_at:
            raise NotAuthenticatedError("the token has expired")

    def _decoded(self, token: str) -> tuple[str, Mapping[str, object]]:
        """Return the key id and the claims of a token whose signature is good."""
        if not token or not token.isascii() or len(token) > LONGEST_TOKEN:
            raise NotAuthenticatedError("the token is missing or malformed")
        try:
            decoded = jwt.decode(token, self._key_of, algorithms=[ALGORITHM])
        except (JoseError, ValueError):
            raise NotAuthenticatedError("the token is malformed or not signed by us") from None
        return str(decoded.header["kid"]), decoded.claims

    def _key_of(self, message: GuestProtocol) -> OKPKey:
        """Find the key that a token names; only keys trusted now count."""
        key = self._keys.find(str(message.headers().get("kid", "")))
        if key is None:
            raise NotAuthenticatedError("the token is signed by a key that is not trusted")
        return key


def _claims(key_id: str, body: Mapping[str, object]) -> Claims:
    """Check the types of a signed token's claims; other issuers may hold our key by mistake."""
    roles = body.get("roles")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise NotAuthenticatedError("the token's roles are not a list of names")
    action = body.get("act")
    if action is not None and not (isinstance(action, str) and action):
        raise NotAuthenticatedError("the token's act is not the name of an action")
    return Claims(
        subject=_text(body, "sub"),
        roles=frozenset(roles),
        audience=_text(body, "aud"),
        token_id=_text(body, "jti"),
        key_id=key_id,
        issued_at=_seconds(body, "iat"),
        expires_at=_seconds(body, "exp"),
        action=action,
    )


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise NotAuthenticatedError(f"the token has no {name}")
    return value


def _seconds(body: Mapping[str, object], name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise NotAuthenticatedError(f"the token has no {name}")
    return float(value)
