"""Parameters of an observer: whom it observes, and which of their events."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import watched_of
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the observed agents and the types of their events.

    Raises:
        RefusalError: the glue lets the agent observe none of them.
    """
    watched = watched_of(context)
    named = context.target.agents if context.target else ()
    agents = [agent for agent in named if agent in watched]
    if not agents:
        raise RefusalError(
            f"no wiring lets {context.agent.agent_id} observe {', '.join(named) or 'anybody'}",
            "add a wiring of connection_type event_observe to the glue",
        )
    subscriber = context.siblings["event_subscriber"]
    types = [*dict.fromkeys(each for agent in agents for each in watched[agent])]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "agents": [*agents],
        "types": [*types],
        "subscriber_class": subscriber.class_name,
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ["Final", "NoReturn"]),
                ("agent_runtime.auditing.observed", ["ObservedEvent"]),
                ("agent_runtime.auditing.observer", ["Observer"]),
                ("agent_runtime.watch", ["AuditTrail"]),
                (subscriber.module, [subscriber.class_name]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (context.module, ["AGENTS", "EVENTS", context.class_name]),
                (subscriber.module, [subscriber.class_name]),
            ],
        ),
    }
