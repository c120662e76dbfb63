"""Keys: a private half that never shows, and public halves trusted by id and rotated."""

import json

import pytest
from agent_runtime.errors import ConfigError
from agent_runtime.keys import KeyRing, SigningKey
from joserfc.jwk import OKPKey


def other_curve(curve):
    return OKPKey.generate_key(curve, private=True)


def test_a_key_survives_its_pem_with_the_same_id():
    key = SigningKey.generate()
    again = SigningKey.from_pem(key.to_pem())
    assert again.key_id == key.key_id
    assert again.to_pem() == key.to_pem()


def test_a_key_id_is_the_thumbprint_unless_given():
    key = SigningKey.generate()
    assert key.key_id == key.private.thumbprint()
    assert SigningKey.from_pem(key.to_pem(), key_id="2026-11").key_id == "2026-11"


def test_two_keys_differ():
    assert SigningKey.generate().key_id != SigningKey.generate().key_id


def test_neither_the_public_half_nor_the_text_of_a_key_shows_the_secret():
    key = SigningKey.generate()
    secret = key.private.as_dict(private=True)["d"]
    assert set(key.public_jwk()) == {"kty", "crv", "x", "kid"}
    assert secret not in json.dumps(key.public_jwk())
    assert repr(key) == str(key) == f"SigningKey({key.key_id})"


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "no pem",
        OKPKey.generate_key("Ed25519").as_pem(private=False).decode(),
        other_curve("Ed448").as_pem(private=True).decode(),
        other_curve("X25519").as_pem(private=True).decode(),
    ],
)
def test_only_a_private_ed25519_key_signs_and_the_message_hides_what_was_given(pem):
    with pytest.raises(ConfigError) as refusal:
        SigningKey.from_pem(pem)
    assert str(refusal.value) == "the signing key is not a private Ed25519 key in PEM"


def test_a_ring_finds_trusted_keys_by_id():
    first, second = SigningKey.generate(), SigningKey.generate()
    ring = KeyRing.of(first, second)
    assert ring.key_ids == (first.key_id, second.key_id)
    found = ring.find(second.key_id)
    assert found is not None
    assert found.as_dict(private=False)["x"] == second.public_jwk()["x"]
    assert not found.is_private
    assert ring.find("other") is None


def test_rotation_adds_the_new_key_and_retires_the_old_one():
    old, new = SigningKey.generate(), SigningKey.generate()
    ring = KeyRing.of(old)
    ring.trust(new.public_jwk())
    assert ring.key_ids == (old.key_id, new.key_id)
    ring.retire(old.key_id)
    assert ring.key_ids == (new.key_id,)
    assert ring.find(old.key_id) is None


def test_trusting_a_key_twice_changes_nothing_and_another_under_its_id_is_refused():
    key = SigningKey.generate()
    ring = KeyRing.of(key)
    ring.trust(key.public_jwk())
    assert ring.key_ids == (key.key_id,)
    with pytest.raises(ConfigError, match=f"two trusted keys have the kid '{key.key_id}'"):
        ring.trust(SigningKey.generate().public_jwk() | {"kid": key.key_id})


def test_retiring_an_unknown_key_is_refused():
    with pytest.raises(ConfigError, match="no trusted key has the kid 'k9'"):
        KeyRing().retire("k9")


def test_a_jwks_document_is_read():
    key = SigningKey.generate()
    assert KeyRing.from_jwks(json.dumps({"keys": [key.public_jwk()]})).key_ids == (key.key_id,)
    assert KeyRing.from_jwks('{"keys": []}').key_ids == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "are not JSON"),
        ("[]", "are not a JWKS document"),
        ("{}", "are not a JWKS document"),
        ('{"keys": {}}', "are not a JWKS document"),
        ('{"keys": ["k"]}', "are not a JWKS document"),
        ('{"keys": [{}]}', "is not a public Ed25519 JWK"),
    ],
)
def test_what_is_no_jwks_is_refused(text, message):
    with pytest.raises(ConfigError, match=message):
        KeyRing.from_jwks(text)


@pytest.mark.parametrize("curve", ["Ed448", "X25519"])
def test_a_key_of_another_curve_is_not_trusted(curve):
    jwk = other_curve(curve).as_dict(private=False) | {"kid": "k1"}
    with pytest.raises(ConfigError, match="is not a public Ed25519 JWK with a kid"):
        KeyRing([jwk])


def test_a_key_without_an_id_is_not_trusted():
    jwk = {name: v for name, v in SigningKey.generate().public_jwk().items() if name != "kid"}
    with pytest.raises(ConfigError, match="is not a public Ed25519 JWK with a kid"):
        KeyRing([jwk])


def test_a_private_key_among_the_trusted_ones_is_refused():
    jwk = SigningKey.generate().private.as_dict(private=True)
    with pytest.raises(ConfigError, match="must not hold its private half"):
        KeyRing([jwk])


def test_the_limit_of_a_key_stays_until_it_is_retired():
    key = SigningKey.generate()
    ring = KeyRing([{**key.public_jwk(), "roles": ["service"]}])
    ring.trust(key.public_jwk())
    assert ring.roles_of(key.key_id) == {"service"}
    ring.retire(key.key_id)
    ring.trust(key.public_jwk())
    assert ring.roles_of(key.key_id) is None


@pytest.mark.parametrize("roles", ["service", [1]])
def test_roles_that_are_no_list_of_names_are_refused(roles):
    jwk = {**SigningKey.generate().public_jwk(), "roles": roles}
    with pytest.raises(ConfigError, match="are no list of names"):
        KeyRing([jwk])


def test_a_key_may_be_that_of_an_agent_until_it_is_retired():
    first, second, person = (SigningKey.generate() for _ in range(3))
    ring = KeyRing([person.public_jwk()])
    ring.trust({**first.public_jwk(), "agent": "main_agent"})
    ring.trust({**second.public_jwk(), "agent": "main_agent"})
    assert ring.agent_of(first.key_id) == ring.agent_of(second.key_id) == "main_agent"
    assert ring.agent_of(person.key_id) is None
    ring.retire(first.key_id)
    assert ring.agent_of(first.key_id) is None
    assert ring.agents == {"main_agent"}
    ring.retire(second.key_id)
    assert ring.agents == frozenset()


@pytest.mark.parametrize("agent", ["", ["main_agent"], 1])
def test_an_agent_that_is_no_name_is_refused(agent):
    jwk = {**SigningKey.generate().public_jwk(), "agent": agent}
    with pytest.raises(ConfigError, match="is no name"):
        KeyRing([jwk])
