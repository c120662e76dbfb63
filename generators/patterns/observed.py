"""Which events of other agents the glue lets an agent observe."""

from collections.abc import Iterator

from generators.engine.patterns.context import PatternContext


def observed_topics(context: PatternContext, *words: str) -> tuple[str, ...]:
    """Return the bus topics of observed events whose type holds one of `words`, each once."""
    found = (
        f"events.{agent}.{event}"
        for agent, event in _observed(context)
        if any(word in event for word in words)
    )
    return tuple(dict.fromkeys(found))


def _observed(context: PatternContext) -> Iterator[tuple[str, str]]:
    """Yield the agent and type of each event that a wiring lets the agent observe."""
    wirings = context.glue.get("wirings")
    for wiring in wirings if isinstance(wirings, list) else []:
        if (
            isinstance(wiring, dict)
            and wiring.get("from_agent") == context.agent.agent_id
            and wiring.get("connection_type") == "event_observe"
        ):
            events = wiring.get("event_subscriptions")
            for event in events if isinstance(events, list) else []:
                yield str(wiring.get("to_agent")), str(event)
