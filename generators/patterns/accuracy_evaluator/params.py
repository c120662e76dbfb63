"""Parameters of an accuracy evaluator: what is audited, and which signals hear of a drop."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event, source_of, upper_limit
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the audited event and the signals of an accuracy drop, with the lowest limit.

    Raises:
        RefusalError: the schema does not want results of validation audited.
    """
    event = audit_event(context, "validation") or audit_event(context, "evaluation")
    if not event:
        raise RefusalError(
            "governance.auditscope does not name the event of a validated model",
            "write for example `- model_validation_results` in governance.auditscope",
        )
    ruling = context.ruling
    drops = [each.name for each in ruling.signals if "accuracy_drop" in each.name]
    limits = [limit for name in drops if (limit := upper_limit(ruling, name))]
    bridge = context.siblings["governance_bridge"]
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "audit_event": event,
        "drops": [*drops],
        "drops_source": source_of(ruling, drops[0]) if drops else "no rule reads an accuracy drop",
        "told": bool(limits),
        "watched": drops[0] if drops else "",
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ("Final",)),
                ("agent_runtime.evaluation", ("AccuracyReport", "evaluate_accuracy")),
                ("agent_runtime.kernels.linkmodel", ("LinkModel",)),
                ("agent_runtime.validation", ("HoldOut",)),
                (bridge.module, (bridge.class_name,)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (context.module, ("AUDIT_EVENT", "LEVEL", context.class_name)),
            ],
        ),
    }
