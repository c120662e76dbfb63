"""Packets to domains: who is spoken to, what comes back, and what is not sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.bus import Delivery, SqliteBus
from agent_runtime.clients.domains import DomainPackets
from agent_runtime.clock import ManualClock
from agent_runtime.domains import Domain
from agent_runtime.errors import DeadlineExceededError, InputBoundsError, PacketError
from agent_runtime.packets import parse_packet, reply_packet
from agent_runtime.shapes.base import Call
from agent_runtime.testing import TRACE
from agent_runtime.values import JsonObject

CALL = Call(trace_id=TRACE)
DOMAINS = (Domain(name="PlastOS"), Domain(name="MortgageOS", active=False))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def bus(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteBus]:
    bus = SqliteBus(tmp_path / "bus.db", clock)
    yield bus
    bus.close()


@pytest.fixture
def heard(bus: SqliteBus) -> list[JsonObject]:
    """What the domain PlastOS was told; it answers with the amount it was told of."""
    packets: list[JsonObject] = []

    def process(delivery: Delivery) -> None:
        packet = parse_packet(delivery.message)
        packets.append(packet.to_json())
        told = {"amount": packet.payload["amount"]}
        delivery.reply(reply_packet(packet, told, clock=ManualClock()).to_json())

    bus.subscribe("packets.plastos", "plastos", process)
    return packets


@pytest.fixture
def client(bus: SqliteBus, clock: ManualClock) -> DomainPackets:
    def pause(seconds: float) -> None:
        clock.advance(seconds)
        bus.pump()

    return DomainPackets("asker", DOMAINS, bus, timeout_ms=500, clock=clock, pause=pause)


def test_a_domain_answers_whoever_speaks_for_it(
    client: DomainPackets, heard: list[JsonObject]
) -> None:
    assert client.ask("plastos", "offer", {"amount": 2.5}, CALL) == {"amount": 2.5}
    (packet,) = heard
    assert (packet["source_agent"], packet["destination_agent"]) == ("asker", "plastos")


def test_a_packet_that_is_told_waits_on_the_bus(
    client: DomainPackets, bus: SqliteBus, heard: list[JsonObject]
) -> None:
    sent = client.send("PlastOS", "notice", {"amount": 1}, CALL, key="k")
    bus.pump()
    assert [packet["packet_id"] for packet in heard] == [sent]


@pytest.mark.parametrize("domain", ["MortgageOS", "unheard of", ""])
def test_domains_that_are_not_served_are_not_spoken_to(client: DomainPackets, domain: str) -> None:
    with pytest.raises(InputBoundsError):
        client.send(domain, "offer", {"amount": 1}, CALL)


@pytest.mark.parametrize("kind", ["", "two words", "x" * 101])
def test_a_packet_type_is_a_name(client: DomainPackets, kind: str) -> None:
    with pytest.raises(InputBoundsError, match="packet type"):
        client.ask("plastos", kind, {}, CALL)


@pytest.mark.parametrize("amount", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused_and_not_sent_as_null(
    client: DomainPackets, bus: SqliteBus, heard: list[JsonObject], amount: float
) -> None:
    with pytest.raises(PacketError):
        client.send("plastos", "offer", {"rows": [{"amount": amount}]}, CALL)
    bus.pump()
    assert heard == []


def test_a_domain_that_is_silent_is_waited_for_no_longer_than_declared(
    client: DomainPackets, clock: ManualClock
) -> None:
    began = clock()
    with pytest.raises(DeadlineExceededError):
        client.ask("plastos", "offer", {"amount": 1}, CALL)
    assert 0.5 <= clock() - began <= 0.6
