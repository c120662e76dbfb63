"""Parameters of a learning loop: the weighed modes, and how fast and how safely it learns."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audited, word
from generators.patterns.imports import import_groups
from generators.patterns.modes import role_of_mode

_IMPORTS: Final = (
    ("collections.abc", ("Mapping",)),
    ("pathlib", ("Path",)),
    ("typing", ("Final", "Self")),
    ("agent_runtime.clock", ("Clock",)),
    ("agent_runtime.feedback.learning", ("LearningPlan", "Lesson", "WeightLearner")),
    ("agent_runtime.reasoning.traces", ("DecisionTrace",)),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the modes that are weighed, the stability threshold, and whether harm is undone.

    Raises:
        RefusalError: there are no two modes to weigh, nothing bounds how far weights may
            move, or learning is not audited.
    """
    learning = context.agent.learning
    declared = [
        name
        for name in dict.fromkeys(learning.strategy_modes)
        if role_of_mode(name) != "reflective_auditor"
    ]
    if len(declared) < 2:  # noqa: PLR2004 - one weight alone says nothing
        raise RefusalError(
            "reasoningengine.strategymodes declares no two modes that could be weighed",
            "declare at least two modes there, or drop the learning loop",
        )
    threshold = learning.stability_threshold
    if threshold is None or not 0.0 < threshold <= 1.0:
        raise RefusalError(
            "learningsystem.cognitivegrowthvector.stabilitythreshold is missing or not above 0",
            "write for example `stabilitythreshold: 0.03` there",
        )
    event = audited(context, "learning")
    bridge = context.siblings["governance_bridge"]
    governance = (bridge.module, ["POLICY", "RULES", "SIGNALS", bridge.class_name])
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "modes": [*declared],
        "first": declared[0],
        "second": declared[1],
        "threshold": threshold,
        "rollback": learning.rollback_on_regression,
        "audit_event": event,
        "governance_class": bridge.class_name,
        "bound_test": f"test_no_outcome_moves_the_weights_by_more_than_{word(threshold)}",
        "imports": import_groups(
            context.namespace, [*_IMPORTS, (bridge.module, [bridge.class_name])]
        ),
        "test_imports": import_groups(
            context.namespace, [governance, (context.module, ["PLAN", context.class_name])]
        ),
    }
