"""Parameters of an outcome handler: the audited event, and which agents hear by which channel."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event
from generators.patterns.domain_records import domain_of, mapping, section
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the domain, the audited event and the channels of feedback by agent.

    Raises:
        RefusalError: outcomes are not to be audited, or the agent has no domain.
    """
    event = audit_event(context, "outcome")
    if not event:
        raise RefusalError(
            "governance.auditscope does not name the event of a reported outcome",
            "write for example `- outcome_feedback_logging` in governance.auditscope",
        )
    bridge = context.siblings["governance_bridge"]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "domain": domain_of(context),
        "audit_event": event,
        "feedback": {**mapping(section(context, "matching").get("feedback"))},
        "governance_class": bridge.class_name,
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ("Mapping",)),
                ("pathlib", ("Path",)),
                ("typing", ("Final", "Self")),
                ("agent_runtime.adapter.outcomes", ("OutcomeBook", "outcome_told")),
                ("agent_runtime.adapter.outcomes", ("send_feedback",)),
                ("agent_runtime.bus", ("EventBus",)),
                ("agent_runtime.clock", ("Clock",)),
                ("agent_runtime.shapes.adapter", ("OutcomeRequest", "OutcomeResponse")),
                ("agent_runtime.shapes.base", ("Call",)),
                (bridge.module, (bridge.class_name,)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (context.module, ("AGENT", "AUDIT_EVENT", "DOMAIN", "FEEDBACK")),
                (context.module, (context.class_name,)),
            ],
        ),
    }
