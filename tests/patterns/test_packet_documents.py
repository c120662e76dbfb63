"""What PACKET_SPEC and INTEGRATION tell is what the runtime checks and the glue wires."""

from dataclasses import fields as fields_of
from dataclasses import replace

import pytest
from agent_runtime import packets
from agent_runtime.packetsigning import SIGNATURE
from agent_runtime.routing import receiving

from generators.engine.patterns.refusal import RefusalError
from generators.patterns.doc_packet_spec import params as spec
from generators.patterns.packet_formatter.params import FIELDS
from tests.patterns.pattern_contexts import operation
from tests.patterns.test_packet_patterns import CASE, OVERRIDE, RESULT, call, params, routed

NOTICE = {"destination": "L9/monitoring", "packettype": "told", "fields": ["latency_ms"]}


def test_the_envelope_is_told_as_the_runtime_reads_it() -> None:
    known = {each.name for each in fields_of(packets.PacketEnvelope)} - {"extensions"}
    assert {name for name, _, _ in spec.ENVELOPE} == known
    known = {each.name for each in fields_of(packets.PacketMetadata)} - {"extensions"}
    assert {name for name, _, _ in spec.METADATA} == known | {SIGNATURE}
    assert packets.SCHEMA_VERSION == spec.SCHEMA_VERSION
    assert packets.FIRST_VERSION == spec.FIRST_VERSION
    assert packets.PRIORITIES == spec.PRIORITIES
    assert receiving.LARGEST_PACKET == spec.LARGEST_PACKET


def test_there_is_a_word_for_the_type_of_every_field_that_goes_out() -> None:
    assert set(spec.WORDS) == set(FIELDS.values())


def test_packets_are_told_with_their_chains_answers_and_payloads() -> None:
    told = params(routed("doc_packet_spec", CASE, OVERRIDE, outbound=[RESULT, NOTICE]))
    case, override = told["inbound"]  # type: ignore[misc]
    assert (case["payload"], case["answer"]) == ("TransactionPayload", "results")
    assert [step["gives"] for step in case["steps"]] == ["enriched", "scored", "answer"]
    assert (override["payload"], override["answer"]) == ("OverrideRequest", "")
    assert [each["name"] for each in told["payloads"]] == [  # type: ignore[union-attr]
        "TransactionPayload",
        "OverrideRequest",
    ]
    assert [each["name"] for each in told["shapes"]] == [  # type: ignore[union-attr]
        "Candidate",
        "Transaction",
    ]
    result, notice = told["outbound"]  # type: ignore[misc]
    assert (result["answers"], notice["answers"]) == (True, False)
    assert (notice["topic"], notice["fields"]) == (
        "packets.monitoring",
        [
            {
                "name": "latency_ms",
                "type": "number",
                "meaning": "the time from reception to decision in milliseconds",
            }
        ],
    )


def test_endpoints_are_told_as_packets_where_a_router_takes_them() -> None:
    uses = [call("process_call", "process_packet"), operation("status")]
    plain = params(routed("doc_packet_spec", CASE, operations=uses))
    assert plain["endpoints"] == []
    told = params(routed("doc_packet_spec", CASE, operations=uses, roles=["packet_router"]))
    assert [each["name"] for each in told["endpoints"]] == ["status"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("inbound", "outbound", "told"),
    [
        ([], [], "declares no packet"),
        ([{**CASE, "action": "guess"}], [], "no step is called 'guess'"),
        ([CASE], [{**RESULT, "fields": ["luck"]}], "nothing is known to fill 'luck'"),
    ],
)
def test_a_spec_of_packets_that_cannot_be_is_refused(
    inbound: list[dict[str, str]], outbound: list[dict[str, object]], told: str
) -> None:
    with pytest.raises(RefusalError, match=told):
        params(routed("doc_packet_spec", *inbound, outbound=outbound))


def test_an_integration_tells_how_to_register_and_who_is_wired() -> None:
    uses = [
        call("process_call", "process_packet", announces=True),
        call("register_call", "register_domain"),
    ]
    made = routed("doc_integration", CASE, outbound=[RESULT], operations=uses)
    wirings = [
        {
            "from_agent": "probe",
            "to_agent": "other",
            "connection_type": "api_call",
            "method_names": ["ask", "tell"],
        },
        {"from_agent": "other", "to_agent": "third", "connection_type": "api_call"},
    ]
    told = params(replace(made, glue={"wirings": wirings}))  # type: ignore[arg-type]
    assert (told["registers"], told["takes_packets"]) == (True, True)
    assert told["registration"]["timeout_ms"] == 250  # type: ignore[index]
    assert told["packets"][0]["answer"] == "results"  # type: ignore[index]
    assert [each["type"] for each in told["events"]] == [  # type: ignore[union-attr]
        "probe.process_packet"
    ]
    assert told["wirings"] == [
        {"from": "probe", "to": "other", "by": "api call", "what": "ask, tell"}
    ]


def test_an_integration_without_registration_tells_its_endpoints() -> None:
    told = params(routed("doc_integration", operations=[operation("score")]))
    assert (told["registers"], told["takes_packets"], told["packets"]) == (False, False, [])
    assert [each["name"] for each in told["endpoints"]] == ["score"]  # type: ignore[union-attr]


def test_an_integration_with_nothing_is_refused() -> None:
    with pytest.raises(RefusalError, match="declares no endpoint and no packet"):
        params(routed("doc_integration"))
