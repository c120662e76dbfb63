"""What a client takes from glue and interfaces, and what it refuses."""

from dataclasses import replace

import pytest

from generators.engine.model.agent import Endpoint
from generators.engine.names import Identifier
from generators.engine.patterns.context import Interface, Offer, PacketOffer, Shape, Target
from generators.engine.patterns.refusal import RefusalError
from generators.patterns.agent_client.params import params
from tests.patterns.test_bridge_params import context

ASK = Shape(module="shapes.asking", name="Ask")
TOLD = Shape(module="shapes.asking", name="Told")
WIRINGS = {
    "api_call": "method_names",
    "packet_send": "packet_types",
    "event_observe": "event_subscriptions",
}


def endpoint(name, auth=None):
    return Endpoint(
        name=Identifier(name),
        path=f"/peer/v1/{name}",
        method="POST",
        timeout_ms=250,
        auth=auth,
        pointer="/deployment/endpoints/0",
    )


def peer(agent_id="peer", *, auth=None, request=ASK):
    asked = endpoint("ask", auth)
    return Interface(
        agent_id=agent_id,
        name="Peer",
        package="L9.peer",
        sequence=3,
        endpoints=(asked, endpoint("unanswered")),
        operations=(Offer(endpoint=asked, request=request, response=TOLD),),
        packets=(
            PacketOffer(packet_type="batch", timeout_ms=900, request=ASK, response=TOLD),
            PacketOffer(packet_type="bare", timeout_ms=900, request=None, response=None),
        ),
        sends=(),
        exports={},
        events=("ask",),
    )


def wiring(connection, *names, to="peer"):
    return {
        "from_agent": "probe",
        "to_agent": to,
        "connection_type": connection,
        WIRINGS[connection]: [*names],
    }


def client(*wirings, peers=None, shared=False, dependencies=None):
    peers = peers or [peer()]
    agents = tuple(each.agent_id for each in peers)
    of = context("agent_client", glue={"wirings": [*wirings]})
    return replace(
        of,
        target=Target(name="peer", label="Peer", agents=agents, shared=shared),
        peers={each.agent_id: each for each in peers},
        dependencies=dependencies or {},
        class_name="PeerClient",
    )


def test_a_wired_endpoint_becomes_a_method_with_the_callees_shapes_and_time_out():
    (call,) = params(client(wiring("api_call", "ask")))["calls"]
    assert (call["name"], call["request"], call["response"]) == ("ask", "Ask", "Told")
    assert (call["timeout_ms"], call["role"], call["path"]) == (250, "", "/peer/v1/ask")


def test_an_endpoint_that_demands_a_token_is_called_with_its_role():
    of = client(wiring("api_call", "ask"), peers=[peer(auth="governance_token")])
    (call,) = params(of)["calls"]
    assert call["role"] == "governance"


def test_a_wired_packet_is_typed_by_the_callee_and_open_where_it_tells_no_shape():
    typed, bare = params(client(wiring("packet_send", "batch", "bare")))["packets"]
    assert (typed["request"], typed["response"], typed["timeout_ms"]) == ("Ask", "Told", 900)
    assert (bare["request"], bare["answered"]) == ("OpenPayload", False)


def test_events_of_several_agents_of_one_kind_come_to_one_method():
    both = [peer("north_peer"), peer("south_peer")]
    wired = [wiring("event_observe", "ask", to=each.agent_id) for each in both]
    made = params(client(*wired, peers=both, shared=True))
    assert made["events"] == [
        {
            "type": "ask",
            "method": "on_ask",
            "read": "read_ask",
            "agents": ["north_peer", "south_peer"],
        }
    ]
    assert [each["url"] for each in made["targets"]] == ["http://127.0.0.1:8002"] * 2


def test_wirings_of_others_and_repeated_names_add_nothing():
    other = {**wiring("api_call", "ask"), "from_agent": "somebody"}
    made = params(client(other, wiring("api_call", "ask"), wiring("api_call", "ask")))
    assert len(made["calls"]) == 1


def test_shapes_of_a_hard_dependency_may_be_its_own():
    own = peer(request=Shape(module="L9.peer.models", name="Ask"))
    of = client(wiring("api_call", "ask"), peers=[own], dependencies={"peer": own})
    assert params(of)["calls"][0]["request_module"] == "L9.peer.models"


def test_shapes_that_a_stranger_keeps_to_itself_are_refused():
    own = peer(request=Shape(module="L9.peer.models", name="Ask"))
    with pytest.raises(RefusalError, match="peer keeps the shape Ask of ask to itself"):
        params(client(wiring("api_call", "ask"), peers=[own]))


def test_a_client_to_which_nothing_is_wired_is_refused():
    with pytest.raises(RefusalError, match="the glue wires probe to nothing of peer"):
        params(client())


@pytest.mark.parametrize("name", ["unanswered", "nonsense"])
def test_a_wiring_to_what_no_module_answers_is_refused(name):
    with pytest.raises(RefusalError, match=f"calls {name}, which no module of it answers"):
        params(client(wiring("api_call", name)))


def test_a_file_that_names_no_agent_is_refused():
    with pytest.raises(RefusalError, match="names no other agent"):
        params(replace(client(), target=None))
