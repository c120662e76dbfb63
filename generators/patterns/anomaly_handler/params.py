"""Parameters of an anomaly handler: the declared threshold, and the signals about it."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import event_signal, number_signal, upper_limit, word
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the threshold with its source, the signals and the imports.

    Raises:
        RefusalError: no rule of the schema says which anomaly score is too high.
    """
    ruling = context.ruling
    score = number_signal(ruling, "anomaly")
    limit = upper_limit(ruling, score) if score else None
    if limit is None:
        raise RefusalError(
            "no rule says above which anomaly score the anchors are asked",
            "add for example `tensor_anomaly_score > 0.95` to autonomyprofile.escalationtriggers",
        )
    governance = context.siblings["governance_bridge"]
    threshold, source = limit
    link = context.source("escalation_handler", "agent_runtime.escalation")
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "threshold": threshold,
        "tests": {
            "above": f"test_a_score_above_{word(threshold)}_is_flagged_and_reaches_the_anchors",
            "at": f"test_a_score_of_{word(threshold)}_asks_nobody",
        },
        "source": source,
        "score_signal": score,
        "flag_signal": event_signal(ruling, "anomaly"),
        "conditions": sorted(
            rule.expression
            for rule in ruling.rules
            if rule.signals in ((score,), (event_signal(ruling, "anomaly"),))
        ),
        "governance_class": governance.class_name,
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ["Final"]),
                ("agent_runtime.routing.anomalies", ["AnomalyRule", "watch_anomalies"]),
                (link, ["Escalation"]),
                (governance.module, [governance.class_name]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.errors", ["OutputBoundsError"]),
                ("agent_runtime.testing", ["AgentBench", "TRACE"]),
                (governance.module, ["POLICY", "RULES", "SIGNALS", governance.class_name]),
                (context.module, ["RULE", context.class_name]),
            ],
        ),
    }
