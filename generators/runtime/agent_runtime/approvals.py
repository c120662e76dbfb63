"""Approvals: a signed token, or the claims of one verified before, turned into a consent."""

from dataclasses import dataclass

from agent_runtime.errors import NotAuthenticatedError, NotAuthorisedError
from agent_runtime.tokens import GOVERNANCE_ROLE, Claims, TokenVerifier

Credential = str | Claims
"""A token, or what a verifier of this process already read from one (the service shell does)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """The consent to one action.

    Attributes:
        action: What may be done.
        approver: Who consented; None if the policy asks for nobody.
        token_id: The token that proves it; None without an approver.
        approved_at: Seconds since the epoch.
        trace_id: Of the request.
        objection: Why it would have been refused if governance were enforced; else None.
    """

    action: str
    approver: str | None
    token_id: str | None
    approved_at: float
    trace_id: str
    objection: str | None = None


def consent(credential: Credential | None, action: str, verifier: TokenVerifier) -> Claims:
    """Return the claims of a governance credential that covers `action`; a token is then spent.

    A token limited to one action covers no other; it is refused before it is spent.

    Raises:
        NotAuthenticatedError: there is none, or the verifier does not believe it.
        NotAuthorisedError: it lacks the governance role, or is for another action.
    """
    if credential is None:
        raise NotAuthenticatedError(f"{action} needs an approval by a governance token")
    claims = verifier.authenticate(credential) if isinstance(credential, str) else credential
    verifier.require(claims, GOVERNANCE_ROLE)
    if claims.action not in (None, action):
        raise NotAuthorisedError(f"the token approves {claims.action}, not {action}")
    return verifier.verify(credential, GOVERNANCE_ROLE) if isinstance(credential, str) else claims
