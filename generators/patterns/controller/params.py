"""Parameters of a controller: the modules of the agent, how they are wired, its endpoints."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.patterns.wiring import WORLD
from generators.engine.sources.canonical import Plain
from generators.patterns.controller.imported import module_imports, test_imports
from generators.patterns.controller.journey import journey_data, journey_imports
from generators.patterns.controller.metrics import (
    Fed,
    declared,
    fed_by_modules,
    feed_data,
    followed,
    metric_data,
    throughput,
    unknown,
)
from generators.patterns.controller.operations import keepers, operation_data
from generators.patterns.controller.watching import latency_data, watch_data
from generators.patterns.controller.wiring import (
    Wired,
    closes,
    hooks,
    model_version,
    values_used,
    wire_data,
    wire_modules,
)
from generators.patterns.declared import event_signal
from generators.patterns.documents import server_module
from generators.patterns.imports import import_groups
from generators.patterns.logs import ESCALATIONS, find_channel, log_channels
from generators.patterns.memory_bridge.personal import personal_fields
from generators.patterns.serving import service_data


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
    made = wire_modules(context)
    channels = log_channels(context)
    kept = keepers(context, made, channels)
    names = {str(each["name"]) for each in kept}
    operations = [operation_data(use, context, made, channels, names) for use in context.operations]
    timed = any(bool(each["timed"]) for each in operations)
    latency = latency_data(context, timed=timed)
    watch = watch_data(context, made, kept)
    journey = journey_data(context, made)
    answers = throughput(context, timed=timed)
    taken = {*answers, str(watch["accuracy"]), str(watch["drift"])}
    fed = {each.metric: each for each in fed_by_modules(context, made.values(), taken)}
    service = _service(context)
    has = _has(context, made, operations, latency, fed)
    has.update(
        {
            "served": bool(service),
            "watch": watch["on"],
            "throughput": bool(answers),
            "records": has["decides"] or bool(kept),
        }
    )
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "version": context.agent.version,
        "wires": [wire_data(each, made, context) for each in made.values()],
        "hooks": hooks(made, context),
        "closes": closes(made.values()),
        "feeds": [feed_data(each) for each in fed.values()],
        "model_version": model_version(made.values()),
        "operations": [*operations],
        "keepers": [{**each, "watched": each["keeper"] == watch["keeper"]} for each in kept],
        "channels": [{"name": name, "path": path} for name, path in channels],
        "governance_channel": find_channel(channels, ESCALATIONS)[0],
        "metrics": [metric_data(name, answers, watch, fed) for name in declared(context)],
        "throughput": [*answers],
        "rolls_back": context.agent.learning.rollback_on_regression,
        "unknown": [*unknown(context, answers, watch, fed)],
        "watch": watch,
        "training": _training(kept),
        "loading_fails": event_signal(context.ruling, "load", "fail"),
        "indexed": [*_indexed(context)],
        "latency": latency,
        "first": next((each for each in operations if each["decides"]), operations[0]),
        "timed": next((each for each in operations if each["timed"]), operations[0]),
        "failing": f"controller.{'memory' if has['memory'] else 'parts.audit'}",
        "failing_method": "remember" if has["memory"] else "append",
        "journey": journey,
        "has": has,
        **service,
        "imports": import_groups(
            context.namespace, module_imports(context, made, [*operations, *kept], has)
        ),
        "test_imports": import_groups(
            context.namespace, [*test_imports(context, has), *journey_imports(context, journey)]
        ),
    }


def _service(context: PatternContext) -> dict[str, dict[str, Plain]]:
    """Return what the controller serves, if no other module of the agent does.

    Raises:
        RefusalError: it would have to open the extension of itself.
    """
    if server_module(context) != context.module:
        return {}
    made = context.siblings["controller"].made
    if made.module != context.module:
        raise RefusalError(
            f"{context.stem} is extended by {made.module}, and would have to serve it",
            "add api_server.py to generatefiles, which serves the extension",
        )
    return {"service": service_data(context, context.class_name)}


def _has(
    context: PatternContext,
    made: Mapping[str, Wired],
    operations: list[dict[str, Plain]],
    latency: Mapping[str, Plain],
    fed: Mapping[str, Fed],
) -> dict[str, Plain]:
    """Return what the agent has, as the templates ask."""
    memory = "memory_bridge" in made
    publisher = "event_publisher" in made
    return {
        "memory": memory,
        "publisher": publisher,
        "logger": "logger" in made,
        "world": WORLD in values_used(made.values()),
        "models": "model_loader" in made,
        "retraining": "retraining_scheduler" in made,
        "packet_memory": memory and context.agent.layer("workingmemory") is not None,
        "decides": any(bool(each["decides"]) for each in operations),
        "loading_fails": bool(event_signal(context.ruling, "load", "fail"))
        and "model_loader" in made,
        "latency": bool(latency["signal"]),
        "timed": any(bool(each["timed"]) for each in operations),
        "latency_metrics": bool(latency["metrics"]),
        "personal": memory and bool(personal_fields(context)),
        "episodic": memory and context.agent.layer("episodicmemory") is not None,
        "silent": any(bool(each["silent"]) for each in operations),
        "tells": publisher or memory,
        "status": any(each["attribute"] == "" for each in operations),
        "sinks": any(not followed(each) for each in fed.values()),
        "ratios": any(each.feed.buckets for each in fed.values()),
        "gauges": any(followed(each) for each in fed.values()),
    }


def _training(kept: list[dict[str, Plain]]) -> dict[str, Plain]:
    """Return the name and the channel under which a training is recorded, whoever began it."""
    training = next((each for each in kept if each["role"] == "retraining_scheduler"), None)
    return {
        "name": training["name"] if training else "",
        "channel": training["channel"] if training else "",
    }


def _indexed(context: PatternContext) -> tuple[str, ...]:
    layer = context.agent.layer("episodicmemory")
    return () if layer is None else layer.index_by
