"""Parameters of a domain packet handler: one compiled chain a packet type, and what it is told."""

from collections.abc import Iterator, Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event, event_signal
from generators.patterns.imports import import_groups
from generators.patterns.packet_chains import Inbound, inbound

_RECEIVED = {
    "cases": ("_cases", "receive", "received"),
    "overrides": ("_overrides", "receive", "asked"),
}


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the chains, the signals that decisions are judged by, and the imports.

    Raises:
        RefusalError: no packet comes in, a chain cannot be compiled, or lacks a module.
    """
    chains = inbound(context)
    if not chains:
        raise RefusalError(
            "packetrouting.inbound declares no packet whose actions could be carried out",
            "declare source, packettype and action under packetrouting.inbound",
        )
    parts = {step.kind.part for each in chains for step in each.steps}
    endpoint = any(use.method == "override_call" for use in context.operations)
    overrides = "overrides" in parts or endpoint
    world = context.siblings.get("world_model_bridge")
    if not any(each.part == "cases" for each in chains):
        raise RefusalError(
            "no chain of packetrouting.inbound decides a case",
            "declare a packet type with enrich_with_context -> tensor_score -> return_results",
        )
    if "context" in parts and world is None:
        raise RefusalError(
            "a chain of packetrouting.inbound updates the world model, and the agent has none",
            "add world_model_bridge.py to cursorinstructions.generatefiles",
        )
    has = {
        "jobs": "jobs" in parts,
        "overrides": overrides,
        "context": world is not None,
        "endpoint": endpoint,
    }
    audited = audit_event(context, "decision") or audit_event(context, "reasoning")
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "chains": [_chain(each) for each in chains],
        "signals": _signals(context),
        "audited_as": {
            "decisions": audited or "decision_made",
            "overrides": audit_event(context, "governance") or "decision_overridden",
        },
        "types": [each.packet_type for each in chains],
        "case_types": [each.packet_type for each in chains if each.part == "cases"],
        "event_type": next(
            (str(use.endpoint.name) for use in context.operations if use.announces), "decision"
        ),
        "governance_class": context.siblings["governance_bridge"].class_name,
        "world_class": world.class_name if world is not None else "",
        "has": {**has},
        "imports": import_groups(context.namespace, _imports(context, has)),
        "test_imports": import_groups(context.namespace, _test_imports(context, has)),
    }


def _chain(entry: Inbound) -> dict[str, Plain]:
    """Return the lines of a chain's method: how the packet is read, then each step."""
    lines: list[Plain] = []
    if entry.part in _RECEIVED:
        part, method, gives = _RECEIVED[entry.part]
        lines.append(_line(part, method, "packet", gives, calls=True))
    for place, step in enumerate(entry.steps):
        last = place == len(entry.steps) - 1
        lines.append(
            _line(
                f"_{step.kind.part}",
                step.kind.method,
                step.kind.takes,
                step.kind.gives,
                calls=step.kind.takes == "packet",
                focus=step.focus,
                last=last,
            )
        )
    return {
        "name": entry.packet_type,
        "source": entry.source,
        "sender": entry.senders[0],
        "action": entry.action,
        "is_job": entry.part == "jobs",
        "is_override": entry.part == "overrides",
        "is_news": entry.part == "context",
        "steps": lines,
    }


def _line(
    part: str,
    method: str,
    takes: str,
    gives: str,
    *,
    calls: bool = False,
    focus: str = "",
    last: bool = False,
) -> Plain:
    return {
        "part": part,
        "method": method,
        "takes": takes,
        "gives": gives,
        "calls": calls,
        "focus": focus,
        "last": last,
    }


def _signals(context: PatternContext) -> dict[str, Plain]:
    ruling = context.ruling
    numbers = [signal.name for signal in ruling.signals if not signal.is_event]
    violation = (
        event_signal(ruling, "violation")
        or event_signal(ruling, "violated")
        or event_signal(ruling, "compliance")
    )
    return {
        "confidence": [name for name in numbers if "confidence" in name],
        "criticality": [name for name in numbers if "criticality" in name],
        "conflict": event_signal(ruling, "conflict"),
        "violation": violation,
        "memory_failure": event_signal(ruling, "memory", "failure")
        or event_signal(ruling, "memory", "fail"),
        "override": event_signal(ruling, "override"),
    }


