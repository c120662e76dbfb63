"""Packets and events travel as CloudEvents, and the official SDK reads what we write."""

import json

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.cloudevents import (
    event_from_cloudevent,
    event_to_cloudevent,
    packet_from_cloudevent,
    packet_to_cloudevent,
)
from agent_runtime.errors import PacketError
from agent_runtime.events import new_event
from agent_runtime.packets import new_packet, parse_packet
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

TRACE = "0a2b3c4d-1111-4222-8333-444455556666"


def packet(packet_type="transaction_batch"):
    return new_packet(
        "plastos_adapter",
        "main_agent",
        {"deals": [1, 2]},
        clock=ManualClock(0.0),
        packet_type=packet_type,
        trace_id=TRACE,
        idempotency_key="batch-7",
    )


def event():
    return new_event(
        "score_candidates",
        "tensoraios",
        decision_id="d-1",
        confidence=0.75,
        result={"score": 0.5},
        trace_id=TRACE,
        clock=ManualClock(0.0),
    )


def as_the_sdk_reads(document):
    return JSONFormat().read(CloudEvent, json.dumps(document))


@pytest.mark.positive
def test_the_attributes_of_a_packet_tell_brokers_all_they_need():
    document = packet_to_cloudevent(packet())
    assert document["specversion"] == "1.0"
    assert document["type"] == "l9.packet.transaction_batch"
    assert document["source"] == "/agents/plastos_adapter"
    assert document["subject"] == "main_agent"
    assert document["partitionkey"] == "batch-7"
    assert document["traceid"] == TRACE
    assert document["time"] == "1970-01-01T00:00:00.000+00:00"
    assert document["datacontenttype"] == "application/json"


@pytest.mark.positive
def test_a_packet_without_a_type_is_untyped():
    assert packet_to_cloudevent(packet(""))["type"] == "l9.packet.untyped"


@pytest.mark.positive
def test_a_packet_comes_back_as_it_went_out_with_fields_of_newer_releases():
    sent = parse_packet({**packet().to_json(), "shard": 3})
    assert packet_from_cloudevent(json.loads(json.dumps(packet_to_cloudevent(sent)))) == sent


@pytest.mark.positive
def test_an_event_comes_back_as_it_went_out():
    document = event_to_cloudevent(event())
    assert (document["type"], document["id"]) == (
        "l9.event.score_candidates",
        "d-1:score_candidates",
    )
    assert document["partitionkey"] == document["subject"] == "d-1"
    assert event_from_cloudevent(json.loads(json.dumps(document))) == event()


@pytest.mark.positive
@pytest.mark.parametrize("document", [packet_to_cloudevent(packet()), event_to_cloudevent(event())])
def test_the_official_sdk_reads_and_validates_it(document):
    read = as_the_sdk_reads(document)
    assert read.get_id() == document["id"]
    assert read.get_type() == document["type"]
    assert read.get_extension("traceid") == TRACE
    assert read.get_data() == document["data"]


@pytest.mark.positive
def test_extensions_of_a_broker_do_not_matter():
    sent = packet()
    document = {**packet_to_cloudevent(sent), "brokersequence": 9}
    assert packet_from_cloudevent(document) == sent


@pytest.mark.negative
@pytest.mark.parametrize("name", ["id", "source", "type", "subject", "partitionkey", "traceid"])
def test_attributes_that_contradict_the_data_are_refused(name):
    document = {**packet_to_cloudevent(packet()), name: "other"}
    with pytest.raises(PacketError, match=f"the attributes {name} contradict the data"):
        packet_from_cloudevent(document)
    with pytest.raises(PacketError, match=f"the attributes {name} contradict the data"):
        event_from_cloudevent({**event_to_cloudevent(event()), name: "other"})


@pytest.mark.negative
@pytest.mark.parametrize("version", [None, "0.3", 1.0])
def test_another_version_of_cloudevents_is_refused(version):
    with pytest.raises(PacketError, match=r"specversion must be '1\.0'"):
        packet_from_cloudevent({**packet_to_cloudevent(packet()), "specversion": version})


@pytest.mark.negative
def test_what_carries_no_packet_is_refused():
    with pytest.raises(PacketError, match="data must be a JSON object"):
        packet_from_cloudevent({"specversion": "1.0"})
    with pytest.raises(PacketError, match="packet_id is missing"):
        packet_from_cloudevent({"specversion": "1.0", "data": {}})
