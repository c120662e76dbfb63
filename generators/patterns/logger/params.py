"""Parameters of a logger: the declared log files, and which of them tells of escalations."""

from collections.abc import Mapping

from generators.engine.names import snake_case
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups
from generators.patterns.logs import ESCALATIONS, find_channel, log_channels


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
        "escalations": find_channel(channels, ESCALATIONS)[0],
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.clock", ["ManualClock"]),
                ("agent_runtime.errors", ["ConfigError"]),
                ("agent_runtime.logs", ["AgentLogs", "ChannelLog"]),
                ("agent_runtime.shapes.base", ["DecisionShape"]),
                ("agent_runtime.testing", ["TRACE"]),
                ("agent_runtime.tracing", ["bind_trace"]),
                (context.module, ["CHANNELS", "ESCALATIONS", context.class_name]),
            ],
        ),
    }
