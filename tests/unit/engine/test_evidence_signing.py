"""Keys and envelopes: what is signed opens with its key only."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from generators.engine.evidence.signing import (
    EnvelopeError,
    KeyFormatError,
    local_signer,
    new_private_key,
    open_envelope,
    public_key,
)


def test_envelope_opens_with_its_key_and_no_other() -> None:
    signer = local_signer(new_private_key(), origin="test")
    stranger = local_signer(new_private_key(), origin="test")
    envelope = signer.envelope(b'{"a": 1}')
    assert open_envelope(envelope, signer.public) == b'{"a": 1}'
    with pytest.raises(EnvelopeError, match="not signed by the key"):
        open_envelope(envelope, stranger.public)


def test_same_key_and_payload_give_the_same_bytes() -> None:
    pem = new_private_key()
    first, second = (local_signer(pem, origin="test") for _ in range(2))
    assert first.envelope(b"x") == second.envelope(b"x")
    assert first.key_id == second.key_id == public_key(first.public.pem, name="k").key_id


def test_signature_is_over_the_pre_authentication_encoding_of_dsse() -> None:
    pem = new_private_key()
    signer = local_signer(pem, origin="test")
    envelope = json.loads(signer.envelope(b"hello"))
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    assert base64.b64decode(envelope["payload"]) == b"hello"
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    encoded = b"DSSEv1 28 application/vnd.in-toto+json 5 hello"
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    load_pem_public_key(signer.public.pem).verify(signature, encoded)


def test_two_fresh_keys_differ() -> None:
    assert new_private_key() != new_private_key()


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(KeyFormatError, match="L9_SIGNING_KEY: not a private key"):
        local_signer(b"nonsense", origin="L9_SIGNING_KEY")
    with pytest.raises(KeyFormatError, match="release: not a public key"):
        public_key(b"nonsense", name="release")


def test_key_of_another_kind_is_refused() -> None:
    key = generate_private_key(SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(KeyFormatError, match="Ed25519"):
        local_signer(private, origin="x")
    with pytest.raises(KeyFormatError, match="Ed25519"):
        public_key(public, name="x")


def test_origin_is_kept_for_the_report() -> None:
    assert local_signer(new_private_key(), origin="local throw-away key").origin == (
        "local throw-away key"
    )
