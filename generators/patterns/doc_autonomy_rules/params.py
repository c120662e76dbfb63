"""Parameters of AUTONOMYRULES.md: autonomy, rules beside their prose, anchors and audit."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import heading, rule_rows, signal_rows


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the rules of autonomy.

    Raises:
        RefusalError: the schema states no condition at all.
    """
    agent = context.agent
    if not context.ruling.rules:
        raise RefusalError(
            "AUTONOMYRULES.md is listed, but the schema states no condition for escalation",
            "state governance.escalationpolicy, or drop the document from generatedocs",
        )
    limit = agent.autonomy.task_limit
    latency = agent.autonomy.decision_latency_max_ms
    return {
        **heading(context),
        "mode": agent.autonomy.mode,
        "governance_mode": agent.governance.mode,
        "internal": agent.autonomy.internal_decisions,
        "external": agent.autonomy.external_actions,
        "task_limit": "unlimited" if limit is None else str(limit),
        "latency": "no limit" if latency is None else f"{latency} ms",
        "override": agent.governance.human_override,
        "anchors": [*agent.governance.anchors],
        "auditor": agent.governance.compliance_auditor or "none",
        "audit_scope": [*agent.governance.audit_scope],
        "safety": [*agent.autonomy.safety_layer],
        "rules": rule_rows(context),
        "signals": signal_rows(context),
        "thresholds": [
            {"name": t.name, "value": f"{t.value:g}", "unit": t.unit}
            for t in agent.governance.thresholds.values()
        ],
    }
