"""Parameters of an async result handler: whose results they are."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the agent and the imports."""
    protocol = context.source("packetprotocol", "agent_runtime.packets")
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Mapping"]),
                ("typing", ["Final"]),
                ("agent_runtime.bus", ["EventBus"]),
                ("agent_runtime.clock", ["Clock", "system_clock"]),
                ("agent_runtime.routing.desk", ["Chain"]),
                ("agent_runtime.routing.later", ["LaterResults"]),
                (protocol, ["PacketEnvelope"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.errors", ["MemoryLayerError", "PacketError"]),
                ("agent_runtime.routing.work", ["Answer"]),
                ("agent_runtime.shapes.base", ["Call"]),
                ("agent_runtime.testing", ["AgentBench"]),
                ("agent_runtime.testing_routing", ["asking", "heard"]),
                (protocol, ["PacketEnvelope", "parse_packet"]),
                (context.module, ["AGENT", context.class_name]),
            ],
        ),
    }
