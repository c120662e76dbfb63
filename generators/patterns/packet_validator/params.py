"""Parameters of a packet validator: the agent's names, and the payload of each packet type."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event
from generators.patterns.imports import import_groups
from generators.patterns.packet_chains import inbound

_TRANSACTIONS = "agent_runtime.shapes.transactions"


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return what the validator accepts, and the imports.

    Packet types are those of `packetrouting.inbound`; without any, they are the endpoints.

    Raises:
        RefusalError: no packet type is declared, or a chain cannot be compiled.
    """
    types = [(each.packet_type, _TRANSACTIONS, each.payload) for each in inbound(context)]
    source = "packetrouting.inbound" if types else "deployment.endpoints"
    if not types:
        types = [
            (str(use.endpoint.name), use.request.module, use.request.name)
            for use in context.operations
            if use.sibling.role != "packet_router"
        ]
    if not types:
        raise RefusalError(
            "neither packetrouting.inbound nor deployment.endpoints declares a packet type",
            "declare at least one under packetrouting.inbound",
        )
    agent = str(context.agent.agent_id)
    protocol = context.source("packetprotocol", "agent_runtime.packets")
    shapes = [(module, [shape]) for _, module, shape in types]
    return {
        "class_name": context.class_name,
        "agent": agent,
        "names": [*dict.fromkeys([agent, context.agent.name])],
        "source": source,
        "types": [{"name": name, "shape": shape} for name, _, shape in types],
        "audited_as": audit_event(context, "packet") or "packet_refused",
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ["Final"]),
                ("agent_runtime.errors", ["AgentError"]),
                ("agent_runtime.routing.receiving", ["PacketGuard", "Protocol", "Reason"]),
                ("agent_runtime.values", ["JsonObject"]),
                ("agent_runtime.watch", ["AuditTrail"]),
                (protocol, ["PacketEnvelope"]),
                *shapes,
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.audit", ["AuditRecord"]),
                ("agent_runtime.errors", ["PacketError", "UnknownAgentError"]),
                ("agent_runtime.examples", ["example_of"]),
                ("agent_runtime.routing.receiving", ["LARGEST_PACKET"]),
                ("agent_runtime.testing", ["AgentBench", "TRACE"]),
                ("agent_runtime.values", ["JsonObject"]),
                (protocol, ["PacketEnvelope", "new_packet"]),
                (context.module, ["PROTOCOL", context.class_name]),
            ],
        ),
    }
