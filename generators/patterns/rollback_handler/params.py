"""Parameters of a rollback handler: what is audited, and whether governance must consent."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the audited event and the declared scope.

    Raises:
        RefusalError: the schema does not want rollbacks audited.
    """
    event = audit_event(context, "rollback")
    if not event:
        raise RefusalError(
            "governance.auditscope does not name the event of a rollback",
            "write for example `- rollback_events` in governance.auditscope",
        )
    bridge = context.siblings["governance_bridge"]
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "audit_event": event,
        "scope": context.agent.autonomy.external_actions or "not declared",
        "imports": import_groups(
            context.namespace,
            [
                ("pathlib", ("Path",)),
                ("typing", ("Final",)),
                ("agent_runtime.clock", ("Clock",)),
                ("agent_runtime.modelstore", ("ModelStore",)),
                ("agent_runtime.shapes.base", ("Call",)),
                ("agent_runtime.shapes.trainings", ("RollbackRequest", "RollbackResponse")),
                ("agent_runtime.trainingjobs.lineage", ("Lineage",)),
                ("agent_runtime.trainingjobs.promotion", ("RollbackDesk", "Succession")),
                (bridge.module, (bridge.class_name,)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (context.module, ("AUDIT_EVENT", context.class_name)),
            ],
        ),
    }
