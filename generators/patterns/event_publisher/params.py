"""Parameters of an event publisher: whose events they are, and which the schema makes expected."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups

_TOPIC = "events.{agent}.{event_type}"
_FIELDS = ("event_type", "agent", "timestamp", "event_data", "trace_id")
_DATA_FIELDS = ("decision_id", "confidence", "result")


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the agent, its event types with their topics, and the fields of the contract.

    Raises:
        RefusalError: no endpoint of the agent decides anything, so that there is nothing to tell.
    """
    agent = str(context.agent.agent_id)
    types = [str(use.endpoint.name) for use in context.operations if use.publishes]
    if not types:
        raise RefusalError(
            "deployment.endpoints: none of them decides anything that could be published",
            "declare an endpoint that a deciding module answers, or drop the publisher",
        )
    protocol = context.source("packetprotocol", "agent_runtime.events")
    return {
        "class_name": context.class_name,
        "agent": agent,
        "event_types": [*types],
        "topics": [{"event_type": name, "topic": _topic(context, agent, name)} for name in types],
        "all_topics": f"events.{agent}.*",
        "fields": [*_contract(context, "fields", _FIELDS)],
        "data_fields": [*_contract(context, "event_data", _DATA_FIELDS)],
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ["Final"]),
                ("agent_runtime.bus", ["EventBus"]),
                ("agent_runtime.clock", ["Clock", "system_clock"]),
                ("agent_runtime.values", ["JsonValue"]),
                (protocol, ["Event", "new_event"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.bus", ["Delivery"]),
                ("agent_runtime.errors", ["PacketError"]),
                ("agent_runtime.testing", ["AgentBench", "TRACE"]),
                (protocol, ["Event", "parse_event"]),
                (context.module, ["AGENT", "EVENT_TYPES", context.class_name]),
            ],
        ),
    }


def _topic(context: PatternContext, agent: str, event_type: str) -> str:
    harmony = context.glue.get("communication_harmonization")
    topic = harmony.get("event_topic") if isinstance(harmony, Mapping) else None
    text = topic if isinstance(topic, str) else _TOPIC
    return text.replace("{agent}", agent).replace("{event_type}", event_type)


def _contract(context: PatternContext, part: str, otherwise: tuple[str, ...]) -> list[str]:
    event = context.meta.get("meta.dependency.integration", {}).get("event")
    fields = event.get(part) if isinstance(event, Mapping) else None
    return sorted(fields) if isinstance(fields, Mapping) and fields else sorted(otherwise)
