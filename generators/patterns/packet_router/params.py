"""Parameters of a packet router: the routes of the schema, and the modules it works with."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups
from generators.patterns.packet_chains import Inbound, inbound
from generators.patterns.roles import role_of

_OWN = "packet_router"


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the routes with their time-outs, the packets named after endpoints, and the imports.

    Raises:
        RefusalError: nothing is routed, a module is missing, or a chain cannot be compiled.
    """
    routes = inbound(context)
    if not routes:
        raise RefusalError(
            "packetrouting.inbound declares no packet that could be routed",
            "declare source, packettype and action under packetrouting.inbound",
        )
    missing = [
        role
        for role in ("packet_validator", "domain_packet_handler")
        if role not in context.siblings
    ]
    if missing:
        raise RefusalError(
            f"a packet router with packetrouting works with {' and '.join(missing)}",
            f"add {', '.join(f'{role}.py' for role in missing)} to generatefiles",
        )
    siblings = context.siblings
    governance, validator = siblings["governance_bridge"], siblings["packet_validator"]
    handler = siblings["domain_packet_handler"]
    later, memory = siblings.get("async_result_handler"), siblings.get("memory_bridge")
    remembers = memory is not None and context.agent.layer("workingmemory") is not None
    protocol = context.source("packetprotocol", "agent_runtime.packets")
    used = [governance, validator, handler]
    used += [later] if later is not None else []
    used += [memory] if memory is not None and remembers else []
    first = routes[0]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "routes": [
            {
                "packet_type": each.packet_type,
                "source": each.source,
                "senders": [*each.senders],
                "timeout_ms": _timeout(each, context),
                "payload": each.payload,
            }
            for each in routes
        ],
        "types": [
            {
                "name": str(use.endpoint.name),
                "timeout_ms": use.endpoint.timeout_ms,
                "role": role_of(use.endpoint, context),
            }
            for use in context.operations
            if use.method != "process_call"
        ],
        "first": {
            "packet_type": first.packet_type,
            "sender": first.senders[0],
            "seconds": _timeout(first, context) / 1000,
        },
        "governance_class": governance.class_name,
        "validator_class": validator.class_name,
        "handler_class": handler.class_name,
        "later_class": later.class_name if later is not None else "",
        "memory_class": memory.class_name if memory is not None and remembers else "",
        "has": {"later": later is not None, "memory": remembers},
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Collection", "Mapping"]),
                ("pathlib", ["Path"]),
                ("typing", ["Final"]),
                ("agent_runtime.bus", ["EventBus"]),
                ("agent_runtime.clock", ["Clock", "system_clock"]),
                ("agent_runtime.dispatch", ["PacketDesk", "PacketType"]),
                ("agent_runtime.packetseal", ["PacketSeal"]),
                ("agent_runtime.routing.desk", ["PacketLog", "RoutingDesk"]),
                ("agent_runtime.routing.registry", ["DomainRegistry"]),
                ("agent_runtime.routing.routes", ["Route", "RouteTable"]),
                ("agent_runtime.service.spec", ["Operation"]),
                ("agent_runtime.shapes.base", ["Call"]),
                (
                    "agent_runtime.shapes.domain_registration",
                    ["RegisterDomainRequest", "RegisterDomainResponse"],
                ),
                ("agent_runtime.shapes.packets", ["PacketRequest", "PacketResponse"]),
                ("agent_runtime.values", ["JsonObject"]),
                (protocol, ["PacketEnvelope"]),
                *((each.module, [each.class_name]) for each in used),
            ],
        ),
        "test_imports": _test_imports(context, protocol),
    }


def _timeout(route: Inbound, context: PatternContext) -> int:
    """Return the time of the endpoint that takes the same: an override's, else that of packets."""
    wanted = "override_call" if route.part == "overrides" else "process_call"
    times = [use.endpoint.timeout_ms for use in context.operations if use.method == wanted]
    limit = context.agent.autonomy.decision_latency_max_ms
    if times or limit is not None:
        return times[0] if times else int(limit or 0)
    raise RefusalError(
        "nothing says how long a packet may take",
        "declare the endpoint process_packet, or autonomyprofile.decisionlatencymaxms",
    )


def _test_imports(context: PatternContext, protocol: str) -> list[Plain]:
    siblings = context.siblings
    governance, validator = siblings["governance_bridge"], siblings["packet_validator"]
    handler = siblings["domain_packet_handler"]
    return import_groups(
        context.namespace,
        [
            (
                "agent_runtime.errors",
                ["GovernanceError", "InputBoundsError", "PacketError", "UnknownAgentError"],
            ),
            ("agent_runtime.examples", ["example_of"]),
            ("agent_runtime.routing.desk", ["Chain"]),
            ("agent_runtime.routing.work", ["Answer"]),
            ("agent_runtime.service.spec", ["Operation"]),
            ("agent_runtime.shapes.base", ["Call", "Shape"]),
            ("agent_runtime.shapes.domain_registration", ["RegisterDomainRequest"]),
            ("agent_runtime.shapes.packets", ["PacketRequest"]),
            ("agent_runtime.testing", ["AgentBench", "TRACE"]),
            ("agent_runtime.testing_routing", ["ListLog"]),
            ("pydantic", ["BaseModel"]),
            (protocol, ["PacketEnvelope", "new_packet", "parse_packet"]),
            (handler.module, [handler.class_name]),
            (governance.module, ["POLICY", "RULES", "SIGNALS", governance.class_name]),
            (validator.module, ["PROTOCOL", validator.class_name]),
            (context.module, ["AGENT", "ENDPOINT_PACKETS", "ROUTES", context.class_name]),
        ],
    )
