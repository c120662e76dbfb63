"""What a controller and its tests import."""

from collections.abc import Iterable, Iterator, Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.controller.wiring import Wired
from generators.patterns.serving import service_imports, service_test_imports

Import = tuple[str, list[str]]


def module_imports(
    context: PatternContext,
    made: Mapping[str, Wired],
    shapes: Iterable[Mapping[str, Plain]],
    has: Mapping[str, Plain],
) -> Iterator[Import]:
    """Yield the modules that the controller imports, with the names taken from each.

    Args:
        context: the surroundings of the controller.
        made: the modules that it makes, by role.
        shapes: endpoints and unasked decisions, each with the modules of its shapes.
        has: what the agent has.
    """
    yield "collections.abc", ["Iterator", "Mapping"] if has["timed"] else ["Mapping"]
    if has["timed"]:
        yield "contextlib", ["contextmanager"]
    if has["sinks"]:
        yield "functools", ["partial"]
    yield "typing", ["Final", "Self"]
    yield "agent_runtime.clock", ["Clock", "system_clock"]
    yield "agent_runtime.config", ["AgentSettings"]
    yield "agent_runtime.flags", ["Flags"]
    yield "agent_runtime.parts", ["AgentParts"]
    yield "agent_runtime.service.spec", ["Operation", "answered_by"]
    yield "agent_runtime.shapes.base", ["Call", "DecisionShape"] if has["records"] else ["Call"]
    yield "agent_runtime.shapes.status", ["StatusRequest", "StatusResponse"]
    if has["records"]:
        told = [] if has["logger"] else ["log_decision"]
        yield "agent_runtime.recording", ["decision_of", *told]
        yield "agent_runtime.decisions", ["seal_decision"] if has["personal"] else []
        yield "agent_runtime.errors", ["MemoryLayerError"]
    if context.agent.metrics:
        yield "agent_runtime.metrics", ["MetricSpec", *(["SHARES"] if has["ratios"] else [])]
    if has["throughput"]:
        yield "agent_runtime.throughput", ["Throughput"]
    for each in shapes:
        for part in ("request", "response"):
            if part in each:
                yield str(each[f"{part}_module"]), [str(each[part])]
    yield from _wired_imports(context, made, has)
    if has["served"]:
        yield from service_imports(context)


def _wired_imports(
    context: PatternContext, made: Mapping[str, Wired], has: Mapping[str, Plain]
) -> Iterator[Import]:
    for each in made.values():
        yield each.sibling.made.module, [each.sibling.made.name]
    if has["logger"]:
        yield made["logger"].sibling.module, ["CHANNELS"]
    if has["watch"]:
        yield "agent_runtime.modelwatch", ["ModelWatch", "WatchPlan"]
        yield made["model_validator"].sibling.module, ["DROP_LIMIT"]
    if has["world"]:
        yield context.source("interface", "agent_runtime.worldmodel"), ["WorldModel"]
        yield context.siblings["world_model_bridge"].module, ["WORLD"]
    if has["memory"]:
        yield made["memory_bridge"].sibling.module, ["TOPOLOGY"]


def test_imports(context: PatternContext, has: Mapping[str, Plain]) -> Iterator[Import]:
    """Yield the modules that the controller's tests import."""
    yield "agent_runtime.clock", ["ManualClock"]
    yield "agent_runtime.config", ["AgentSettings", "load_settings"]
    yield "agent_runtime.errors", ["ConfigError", "InputBoundsError"]
    yield "agent_runtime.examples", ["example_of"]
    yield "agent_runtime.parts", ["STANDARD_SETTINGS"]
    yield "agent_runtime.shapes.base", ["Call", "Shape"]
    yield "agent_runtime.shapes.status", ["StatusRequest"]
    yield "agent_runtime.testing", ["TRACE"]
    if has["decides"]:
        yield "agent_runtime.errors", ["MemoryLayerError"]
        yield "agent_runtime.shapes.base", ["DecisionShape"]
        if not has["memory"]:
            yield "agent_runtime.audit", ["AuditRecord"]
            yield "agent_runtime.values", ["JsonObject"]
    yield "agent_runtime.parts", ["EXPIRY_JOB", "EXPIRY_SECONDS", "PURGE_JOB"]
    bridge = context.siblings["governance_bridge"].module
    yield bridge, ["ESCALATION_TIMEOUT_SECONDS"]
    if has["packet_memory"]:
        yield context.siblings["memory_bridge"].module, ["TOPOLOGY"]
        yield "agent_runtime.parts", ["PURGE_SECONDS"]
    if has["models"]:
        yield "agent_runtime.errors", ["NoModelError"]
        yield "agent_runtime.testing_links", ["naive_run"]
    if has["retraining"]:
        scheduling = context.siblings["retraining_scheduler"].module
        yield scheduling, ["INTERVAL_HOURS", "JOB"]
        yield "agent_runtime.shapes.training", ["RetrainRequest", "RetrainResponse"]
    if has["watch"]:
        yield "agent_runtime.modelwatch", ["CHECK_JOB", "CHECK_SECONDS"]
        yield "agent_runtime.testing_links", ["market", "skilled_run", "upside_down"]
        yield "agent_runtime.training", ["TrainingRun"]
        yield context.siblings["model_validator"].module, ["DROP_LIMIT"]
    names = ["AGENT", "VERSION", context.class_name]
    if has["served"]:
        yield from service_test_imports(context)
    channels = context.siblings["logger"].module if has["logger"] else context.module
    yield channels, ["CHANNELS"]
    yield context.module, [*names, "LATENCY_SIGNALS"] if has["latency"] else names
