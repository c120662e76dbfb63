"""What `L9.example.module` promises.

Expected by the schema and by async_result_handler@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.errors import MemoryLayerError, PacketError
from agent_runtime.routing.work import Answer
from agent_runtime.shapes.base import Call
from agent_runtime.testing import AgentBench
from agent_runtime.testing_routing import asking, heard

from L9.agents.main.async_result_handler import AGENT, AsyncResultHandler
from L9.core.packetprotocol import PacketEnvelope, parse_packet

KIND = "long_work"


class Work:
    """A handler on a bench with a chain that counts, or raises what it is given."""

    def __init__(self, root: Path) -> None:
        self.bench = AgentBench(root, agent=AGENT)
        self.results = heard(self.bench.bus, "packets.sender")
        self.handler = self.restarted()
        self.done = 0
        self.fault: Exception | None = None

    def restarted(self) -> AsyncResultHandler:
        """Return a new handler over the same bus."""
        return AsyncResultHandler(self.bench.bus, clock=self.bench.clock)

    def chain(self, packet: PacketEnvelope, call: Call) -> Answer:
        """Count, and answer with the trace."""
        self.done += 1
        if self.fault is not None:
            raise self.fault
        return Answer(packet_type="result", payload={"trace": call.trace_id, "n": self.done})

    def packet(self, key: str = "k") -> PacketEnvelope:
        """Return a packet that asks for the work."""
        return asking(self.bench, KIND, {}, source="sender", key=key)

    def received(self) -> list[PacketEnvelope]:
        """Let the bus deliver, and return the packets that the sender got."""
        self.bench.bus.pump()
        return [parse_packet(message) for message in self.results]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    made = Work(tmp_path)
    yield made
    made.bench.bus.close()


@pytest.mark.positive
def test_a_result_is_delivered_to_the_sender_as_a_reply(work: Work) -> None:
    work.handler.work({KIND: work.chain})
    packet = work.packet()
    job = work.handler.accept(packet)
    (result,) = work.received()
    assert result.metadata.in_reply_to == job == packet.packet_id
    assert result.destination_agent == "sender"
    assert result.payload == {"trace": packet.metadata.trace_id, "n": 1}


@pytest.mark.positive
def test_accepted_work_survives_a_restart(work: Work) -> None:
    work.handler.accept(work.packet())
    again = work.restarted()
    again.work({KIND: work.chain})
    assert len(work.received()) == 1


@pytest.mark.positive
def test_work_that_is_asked_for_twice_is_done_once(work: Work) -> None:
    work.handler.work({KIND: work.chain})
    packet = work.packet()
    assert work.handler.accept(packet) == work.handler.accept(packet)
    assert len(work.received()) == 1
    assert work.done == 1


@pytest.mark.positive
def test_different_work_is_done_each(work: Work) -> None:
    work.handler.work({KIND: work.chain})
    work.handler.accept(work.packet("one"))
    work.handler.accept(work.packet("two"))
    assert [result.payload["n"] for result in work.received()] == [1, 2]


@pytest.mark.positive
def test_work_that_fails_here_is_tried_again(work: Work) -> None:
    work.handler.work({KIND: work.chain})
    work.fault = MemoryLayerError("away")
    work.handler.accept(work.packet())
    assert work.received() == []
    work.fault = None
    work.bench.clock.advance(60.0)
    assert [result.payload["n"] for result in work.received()] == [2]


@pytest.mark.negative
def test_work_that_keeps_failing_is_told_in_the_end(work: Work) -> None:
    work.handler.work({KIND: work.chain})
    work.fault = MemoryLayerError("away")
    work.handler.accept(work.packet())
    for _ in range(6):
        work.received()
        work.bench.clock.advance(600.0)
    (result,) = work.received()
    assert result.metadata.packet_type == "failed"
    assert (result.payload["status"], result.payload["detail"]) == (503, "away")


@pytest.mark.negative
def test_work_that_is_refused_is_told_at_once(work: Work) -> None:
    work.handler.work({KIND: work.chain})
    work.fault = PacketError("no such domain")
    work.handler.accept(work.packet())
    (result,) = work.received()
    assert (result.metadata.packet_type, result.payload["status"]) == ("failed", 400)
    assert work.done == 1


@pytest.mark.negative
def test_work_that_nobody_can_do_is_kept_as_a_dead_letter(work: Work) -> None:
    work.handler.work({})
    work.handler.accept(work.packet())
    for _ in range(6):
        assert work.received() == []
        work.bench.clock.advance(600.0)
    (letter,) = work.bench.bus.dead_letters(f"{AGENT}.later")
    assert KIND in letter.error
