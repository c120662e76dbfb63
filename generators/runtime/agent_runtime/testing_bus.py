"""Packets and events between the open agents of a system: what the bus they share says of them.

Nothing is asked of anybody here: the file of the bus is read, as an auditor of it would.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

from agent_runtime.bus import Delivery, SqliteBus
from agent_runtime.clock import system_clock
from agent_runtime.decisions import Decision, record_decision
from agent_runtime.events import TOPIC_ROOT
from agent_runtime.jsontext import parse_object
from agent_runtime.packets import parse_packet, reply_packet
from agent_runtime.parts import bus_file
from agent_runtime.testing_pairs import Pair, comes_true, new_trace
from agent_runtime.testing_system import OpenAgent
from agent_runtime.values import JsonObject

_STAND_IN: Final = "tester.packets"
_OFF_SHAPE: Final[JsonObject] = {"off_shape": True}
_MESSAGES: Final = "SELECT message_id, body FROM messages WHERE topic = ? ORDER BY seq"
_HANDLINGS: Final = (
    "SELECT d.consumer, d.state, d.attempts, d.error FROM deliveries d"
    " JOIN messages m ON m.seq = d.seq WHERE m.message_id = ? ORDER BY d.consumer"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Handling:
    """How far one consumer is with a message.

    Attributes:
        consumer: its name, which begins with the id of its agent.
        state: `due`, `leased`, `done` or `dead`.
        attempts: how often it was handed over.
        error: what went wrong the last time; empty if nothing did.
    """

    consumer: str
    state: str
    attempts: int
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message on the bus: its id and its content."""

    message_id: str
    content: JsonObject


def messages(agent: OpenAgent, topic: str, trace_id: str) -> tuple[Message, ...]:
    """Return what the bus of an agent keeps on a topic of a trace, oldest first."""
    with _store(agent) as store:
        rows = store.execute(_MESSAGES, (topic,)).fetchall()
    found = (Message(message_id=str(name), content=parse_object(body)) for name, body in rows)
    return tuple(each for each in found if trace_id in str(each.content))


def handlings(agent: OpenAgent, message_id: str, *, by: str) -> tuple[Handling, ...]:
    """Return how far the consumers of the agent `by` are with a message."""
    with _store(agent) as store:
        rows = store.execute(_HANDLINGS, (message_id,)).fetchall()
    return tuple(
        Handling(consumer=consumer, state=state, attempts=attempts, error=error)
        for consumer, state, attempts, error in rows
        if str(consumer).partition(".")[0] == by
    )


def taken(agent: OpenAgent, message_id: str, *, by: str) -> bool:
    """Tell whether all consumers of the agent `by` took a message at the first attempt."""

    def done() -> bool:
        found = handlings(agent, message_id, by=by)
        return bool(found) and all(each.state == "done" for each in found)

    return comes_true(done) and all(
        each.attempts == 1 for each in handlings(agent, message_id, by=by)
    )


def refused(agent: OpenAgent, message_id: str, *, by: OpenAgent) -> bool:
    """Tell whether the agent `by` gave a message back as no event, or audited what is wrong."""

    def said_no() -> bool:
        told = any("refused" in record.detail for record in by.parts.audit.records())
        found = handlings(agent, message_id, by=by.agent)
        return any(
            each.error.startswith("PacketError") or (each.state == "done" and told)
            for each in found
        )

    return comes_true(said_no)


def event_topic(agent: str, event_type: str) -> str:
    """Return the topic of the events of one type of an agent."""
    return f"{TOPIC_ROOT}.{agent}.{event_type}"


def decide(agent: OpenAgent, event_type: str) -> Decision:
    """Have an agent record a decision in every declared memory, and tell it as an event.

    Raises:
        MemoryLayerError: a layer failed; nobody is told.
    """
    parts, trace_id = agent.parts, new_trace()
    decision = Decision(
        decision_id=f"decision-{trace_id}",
        agent_id=agent.agent,
        confidence=0.875,
        criticality=0.0,
        result={"told": event_type},
        factors={"test": 1.0},
        entities=(),
        governance_status="proceeded",
        trace_id=trace_id,
    )
    record_decision(
        decision, parts.layers, parts.audit, parts.bus, clock=parts.clock, event_type=event_type
    )
    return decision


def recorded(agent: OpenAgent, decision: Decision) -> bool:
    """Tell whether every declared memory of an agent has a decision under its trace."""
    layers, found = agent.parts.layers, []
    if layers.episodic is not None:
        episode = layers.episodic.get(decision.decision_id)
        found.append(episode is not None and episode.trace_id == decision.trace_id)
    if layers.semantic is not None:
        found.append(layers.semantic.node(f"decision:{decision.decision_id}") is not None)
    if layers.causal is not None:
        found.append(layers.causal.explain(decision.decision_id) is not None)
    return all(found)


@contextmanager
def answered_off_shape(pair: Pair) -> Iterator[None]:
    """Have somebody with the callee's key answer the caller's packets off their shape."""
    pair.callee.stop()
    parts, stop = pair.callee.parts, threading.Event()

    def answer(delivery: Delivery) -> None:
        if delivery.wants_reply:
            asked = parse_packet(delivery.message)
            reply = reply_packet(asked, _OFF_SHAPE, clock=system_clock)
            delivery.reply(parts.seal.sign(reply.to_json()))

    with closing(SqliteBus(bus_file(parts.settings, parts.folder), system_clock)) as bus:
        bus.subscribe(f"packets.{pair.edge.callee}", _STAND_IN, answer)
        pump = threading.Thread(target=bus.pump_until, args=(stop,))
        pump.start()
        try:
            yield
        finally:
            stop.set()
            pump.join()


@contextmanager
def _store(agent: OpenAgent) -> Iterator[sqlite3.Connection]:
    file = bus_file(agent.parts.settings, agent.parts.folder)
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
        yield store
