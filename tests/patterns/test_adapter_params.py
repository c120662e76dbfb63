"""What the modules of a domain adapter take from a schema and the glue, and what they refuse."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from generators.engine.patterns.context import (
    Interface,
    PacketOffer,
    PatternContext,
    Shape,
    Target,
)
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from tests.patterns.pattern_contexts import GLUE, context, operation, params, sibling
from tests.patterns.test_translation_document import MATCHING, RECORDS

WIRING = {
    "from_agent": "probe",
    "to_agent": "main_agent",
    "connection_type": "packet_send",
    "packet_types": ["trade_batch"],
}
ROLES = ("data_translator", "compatibility_checker", "pair_matcher", "governance_bridge")
TRADE: Mapping[str, Plain] = {
    **MATCHING,
    "supply": {"record": "farm", "quantity": "yield"},
}
PAYLOAD = Shape(module="agent_runtime.shapes.transactions", name="TransactionPayload")


def adapter(pattern: str, *, speaks_to: str = "main_agent", **changes: object) -> PatternContext:
    declared: dict[str, object] = {
        "integration": {"connectto": [], "shareddomains": ["GrainOS"]},
        "records": RECORDS,
        "matching": {**TRADE, "deal": None},
        "governance": {
            "anchors": ["Igor"],
            "mode": "hybrid",
            "humanoverride": True,
            "thresholds": {"match_value": {"value": 900, "unit": "eur"}},
            "auditscope": ["packet_creation_and_routing", "result_processing"],
        },
    }
    made = context(
        pattern,
        glue={**GLUE, "wirings": [WIRING]},
        roles=(*ROLES, "margin_optimizer"),
        **{**declared, **changes},
    )
    client = replace(
        sibling("agent_client"),
        role="main_agent_client",
        class_name="MainAgentClient",
        target=Target(name=speaks_to, label="Main", agents=(speaks_to,), shared=False),
    )
    own = replace(sibling("tensor_result_processor"), role="tensor_result_processor")
    siblings = {**made.siblings, client.role: client, own.role: own}
    return replace(made, siblings=siblings)


def offering(packet: PacketOffer) -> Interface:
    return Interface(
        agent_id="main_agent",
        name="Main",
        package="L9.agents.main",
        sequence=2,
        endpoints=(),
        operations=(),
        packets=(packet,),
        sends=(),
        exports={},
        events=(),
    )


def test_packets_go_out_by_the_method_of_the_client() -> None:
    told = params(adapter("packet_builder"))
    assert (told["client_class"], told["send"]) == ("MainAgentClient", "send_trade_batch")
    assert told["has"] == {"deal": False, "open": True}


def test_a_payload_is_typed_where_the_receiver_tells_its_shape() -> None:
    packet = PacketOffer(packet_type="trade_batch", timeout_ms=9, request=PAYLOAD, response=None)
    typed = replace(adapter("packet_builder"), peers={"main_agent": offering(packet)})
    assert params(typed)["has"] == {"deal": False, "open": False}
    for other in (replace(packet, packet_type="else"), replace(packet, request=None)):
        untyped = replace(typed, peers={"main_agent": offering(other)})
        assert params(untyped)["has"] == {"deal": False, "open": True}


def test_a_client_of_somebody_else_is_refused() -> None:
    with pytest.raises(RefusalError, match=r"go to main_agent, and agent_client\.py speaks to x"):
        params(adapter("packet_builder", speaks_to="x"))


def test_packets_that_are_wired_to_nobody_are_refused() -> None:
    unwired = replace(adapter("packet_builder"), glue=GLUE)
    with pytest.raises(RefusalError, match="wires probe to nobody who takes its packets"):
        params(unwired)


@pytest.mark.parametrize("pattern", ["packet_builder", "tensor_result_processor"])
def test_what_is_not_to_be_audited_is_refused(pattern: str) -> None:
    governance = {
        "anchors": ["Igor"],
        "mode": "hybrid",
        "humanoverride": True,
        "thresholds": {"match_value": {"value": 900, "unit": "eur"}},
        "auditscope": ["something_else"],
    }
    with pytest.raises(RefusalError, match="auditscope does not name the event"):
        params(adapter(pattern, governance=governance))


def test_matches_without_a_limit_are_refused() -> None:
    governance = {"anchors": ["Igor"], "mode": "hybrid", "humanoverride": True}
    with pytest.raises(RefusalError, match="above which sum a match needs an approval"):
        params(adapter("tensor_result_processor", governance=governance))


def test_scoring_later_offers_takes_half_of_the_time_out_of_the_results_endpoint() -> None:
    plain = adapter("tensor_result_processor")
    assert params(plain)["late_ms"] == 250.0
    own = plain.siblings["tensor_result_processor"]
    uses = (operation("other"), replace(operation("process_results"), sibling=own))
    slow = replace(uses[1], endpoint=replace(uses[1].endpoint, timeout_ms=4_000))
    told = params(replace(plain, operations=(*uses, slow)))
    assert (told["late_ms"], told["late_source"]) == (
        125.0,
        "half of the time-out of process_results",
    )
