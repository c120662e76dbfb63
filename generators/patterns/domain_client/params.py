"""Parameters of a client of domains: which there are, and how long an answer may take."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.domains import shared_domains
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the domains and the time-out.

    Raises:
        RefusalError: the schema shares the agent with no domain, or limits no decision in time.
    """
    domains = shared_domains(context)
    timeout = context.agent.autonomy.decision_latency_max_ms
    if timeout is None:
        raise RefusalError(
            "nothing says how long the answer of a domain may take",
            "declare learningsystem.autonomyprofile.decisionlatencymaxms",
        )
    protocol = context.source("packetprotocol", "agent_runtime.packets")
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "active": [*domains.active],
        "announced": [*domains.announced],
        "timeout_ms": timeout,
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Callable"]),
                ("time", ["sleep"]),
                ("typing", ["Final", "Self"]),
                ("agent_runtime.bus", ["EventBus"]),
                ("agent_runtime.clients.domains", ["DomainPackets"]),
                ("agent_runtime.clock", ["Clock"]),
                ("agent_runtime.domains", ["Domain"]),
                ("agent_runtime.parts", ["AgentParts"]),
                ("agent_runtime.shapes.base", ["Call"]),
                ("agent_runtime.values", ["JsonObject"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.bus", ["Delivery"]),
                ("agent_runtime.domains", ["domain_key"]),
                (
                    "agent_runtime.errors",
                    ["AgentError", "DeadlineExceededError", "InputBoundsError", "PacketError"],
                ),
                ("agent_runtime.shapes.base", ["Call"]),
                ("agent_runtime.testing", ["TRACE", "AgentBench"]),
                ("agent_runtime.values", ["JsonObject"]),
                (protocol, ["PacketEnvelope", "parse_packet", "reply_packet"]),
                (context.module, ["AGENT", "DOMAINS", "TIMEOUT_MS", context.class_name]),
            ],
        ),
    }
