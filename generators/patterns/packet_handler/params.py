"""Parameters of a packet handler: the agent's names and the packet types that it processes."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import OperationUse, PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups

_FIELDS: Final = (
    "packet_id",
    "source_agent",
    "destination_agent",
    "timestamp",
    "payload",
    "metadata",
)
_METADATA: Final = ("trace_id", "priority", "governance_flags")
_REFUSALS: Final = {"missing_field": 400, "invalid_field": 400, "unknown_agent": 404}
_SHAPES: Final = ("agent_runtime.shapes.handover", ["ModelReady", "ModelReadyAnswer"])
_MODELS: Final = (("agent_runtime.handover.receiving", ["ModelReceiver"]), _SHAPES)
_CODEGEN: Final = "meta.codegen.schema"
_INTEGRATION: Final = "meta.dependency.integration"


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return what the handler declares, and what its tests expect of it.

    Raises:
        RefusalError: no endpoint is declared that a packet could ask for, or one demands a token
            of a kind that the meta template gives no role.
    """
    if not context.operations:
        raise RefusalError(
            "deployment.endpoints declares nothing that a packet could ask for",
            "declare at least one endpoint, or drop the packet handler",
        )
    types = [_packet_type(use, context) for use in context.operations]
    governance = context.siblings["governance_bridge"]
    memory = context.siblings.get("memory_bridge")
    remembers = memory is not None and context.agent.layer("workingmemory") is not None
    models = "model_loader" in context.siblings
    agent = str(context.agent.agent_id)
    protocol = context.source("packetprotocol", "agent_runtime.packets")
    names = list(dict.fromkeys([agent, context.agent.name]))
    bridges = [(governance.module, [governance.class_name])]
    if memory is not None and remembers:
        bridges.append((memory.module, [memory.class_name]))
    return {
        "class_name": context.class_name,
        "agent": agent,
        "names": [*names],
        "types": [*types],
        "governance_class": governance.class_name,
        "memory_class": memory.class_name if memory is not None and remembers else "",
        "open_type": next((each["name"] for each in types if not each["role"]), ""),
        "has": {
            "memory": remembers,
            "models": models,
            "guarded": any(each["role"] for each in types),
            "open": any(not each["role"] for each in types),
        },
        "fields": [*_keys(context, "fields", _FIELDS)],
        "metadata": [*_keys(context, "metadata", _METADATA)],
        "refusals": {name: _refusal(context, name) for name in _REFUSALS},
        "topic": _topic(context, agent),
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Collection", "Mapping"]),
                ("typing", ["Final"]),
                ("agent_runtime.bus", ["EventBus"]),
                ("agent_runtime.clock", ["Clock", "system_clock"]),
                ("agent_runtime.dispatch", ["PacketDesk", "PacketType"]),
                (
                    "agent_runtime.service.spec",
                    ["Operation", "answered_by"] if models else ["Operation"],
                ),
                ("agent_runtime.values", ["JsonObject"]),
                (protocol, ["PacketEnvelope"]),
                *(_MODELS if models else []),
                *bridges,
            ],
        ),
        "test_imports": _test_imports(context, protocol, remembers=remembers, models=models),
    }


def _packet_type(use: OperationUse, context: PatternContext) -> dict[str, Plain]:
    return {
        "name": str(use.endpoint.name),
        "timeout_ms": use.endpoint.timeout_ms,
        "seconds": use.endpoint.timeout_ms / 1000,
        "role": _role(use, context),
        "shape_module": use.request.module,
        "shape": use.request.name,
    }


def _role(use: OperationUse, context: PatternContext) -> str | None:
    if use.endpoint.auth is None:
        return None
    communication = context.meta.get(_CODEGEN, {}).get("communication")
    roles = communication.get("token_roles") if isinstance(communication, Mapping) else None
    role = roles.get(use.endpoint.auth) if isinstance(roles, Mapping) else None
    if not isinstance(role, str):
        raise RefusalError(
            f"deployment.endpoints: {use.endpoint.name} demands a {use.endpoint.auth}, and no role "
            "is known for it",
            f"add communication.token_roles.{use.endpoint.auth} to meta.codegen.schema.yaml",
        )
    return role


def _test_imports(
    context: PatternContext, protocol: str, *, remembers: bool, models: bool
) -> list[Plain]:
    governance = context.siblings["governance_bridge"]
    shapes = [(use.request.module, [use.request.name]) for use in context.operations]
    own = ["AGENT", *(["MODEL_READY"] if models else []), "PACKET_TYPES", context.class_name]
    bridges = [(governance.module, ["POLICY", "RULES", "SIGNALS", governance.class_name])]
    if remembers:
        memory = context.siblings["memory_bridge"]
        bridges.append((memory.module, ["TOPOLOGY", memory.class_name]))
    errors = ["AgentError", "ConfigError", "GovernanceError", "PacketError", "UnknownAgentError"]
    if any(use.endpoint.auth for use in context.operations):
        errors += ["NotAuthenticatedError", "NotAuthorisedError"]
    return import_groups(
        context.namespace,
        [
            ("agent_runtime.errors", errors),
            ("agent_runtime.examples", ["example_of"]),
            ("agent_runtime.service.spec", ["Operation"]),
            ("agent_runtime.shapes.base", ["Call", "Shape"]),
            ("agent_runtime.testing", ["AgentBench", "TRACE"]),
            ("agent_runtime.values", ["JsonObject"]),
            ("pydantic", ["BaseModel"]),
            *shapes,
            *([_SHAPES] if models else []),
            (protocol, ["PacketEnvelope", "new_packet", "parse_packet"]),
            *bridges,
            (context.module, own),
        ],
    )


def _keys(context: PatternContext, part: str, otherwise: tuple[str, ...]) -> list[str]:
    packet = context.meta.get(_INTEGRATION, {}).get("packet")
    fields = packet.get(part) if isinstance(packet, Mapping) else None
    return list(fields) if isinstance(fields, Mapping) and fields else list(otherwise)


def _refusal(context: PatternContext, name: str) -> int:
    packet = context.meta.get(_INTEGRATION, {}).get("packet")
    refusals = packet.get("refusals") if isinstance(packet, Mapping) else None
    status = refusals.get(name) if isinstance(refusals, Mapping) else None
    return status if isinstance(status, int) else _REFUSALS[name]


def _topic(context: PatternContext, agent: str) -> str:
    harmony = context.glue.get("communication_harmonization")
    topic = harmony.get("packet_topic") if isinstance(harmony, Mapping) else None
    return (topic if isinstance(topic, str) else "packets.{agent}").replace("{agent}", agent)
