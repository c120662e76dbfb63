"""Parameters of a controller: the modules of the agent, how they are wired, its endpoints."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generators.engine.patterns.context import OperationUse, PatternContext, Sibling
from generators.engine.patterns.pattern import BOUND
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import event_signal, number_signal, upper_limit, word
from generators.patterns.imports import import_groups, number

_CLOCK: Final = ("clock", "parts.clock")
_GOVERNANCE: Final = ("", "self.governance")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wire:
    """How the module of a role is made: needed roles, class method, and (keyword, value) pairs."""

    role: str
    attribute: str
    needs: tuple[str, ...] = ()
    factory: str = ""
    arguments: tuple[tuple[str, str], ...] = ()


_WIRES: Final = (
    _Wire(
        role="governance_bridge",
        attribute="governance",
        factory="wire",
        arguments=(
            ("audit", "parts.audit"),
            ("escalations", "parts.escalations"),
            ("approvals", "parts.verifier"),
            _CLOCK,
            ("flags", "parts.flags"),
        ),
    ),
    _Wire(
        role="memory_bridge",
        attribute="memory",
        arguments=(("", "parts.layers"), ("", "parts.flags")),
    ),
    _Wire(role="event_publisher", attribute="publisher", arguments=(("", "parts.bus"), _CLOCK)),
    _Wire(role="world_model_bridge", attribute="world", arguments=(("", "world"),)),
    _Wire(role="domain_adapter", attribute="domains"),
    _Wire(
        role="model_loader",
        attribute="models",
        factory="open",
        arguments=(("", "parts.models"), _GOVERNANCE, _CLOCK),
    ),
    _Wire(role="model_validator", attribute="validator", arguments=(_GOVERNANCE,)),
    _Wire(
        role="link_scorer",
        attribute="scorer",
        needs=("model_loader",),
        arguments=(("", "self.models"), _GOVERNANCE),
    ),
    _Wire(
        role="embedding_generator",
        attribute="embedder",
        needs=("model_loader",),
        arguments=(("", "self.models"), _GOVERNANCE),
    ),
    _Wire(role="anomaly_detector", attribute="detector", arguments=(("", ""), _GOVERNANCE)),
    _Wire(
        role="inference_engine",
        attribute="engine",
        needs=("link_scorer", "embedding_generator", "anomaly_detector"),
        arguments=(
            ("", "self.scorer"),
            ("", "self.embedder"),
            ("", "self.detector"),
            _CLOCK,
        ),
    ),
    _Wire(
        role="training_pipeline",
        attribute="pipeline",
        needs=("model_loader", "model_validator"),
        arguments=(
            ("", "self.models"),
            ("", "self.validator"),
            _GOVERNANCE,
            ("", "parts.links"),
            _CLOCK,
        ),
    ),
    _Wire(role="hyperparameter_tuner", attribute="tuner", arguments=(_CLOCK,)),
    _Wire(
        role="retraining_scheduler",
        attribute="retraining",
        needs=("training_pipeline",),
        arguments=(
            ("", "parts.scheduler"),
            ("", "self.pipeline"),
            ("store", "parts.retraining"),
            ("governance", "self.governance"),
            _CLOCK,
        ),
    ),
)
_UNTIMED: Final = ("controller", "training_pipeline", "retraining_scheduler")
_CHANNEL_WORDS: Final = {"detect_call": "anomal", "retrain_call": "train"}
_WATCHED: Final = (
    "model_loader",
    "model_validator",
    "training_pipeline",
    "retraining_scheduler",
)
_UNFED: Final = (
    ("precision", "unknown (NaN) until outcomes are fed back"),
    ("recall", "unknown (NaN) until outcomes are fed back"),
    ("", "unknown (NaN): nothing here measures it"),
)
_KINDS: Final = (("_ms", "histogram"), ("_total", "counter"), ("_count", "counter"))


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the wiring, the endpoints with who answers them, and what tests expect.

    Raises:
        RefusalError: the agent declares no endpoint, or an endpoint is answered by a module that
            cannot be wired.
    """
    if not context.operations:
        raise RefusalError(
            "deployment.endpoints declares nothing that a controller could answer",
            "declare at least one endpoint, or drop the controller",
        )
    wired = {wire.role: wire for wire in _usable(context)}
    roles = set(wired)
    channels = _channels(context)
    governance_channel = _channel(channels, "governance", channels[0])
    operations = [_operation(use, wired, channels) for use in context.operations]
    latency = _latency(context, operations)
    watch = _watch(context, watched=roles.issuperset(_WATCHED))
    answers = _throughput(context, timed=any(bool(each["timed"]) for each in operations))
    decides = any(bool(each["decides"]) for each in operations)
    has: dict[str, Plain] = {
        "memory": "memory_bridge" in roles,
        "publisher": "event_publisher" in roles,
        "world": "world_model_bridge" in roles,
        "models": "model_loader" in roles,
        "detector": "anomaly_detector" in roles,
        "engine": "inference_engine" in roles,
        "retraining": "retraining_scheduler" in roles,
        "packets": "packet_handler" in context.siblings,
        "packet_memory": "memory_bridge" in roles
        and context.agent.layer("workingmemory") is not None,
        "decides": decides,
        "records": decides or "retraining_scheduler" in roles,
        "trains": any(bool(each["trains"]) for each in operations)
        or "retraining_scheduler" in roles,
        "watch": bool(watch["on"]),
        "throughput": bool(answers),
        "loading_fails": bool(_loading_fails(context)) and "model_loader" in roles,
        "latency": bool(latency["signal"]),
        "timed": any(bool(each["timed"]) for each in operations),
        "latency_metrics": bool(latency["metrics"]),
        "episodic": context.agent.layer("episodicmemory") is not None and "memory_bridge" in roles,
        "silent": any(each["attribute"] and not each["decides"] for each in operations),
        "tells": "event_publisher" in roles or "memory_bridge" in roles,
        "status": any(each["attribute"] == "" for each in operations),
    }
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "version": context.agent.version,
        "wires": [_wire_data(wire, context.siblings[wire.role]) for wire in wired.values()],
        "packet_class": _class_of(context, "packet_handler"),
        "operations": [*operations],
        "channels": [{"name": name, "path": path} for name, path in channels],
        "governance_channel": governance_channel[0],
        "metrics": [_metric(name, answers, watch) for name in dict.fromkeys(context.agent.metrics)],
        "throughput": [*answers],
        "rolls_back": context.agent.learning.rollback_on_regression,
        "unknown": [*_unknown(context, answers, watch)],
        "watch": watch,
        "training": _training(operations, channels),
        "loading_fails": _loading_fails(context),
        "indexed": [*_indexed(context)],
        "latency": latency,
        "first": next((each for each in operations if each["decides"]), operations[0]),
        "timed": next((each for each in operations if each["timed"]), operations[0]),
        "failing": f"controller.{'memory' if has['memory'] else 'parts.audit'}",
        "failing_method": "remember" if has["memory"] else "append",
        "has": has,
        "imports": import_groups(context.namespace, _imports(context, wired, operations, has)),
        "test_imports": import_groups(context.namespace, _test_imports(context, has)),
    }


