"""Signatures of packets: who sent this, and has anybody changed it on the way?

The sender signs the whole packet but the signature itself, which travels in `metadata.signature`.
What is signed is the packet as it is written, not as this release reads it: a signature also holds
over fields that a newer release added, or that an older one leaves out. Agents of a release that
does not know the field carry it along untouched.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.errors import NotAuthenticatedError
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.signatures import sign_json, verify_json
from agent_runtime.values import JsonObject, JsonValue

SIGNATURE: Final = "signature"
"""Metadata field that holds the signature."""


def sign_packet(document: JsonObject, key: SigningKey) -> JsonObject:
    """Return the packet with the signature of `key`, which replaces an earlier one."""
    bare, _ = _parted(document)
    metadata = bare["metadata"]
    fields = metadata if isinstance(metadata, Mapping) else {}
    return {**bare, "metadata": {**fields, SIGNATURE: sign_json(bare, key)}}


def verify_packet(document: JsonObject, keys: KeyRing) -> str:
    """Check that the packet is as its `source_agent` sent it, and return the id of the key.

    Args:
        document: the packet as it came.
        keys: the trusted keys; each signs for the agent that it names.

    Raises:
        NotAuthenticatedError: the signature is missing, malformed, made by a key that is not
            trusted or not the sender's, or of another text.
    """
    bare, signature = _parted(document)
    key_id = verify_json(bare, signature, keys)
    if keys.agent_of(key_id) != bare.get("source_agent"):
        raise NotAuthenticatedError(f"the signature is not of {bare.get('source_agent')!r}")
    return key_id


def signature_of(document: JsonObject) -> JsonValue:
    """Return the signature that a packet carries; None if it is not signed."""
    return _parted(document)[1]


def _parted(document: JsonObject) -> tuple[JsonObject, JsonValue]:
    """Return the packet without its signature, and the signature."""
    metadata = document.get("metadata")
    fields = metadata if isinstance(metadata, Mapping) else {}
    others = {name: value for name, value in fields.items() if name != SIGNATURE}
    return {**document, "metadata": others}, fields.get(SIGNATURE)
