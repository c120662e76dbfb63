"""Consent needs a governance credential that covers the action, and a token gives it once."""

import pytest
from agent_runtime.approvals import consent
from agent_runtime.clock import ManualClock
from agent_runtime.errors import NotAuthenticatedError, NotAuthorisedError
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.replay import MemoryReplayLedger
from agent_runtime.tokens import TokenIssuer, TokenVerifier

KEY = SigningKey.generate()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def verifier(clock):
    ledger = MemoryReplayLedger(clock)
    return TokenVerifier(KeyRing.of(KEY), audience="tensoraios", clock=clock, ledger=ledger)


@pytest.fixture
def issue(clock):
    def make(roles=("governance",), action=None):
        issuer = TokenIssuer(KEY, clock=clock)
        return issuer.issue("igor", roles, "tensoraios", 60, action=action)

    return make


def test_a_governance_token_consents_to_an_action_once(verifier, issue):
    token = issue()
    assert consent(token, "promote_model", verifier).subject == "igor"
    with pytest.raises(NotAuthenticatedError, match="was used before"):
        consent(token, "promote_model", verifier)


def test_a_token_for_one_action_covers_it_and_no_other(verifier, issue):
    token = issue(action="promote_model")
    with pytest.raises(NotAuthorisedError, match="approves promote_model, not delete_model"):
        consent(token, "delete_model", verifier)
    assert consent(token, "promote_model", verifier).action == "promote_model"


def test_without_a_credential_there_is_no_consent(verifier):
    with pytest.raises(NotAuthenticatedError, match="promote_model needs an approval"):
        consent(None, "promote_model", verifier)


def test_a_token_without_the_governance_role_gives_no_consent(verifier, issue):
    with pytest.raises(NotAuthorisedError, match="lacks the role 'governance'"):
        consent(issue(roles=("trainer",)), "promote_model", verifier)


def test_claims_that_the_shell_verified_consent_without_their_token(verifier, issue):
    claims = verifier.verify(issue(), "governance")
    assert consent(claims, "promote_model", verifier) is claims


def test_verified_claims_are_still_held_to_action_and_expiry(verifier, issue, clock):
    claims = verifier.verify(issue(action="promote_model"), "governance")
    with pytest.raises(NotAuthorisedError, match="approves promote_model, not retrain"):
        consent(claims, "retrain", verifier)
    clock.advance(60.0)
    with pytest.raises(NotAuthenticatedError, match="has expired"):
        consent(claims, "promote_model", verifier)
