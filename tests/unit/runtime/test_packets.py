"""Packets are checked field by field, and all that is wrong is said at once."""

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import PacketError, UnknownAgentError
from agent_runtime.packets import new_packet, parse_packet, reply_packet, require_known

PACKET_ID = "6f1b1a52-9f0e-4b6c-8a57-0d4a2f6f9a01"
TRACE_ID = "0a2b3c4d-1111-4222-8333-444455556666"


def document(**changes):
    base = {
        "packet_id": PACKET_ID,
        "source_agent": "plastos_adapter",
        "destination_agent": "TensorAIOS",
        "timestamp": "2026-11-23T02:00:00.000+00:00",
        "payload": {"candidates": [1, 2]},
        "metadata": {"trace_id": TRACE_ID, "priority": "normal", "governance_flags": []},
    }
    base.update(changes)
    return base


def with_metadata(**changes):
    return document(metadata={**document()["metadata"], **changes})


def without(name):
    packet = document()
    del packet[name]
    return packet


def problem(packet):
    with pytest.raises(PacketError) as caught:
        parse_packet(packet)
    assert caught.value.status == 400
    return str(caught.value)


@pytest.mark.positive
def test_a_packet_with_the_six_fields_is_read():
    packet = parse_packet(document())
    assert packet.packet_id == PACKET_ID
    assert packet.source_agent == "plastos_adapter"
    assert packet.destination_agent == "TensorAIOS"
    assert packet.timestamp == "2026-11-23T02:00:00.000+00:00"
    assert packet.payload == {"candidates": [1, 2]}
    assert packet.schema_version == "1.0"
    assert packet.metadata.trace_id == TRACE_ID
    assert packet.metadata.priority == "normal"
    assert packet.metadata.governance_flags == ()
    assert packet.metadata.packet_type == ""
    assert packet.metadata.in_reply_to is None
    assert packet.extensions == {}
    assert packet.metadata.extensions == {}


def test_without_an_idempotency_key_the_packet_id_is_the_key():
    assert parse_packet(document()).metadata.idempotency_key == PACKET_ID
    assert parse_packet(with_metadata(idempotency_key="job:7")).metadata.idempotency_key == "job:7"


@pytest.mark.negative
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("packet_id", "a UUID"),
        ("source_agent", "an agent's name"),
        ("destination_agent", "an agent's name"),
        ("timestamp", "an ISO 8601 time with its offset from UTC"),
        ("payload", "a JSON object"),
    ],
)
def test_a_missing_field_is_a_400_that_names_it(name, what):
    assert problem(without(name)) == f"{name} is missing: it must be {what}"


@pytest.mark.negative
def test_missing_metadata_names_the_object_and_each_field_in_it():
    assert problem(without("metadata")) == (
        "metadata is missing: it must be a JSON object; "
        "metadata.trace_id is missing: it must be a UUID; "
        "metadata.priority is missing: it must be one of low, normal, high, critical; "
        "metadata.governance_flags is missing: it must be a list of names"
    )


@pytest.mark.negative
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"packet_id": "not-a-uuid"}, "packet_id must be a UUID"),
        ({"packet_id": PACKET_ID.replace("-", "")}, "packet_id must be a UUID"),
        ({"packet_id": f"{{{PACKET_ID}}}"}, "packet_id must be a UUID"),
        ({"packet_id": 7}, "packet_id must be a UUID"),
        ({"source_agent": "../x"}, "source_agent must be an agent's name"),
        ({"source_agent": ""}, "source_agent must be an agent's name"),
        ({"source_agent": "a" * 65}, "source_agent must be an agent's name"),
        ({"source_agent": "agent\n"}, "source_agent must be an agent's name"),
        ({"source_agent": "7up"}, "source_agent must be an agent's name"),
        ({"destination_agent": None}, "destination_agent must be an agent's name"),
        (
            {"timestamp": "2026-11-23T02:00:00"},
            "timestamp must be an ISO 8601 time with its offset from UTC",
        ),
        ({"timestamp": "soon"}, "timestamp must be an ISO 8601 time with its offset from UTC"),
        ({"timestamp": 5}, "timestamp must be an ISO 8601 time with its offset from UTC"),
        ({"payload": [1]}, "payload must be a JSON object"),
        ({"schema_version": "2.0"}, "schema_version must be compatible with 1.1"),
        ({"schema_version": 1.0}, "schema_version must be compatible with 1.1"),
        ({"schema_version": "1"}, "schema_version must be compatible with 1.1"),
    ],
)
def test_an_invalid_field_is_named(changes, message):
    assert problem(document(**changes)) == message


@pytest.mark.negative
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trace_id": "x"}, "metadata.trace_id must be a UUID"),
        ({"priority": "urgent"}, "metadata.priority must be one of low, normal, high, critical"),
        ({"priority": 1}, "metadata.priority must be one of low, normal, high, critical"),
        ({"governance_flags": "pii"}, "metadata.governance_flags must be a list of names"),
        ({"governance_flags": [1]}, "metadata.governance_flags must be a list of names"),
        ({"governance_flags": ["a b"]}, "metadata.governance_flags must be a list of names"),
        ({"packet_type": "a b"}, "metadata.packet_type must be a name"),
        ({"packet_type": 4}, "metadata.packet_type must be a name"),
        ({"idempotency_key": "x" * 129}, "metadata.idempotency_key must be a name"),
        ({"in_reply_to": None}, "metadata.in_reply_to must be a UUID"),
    ],
)
def test_invalid_metadata_is_named(changes, message):
    assert problem(with_metadata(**changes)) == message


