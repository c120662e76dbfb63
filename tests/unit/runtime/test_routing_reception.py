"""Packets are checked, refused with an audited reason, routed by sender and type, answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.errors import (
    ConfigError,
    GovernanceError,
    InputBoundsError,
    NotAuthenticatedError,
    OutputBoundsError,
    PacketError,
    UnknownAgentError,
)
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.packets import PacketEnvelope, parse_packet
from agent_runtime.packetseal import PacketSeal
from agent_runtime.packetsigning import sign_packet, verify_packet
from agent_runtime.routing.desk import RoutingDesk
from agent_runtime.routing.later import LaterResults
from agent_runtime.routing.receiving import LARGEST_PACKET, PacketGuard, Protocol
from agent_runtime.routing.registry import DomainRegistry, RegisteredDomain
from agent_runtime.routing.routes import Route, RouteTable
from agent_runtime.routing.work import Answer
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.domain_registration import RegisterDomainRequest
from agent_runtime.shapes.packets import PacketRequest
from agent_runtime.shapes.transactions import ContextPayload, TransactionPayload
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_routing import BenchBridge, KeptMemory, ListLog, asking, heard, trade
from agent_runtime.values import JsonObject

CREDENTIAL = "header.claims.signature"
LINK = ("plastos:a", "BUYS", "plastos:b")
PROTOCOL = Protocol(
    agent="hub",
    names=("hub", "Hub"),
    payloads={"trade": TransactionPayload, "news": ContextPayload},
    audited_as="packet_reception",
)
NEWS = {"connector": "c", "subject": "s", "values": {"x": 1.0}}


class Bench:
    """A desk whose chains write down what they get."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.agent = AgentBench(root, agent="hub")
        self.seen: list[tuple[str, Call]] = []
        self.answer = Answer(packet_type="results", payload={"ok": True}, about={"why": "because"})
        self.registry = DomainRegistry(root / "domains.db", agent="hub", clock=self.agent.clock)
        self.guard = PacketGuard(PROTOCOL, self.agent.audit)
        self.memory = KeptMemory()
        self.desk = self.open()

    def open(
        self,
        *,
        later: LaterResults | None = None,
        log: ListLog | None = None,
        seal: PacketSeal | None = None,
    ) -> RoutingDesk:
        routes = RouteTable(
            [
                Route(packet_type="trade", source="L9/p", senders=("plastos",), timeout_ms=500),
                Route(packet_type="news", source="L9/w", senders=("worldmodel",), timeout_ms=100),
            ]
        )
        return RoutingDesk(
            agent="hub",
            routes=routes,
            chains={"trade": self.chain, "news": self.chain},
            guard=self.guard,
            governance=BenchBridge(self.agent.governance),
            registry=self.registry,
            bus=self.agent.bus,
            clock=self.agent.clock,
            replies=self.memory,
            later=later,
            log=log,
            seal=seal,
        )

    def chain(self, packet: PacketEnvelope, call: Call) -> Answer:
        self.seen.append((packet.packet_id, call))
        return self.answer

    def trade(self, **options: object) -> dict[str, object]:
        return asking(self.agent, "trade", trade(LINK), **options).to_json()  # type: ignore[arg-type]

    def refusals(self) -> list[tuple[object, object]]:
        return [
            (record.detail["refused"], record.detail["status"])
            for record in self.agent.audit.records()
            if record.action == "packet_reception"
        ]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.registry.close()
    made.agent.bus.close()


def test_a_packet_goes_to_the_chain_of_its_type_with_the_time_of_its_route(bench: Bench) -> None:
    packet = bench.trade()
    answer = bench.desk.handle(packet, roles=("r",), token=CREDENTIAL)
    ((seen, call),) = bench.seen
    assert seen == packet["packet_id"]
    assert call == Call(
        trace_id=TRACE,
        caller="plastos",
        deadline=bench.agent.clock() + 0.5,
        roles=("r",),
        token=CREDENTIAL,
    )
    assert (answer.source_agent, answer.destination_agent) == ("hub", "plastos")
    assert answer.metadata.packet_type == "results"
    assert answer.metadata.extensions == {"why": "because"}
    assert answer.metadata.in_reply_to == packet["packet_id"]
    assert parse_packet(answer.to_json()) == answer


