"""Parameters of a reflective auditor: the event by which governance hears of circles."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import event_signal
from generators.patterns.imports import import_groups

_IMPORTS: Final = (
    ("typing", ("Final",)),
    ("agent_runtime.clock", ("Clock",)),
    ("agent_runtime.reasoning.case", ("Case", "Draft")),
    ("agent_runtime.reasoning.reflection", ("Criticism", "CycleWatch", "criticise")),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the declared event for a cycle; without one the anchors are asked directly."""
    event = event_signal(context.ruling, "cycle")
    bridge = context.siblings["governance_bridge"]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "event": event,
        "declared": bool(event),
        "governance_class": bridge.class_name,
        "imports": import_groups(
            context.namespace, [*_IMPORTS, (bridge.module, [bridge.class_name])]
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ["POLICY", "RULES", "SIGNALS", bridge.class_name]),
                (context.module, [context.class_name, *(["CYCLE_EVENT"] if event else [])]),
            ],
        ),
    }