@pytest.mark.negative
def test_all_faults_are_told_at_once():
    assert problem(document(packet_id="x", payload=None)) == (
        "packet_id must be a UUID; payload must be a JSON object"
    )


@pytest.mark.negative
@pytest.mark.parametrize("packet", [[], "x", None])
def test_what_is_no_object_is_no_packet(packet):
    assert problem(packet).startswith("packet must be a JSON object, not ")


@pytest.mark.negative
def test_a_payload_that_json_cannot_carry_is_refused():
    assert (
        problem(document(payload={"a": float("nan")})) == "packet.payload.a is not a finite number"
    )


def test_names_may_be_as_long_as_the_limit_and_repeated_flags_count_once():
    packet = parse_packet(
        document(
            source_agent="a" * 64,
            metadata={
                **document()["metadata"],
                "governance_flags": ["pii", "b", "pii"],
                "idempotency_key": "x" * 128,
            },
        )
    )
    assert packet.metadata.governance_flags == ("pii", "b")
    assert packet.metadata.idempotency_key == "x" * 128


def test_uuids_are_read_in_any_letter_case_and_kept_in_lower_case():
    assert parse_packet(document(packet_id=PACKET_ID.upper())).packet_id == PACKET_ID


def test_an_old_release_carries_fields_of_a_newer_minor_version_along():
    sent = document(schema_version="1.7", shard=3)
    sent["metadata"] = {**sent["metadata"], "tenant": "t"}
    packet = parse_packet(sent)
    assert packet.extensions == {"shard": 3}
    assert packet.metadata.extensions == {"tenant": "t"}
    passed_on = packet.to_json()
    assert passed_on["shard"] == 3
    assert passed_on["schema_version"] == "1.7"
    assert passed_on["metadata"]["tenant"] == "t"
    assert parse_packet(passed_on) == packet


def ids():
    return iter(
        [
            PACKET_ID,
            TRACE_ID,
            "11111111-1111-4111-8111-111111111111",
            "2" * 8 + "-2222-4222-8222-" + "2" * 12,
        ]
    ).__next__


def test_a_new_packet_has_fresh_ids_and_the_time_of_the_clock():
    packet = new_packet("a", "b", {"x": 1}, clock=ManualClock(0.0), make_id=ids())
    assert packet.to_json() == {
        "schema_version": "1.1",
        "packet_id": PACKET_ID,
        "source_agent": "a",
        "destination_agent": "b",
        "timestamp": "1970-01-01T00:00:00.000+00:00",
        "payload": {"x": 1},
        "metadata": {
            "trace_id": TRACE_ID,
            "priority": "normal",
            "governance_flags": [],
            "packet_type": "",
            "idempotency_key": PACKET_ID,
        },
    }


def test_random_ids_differ_between_packets():
    first, second = (new_packet("a", "b", {}, clock=ManualClock()) for _ in range(2))
    assert (
        len({first.packet_id, first.metadata.trace_id, second.packet_id, second.metadata.trace_id})
        == 4
    )


def test_a_new_packet_joins_a_given_trace_and_keeps_what_it_is_given():
    packet = new_packet(
        "a",
        "b",
        {},
        clock=ManualClock(),
        packet_type="score_candidates",
        trace_id=TRACE_ID,
        priority="critical",
        governance_flags=("pii",),
        idempotency_key="k",
    )
    assert packet.metadata.packet_type == "score_candidates"
    assert packet.metadata.trace_id == TRACE_ID
    assert packet.metadata.priority == "critical"
    assert packet.metadata.governance_flags == ("pii",)
    assert packet.metadata.idempotency_key == "k"


def test_a_new_packet_is_held_to_the_same_rules():
    with pytest.raises(PacketError, match="priority must be one of"):
        new_packet("a", "b", {}, clock=ManualClock(), priority="asap")


def test_a_reply_swaps_addresses_and_refers_to_its_request():
    request = new_packet(
        "main",
        "tensor",
        {},
        clock=ManualClock(),
        packet_type="score",
        priority="high",
        make_id=ids(),
    )
    answer = reply_packet(request, {"ok": True}, clock=ManualClock(), governance_flags=("review",))
    assert (answer.source_agent, answer.destination_agent) == ("tensor", "main")
    assert answer.payload == {"ok": True}
    assert answer.metadata.trace_id == request.metadata.trace_id
    assert answer.metadata.in_reply_to == PACKET_ID
    assert answer.metadata.packet_type == "score"
    assert answer.metadata.priority == "high"
    assert answer.metadata.governance_flags == ("review",)
    assert answer.packet_id != request.packet_id
    assert parse_packet(answer.to_json()) == answer


@pytest.mark.negative
def test_a_destination_that_nobody_registered_is_a_404():
    packet = parse_packet(document())
    require_known(packet, {"TensorAIOS"})
    with pytest.raises(
        UnknownAgentError, match="no agent 'TensorAIOS'; registered: a, b"
    ) as caught:
        require_known(packet, ("b", "a"))
    assert caught.value.status == 404
    with pytest.raises(UnknownAgentError, match="registered: none"):
        require_known(packet, ())
