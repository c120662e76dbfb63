"""Tokens are believed only if a trusted key signed them for us, they live, and were not used."""

import base64
import json

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, NotAuthenticatedError, NotAuthorisedError
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.replay import MemoryReplayLedger
from agent_runtime.tokens import LONGEST_TOKEN, Claims, TokenIssuer, TokenVerifier
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

KEY = SigningKey.generate()
START = 1000.0


class Setup:
    def __init__(self):
        self.clock = ManualClock(START)
        self.ring = KeyRing.of(KEY)
        self.issuer = TokenIssuer(KEY, clock=self.clock)
        self.verifier = TokenVerifier(
            self.ring,
            audience="tensoraios",
            clock=self.clock,
            ledger=MemoryReplayLedger(self.clock),
        )

    def token(self, **changes):
        fields = {
            "subject": "igor",
            "roles": ["governance"],
            "audience": "tensoraios",
            "ttl": 60,
        } | changes
        return self.issuer.issue(**fields)

    def refuse(self, token, message):
        with pytest.raises(NotAuthenticatedError, match=message):
            self.verifier.verify(token, "governance")


@pytest.fixture
def setup():
    return Setup()


def signed(body, key=KEY, **header):
    """Sign any claims, as a faulty issuer that holds the key would."""
    header = {"alg": "Ed25519", "kid": key.key_id} | header
    return jwt.encode(header, body, key.private, algorithms=["Ed25519"])


def good_body(**changes):
    body = {
        "sub": "igor",
        "aud": "tensoraios",
        "roles": ["governance"],
        "iat": START,
        "exp": START + 60,
        "jti": "t1",
    } | changes
    return {name: value for name, value in body.items() if value != "absent"}


def test_a_good_token_says_who_may_do_what_until_when(setup):
    issuer = TokenIssuer(KEY, clock=setup.clock, new_id=lambda: "t1")
    token = issuer.issue("igor", ["trainer", "governance"], "tensoraios", 60, action="promote")
    assert setup.verifier.verify(token, "governance") == Claims(
        subject="igor",
        roles=frozenset({"governance", "trainer"}),
        audience="tensoraios",
        token_id="t1",  # noqa: S106 - an id, no secret
        key_id=KEY.key_id,
        issued_at=1000.0,
        expires_at=1060.0,
        action="promote",
    )


def test_a_token_for_any_action_has_none(setup):
    assert setup.verifier.verify(setup.token(), "governance").action is None


def test_a_token_is_accepted_once(setup):
    token = setup.token()
    setup.verifier.verify(token, "governance")
    setup.refuse(token, "the token was used before")


def test_two_tokens_of_one_holder_are_two_tokens(setup):
    for _ in range(2):
        assert setup.verifier.verify(setup.token(), "governance").subject == "igor"


def test_authenticating_does_not_spend(setup):
    token = setup.token()
    assert setup.verifier.authenticate(token) == setup.verifier.authenticate(token)
    setup.verifier.verify(token, "governance")


def test_authenticating_alone_looks_at_audience_and_expiry(setup):
    with pytest.raises(NotAuthenticatedError, match="for another audience"):
        setup.verifier.authenticate(setup.token(audience="main_agent"))
    token = setup.token(ttl=60)
    setup.clock.advance(60.0)
    with pytest.raises(NotAuthenticatedError, match="has expired"):
        setup.verifier.authenticate(token)


def test_a_missing_role_is_refused_and_does_not_spend_the_token(setup):
    token = setup.token(roles=["governance"])
    with pytest.raises(NotAuthorisedError, match="the token of igor lacks the role 'auditor'"):
        setup.verifier.verify(token, "auditor")
    assert setup.verifier.verify(token, "governance")


@pytest.mark.parametrize(("age", "live"), [(0.0, True), (59.999, True), (60.0, False)])
def test_a_token_ends_exactly_at_its_expiry(setup, age, live):
    token = setup.token(ttl=60)
    setup.clock.advance(age)
    if live:
        assert setup.verifier.verify(token, "governance")
    else:
        setup.refuse(token, "the token has expired")


