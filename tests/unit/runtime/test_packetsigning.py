"""A signed packet says who sent it, and cannot be changed on the way."""

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import NotAuthenticatedError
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.packets import new_packet, parse_packet, reply_packet
from agent_runtime.packetsigning import SIGNATURE, sign_packet, signature_of, verify_packet


@pytest.fixture(scope="module")
def key():
    return SigningKey.generate()


@pytest.fixture
def keys(key):
    return KeyRing([{**key.public_jwk(), "agent": "plastos_adapter"}])


@pytest.fixture
def asked():
    return new_packet(
        "plastos_adapter", "main_agent", {"deals": [1]}, clock=ManualClock(), packet_type="batch"
    )


@pytest.fixture
def packet(asked):
    return asked.to_json()


@pytest.mark.positive
def test_a_signature_survives_the_wire(packet, key, keys):
    sent = sign_packet(packet, key)
    assert verify_packet(sent, keys) == key.key_id
    assert verify_packet(parse_packet(sent).to_json(), keys) == key.key_id


@pytest.mark.positive
def test_signing_changes_nothing_but_the_signature(packet, key):
    signed = sign_packet(packet, key)
    metadata = dict(signed["metadata"])
    assert metadata.pop(SIGNATURE) == signature_of(signed)
    assert {**signed, "metadata": metadata} == packet
    assert signature_of(packet) is None


@pytest.mark.positive
def test_fields_of_a_newer_release_are_covered_and_carried(packet, key, keys):
    sent = sign_packet({**packet, "shard": 3}, key)
    assert verify_packet(parse_packet(sent).to_json(), keys) == key.key_id
    with pytest.raises(NotAuthenticatedError, match="not of this document"):
        verify_packet({**sent, "shard": 4}, keys)


@pytest.mark.positive
def test_a_signature_holds_over_a_packet_as_its_sender_writes_it(packet, key, keys):
    """Reading it here fills in what another release leaves out, and normalises letters."""
    brief = {name: packet["metadata"][name] for name in ("trace_id", "priority")}
    other = {**packet, "packet_id": packet["packet_id"].upper()}
    other["metadata"] = {**brief, "governance_flags": ["pii", "pii"]}
    sent = sign_packet(other, key)
    assert parse_packet(sent).to_json() != sent
    assert verify_packet(sent, keys) == key.key_id


@pytest.mark.positive
def test_signing_again_replaces_the_signature(packet, key, keys):
    twice = sign_packet(sign_packet(packet, SigningKey.generate()), key)
    assert verify_packet(twice, keys) == key.key_id


@pytest.mark.positive
def test_during_a_rotation_both_keys_of_a_sender_hold(packet, key, keys):
    new = SigningKey.generate()
    keys.trust({**new.public_jwk(), "agent": "plastos_adapter"})
    assert verify_packet(sign_packet(packet, key), keys) == key.key_id
    assert verify_packet(sign_packet(packet, new), keys) == new.key_id
    keys.retire(key.key_id)
    with pytest.raises(NotAuthenticatedError, match="a key that is not trusted"):
        verify_packet(sign_packet(packet, key), keys)


@pytest.mark.negative
@pytest.mark.parametrize(
    "change",
    [
        {"payload": {"deals": [1, 2]}},
        {"destination_agent": "tensoraios"},
        {"timestamp": "2026-11-23T02:00:00.000+00:00"},
        {"packet_id": "6f1b1a52-9f0e-4b6c-8a57-0d4a2f6f9a01"},
        {"schema_version": "1.0"},
    ],
)
def test_no_field_can_be_changed(packet, key, keys, change):
    with pytest.raises(NotAuthenticatedError, match="the signature is not of this document"):
        verify_packet({**sign_packet(packet, key), **change}, keys)


@pytest.mark.negative
def test_metadata_cannot_be_changed_either(packet, key, keys):
    sent = sign_packet(packet, key)
    tampered = {**sent, "metadata": {**sent["metadata"], "priority": "critical"}}
    with pytest.raises(NotAuthenticatedError, match="the signature is not of this document"):
        verify_packet(tampered, keys)


@pytest.mark.negative
def test_an_agent_cannot_sign_for_another(asked, packet, key, keys):
    with pytest.raises(NotAuthenticatedError, match="a key that is not trusted"):
        verify_packet(sign_packet(packet, SigningKey.generate()), keys)
    answer = reply_packet(asked, {}, clock=ManualClock()).to_json()
    with pytest.raises(NotAuthenticatedError, match="the signature is not of 'main_agent'"):
        verify_packet(sign_packet(answer, key), keys)


@pytest.mark.negative
def test_a_key_of_no_agent_signs_no_packet(packet):
    operator = SigningKey.generate()
    with pytest.raises(NotAuthenticatedError, match="the signature is not of 'plastos_adapter'"):
        verify_packet(sign_packet(packet, operator), KeyRing.of(operator))


@pytest.mark.negative
def test_a_packet_without_a_signature_is_refused(packet, keys):
    with pytest.raises(NotAuthenticatedError, match="the signature is missing"):
        verify_packet(packet, keys)


@pytest.mark.negative
@pytest.mark.parametrize("metadata", [None, "text", []])
def test_metadata_that_is_no_object_bears_no_signature(packet, keys, metadata):
    with pytest.raises(NotAuthenticatedError, match="the signature is missing"):
        verify_packet({**packet, "metadata": metadata}, keys)
