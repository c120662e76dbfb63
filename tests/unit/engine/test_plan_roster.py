"""Whom a client module speaks to, and what agents offer each other, both from the plan alone."""

import os
from dataclasses import replace

import pytest

from generators.engine.build.compile import collection_interfaces, compile_collection, load_meta
from generators.engine.build.load_library import load_library
from generators.engine.patterns.context import Target
from generators.engine.plan.interface import interface_of, routed_types
from generators.engine.plan.roster import make_roster, peers_of, targets_of
from generators.engine.shell.environment import read_settings

SOURCE = "input_schemas/tensoraios_ecosystem_v6.0.md"
LIBRARY = load_library()


@pytest.fixture(scope="module")
def compiled():
    settings = read_settings(os.environ)
    return compile_collection("tensoraios_ecosystem", (SOURCE,), settings, load_meta(settings))


@pytest.fixture(scope="module")
def agents(compiled):
    return compiled.model.collection.agents


@pytest.fixture(scope="module")
def roster(compiled, agents):
    return make_roster(agents, compiled.meta.glue)


@pytest.fixture(scope="module")
def interfaces(compiled):
    return collection_interfaces(compiled.model.collection, compiled.meta)


def agent(agents, agent_id):
    return next(each for each in agents if each.agent_id == agent_id)


def targets(agents, roster, agent_id):
    return targets_of(agent(agents, agent_id), LIBRARY, roster)


def one(name, label):
    return Target(name=name, label=label, agents=(name,), shared=False)


def test_a_client_or_bridge_is_named_after_the_agent_that_it_calls(agents, roster):
    assert targets(agents, roster, "main_agent")["tensoraios_bridge"] == one(
        "tensoraios", "TensorAIOS"
    )
    assert targets(agents, roster, "plastos_adapter")["main_agent_client"] == one(
        "main_agent", "MainAgent"
    )


def test_bridges_of_the_agents_own_world_are_no_clients(agents, roster):
    own = {"governance_bridge", "memory_bridge", "world_model_bridge", "plastos_bridge"}
    for each in agents:
        assert own.isdisjoint(targets_of(each, LIBRARY, roster))


def test_a_shared_name_means_the_agents_of_the_kind_that_are_wired(agents, roster):
    assert targets(agents, roster, "tensor_trainer")["adapter_client"] == Target(
        name="adapter", label="Adapter", agents=("plastos_adapter",), shared=True
    )


def test_a_shared_name_to_which_nothing_is_wired_means_all_of_the_kind(agents):
    unwired = make_roster(agents, {})
    assert targets(agents, unwired, "tensor_trainer")["adapter_client"].agents == (
        "plastos_adapter",
    )


def test_an_agent_is_no_client_of_itself(agents, roster):
    trainer = agent(agents, "tensor_trainer")
    named = replace(trainer, agent_id="tensoraios")
    assert "tensoraios_client" not in targets_of(named, LIBRARY, roster)


def test_peers_are_those_named_wired_or_depended_on(agents, roster):
    adapter = agent(agents, "plastos_adapter")
    found = targets_of(adapter, LIBRARY, roster)
    assert peers_of(adapter, roster, found) == ("main_agent", "tensoraios")
    assert peers_of(agent(agents, "tensoraios"), roster, {}) == ()


def test_an_interface_says_what_is_called_with_which_shapes(interfaces):
    offers = {str(each.endpoint.name): each for each in interfaces["tensoraios"].operations}
    scoring = offers["score_candidates"]
    assert (scoring.request.name, scoring.response.name) == ("ScoreRequest", "ScoreResponse")
    assert scoring.endpoint.timeout_ms == 500
    assert offers["trigger_retraining"].endpoint.auth == "governance_token"


def test_an_interface_says_which_packets_are_processed_and_sent(interfaces, agents):
    packets = {each.packet_type: each for each in interfaces["tensoraios"].packets}
    assert packets["detect_anomaly"].request.name == "AnomalyRequest"
    routed = {each.packet_type for each in interfaces["main_agent"].packets}
    assert routed.issuperset(routed_types(agent(agents, "main_agent"), "inbound"))
    assert "enriched_results" in interfaces["main_agent"].sends


@pytest.mark.parametrize(
    ("packet", "request_name", "response_name"),
    [
        ("transaction_batch", "TransactionPayload", "CaseAnswer"),
        ("loan_application", "TransactionPayload", "CaseAnswer"),
        ("batch_job", "JobPayload", "JobAnswer"),
        ("override_request", "OverrideRequest", "OverrideResponse"),
        ("context_update", "ContextPayload", "ContextAnswer"),
        ("get_agent_status", "StatusRequest", "StatusResponse"),
    ],
)
def test_a_routed_packet_has_the_shapes_of_what_its_action_begins_with(
    interfaces, packet, request_name, response_name
):
    (offer,) = [each for each in interfaces["main_agent"].packets if each.packet_type == packet]
    assert (offer.request.name, offer.response.name) == (request_name, response_name)


def test_what_takes_packets_is_not_asked_for_by_a_packet(interfaces):
    packets = {each.packet_type for each in interfaces["main_agent"].packets}
    assert "request_governance_override" in packets
    assert "process_packet" not in packets


def test_a_packet_that_a_pattern_names_is_offered_unless_others_are_routed(agents):
    adapter = agent(agents, "plastos_adapter")
    assert "enriched_results" in offered(adapter)
    elsewhere = {"inbound": [{"packettype": "price_list", "source": "L9/agents/plastos"}]}
    routed = replace(adapter, data={**adapter.data, "packetrouting": elsewhere})
    assert "enriched_results" not in offered(routed)
    (unshaped,) = [
        each for each in interface_of(routed, LIBRARY).packets if each.packet_type == "price_list"
    ]
    assert unshaped.request is None
    assert unshaped.response is None


def offered(schema):
    return {each.packet_type for each in interface_of(schema, LIBRARY).packets}


def test_an_interface_says_which_events_are_published_and_where_the_agent_is(interfaces):
    assert "score_candidates" in interfaces["tensoraios"].events
    assert "generate_embeddings" not in interfaces["tensoraios"].events
    assert [interfaces[name].sequence for name in ("tensoraios", "main_agent")] == [1, 2]


def test_every_agent_has_an_interface_built_or_not(interfaces, compiled, agents):
    assert set(interfaces) == {str(each.agent_id) for each in agents}
    for unit in compiled.plan.units:
        assert set(unit.peers) <= set(interfaces)
