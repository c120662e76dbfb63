"""What an agent sees of the glue: callers can be added without making anything of it again."""

import os

import pytest

from generators.engine.build.compile import compile_collection, load_meta
from generators.engine.plan.shares import glue_share
from generators.engine.shell.environment import read_settings

SOURCE = "input_schemas/tensoraios_ecosystem_v6.0.md"


@pytest.fixture(scope="module")
def compiled():
    settings = read_settings(os.environ)
    return compile_collection("tensoraios_ecosystem", (SOURCE,), settings, load_meta(settings))


def share(compiled, agent_id, *added):
    glue = {**compiled.meta.glue, "wirings": [*compiled.meta.glue["wirings"], *added]}
    return glue_share(glue, compiled.model.collection.agent(agent_id))


def packet(sender, receiver, *types):
    return {
        "from_agent": sender,
        "to_agent": receiver,
        "connection_type": "packet_send",
        "packet_types": [*types],
    }


def test_an_agent_sees_all_that_it_speaks_by(compiled):
    seen = share(compiled, "plastos_adapter")["wirings"]
    spoken = [w for w in compiled.meta.glue["wirings"] if w["from_agent"] == "plastos_adapter"]
    assert [w for w in seen if w["from_agent"] == "plastos_adapter"] == spoken
    assert len(spoken) == 2


def test_of_those_who_speak_to_it_it_sees_who_sends_what_its_schema_does_not_route(compiled):
    incoming = share(compiled, "tensoraios")["wirings"]
    assert incoming == [packet("tensor_trainer", "tensoraios", "model_ready")]


@pytest.mark.parametrize(
    "added",
    [
        packet("newcomer", "main_agent", "loan_application"),
        packet("newcomer", "main_agent", "loan_application", "transaction_batch"),
        {
            "from_agent": "newcomer",
            "to_agent": "main_agent",
            "connection_type": "api_call",
            "method_names": ["register_domain"],
        },
        {
            "from_agent": "newcomer",
            "to_agent": "main_agent",
            "connection_type": "event_observe",
            "event_subscriptions": ["process_packet"],
        },
        packet("newcomer", "tensor_trainer", "model_ready"),
    ],
)
def test_a_caller_more_changes_nothing_of_whom_it_calls(compiled, added):
    assert share(compiled, "main_agent", added) == share(compiled, "main_agent")


@pytest.mark.parametrize(
    "added",
    [
        packet("main_agent", "newcomer", "enriched_results"),
        packet("newcomer", "main_agent", "gossip"),
        packet("newcomer", "main_agent", "loan_application", "gossip"),
    ],
)
def test_what_it_sends_and_who_sends_what_nothing_routes_does_change_it(compiled, added):
    changed = share(compiled, "main_agent", added)
    assert changed["wirings"] == [*share(compiled, "main_agent")["wirings"], added]


def test_a_share_of_a_share_is_the_same_and_the_rest_of_the_glue_is_there(compiled):
    once = share(compiled, "main_agent")
    assert glue_share(once, compiled.model.collection.agent("main_agent")) == once
    assert {**once, "wirings": compiled.meta.glue["wirings"]} == compiled.meta.glue


def test_shared_links_see_no_wiring(compiled):
    assert glue_share(compiled.meta.glue, None)["wirings"] == []
