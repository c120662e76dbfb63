"""Outcomes are kept once, counted, and told to whoever decided; packets come under their trace."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.adapter.inbox import PacketInbox
from agent_runtime.adapter.outcomes import OutcomeBook, outcome_told, send_feedback
from agent_runtime.bus import Delivery
from agent_runtime.clients.packets import PacketClient
from agent_runtime.errors import InputBoundsError
from agent_runtime.feedback.collection import feedback_topic, parse_feedback
from agent_runtime.packets import new_packet
from agent_runtime.shapes.adapter import OutcomeRequest
from agent_runtime.shapes.base import Call, Shape
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.values import JsonObject


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="adapter")


@pytest.fixture
def book(tmp_path: Path, bench: AgentBench) -> Iterator[OutcomeBook]:
    book = OutcomeBook(tmp_path / "outcomes.db", bench.clock)
    yield book
    book.close()


def _outcome(key: str = "o-1", **changes: object) -> OutcomeRequest:
    plain: dict[str, object] = {
        "record_id": key,
        "subject": "plastos:supplier/S1",
        "relation": "SUPPLIES",
        "object": "plastos:buyer/B1",
        "accepted": True,
        "succeeded": True,
        "occurred_at": 10.0,
        "about": "decision-1",
    }
    return OutcomeRequest.model_validate(plain | changes)


def test_an_outcome_counts_once(book: OutcomeBook) -> None:
    assert book.note(_outcome())
    assert not book.note(_outcome())
    assert book.acceptance() == 1.0


def test_another_outcome_under_the_same_id_is_refused(book: OutcomeBook) -> None:
    book.note(_outcome())
    with pytest.raises(InputBoundsError, match="differently"):
        book.note(_outcome(succeeded=False))


def test_shares_are_of_all_outcomes(book: OutcomeBook) -> None:
    assert math.isnan(book.acceptance())
    assert math.isnan(book.success())
    for n, (accepted, succeeded) in enumerate([(1, 1), (1, 0), (1, 0), (0, 0)]):
        book.note(_outcome(f"o-{n}", accepted=bool(accepted), succeeded=bool(succeeded)))
    assert book.acceptance() == 0.75
    assert book.success() == 0.25


def test_an_outcome_is_told_as_a_decision_named_by_it_and_its_trace() -> None:
    call = Call(trace_id=TRACE)
    told = outcome_told(_outcome(measures={"price": 2.0}), call, domain="PlastOS", fresh=True)
    assert (told.domain, told.record_id, told.new) == ("PlastOS", "o-1", True)
    assert told.entities == ("plastos:supplier/S1", "plastos:buyer/B1")
    assert (told.measures, told.match_id) == ({"price": 2.0}, None)
    matched = outcome_told(_outcome(match_id="match-1"), call, domain="PlastOS", fresh=True)
    assert matched.match_id == "match-1"
    other = outcome_told(_outcome("o-2"), call, domain="PlastOS", fresh=True)
    assert told.decision_id != other.decision_id


def test_whoever_decided_hears_of_it_once(bench: AgentBench) -> None:
    heard: list[JsonObject] = []

    def hear(delivery: Delivery) -> None:
        heard.append(delivery.message)

    bench.bus.subscribe(feedback_topic("main_agent"), "test", hear)
    for _ in range(2):
        send_feedback(
            _outcome(succeeded=False), bench.bus, {"main_agent": "signals"}, source="adapter"
        )
    bench.bus.pump()
    (message,) = heard
    feedback = parse_feedback(message)
    assert (feedback.decision_id, feedback.channel) == ("decision-1", "signals")
    assert (feedback.accepted, feedback.correct, feedback.approved) == (True, False, None)


def test_an_outcome_about_no_decision_tells_nobody(bench: AgentBench) -> None:
    heard: list[JsonObject] = []

    def hear(delivery: Delivery) -> None:
        heard.append(delivery.message)

    bench.bus.subscribe(feedback_topic("main_agent"), "test", hear)
    send_feedback(_outcome(about=None), bench.bus, {"main_agent": "signals"}, source="adapter")
    bench.bus.pump()
    assert heard == []


class Count(Shape):
    """How many."""

    n: int


class Counter:
    """Doubles what comes; `seen` and `kept` tell under which call, and what was recorded."""

    def __init__(self, bench: AgentBench) -> None:
        self.seen: list[Call] = []
        self.kept: list[Count] = []
        self._bench = bench
        inbox = PacketInbox(
            "adapter", "count", Count, self.double, record=self.kept.append, clock=bench.clock
        )
        inbox.listen(bench.bus)

    def double(self, request: Count, call: Call) -> Count:
        self.seen.append(call)
        return Count(n=2 * request.n)

    def send(self, packet_type: str, payload: JsonObject, *, to: str = "adapter") -> None:
        packet = new_packet(
            "main_agent",
            to,
            payload,
            packet_type=packet_type,
            trace_id=TRACE,
            clock=self._bench.clock,
        )
        self._bench.bus.publish("packets.adapter", packet.to_json(), key=TRACE)
        self._bench.bus.pump()


def test_a_packet_of_the_type_is_processed_under_its_trace_and_recorded(bench: AgentBench) -> None:
    counter = Counter(bench)
    counter.send("count", {"n": 4})
    assert counter.kept == [Count(n=8)]
    assert [(call.trace_id, call.caller) for call in counter.seen] == [(TRACE, "main_agent")]


def test_whoever_waits_gets_the_answer(bench: AgentBench) -> None:
    Counter(bench)
    client = PacketClient(
        "main_agent", "adapter", bench.bus, clock=bench.clock, pause=lambda _: pumped(bench)
    )
    answer = client.ask("count", Count(n=3), Call(trace_id=TRACE), Count, timeout_ms=1_000)
    assert answer == Count(n=6)


def pumped(bench: AgentBench) -> None:
    bench.clock.advance(0.01)
    bench.bus.pump()


def test_a_packet_of_another_type_is_left_alone(bench: AgentBench) -> None:
    counter = Counter(bench)
    counter.send("other", {"n": 4})
    assert counter.seen == []
    assert bench.bus.dead_letters() == ()


@pytest.mark.parametrize(
    ("payload", "to", "reason"),
    [({"n": "many"}, "adapter", "invalid at n"), ({"n": 1}, "somebody_else", "somebody_else")],
)
def test_what_cannot_be_processed_becomes_a_dead_letter(
    bench: AgentBench, payload: JsonObject, to: str, reason: str
) -> None:
    counter = Counter(bench)
    counter.send("count", payload, to=to)
    for _ in range(20):
        bench.clock.advance(600.0)
        bench.bus.pump()
    assert counter.kept == []
    (letter,) = bench.bus.dead_letters()
    assert reason in letter.error
