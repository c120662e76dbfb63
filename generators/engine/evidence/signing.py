"""Sign and verify: Ed25519 signatures over DSSE envelopes (securesystemslib).

The envelope is that of the DSSE specification, v1.0.2: what is signed is the pre-authentication
encoding of the payload's type and bytes, so that one payload cannot pass as another kind.
"""

import base64
import binascii
import json
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, Signature, SSlibKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class KeyFormatError(Exception):
    """A key is no Ed25519 key in PEM."""


class EnvelopeError(Exception):
    """An envelope cannot be read, or its signature does not hold; the message says which."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that can check envelopes."""

    key: SSlibKey
    pem: bytes

    @property
    def key_id(self) -> str:
        """Return the id of the key: a digest of its public part."""
        return str(self.key.keyid)


@dataclass(frozen=True, slots=True)
class LocalSigner:
    """A private key in memory, and where it came from."""

    signer: CryptoSigner
    public: PublicKey
    origin: str

    @property
    def key_id(self) -> str:
        """Return the id of the key."""
        return self.public.key_id

    def envelope(self, payload: bytes) -> bytes:
        """Return `payload` in a signed envelope, as JSON."""
        envelope = Envelope(payload, PAYLOAD_TYPE, {})
        envelope.sign(self.signer)
        return (json.dumps(envelope.to_dict(), indent=1, sort_keys=True) + "\n").encode()


def new_private_key() -> bytes:
    """Return a fresh private key in PEM (PKCS8, not encrypted)."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def local_signer(pem: bytes, *, origin: str) -> LocalSigner:
    """Return a signer for a private key.

    Args:
        pem: the key, PKCS8 without a password.
        origin: where the key comes from, for people; it is printed in the report.

    Raises:
        KeyFormatError: it is no such key.
    """
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFormatError(f"{origin}: not a private key in PEM without password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFormatError(f"{origin}: the key must be of the kind Ed25519")
    public = key.public_key()
    encoded = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return LocalSigner(
        signer=CryptoSigner(key),
        public=PublicKey(key=SSlibKey.from_crypto(public), pem=encoded),
        origin=origin,
    )


def public_key(pem: bytes, *, name: str) -> PublicKey:
    """Return a public key.

    Args:
        pem: the key, SubjectPublicKeyInfo.
        name: what it is called, for messages.

    Raises:
        KeyFormatError: it is no such key.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFormatError(f"{name}: not a public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFormatError(f"{name}: the key must be of the kind Ed25519")
    encoded = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(key=SSlibKey.from_crypto(key), pem=encoded)


def open_envelope(content: bytes, key: PublicKey) -> bytes:
    """Return the payload of an envelope that `key` has signed.

    Args:
        content: the envelope as JSON.
        key: the key that must have signed it.

    Raises:
        EnvelopeError: it is no envelope, of another payload type, or not signed by `key`.
    """
    envelope = _parse(content)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise EnvelopeError(f"its payload is of the type {envelope.payload_type!r}")
    try:
        envelope.verify([key.key], 1)
    except VerificationError as error:
        raise EnvelopeError(f"it is not signed by the key {key.key_id[:16]}") from error
    return envelope.payload


def _parse(content: bytes) -> Envelope:
    """Read an envelope; every field must be there, and of the right kind."""
    try:
        data = json.loads(content)
        signatures = {
            entry["keyid"]: Signature(entry["keyid"], _decode(entry["sig"]).hex())
            for entry in data["signatures"]
        }
        return Envelope(_decode(data["payload"]), str(data["payloadType"]), signatures)
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise EnvelopeError("it is no DSSE envelope") from error


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
