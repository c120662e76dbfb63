"""What `L9.example.module` promises.

Expected by the schema and by domain_client@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.bus import Delivery
from agent_runtime.domains import domain_key
from agent_runtime.errors import AgentError, DeadlineExceededError, InputBoundsError, PacketError
from agent_runtime.shapes.base import Call
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.values import JsonObject

from acme.agents.line_watch.domain_client import AGENT, DOMAINS, DomainClient, TIMEOUT_MS
from acme.core.packetprotocol import PacketEnvelope, parse_packet, reply_packet

SERVED = ("Sensors",)
ANNOUNCED = ("Presses",)
CALL = Call(trace_id=TRACE)
PAYLOAD: JsonObject = {"amount": 2.5}


class Domains:
    """All domains that are served: they keep the packets, and answer or refuse as told."""

    def __init__(self, bench: AgentBench) -> None:
        self.heard: list[PacketEnvelope] = []
        self.refuses = False
        self._bench = bench
        for name in SERVED:
            bench.bus.subscribe(f"packets.{domain_key(name)}", name, self._process)

    def _process(self, delivery: Delivery) -> None:
        packet = parse_packet(delivery.message)
        self.heard.append(packet)
        answer = reply_packet(packet, {"taken": True}, clock=self._bench.clock).to_json()
        refusal: JsonObject = {"status": 422, "detail": "not today"}
        delivery.reply(refusal if self.refuses else answer)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent=AGENT)


@pytest.fixture
def domains(bench: AgentBench) -> Domains:
    return Domains(bench)


@pytest.fixture
def client(bench: AgentBench) -> DomainClient:
    def pause(seconds: float) -> None:
        bench.clock.advance(seconds)
        bench.bus.pump()

    return DomainClient(bench.bus, clock=bench.clock, pause=pause)


@pytest.mark.positive
def test_exactly_the_declared_domains_are_served() -> None:
    assert [each.name for each in DOMAINS if each.active] == [*SERVED]
    assert [each.name for each in DOMAINS if not each.active] == [*ANNOUNCED]


@pytest.mark.positive
@pytest.mark.parametrize("domain", SERVED)
def test_a_domain_is_asked_and_its_answer_comes_back(
    client: DomainClient, domains: Domains, domain: str
) -> None:
    assert client.ask(domain, "offer", PAYLOAD, CALL) == {"taken": True}
    (packet,) = domains.heard
    assert packet.destination_agent == domain_key(domain)
    assert (packet.source_agent, packet.metadata.trace_id) == (AGENT, TRACE)
    assert (packet.metadata.packet_type, dict(packet.payload)) == ("offer", PAYLOAD)


@pytest.mark.positive
@pytest.mark.parametrize("domain", SERVED)
def test_a_domain_is_told_without_waiting(
    client: DomainClient, bench: AgentBench, domains: Domains, domain: str
) -> None:
    sent = client.send(domain, "notice", PAYLOAD, CALL, key="n-1")
    assert domains.heard == []
    bench.bus.pump()
    (packet,) = domains.heard
    assert (packet.packet_id, packet.metadata.idempotency_key) == (sent, "n-1")
    assert dict(packet.payload) == PAYLOAD


@pytest.mark.positive
@pytest.mark.parametrize("domain", SERVED)
def test_the_spelling_of_a_domain_does_not_matter(
    client: DomainClient, domains: Domains, domain: str
) -> None:
    client.ask(domain.upper(), "offer", PAYLOAD, CALL)
    assert [packet.destination_agent for packet in domains.heard] == [domain_key(domain)]


@pytest.mark.positive
def test_an_answer_is_waited_for_until_the_declared_time(
    client: DomainClient, bench: AgentBench
) -> None:
    before = bench.clock()
    with pytest.raises(DeadlineExceededError):
        client.ask(SERVED[0], "offer", PAYLOAD, CALL)
    assert TIMEOUT_MS == 250
    assert bench.clock() - before == pytest.approx(250 / 1000, abs=0.1)


@pytest.mark.negative
@pytest.mark.parametrize("domain", ("NobodyServesThis", *ANNOUNCED))
def test_other_domains_are_not_spoken_to(
    client: DomainClient, domains: Domains, domain: str
) -> None:
    with pytest.raises(InputBoundsError):
        client.send(domain, "offer", PAYLOAD, CALL)
    with pytest.raises(InputBoundsError):
        client.ask(domain, "offer", PAYLOAD, CALL)
    assert domains.heard == []


@pytest.mark.negative
def test_a_refusal_comes_back_as_the_error_that_the_domain_met(
    client: DomainClient, domains: Domains
) -> None:
    domains.refuses = True
    with pytest.raises(AgentError, match="not today"):
        client.ask(SERVED[0], "offer", PAYLOAD, CALL)


@pytest.mark.negative
def test_a_payload_that_is_not_finite_is_not_sent(
    client: DomainClient, bench: AgentBench, domains: Domains
) -> None:
    with pytest.raises(PacketError):
        client.send(SERVED[0], "offer", {"amount": float("nan")}, CALL)
    bench.bus.pump()
    assert domains.heard == []


@pytest.mark.negative
def test_a_packet_type_that_is_no_name_is_refused(client: DomainClient) -> None:
    with pytest.raises(InputBoundsError):
        client.send(SERVED[0], "", PAYLOAD, CALL)
