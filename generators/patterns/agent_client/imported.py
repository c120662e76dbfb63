"""What a client and its tests import."""

from collections.abc import Iterable, Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups

Row = Mapping[str, Plain]


def module_imports(
    context: PatternContext, shapes: Iterable[tuple[str, str]], has: Row
) -> list[Plain]:
    """Return the imports of the module, grouped."""
    imports: list[tuple[str, list[str]]] = [("typing", ["Final", "Self"])]
    imports += [("agent_runtime.parts", ["AgentParts"])]
    imports += [(module, [name]) for module, name in shapes]
    if has["calls"]:
        imports += [
            ("agent_runtime.clients.http", ["HttpClient"]),
            ("agent_runtime.clients.opening", ["open_http"]),
            ("agent_runtime.service.spec", ["EndpointSpec"]),
        ]
    if has["packets"]:
        imports += [
            ("agent_runtime.clients.opening", ["open_packets"]),
            ("agent_runtime.clients.packets", ["PacketClient"]),
        ]
    if has["events"]:
        observing = ["EventHandler", "EventPage", "Observation"]
        imports += [
            ("agent_runtime.clients.observing", observing),
            ("agent_runtime.clients.opening", ["open_observation"]),
        ]
    if has["typed"]:
        imports += [("agent_runtime.shapes.base", ["Call"])]
    if has["shared"] and has["typed"]:
        imports += [("agent_runtime.clients.peers", ["Peers"])]
    return import_groups(context.namespace, imports)


def test_imports(
    context: PatternContext, calls: Iterable[Row], packets: Iterable[Row], has: Row
) -> list[Plain]:
    """Return the imports of the module's tests, grouped."""
    imports: list[tuple[str, list[str]]] = [
        ("agent_runtime.testing", ["TRACE"]),
        ("agent_runtime.testing_service", ["calling_parts"]),
        (context.module, ["TARGETS", context.class_name]),
    ]
    if has["calls"] or has["asks"]:
        imports += [("agent_runtime.errors", ["DeadlineExceededError"])]
    if has["typed"]:
        imports += [
            ("agent_runtime.examples", ["example_of"]),
            ("agent_runtime.shapes.base", ["Call"]),
        ]
    if has["calls"]:
        imports += [
            ("agent_runtime.clients.failures", ["BadAnswerError", "UnreachableError"]),
            ("agent_runtime.errors", ["InputBoundsError"]),
            ("agent_runtime.service.spec", ["EndpointSpec", "Operation"]),
            ("agent_runtime.shapes.base", ["Shape"]),
            ("agent_runtime.testing_service", ["serving", "trusting"]),
            ("pydantic", ["BaseModel"]),
            (context.module, [str(each["constant"]) for each in calls]),
        ]
    if has["packets"] or has["events"]:
        imports += [("agent_runtime.parts", ["AgentParts"])]
    if has["packets"]:
        imports += [("agent_runtime.packets", ["parse_packet"])]
        imports += [("agent_runtime.values", ["JsonObject"])]
    if has["asks"]:
        imports += [("agent_runtime.bus", ["Delivery"])]
        imports += [("agent_runtime.packets", ["reply_packet"])]
    if has["events"]:
        imports += [
            ("agent_runtime.events", ["Event", "new_event"]),
        ]
    if has["shared"] and has["typed"]:
        imports += [("agent_runtime.errors", ["UnknownAgentError"])]
    for row in (*calls, *packets):
        imports += [
            (str(row[f"{part}_module"]), [str(row[part])])
            for part in ("request", "response")
            if row[part]
        ]
    return import_groups(context.namespace, imports)
