"""Parameters of a logger: the declared log files, and which of them tells of escalations."""

from collections.abc import Mapping
from typing import Final

from generators.engine.names import snake_case
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups
from generators.patterns.logs import ESCALATIONS, Channel, find_channel, log_channels

_STATIONS: Final = {
    "reception": ("reception", "receiv", "packet", "request"),
    "routing": ("routing", "dispatch"),
    "reasoning": ("reason", "decision"),
    "governance": ESCALATIONS,
    "performance": ("performance", "latency", "telemetry"),
}
"""What an agent that decides by packets tells, with words of the channels that are told."""


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the channels with what each of them tells.

    Raises:
        RefusalError: the schema declares no log file.
    """
    declared = context.agent.instructions.logging
    if not declared:
        raise RefusalError(
            "cursorinstructions.logging declares no file to write to",
            "declare at least one log file, or drop the logger",
        )
    channels = log_channels(context)
    pipeline = _pipeline(context, channels)
    purposes = [each.purpose for each in declared]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "channels": [
            {
                "name": name,
                "method": snake_case(name),
                "path": path,
                "purpose": purpose or f"Write to {path}",
            }
            for (name, path), purpose in zip(channels, purposes, strict=True)
        ],
        "first": channels[0][0],
        "pipeline": {"on": bool(pipeline), "channels": pipeline},
        "escalations": find_channel(channels, ESCALATIONS)[0],
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ["Final"]),
                ("agent_runtime.logs", ["AgentLogs", "ChannelLog"]),
                ("agent_runtime.recording", ["log_decision"]),
                (
                    "agent_runtime.routing.loglines",
                    ["PipelineChannels", "PipelineLog"] if pipeline else [],
                ),
                ("agent_runtime.shapes.base", ["DecisionShape"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.clock", ["ManualClock"]),
                ("agent_runtime.errors", ["ConfigError", *(["PacketError"] if pipeline else [])]),
                ("agent_runtime.logs", ["AgentLogs", "ChannelLog"]),
                ("agent_runtime.shapes.base", ["DecisionShape"]),
                ("agent_runtime.testing", ["TRACE", *(["AgentBench"] if pipeline else [])]),
                ("agent_runtime.testing_routing", ["decided_case"] if pipeline else []),
                ("agent_runtime.tracing", ["bind_trace"]),
                (context.module, ["CHANNELS", "ESCALATIONS", context.class_name]),
            ],
        ),
    }


def _pipeline(context: PatternContext, channels: list[Channel]) -> dict[str, Plain]:
    """Return the channel of each station of a packet; nothing where none are carried out."""
    if "domain_packet_handler" not in context.siblings:
        return {}
    return {name: find_channel(channels, words)[0] for name, words in _STATIONS.items()}
