"""Parameters of an event subscriber: whose events of which types it receives."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import watched_of
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the observed event types by agent, as the glue wires them.

    Raises:
        RefusalError: no wiring lets the agent observe anything.
    """
    watched = watched_of(context)
    agent, types = next(iter(watched.items()))
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "watched": [{"agent": name, "types": [*each]} for name, each in watched.items()],
        "first_agent": agent,
        "first_type": types[0],
        "count": sum(len(each) for each in watched.values()),
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Callable", "Mapping"]),
                ("pathlib", ["Path"]),
                ("typing", ["Final"]),
                ("agent_runtime.auditing.observed", ["EventIntake", "ObservedEvents"]),
                ("agent_runtime.bus", ["EventBus"]),
                ("agent_runtime.clock", ["Clock", "system_clock"]),
                ("agent_runtime.events", ["Event"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace, [(context.module, ["CONSUMER", "WATCHED", context.class_name])]
        ),
    }