def _imports(context: PatternContext, has: Mapping[str, bool]) -> Iterator[tuple[str, list[str]]]:
    yield "collections.abc", ["Mapping"]
    yield "typing", ["Final"]
    yield "agent_runtime.parts", ["AgentParts"]
    yield "agent_runtime.reasoning.contracts", ["Compliance", "Observer", "Reasoner", "Recorder"]
    names = ["AnomalyOffice", "Announcer", "Deciding", "DecisionSignals"]
    yield "agent_runtime.routing.deciding", names
    yield "agent_runtime.routing.desk", ["Chain"]
    yield "agent_runtime.routing.ledger", ["CaseLedger"]
    yield "agent_runtime.routing.steps", ["CaseSteps", "EnrichStep", "Formatter", "ScoreStep"]
    yield "agent_runtime.routing.work", ["Answer"]
    yield "agent_runtime.shapes.base", ["Call"]
    yield context.source("packetprotocol", "agent_runtime.packets"), ["PacketEnvelope"]
    if has["jobs"]:
        yield "agent_runtime.routing.jobs", ["JobSteps"]
    corrections = ["OverrideSteps"] if has["overrides"] else []
    corrections += ["ContextSteps"] if has["context"] else []
    yield "agent_runtime.routing.corrections", corrections
    if has["endpoint"]:
        yield "agent_runtime.shapes.overrides", ["OverrideResponse"]
        yield "agent_runtime.shapes.transactions", ["OverrideRequest"]
    for role in ("governance_bridge", "world_model_bridge"):
        if role in context.siblings:
            yield context.siblings[role].module, [context.siblings[role].class_name]


def _test_imports(
    context: PatternContext, has: Mapping[str, bool]
) -> Iterator[tuple[str, list[str]]]:
    bridge = context.siblings["governance_bridge"]
    plain = ["ListRecorder", "PlainFormatter", "PlainReasoner", "PlainTensors"]
    yield "agent_runtime.clock", ["ManualClock"]
    yield "agent_runtime.errors", ["MemoryLayerError", "PacketError"]
    yield "agent_runtime.routing.enrichment", ["Enricher"]
    yield "agent_runtime.routing.ledger", ["CaseLedger"]
    yield "agent_runtime.routing.work", ["Answer"]
    yield "agent_runtime.shapes.base", ["Call"]
    yield "agent_runtime.testing", ["TRACE"]
    yield "agent_runtime.testing_routing", [*plain, "open_parts", "plain_coordinator", "trade"]
    yield "agent_runtime.values", ["JsonObject"]
    yield context.source("packetprotocol", "agent_runtime.packets"), ["new_packet"]
    yield bridge.module, [bridge.class_name]
    names = ["AGENT", "DECISIONS_AUDITED_AS", "EVENT_TYPE", "SIGNALS", context.class_name]
    yield context.module, names
    parts = {each.part for each in inbound(context)}
    if has["overrides"]:
        yield context.module, ["OVERRIDES_AUDITED_AS"]
        yield "agent_runtime.testing_routing", ["claims_of"]
    if "overrides" in parts:
        yield "agent_runtime.errors", ["NotAuthenticatedError"]
    if has["endpoint"]:
        yield "agent_runtime.shapes.transactions", ["OverrideRequest"]
        yield "agent_runtime.errors", ["InputBoundsError", "NotAuthorisedError"]
    if "context" in parts:
        yield "agent_runtime.errors", ["AgentError"]
    if has["context"]:
        world = context.siblings["world_model_bridge"]
        yield world.module, ["WORLD", world.class_name]
        yield context.source("interface", "agent_runtime.worldmodel"), ["WorldModel"]