def test_packets_are_logged_as_received_answered_or_refused(bench: Bench) -> None:
    log = ListLog()
    desk = bench.open(log=log)
    desk.handle(bench.trade())
    assert log.told == [("received", "trade"), ("answered", "results")]
    with pytest.raises(UnknownAgentError):
        desk.handle(bench.trade(source="stranger"))
    with pytest.raises(PacketError):
        desk.handle({})
    assert log.told[2:] == [
        ("received", "trade"),
        ("refused", "UnknownAgentError"),
        ("refused", "PacketError"),
    ]


def test_a_packet_that_comes_again_is_answered_again_and_carried_out_once(bench: Bench) -> None:
    packet = bench.trade(key="k")
    assert bench.desk.handle(packet) == bench.desk.handle(packet)
    assert len(bench.seen) == 1


@pytest.mark.parametrize(
    ("change", "reason", "status", "told"),
    [
        ({"timestamp": "yesterday"}, "envelope", 400, "timestamp must be"),
        ({"destination_agent": "nobody"}, "destination", 404, "no agent 'nobody'"),
        ({"payload": {"domain": ""}}, "payload", 400, "payload.transactions"),
        ({"payload": {"x": float("nan")}}, "size", 400, "packet.payload.x"),
        ({"payload": {"x": "y" * LARGEST_PACKET}}, "size", 400, "characters"),
        ({"source_agent": "stranger"}, "source", 404, "no agent 'stranger' sends packets here"),
        ({"source_agent": "worldmodel"}, "source", 400, "worldmodel sends no 'trade' here"),
    ],
)
def test_each_fault_is_refused_under_its_name_and_audited(
    bench: Bench, change: dict[str, object], reason: str, status: int, told: str
) -> None:
    with pytest.raises((PacketError, UnknownAgentError), match=told.replace(".", r"\.")) as refusal:
        bench.desk.handle({**bench.trade(), **change})  # type: ignore[dict-item]
    assert refusal.value.status == status
    assert bench.refusals() == [(reason, status)]
    assert bench.seen == []


def test_a_packet_type_that_nobody_declared_is_refused(bench: Bench) -> None:
    with pytest.raises(PacketError, match="packet_type must be one of news, trade"):
        bench.desk.handle(asking(bench.agent, "gossip", {}).to_json())
    assert bench.refusals() == [("packet_type", 400)]


def test_even_rubbish_is_audited(bench: Bench) -> None:
    with pytest.raises(PacketError, match="packet_id is missing"):
        bench.desk.handle({"metadata": 3})
    (record,) = [r for r in bench.agent.audit.records() if r.action == "packet_reception"]
    assert record.subject == "unknown"
    assert record.detail["packet_type"] == "unknown"


def test_a_flagged_packet_is_escalated_and_waits(bench: Bench) -> None:
    with pytest.raises(GovernanceError):
        bench.desk.handle(bench.trade(flags=("personal_data",)))
    assert len(bench.agent.escalations.pending()) == 1
    assert bench.seen == []


def test_the_endpoint_answers_as_the_bus_does(bench: Bench) -> None:
    request = PacketRequest.model_validate(bench.trade())
    response = bench.desk.process_call(request, Call(trace_id=TRACE))
    assert response.payload == {"ok": True}
    assert response.metadata["why"] == "because"
    with pytest.raises(PacketError, match="packet_id is missing"):
        bench.desk.process_call(PacketRequest(), Call(trace_id=TRACE))


def test_over_http_a_token_or_a_signature_proves_the_sender_and_answers_are_signed(
    bench: Bench,
) -> None:
    sender, hub = SigningKey.generate(), SigningKey.generate()
    keys = KeyRing({**key.public_jwk(), "agent": who} for who, key in
        (("plastos", sender), ("hub", hub)))  # fmt: skip
    desk = bench.open(seal=PacketSeal("hub", hub, keys, bench.agent.audit))
    nobody, holder = Call(trace_id=TRACE), Call(trace_id=TRACE, token=CREDENTIAL)

    def ask(document: JsonObject, call: Call) -> JsonObject:
        return desk.process_call(PacketRequest.model_validate(document), call).model_dump()

    signed = sign_packet(bench.trade(), sender)
    assert verify_packet(ask(signed, nobody), keys) == hub.key_id
    assert verify_packet(ask(bench.trade(), holder), keys) == hub.key_id
    forged = sign_packet(bench.trade(), hub)
    for document, call in ((bench.trade(), nobody), (forged, nobody), (forged, holder)):
        with pytest.raises(NotAuthenticatedError):
            ask(document, call)
    assert [call for _, call in bench.seen if call.token is None][1:] == []
    assert bench.agent.actions().count("packet_origin_refused") == 3