def test_a_token_of_the_future_is_refused(setup):
    setup.refuse(signed(good_body(iat=START + 5.001)), "the token is not valid yet")
    assert setup.verifier.verify(signed(good_body(iat=START + 5)), "governance")


def test_a_token_lives_a_day_at_most(setup):
    setup.refuse(signed(good_body(exp=START + 86_401)), "the token lives longer than 86400 s")
    assert setup.verifier.verify(signed(good_body(exp=START + 86_400)), "governance")


def test_a_token_for_another_agent_is_refused(setup):
    setup.refuse(setup.token(audience="main_agent"), "the token is for another audience")


def test_a_key_that_was_rotated_in_is_believed_and_a_retired_one_no_more(setup):
    new = SigningKey.generate()
    token = TokenIssuer(new, clock=setup.clock).issue("igor", ["governance"], "tensoraios", 60)
    setup.refuse(token, "signed by a key that is not trusted")
    setup.ring.trust(new.public_jwk())
    setup.ring.retire(KEY.key_id)
    assert setup.verifier.verify(token, "governance").key_id == new.key_id
    setup.refuse(setup.token(), "signed by a key that is not trusted")


def test_a_key_that_is_limited_gives_its_roles_and_no_others(setup):
    agent = SigningKey.generate()
    setup.ring.trust({**agent.public_jwk(), "roles": ["service"]})
    token = TokenIssuer(agent, clock=setup.clock).issue(
        "main_agent", ["governance", "service"], "tensoraios", 60
    )
    with pytest.raises(NotAuthorisedError, match="main_agent lacks the role 'governance'"):
        setup.verifier.verify(token, "governance")
    assert setup.verifier.verify(token, "service").roles == {"service"}


def test_the_key_of_an_agent_speaks_for_no_other(setup):
    agent = SigningKey.generate()
    setup.ring.trust({**agent.public_jwk(), "agent": "main_agent"})
    issuer = TokenIssuer(agent, clock=setup.clock)
    own = issuer.issue("main_agent", ["service"], "tensoraios", 60)
    assert setup.verifier.verify(own, "service").subject == "main_agent"
    other = issuer.issue("plastos_adapter", ["service"], "tensoraios", 60)
    with pytest.raises(NotAuthenticatedError, match="signed by the key of another agent"):
        setup.verifier.verify(other, "service")


def test_a_stranger_cannot_sign_under_a_trusted_key_id(setup):
    stranger = SigningKey.from_pem(SigningKey.generate().to_pem(), key_id=KEY.key_id)
    setup.refuse(signed(good_body(), key=stranger), "malformed or not signed by us")


def test_a_changed_claim_breaks_the_signature(setup):
    header, _, signature = setup.token().split(".")
    body = base64.urlsafe_b64encode(json.dumps(good_body(sub="eve")).encode()).rstrip(b"=")
    setup.refuse(f"{header}.{body.decode()}.{signature}", "malformed or not signed by us")


def unsigned(header):
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, good_body())]
    return b".".join(part.rstrip(b"=") for part in parts).decode() + "."


@pytest.mark.parametrize(
    "token",
    [
        unsigned({"alg": "none", "kid": KEY.key_id}),
        unsigned({"alg": "Ed25519", "kid": KEY.key_id}),
        unsigned({"alg": ["Ed25519"], "kid": KEY.key_id}),
        unsigned({"alg": "Ed25519", "kid": 5}),
        unsigned(["Ed25519"]),
        jwt.encode(
            {"alg": "HS256", "kid": KEY.key_id},
            good_body(),
            OctKey.import_key(KEY.public_jwk()["x"] * 2),
            algorithms=["HS256"],
        ),
        "a.b.c",
        "a.b.c.d.e",
        ".",
        "x",
    ],
)
def test_other_algorithms_and_malformed_tokens_are_refused(setup, token):
    setup.refuse(token, "the token is malformed or not signed by us")


def test_a_token_without_a_key_id_is_refused(setup):
    bare = OKPKey.import_key(
        {k: v for k, v in KEY.private.as_dict(private=True).items() if k != "kid"}
    )
    token = jwt.encode({"alg": "Ed25519"}, good_body(), bare, algorithms=["Ed25519"])
    setup.refuse(token, "signed by a key that is not trusted")


