"""Signatures of JSON objects: detached JSON Web Signatures (RFC 7515, appendix F) with Ed25519.

What is signed is the canonical JSON of the object, so that white space and the order of fields do
not matter. The signature names its key; whether that key is believed is the verifier's decision.
"""

from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OKPKey

from agent_runtime.errors import NotAuthenticatedError
from agent_runtime.jsontext import canonical_json
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.values import JsonObject

ALGORITHM: Final = "Ed25519"
LONGEST_SIGNATURE: Final = 1_024


def sign_json(document: JsonObject, key: SigningKey) -> str:
    """Return the signature of `key` over `document`, as ``header..signature``."""
    header = {"alg": ALGORITHM, "kid": key.key_id}
    text = canonical_json(document)
    signed = jws.serialize_compact(header, text, key.private, algorithms=[ALGORITHM])
    return str(jws.detach_content(signed))


def verify_json(document: JsonObject, signature: object, keys: KeyRing) -> str:
    """Check that a trusted key signed `document`, and return the id of that key.

    Raises:
        NotAuthenticatedError: the signature is missing or malformed, made by a key that is not
            trusted, or of another document.
    """
    if not isinstance(signature, str) or not signature:
        raise NotAuthenticatedError("the signature is missing")
    if len(signature) > LONGEST_SIGNATURE or not signature.isascii() or ".." not in signature:
        raise NotAuthenticatedError("the signature is malformed")
    named: list[str] = []

    def key_of(message: GuestProtocol) -> OKPKey:
        key_id = str(message.headers().get("kid", ""))
        key = keys.find(key_id)
        if key is None:
            raise NotAuthenticatedError("the signature is of a key that is not trusted")
        named.append(key_id)
        return key

    try:
        jws.deserialize_compact(
            signature, key_of, algorithms=[ALGORITHM], payload=canonical_json(document)
        )
    except (JoseError, ValueError):
        raise NotAuthenticatedError("the signature is not of this document") from None
    return named[0]