def test_an_answer_that_is_no_json_is_withheld(bench: Bench) -> None:
    bench.answer = Answer(packet_type="results", payload={"x": float("inf")})
    with pytest.raises(OutputBoundsError, match="the answer to trade cannot be sent"):
        bench.desk.handle(bench.trade())


def test_requesters_on_the_bus_get_answers_and_problems(bench: Bench) -> None:
    bench.desk.listen()
    bus = bench.agent.bus
    good = bus.request("packets.hub", bench.trade(), key="k", timeout_seconds=5.0)  # type: ignore[arg-type]
    bad = bus.request("packets.hub", {}, key="k", timeout_seconds=5.0)
    bus.pump()
    answered, refused = bus.collect(good), bus.collect(bad)
    assert answered is not None
    assert answered["payload"] == {"ok": True}
    assert refused is not None
    assert refused["status"] == 400


def test_a_registered_domain_may_send_at_once_and_after_a_restart(bench: Bench) -> None:
    request = RegisterDomainRequest(domain="SampleOS", agent_id="sample", packet_types=("trade",))
    told = heard(bench.agent.bus, "domains.registered")
    response = bench.desk.register_call(request, Call(trace_id=TRACE))
    assert (response.packet_types, response.new) == (("trade",), True)
    assert bench.desk.register_call(request, Call(trace_id=TRACE)).new is False
    packet = bench.trade(source="sample")
    assert bench.desk.handle(packet).destination_agent == "sample"
    assert bench.open().handle(bench.trade(source="sample")).destination_agent == "sample"
    bench.agent.bus.pump()
    assert [message["domain"] for message in told] == ["SampleOS"]


def test_a_running_agent_learns_of_a_domain_without_restart(bench: Bench) -> None:
    other = bench.open()
    other.listen()
    with pytest.raises(UnknownAgentError):
        other.handle(bench.trade(source="sample"))
    request = RegisterDomainRequest(domain="SampleOS", agent_id="sample")
    assert bench.desk.register_call(request, Call(trace_id=TRACE)).packet_types == (
        "news",
        "trade",
    )
    bench.agent.bus.pump()
    assert other.handle(bench.trade(source="sample")).destination_agent == "sample"


def test_another_process_that_missed_the_event_finds_the_domain_in_the_file(bench: Bench) -> None:
    other = bench.open()
    bench.desk.register_call(
        RegisterDomainRequest(domain="SampleOS", agent_id="sample"), Call(trace_id=TRACE)
    )
    assert other.handle(bench.trade(source="sample")).destination_agent == "sample"


def test_nobody_takes_over_a_domain_or_registers_for_undeclared_packets(bench: Bench) -> None:
    call = Call(trace_id=TRACE)
    bench.desk.register_call(RegisterDomainRequest(domain="SampleOS", agent_id="one"), call)
    with pytest.raises(InputBoundsError, match="one speaks for the domain sampleos already"):
        bench.desk.register_call(RegisterDomainRequest(domain="sampleos", agent_id="two"), call)
    with pytest.raises(InputBoundsError, match="no route takes gossip; declared: news, trade"):
        bench.desk.register_call(
            RegisterDomainRequest(domain="Other", agent_id="x", packet_types=("gossip",)), call
        )
    assert [each.domain for each in bench.registry.all()] == ["SampleOS"]


def test_a_malformed_registration_on_the_bus_is_not_taken(bench: Bench) -> None:
    admitted: list[RegisteredDomain] = []
    bench.registry.listen(bench.agent.bus, "test.domains", admitted.append)
    bench.agent.bus.publish("domains.registered", {"domain": "x"}, key="k")
    bench.agent.bus.publish(
        "domains.registered", {"domain": "y", "agent_id": "y", "packet_types": []}, key="j"
    )
    bench.agent.bus.pump()
    assert [each.domain for each in admitted] == ["y"]