def _usable(context: PatternContext) -> Iterator[_Wire]:
    """Yield the wires of modules that the agent has, with all they need."""
    made: set[str] = set()
    for wire in _WIRES:
        if wire.role in context.siblings and made.issuperset(wire.needs):
            made.add(wire.role)
            yield wire
    for role, sibling in context.siblings.items():
        if sibling.pattern.pattern_id == BOUND and sibling.class_name:
            yield _Wire(role=role, attribute=role)


def _wire_data(wire: _Wire, sibling: Sibling) -> dict[str, Plain]:
    made = sibling.made.name
    dotted = f"{made}.{wire.factory}" if wire.factory else made
    arguments: list[Plain] = [
        {"keyword": keyword, "value": value, "none": value == ""}
        for keyword, value in wire.arguments
    ]
    return {"attribute": wire.attribute, "make": dotted, "arguments": arguments}


def _operation(
    use: OperationUse, wired: Mapping[str, _Wire], channels: list[tuple[str, str]]
) -> dict[str, Plain]:
    role = use.sibling.role
    if role != "controller" and role not in wired:
        raise RefusalError(
            f"{use.endpoint.pointer}: {use.sibling.stem}.py answers {use.endpoint.name}, and lacks "
            "modules that it needs",
            "add the modules that it works with to cursorinstructions.generatefiles",
        )
    topic = _CHANNEL_WORDS.get(use.method, "serving")
    return {
        "name": str(use.endpoint.name),
        "attribute": wired[role].attribute if role in wired else "",
        "method": use.method,
        "request": use.request.name,
        "request_module": use.request.module,
        "response": use.response.name,
        "response_module": use.response.module,
        "decides": use.decides,
        "timed": role not in _UNTIMED,
        "silent": role != "controller" and not use.decides,
        "trains": use.method == "retrain_call",
        "channel": _channel(channels, topic, channels[0])[0],
        "where": f"{use.endpoint.method} {use.endpoint.path}",
        "timeout_ms": use.endpoint.timeout_ms,
    }


