"""Parameters of a model promoter: what is audited, and whether governance must consent."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event
from generators.patterns.imports import import_groups
from generators.patterns.packet_wirings import MODEL_READY, receivers


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the classes of the siblings, the audited event and the declared scope.

    Raises:
        RefusalError: the schema does not want promotions audited, or keeps no archive.
    """
    event = audit_event(context, "promotion")
    if not event:
        raise RefusalError(
            "governance.auditscope does not name the event of a promotion",
            "write for example `- model_promotion_decisions` in governance.auditscope",
        )
    if context.agent.layer("longtermpersistence") is None:
        raise RefusalError(
            "memorytopology.longtermpersistence is missing: promoted models could not be kept",
            "declare memorytopology.longtermpersistence with storagetype, purpose and retention",
        )
    siblings = context.siblings
    bridge, memory = siblings["governance_bridge"], siblings["memory_bridge"]
    evaluator, validator = siblings["accuracy_evaluator"], siblings["model_validator"]
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "evaluator_class": evaluator.class_name,
        "validator_class": validator.class_name,
        "memory_class": memory.class_name,
        "audit_event": event,
        "receiver": next(iter(receivers(context, MODEL_READY)), ""),
        "scope": context.agent.autonomy.external_actions or "not declared",
        "imports": import_groups(
            context.namespace,
            [
                ("pathlib", ("Path",)),
                ("typing", ("Final",)),
                ("agent_runtime.clock", ("Clock",)),
                ("agent_runtime.handover.passing", ("Handover",)),
                ("agent_runtime.handover.sending", ("HandoverDesk", "ModelTaker")),
                ("agent_runtime.modelstore", ("ModelStore",)),
                ("agent_runtime.shapes.base", ("Call",)),
                ("agent_runtime.shapes.trainings", ("PromotionRequest", "PromotionResponse")),
                ("agent_runtime.trainingjobs.lineage", ("Lineage",)),
                (
                    "agent_runtime.trainingjobs.promotion",
                    ("Candidates", "PromotionDesk", "Succession"),
                ),
                (bridge.module, (bridge.class_name,)),
                (evaluator.module, (evaluator.class_name,)),
                (memory.module, (memory.class_name,)),
                (validator.module, (validator.class_name,)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (evaluator.module, (evaluator.class_name,)),
                (memory.module, ("TOPOLOGY", memory.class_name)),
                (validator.module, (validator.class_name,)),
                (context.module, ("AUDIT_EVENT", "RECEIVER", context.class_name)),
            ],
        ),
    }