def test_a_desk_needs_a_chain_for_each_packet_type(bench: Bench) -> None:
    with pytest.raises(ConfigError, match="nothing carries out the packet types trade"):
        RoutingDesk(
            agent="hub",
            routes=RouteTable(
                [Route(packet_type="trade", source="s", senders=("p",), timeout_ms=1)]
            ),
            chains={},
            guard=bench.guard,
            governance=BenchBridge(bench.agent.governance),
            registry=bench.registry,
            bus=bench.agent.bus,
            clock=bench.agent.clock,
        )


def test_two_routes_for_one_sender_and_type_are_a_fault() -> None:
    route = Route(packet_type="trade", source="s", senders=("p",), timeout_ms=1)
    with pytest.raises(ConfigError, match="two routes take trade from p"):
        RouteTable([route, route])


def test_what_may_come_later_is_accepted_worked_on_and_delivered(bench: Bench) -> None:
    later = LaterResults(agent="hub", bus=bench.agent.bus, clock=bench.agent.clock)
    desk = bench.open(later=later)
    results = heard(bench.agent.bus, "packets.plastos")
    packet = asking(bench.agent, "trade", {**trade(LINK), "respond": "later"}, key="k")
    accepted = desk.handle(packet.to_json())
    assert accepted.metadata.packet_type == "accepted"
    assert accepted.payload == {"job": packet.packet_id}
    assert bench.seen == []
    bench.open(
        later=LaterResults(agent="hub", bus=bench.agent.bus, clock=bench.agent.clock)
    ).listen()
    bench.agent.bus.pump()
    (result,) = [parse_packet(message) for message in results]
    assert result.metadata.in_reply_to == packet.packet_id
    assert result.payload == {"ok": True}
    assert len(bench.seen) == 1


def test_later_work_that_comes_twice_is_done_once(bench: Bench) -> None:
    later = LaterResults(agent="hub", bus=bench.agent.bus, clock=bench.agent.clock)
    later.work({"trade": bench.chain})
    packet = asking(bench.agent, "trade", trade(LINK), key="k")
    assert later.accept(packet) == later.accept(packet) == packet.packet_id
    bench.agent.bus.pump()
    assert len(bench.seen) == 1


def test_later_work_that_is_refused_is_answered_with_the_reason(bench: Bench) -> None:
    def refusing(packet: PacketEnvelope, call: Call) -> Answer:
        raise PacketError("no such thing")

    later = LaterResults(agent="hub", bus=bench.agent.bus, clock=bench.agent.clock)
    later.work({"trade": refusing})
    results = heard(bench.agent.bus, "packets.plastos")
    later.accept(asking(bench.agent, "trade", trade(LINK)))
    bench.agent.bus.pump()
    assert results[0]["payload"] == {
        "status": 400,
        "title": "invalid packet",
        "detail": "no such thing",
    }


def test_later_work_that_fails_here_is_tried_again_and_at_last_told(bench: Bench) -> None:
    def failing(packet: PacketEnvelope, call: Call) -> Answer:
        raise OutputBoundsError("not finite")

    later = LaterResults(agent="hub", bus=bench.agent.bus, clock=bench.agent.clock, last_attempt=2)
    later.work({"trade": failing})
    results = heard(bench.agent.bus, "packets.plastos")
    later.accept(asking(bench.agent, "trade", trade(LINK)))
    bench.agent.bus.pump()
    assert results == []
    bench.agent.clock.advance(60.0)
    bench.agent.bus.pump()
    payload = results[0]["payload"]
    assert isinstance(payload, dict)
    assert payload["detail"] == "not finite"


def test_later_work_without_a_chain_is_not_lost(bench: Bench) -> None:
    later = LaterResults(agent="hub", bus=bench.agent.bus, clock=bench.agent.clock)
    later.work({})
    later.accept(asking(bench.agent, "trade", trade(LINK)))
    for _ in range(6):
        bench.agent.bus.pump()
        bench.agent.clock.advance(600.0)
    (letter,) = bench.agent.bus.dead_letters("hub.later")
    assert "nothing carries out trade" in letter.error
