"""A signed packet says who sent it, and cannot be changed on the way."""

from dataclasses import replace

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import NotAuthenticatedError
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.packets import new_packet, parse_packet, reply_packet
from agent_runtime.packetsigning import SIGNATURE, sign_packet, verify_packet


@pytest.fixture(scope="module")
def key():
    return SigningKey.generate()


@pytest.fixture
def senders(key):
    return {"plastos_adapter": KeyRing.of(key)}


@pytest.fixture
def packet():
    return new_packet(
        "plastos_adapter", "main_agent", {"deals": [1]}, clock=ManualClock(), packet_type="batch"
    )


@pytest.mark.positive
def test_a_signature_survives_the_wire(packet, key, senders):
    sent = sign_packet(packet, key)
    assert verify_packet(parse_packet(sent.to_json()), senders) == key.key_id


@pytest.mark.positive
def test_signing_changes_nothing_but_the_signature(packet, key):
    signed = sign_packet(packet, key).to_json()
    metadata = dict(signed["metadata"])
    assert metadata.pop(SIGNATURE)
    assert {**signed, "metadata": metadata} == packet.to_json()


@pytest.mark.positive
def test_fields_of_a_newer_release_are_covered_and_carried(packet, key, senders):
    newer = parse_packet({**packet.to_json(), "shard": 3})
    sent = sign_packet(newer, key)
    assert verify_packet(parse_packet(sent.to_json()), senders) == key.key_id
    with pytest.raises(NotAuthenticatedError, match="not of this document"):
        verify_packet(parse_packet({**sent.to_json(), "shard": 4}), senders)


@pytest.mark.positive
def test_signing_again_replaces_the_signature(packet, key, senders):
    other = SigningKey.generate()
    twice = sign_packet(sign_packet(packet, other), key)
    assert verify_packet(twice, senders) == key.key_id


@pytest.mark.negative
@pytest.mark.parametrize(
    "change",
    [
        {"payload": {"deals": [1, 2]}},
        {"destination_agent": "tensoraios"},
        {"timestamp": "2026-11-23T02:00:00.000+00:00"},
        {"packet_id": "6f1b1a52-9f0e-4b6c-8a57-0d4a2f6f9a01"},
    ],
)
def test_no_field_can_be_changed(packet, key, senders, change):
    tampered = replace(sign_packet(packet, key), **change)
    with pytest.raises(NotAuthenticatedError, match="the signature is not of this document"):
        verify_packet(tampered, senders)


@pytest.mark.negative
def test_metadata_cannot_be_changed_either(packet, key, senders):
    sent = sign_packet(packet, key)
    tampered = replace(sent, metadata=replace(sent.metadata, priority="critical"))
    with pytest.raises(NotAuthenticatedError, match="the signature is not of this document"):
        verify_packet(tampered, senders)


@pytest.mark.negative
def test_an_agent_cannot_sign_for_another(packet, key, senders):
    forged = sign_packet(packet, SigningKey.generate())
    with pytest.raises(NotAuthenticatedError, match="a key that is not trusted"):
        verify_packet(forged, senders)
    answer = sign_packet(reply_packet(packet, {}, clock=ManualClock()), key)
    with pytest.raises(NotAuthenticatedError, match="no key is known for packets of 'main_agent'"):
        verify_packet(answer, senders)


@pytest.mark.negative
def test_a_packet_without_a_signature_is_refused(packet, senders):
    with pytest.raises(NotAuthenticatedError, match="the signature is missing"):
        verify_packet(packet, senders)
