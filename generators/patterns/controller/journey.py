"""The way of a packet through an agent that decides by packets, for the test that follows it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.packet_chains import inbound

_STATIONS: Final = frozenset(
    {
        "packet_router",
        "domain_packet_handler",
        "tensoraios_client",
        "episodic_logger",
        "feedback_collector",
        "learning_loop",
        "logger",
        "telemetry_reporter",
    }
)
"""Roles of the modules that a packet passes until its outcome is learnt from."""


def journey_data(context: PatternContext, made: Collection[str]) -> dict[str, Plain]:
    """Return a packet to send and where its decision is told; `on` is false without the modules.

    Args:
        context: the surroundings of the controller.
        made: roles of the modules that it makes.
    """
    told = next((str(use.endpoint.name) for use in context.operations if use.announces), "")
    decided = [each for each in inbound(context) if each.part == "cases"]
    channels = context.agent.learning.feedback_channels
    if not (set(made) >= _STATIONS and told and decided and channels):
        return {"on": False, "packet": "", "sender": "", "event": "", "channel": "", "client": ""}
    return {
        "on": True,
        "packet": decided[0].packet_type,
        "sender": decided[0].senders[0],
        "event": told,
        "channel": channels[0],
        "client": context.siblings["tensoraios_client"].class_name,
    }


def journey_imports(
    context: PatternContext, journey: Mapping[str, Plain]
) -> Iterator[tuple[str, list[str]]]:
    """Yield what the test of the journey imports."""
    if journey["on"]:
        client = context.siblings["tensoraios_client"]
        yield "agent_runtime.feedback.collection", ["Feedback", "feedback_topic"]
        yield "agent_runtime.testing_routing", ["PlainTensors", "trade"]
        yield context.source("packetprotocol", "agent_runtime.packets"), [
            "new_packet",
            "parse_packet",
        ]
        yield client.module, [client.class_name]
