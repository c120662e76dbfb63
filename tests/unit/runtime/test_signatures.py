"""A detached signature covers the whole object, and only trusted keys count."""

import pytest
from agent_runtime.errors import NotAuthenticatedError
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.signatures import LONGEST_SIGNATURE, sign_json, verify_json
from joserfc import jws
from joserfc.jwk import OctKey

DOCUMENT = {"b": [1, 2.5, None], "a": {"text": "ü"}}


@pytest.fixture(scope="module")
def key():
    return SigningKey.generate()


def refusal(document, signature, ring):
    with pytest.raises(NotAuthenticatedError) as caught:
        verify_json(document, signature, ring)
    return str(caught.value)


@pytest.mark.positive
def test_a_signature_names_its_key_and_holds_whatever_the_order_of_fields(key):
    signature = sign_json(DOCUMENT, key)
    turned = {"a": {"text": "ü"}, "b": [1, 2.5, None]}
    assert verify_json(turned, signature, KeyRing.of(key)) == key.key_id


@pytest.mark.positive
def test_the_signature_is_a_detached_jws_that_a_standard_library_verifies(key):
    signature = sign_json({"n": 1}, key)
    found = jws.deserialize_compact(
        signature, key.private, algorithms=["Ed25519"], payload=b'{"n":1}'
    )
    assert found.headers() == {"alg": "Ed25519", "kid": key.key_id}
    assert signature.split(".")[1] == ""


@pytest.mark.negative
@pytest.mark.parametrize(
    "changed", [{}, {"b": [1, 2.5, None]}, {"b": [1, 2.5, 0], "a": {"text": "ü"}}]
)
def test_a_signature_of_another_document_is_refused(key, changed):
    signature = sign_json(DOCUMENT, key)
    assert refusal(changed, signature, KeyRing.of(key)) == "the signature is not of this document"


@pytest.mark.negative
def test_a_key_that_is_not_trusted_is_refused_and_so_is_a_retired_one(key):
    signature = sign_json(DOCUMENT, key)
    stranger = KeyRing.of(SigningKey.generate())
    assert refusal(DOCUMENT, signature, stranger) == "the signature is of a key that is not trusted"
    ring = KeyRing.of(key)
    ring.retire(key.key_id)
    assert refusal(DOCUMENT, signature, ring) == "the signature is of a key that is not trusted"


@pytest.mark.negative
@pytest.mark.parametrize("missing", [None, "", 7, ["x"]])
def test_a_missing_signature_is_refused(key, missing):
    assert refusal(DOCUMENT, missing, KeyRing.of(key)) == "the signature is missing"


@pytest.mark.negative
@pytest.mark.parametrize("bad", ["no-dots", "a.b.c", "ä..b", "a.." + "b" * LONGEST_SIGNATURE])
def test_a_malformed_signature_is_refused(key, bad):
    assert refusal(DOCUMENT, bad, KeyRing.of(key)) == "the signature is malformed"


@pytest.mark.negative
def test_garbage_between_the_dots_is_refused(key):
    assert refusal(DOCUMENT, "e30..AAAA", KeyRing.of(key)).startswith("the signature is")
    assert refusal(DOCUMENT, "%%..%%", KeyRing.of(key)) == "the signature is not of this document"


@pytest.mark.negative
def test_another_algorithm_under_our_key_id_is_refused(key):
    forged = jws.serialize_compact(
        {"alg": "HS256", "kid": key.key_id}, b"{}", OctKey.generate_key(256)
    )
    signature = jws.detach_content(forged)
    assert refusal({}, signature, KeyRing.of(key)) == "the signature is not of this document"
