"""Signatures of packets: who sent this, and has anybody changed it on the way?

The sender signs the whole packet but the signature itself, which travels in `metadata.signature`.
Agents of an older release do not know the field and carry it along untouched.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from agent_runtime.errors import NotAuthenticatedError
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.packets import PacketEnvelope
from agent_runtime.signatures import sign_json, verify_json

SIGNATURE: Final = "signature"
"""Metadata field that holds the signature."""


def sign_packet(packet: PacketEnvelope, key: SigningKey) -> PacketEnvelope:
    """Return `packet` with the signature of `key`, which replaces an earlier one."""
    bare = _unsigned(packet)
    signature = sign_json(bare.to_json(), key)
    extensions = {**bare.metadata.extensions, SIGNATURE: signature}
    return replace(bare, metadata=replace(bare.metadata, extensions=extensions))


def verify_packet(packet: PacketEnvelope, senders: Mapping[str, KeyRing]) -> str:
    """Check that the packet is as its `source_agent` sent it, and return the id of the key.

    Args:
        packet: the packet as it came.
        senders: the keys that may sign for each agent, by agent id.

    Raises:
        NotAuthenticatedError: no keys are known for the sender, or the signature is missing,
            malformed, made by a key that is not the sender's, or of another text.
    """
    keys = senders.get(packet.source_agent)
    if keys is None:
        raise NotAuthenticatedError(f"no key is known for packets of {packet.source_agent!r}")
    signature = packet.metadata.extensions.get(SIGNATURE)
    return verify_json(_unsigned(packet).to_json(), signature, keys)


def _unsigned(packet: PacketEnvelope) -> PacketEnvelope:
    others = {
        name: value for name, value in packet.metadata.extensions.items() if name != SIGNATURE
    }
    return replace(packet, metadata=replace(packet.metadata, extensions=others))