@pytest.mark.parametrize("token", ["", "é.é.é", "\ud800", "x" * (LONGEST_TOKEN + 1)])
def test_texts_that_cannot_be_a_token_are_refused_unread(setup, token):
    setup.refuse(token, "the token is missing or malformed")


def test_the_longest_text_is_still_read(setup):
    setup.refuse("x" * LONGEST_TOKEN, "malformed or not signed by us")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"roles": "absent"}, "the token's roles are not a list of names"),
        ({"roles": "governance"}, "the token's roles are not a list of names"),
        ({"roles": [1]}, "the token's roles are not a list of names"),
        ({"sub": "absent"}, "the token has no sub"),
        ({"sub": ""}, "the token has no sub"),
        ({"aud": ["tensoraios"]}, "the token has no aud"),
        ({"jti": "absent"}, "the token has no jti"),
        ({"jti": 7}, "the token has no jti"),
        ({"iat": "absent"}, "the token has no iat"),
        ({"exp": "absent"}, "the token has no exp"),
        ({"exp": "1060"}, "the token has no exp"),
        ({"exp": True}, "the token has no exp"),
        ({"exp": float("nan")}, "the token has no exp"),
        ({"iat": float("-inf")}, "the token has no iat"),
        ({"act": ""}, "the token's act is not the name of an action"),
        ({"act": ["promote"]}, "the token's act is not the name of an action"),
    ],
)
def test_a_signed_token_with_wrong_claims_is_refused(setup, changes, message):
    setup.refuse(signed(good_body(**changes)), message)


def test_a_signed_body_that_is_no_object_is_refused(setup):
    from joserfc import jws

    header = {"alg": "Ed25519", "kid": KEY.key_id}
    token = jws.serialize_compact(header, b"[]", KEY.private, algorithms=["Ed25519"])
    setup.refuse(token, "malformed or not signed by us")


def test_claims_read_earlier_are_held_to_audience_expiry_and_role(setup):
    claims = setup.verifier.authenticate(setup.token(ttl=60))
    setup.verifier.require(claims, "governance")
    with pytest.raises(NotAuthorisedError, match="lacks the role 'auditor'"):
        setup.verifier.require(claims, "auditor")
    other = TokenVerifier(
        setup.ring,
        audience="main_agent",
        clock=setup.clock,
        ledger=MemoryReplayLedger(setup.clock),
    )
    with pytest.raises(NotAuthenticatedError, match="another audience"):
        other.require(claims, "governance")
    setup.clock.advance(60.0)
    with pytest.raises(NotAuthenticatedError, match="has expired"):
        setup.verifier.require(claims, "governance")


@pytest.mark.parametrize(
    "changes",
    [{"subject": ""}, {"audience": ""}, {"roles": []}, {"roles": [""]}, {"action": ""}],
)
def test_an_issuer_refuses_empty_fields(setup, changes):
    with pytest.raises(ConfigError, match="a token needs a subject"):
        setup.token(**changes)


@pytest.mark.parametrize("ttl", [0, -1, 86_401])
def test_an_issuer_refuses_a_life_time_out_of_bounds(setup, ttl):
    with pytest.raises(ConfigError, match=f"a token lives 1 to 86400 s, not {ttl}"):
        setup.token(ttl=ttl)


@pytest.mark.parametrize("ttl", [1, 86_400])
def test_an_issuer_accepts_the_shortest_and_the_longest_life(setup, ttl):
    assert setup.verifier.verify(setup.token(ttl=ttl), "governance").expires_at == START + ttl


def part(token, number):
    """Return the header (0) or the claims (1) of a token, unverified."""
    return json.loads(base64.urlsafe_b64decode(token.split(".")[number] + "=="))


def test_a_token_carries_no_action_unless_it_is_limited_to_one(setup):
    assert sorted(part(setup.token(), 1)) == ["aud", "exp", "iat", "jti", "roles", "sub"]
    assert part(setup.token(action="promote"), 1)["act"] == "promote"


def test_an_issuer_names_the_standard_header_and_no_more(setup):
    assert part(setup.token(), 0) == {"alg": "Ed25519", "typ": "JWT", "kid": KEY.key_id}