def _channels(context: PatternContext) -> list[tuple[str, str]]:
    """Return the declared log files by channel, the one for requests first."""
    found = [(each.path.stem, str(each.path)) for each in context.agent.instructions.logging]
    if not found:
        return [("agent", f"{context.agent.agent_id}.log")]
    first = _channel(found, "serving", found[0])
    return [first, *(each for each in found if each != first)]


def _channel(
    channels: list[tuple[str, str]], topic: str, otherwise: tuple[str, str]
) -> tuple[str, str]:
    return next((each for each in channels if topic in each[0].lower()), otherwise)


def _latency(context: PatternContext, operations: list[dict[str, Plain]]) -> dict[str, Plain]:
    """Return the latency signals with the time that rules allow, and the metrics that count it."""
    timed = any(bool(each["timed"]) for each in operations)
    signals = [
        signal.name
        for signal in context.ruling.signals
        if not signal.is_event and "latency" in signal.name
    ]
    name = number_signal(context.ruling, "latency")
    limit = upper_limit(context.ruling, name) if name else None
    usable = timed and limit is not None
    metrics: list[Plain] = [
        metric for metric in context.agent.metrics if timed and metric.endswith("latency_ms")
    ]
    return {
        "signals": [*signals] if usable else [],
        "signal": name if usable else "",
        "limit_ms": number(limit[0]) if usable and limit else 0,
        "source": limit[1] if usable and limit else "",
        "metrics": metrics,
        "sum": f"{metrics[0]}_sum" if metrics else "",
        "test": (
            f"test_an_answer_slower_than_{word(limit[0])}_ms_reaches_the_anchors"
            if usable and limit
            else ""
        ),
    }


def _throughput(context: PatternContext, *, timed: bool) -> list[str]:
    """Return the gauges that speak of requests a second; packets are no requests."""
    return [
        name
        for name in context.agent.metrics
        if timed and "throughput" in name and "packet" not in name and _kind(name) == "gauge"
    ]


def _watch(context: PatternContext, *, watched: bool) -> dict[str, Plain]:
    """Return what a watch of the model in service feeds: metrics and true-or-false signals."""
    gauges = [name for name in context.agent.metrics if watched and _kind(name) == "gauge"]
    events = [each.name for each in context.ruling.signals if watched and each.is_event]
    return {
        "on": watched,
        "accuracy": next((name for name in gauges if "model_accuracy" in name), ""),
        "drift": next((name for name in gauges if "embedding" in name and "drift" in name), ""),
        "model_events": [name for name in events if "model" in name and "drift" in name],
        "embedding_events": [name for name in events if "embedding" in name and "drift" in name],
    }


def _training(
    operations: list[dict[str, Plain]], channels: list[tuple[str, str]]
) -> dict[str, Plain]:
    """Return the name and the channel under which a training is recorded, whoever began it."""
    declared = next((each for each in operations if each["trains"]), None)
    channel = _channel(channels, "train", channels[0])[0]
    return {
        "name": declared["name"] if declared else "retraining",
        "channel": declared["channel"] if declared else channel,
    }


def _loading_fails(context: PatternContext) -> str:
    return event_signal(context.ruling, "load", "fail")


def _metric(name: str, answers: list[str], watch: Mapping[str, Plain]) -> dict[str, Plain]:
    """Return a metric with its help: what it measures, or that nobody does."""
    plain, kind = name.replace("_", " "), _kind(name)
    if name in answers:
        told = f"{plain}: answered in the last minute"
    elif name == watch["accuracy"]:
        told = f"{plain}: mean reciprocal rank of held-out links"
    elif name == watch["drift"]:
        told = f"{plain}: largest of a dimension, in nats"
    elif kind == "gauge":
        told = f"{plain}: {next(text for topic, text in _UNFED if topic in name)}"
    else:
        told = plain
    return {"name": name.removesuffix("_total"), "kind": kind, "help": told}


def _unknown(context: PatternContext, answers: list[str], watch: Mapping[str, Plain]) -> list[str]:
    """Return the gauges that nothing feeds."""
    fed = {*answers, str(watch["accuracy"]), str(watch["drift"])}
    return [
        name
        for name in dict.fromkeys(context.agent.metrics)
        if name not in fed and _kind(name) == "gauge"
    ]


def _kind(name: str) -> str:
    return next((kind for suffix, kind in _KINDS if name.endswith(suffix)), "gauge")


