"""Where another agent is, and by whose key tokens for it are signed."""

import pytest
from agent_runtime.clients.opening import base_url, open_http, open_packets
from agent_runtime.clock import ManualClock
from agent_runtime.config import Setting, load_settings
from agent_runtime.keys import KeyRing
from agent_runtime.parts import STANDARD_SETTINGS, AgentParts
from agent_runtime.replay import MemoryReplayLedger
from agent_runtime.service import EndpointSpec, Operation
from agent_runtime.service.spec import Gates
from agent_runtime.shapes.base import Call, Shape
from agent_runtime.testing import TRACE
from agent_runtime.testing_service import serving
from agent_runtime.tokens import TokenVerifier

DECLARED = (Setting(key="clients.peer"), Setting(key="registry", kind="data"))
FILE = "registry:\n  - {agent: other, base_url: 'http://other'}\n  - {agent: peer, base_url: 'http://file'}\n"


class Empty(Shape):
    pass


def settings(environ=(), *, file=None, declared=DECLARED):
    return load_settings("main", declared, dict(environ), file=file)


def test_without_any_setting_the_declared_address_holds():
    assert base_url(settings(), "peer", "http://declared") == "http://declared"
    assert base_url(settings(declared=()), "peer", "http://declared") == "http://declared"


def test_the_registry_of_the_shared_file_tells_where_an_agent_is(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(FILE)
    assert base_url(settings(file=file), "peer", "http://declared") == "http://file"
    assert base_url(settings(file=file), "third", "http://declared") == "http://declared"


def test_the_environment_wins_over_the_registry(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(FILE)
    found = settings({"L9_MAIN__CLIENTS__PEER": "http://here"}, file=file)
    assert base_url(found, "peer", "http://declared") == "http://here"


@pytest.fixture
def parts(tmp_path):
    environ = {
        "L9_MAIN__DATA__FOLDER": str(tmp_path / "data"),
        "L9_MAIN__LOGGING__FOLDER": str(tmp_path / "logs"),
    }
    made = AgentParts("main", load_settings("main", STANDARD_SETTINGS, environ))
    yield made
    made.close()


def test_a_token_is_signed_by_the_key_of_the_caller_for_the_callee(parts):
    ledger = MemoryReplayLedger(parts.clock)
    tokens = TokenVerifier(
        KeyRing.of(parts.identity), audience="peer", clock=parts.clock, ledger=ledger
    )
    callers = []

    def handle(request, call):
        callers.append((call.caller, call.roles))
        return request

    spec = EndpointSpec(name="do", path="/p/do", method="POST", timeout_ms=5000, role="service")
    operation = Operation(handle=handle, request=Empty, response=Empty)
    with serving((spec,), {"do": operation}, gates=Gates(tokens=tokens)) as url:
        client = open_http(parts, "peer", url)
        assert client.ask(spec, Empty(), Call(trace_id=TRACE), Empty) == Empty()
        client.close()
    assert callers == [("main", ("service",))]


def test_packets_go_over_the_bus_of_the_agent(parts):
    heard = []
    parts.bus.subscribe("packets.peer", "peer", lambda sent: heard.append(sent.message))
    open_packets(parts, "peer").tell("ping", Empty(), Call(trace_id=TRACE))
    parts.bus.pump()
    assert [(each["source_agent"], each["destination_agent"]) for each in heard] == [
        ("main", "peer")
    ]


def test_manual_time_is_the_clients_time(tmp_path):
    clock = ManualClock()
    environ = {
        "L9_MAIN__DATA__FOLDER": str(tmp_path / "data"),
        "L9_MAIN__LOGGING__FOLDER": str(tmp_path / "logs"),
    }
    made = AgentParts("main", load_settings("main", STANDARD_SETTINGS, environ), clock=clock)
    client = open_packets(made, "peer")
    client.tell("ping", Empty(), Call(trace_id=TRACE))
    assert client.target == "peer"
    made.close()