def _indexed(context: PatternContext) -> tuple[str, ...]:
    layer = context.agent.layer("episodicmemory")
    return () if layer is None else layer.index_by


def _class_of(context: PatternContext, role: str) -> str:
    sibling = context.siblings.get(role)
    return "" if sibling is None else sibling.class_name


def _imports(
    context: PatternContext,
    wired: Mapping[str, _Wire],
    operations: Iterable[Mapping[str, Plain]],
    has: Mapping[str, Plain],
) -> Iterator[tuple[str, list[str]]]:
    yield "collections.abc", ["Iterator", "Mapping"] if has["timed"] else ["Mapping"]
    if has["timed"]:
        yield "contextlib", ["contextmanager"]
    yield "typing", ["Final", "Self"]
    yield "agent_runtime.clock", ["Clock", "system_clock"]
    yield "agent_runtime.config", ["AgentSettings"]
    yield "agent_runtime.flags", ["Flags"]
    yield "agent_runtime.parts", ["AgentParts"]
    yield "agent_runtime.service.spec", ["Operation", "answered_by"]
    yield "agent_runtime.shapes.base", ["Call", "DecisionShape"] if has["records"] else ["Call"]
    if has["records"]:
        yield "agent_runtime.recording", ["decision_of"]
        yield "agent_runtime.errors", ["MemoryLayerError"]
    if context.agent.metrics:
        yield "agent_runtime.metrics", ["MetricSpec"]
    yield from _module_imports(context, wired, has)
    for each in operations:
        yield str(each["request_module"]), [str(each["request"])]
        yield str(each["response_module"]), [str(each["response"])]


def _module_imports(
    context: PatternContext, wired: Mapping[str, _Wire], has: Mapping[str, Plain]
) -> Iterator[tuple[str, list[str]]]:
    """Yield what the wiring of the agent's modules imports."""
    for role in wired:
        yield context.siblings[role].module, [context.siblings[role].class_name]
    if has["throughput"]:
        yield "agent_runtime.throughput", ["Throughput"]
    if has["trains"]:
        yield "agent_runtime.shapes.training", ["RetrainResponse"]
    if has["watch"]:
        yield "agent_runtime.modelwatch", ["ModelWatch", "WatchPlan"]
        yield context.siblings["model_validator"].module, ["DROP_LIMIT"]
    if has["models"]:
        yield "agent_runtime.errors", ["ModelStoreError", "NoModelError"]
    if has["detector"]:
        yield "agent_runtime.detection", ["LEAST_ROWS"]
        yield "agent_runtime.shapes.anomaly", ["AnomalyRequest"]
    if has["world"]:
        interface = context.source("interface", "agent_runtime.worldmodel")
        yield interface, ["WorldModel"]
        yield context.siblings["world_model_bridge"].module, ["WORLD"]
    if has["memory"]:
        yield context.siblings["memory_bridge"].module, ["TOPOLOGY"]
    if has["packets"]:
        packets = context.siblings["packet_handler"]
        yield packets.module, [packets.class_name]


def _test_imports(
    context: PatternContext, has: Mapping[str, Plain]
) -> Iterator[tuple[str, list[str]]]:
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
    yield "agent_runtime.parts", ["EXPIRY_SECONDS", "PURGE_JOB", "PURGE_SECONDS"]
    bridge = context.siblings["governance_bridge"].module
    yield bridge, ["ESCALATION_TIMEOUT_SECONDS"]
    if has["packet_memory"]:
        yield context.siblings["memory_bridge"].module, ["TOPOLOGY"]
    if has["models"]:
        yield "agent_runtime.errors", ["NoModelError"]
        yield "agent_runtime.testing_links", ["naive_run"]
    if has["retraining"]:
        scheduling = context.siblings["retraining_scheduler"].module
        yield scheduling, ["INTERVAL_HOURS", "JOB"]
        yield "agent_runtime.shapes.training", ["RetrainRequest", "RetrainResponse"]
    if has["watch"]:
        yield "agent_runtime.modelwatch", ["CHECK_JOB", "CHECK_SECONDS"]
        yield "agent_runtime.testing_links", ["market", "naive_run", "skilled_run", "upside_down"]
        yield "agent_runtime.training", ["TrainingRun"]
        yield context.siblings["model_validator"].module, ["DROP_LIMIT"]
    names = ["AGENT", "CHANNELS", "VERSION", context.class_name]
    yield context.module, [*names, "LATENCY_SIGNALS"] if has["latency"] else names
