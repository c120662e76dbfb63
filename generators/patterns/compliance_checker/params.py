"""Parameters of a compliance checker: the rules it checks by, and whose decisions."""

from collections.abc import Mapping

from generators.engine.model.ruling import RuleSpec
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import kind_of
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return what the checker judges by.

    Raises:
        RefusalError: the schema states no rule, or an auditor names no violation of rules.
    """
    if not context.ruling.rules:
        raise RefusalError(
            "the schema states no rule that a decision could break",
            "state governance.escalationpolicy, or drop the compliance checker",
        )
    bridge = context.siblings["governance_bridge"]
    validator = context.siblings.get("policy_validator")
    kind = kind_of(context, "conduct") if validator else None
    auditing = [
        ("agent_runtime.auditing.batch", ["AuditBatch"]),
        ("agent_runtime.auditing.compliance", ["ConductCheck"]),
        ("agent_runtime.auditing.findings", ["Finding"]),
        ("typing", ["Final"]),
    ]
    rule = context.ruling.rules[0]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "audits": validator is not None,
        "kind": kind.name if kind else "",
        "source": kind.source if kind else "",
        "governance_class": bridge.class_name,
        "validator_class": validator.class_name if validator else "",
        "rule": _example(rule),
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Mapping"]),
                ("agent_runtime.auditing.compliance", ["Compliance", "ComplianceRules"]),
                ("agent_runtime.reasoning.case", ["Draft"]),
                (bridge.module, [bridge.class_name]),
                *(auditing if validator else []),
                *([(validator.module, [validator.class_name])] if validator else []),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, [bridge.class_name]),
                (context.module, [*(["KIND"] if validator else []), context.class_name]),
                *([(validator.module, [validator.class_name])] if validator else []),
            ],
        ),
    }


def _example(rule: RuleSpec) -> dict[str, Plain]:
    return {
        "rule_id": rule.rule_id,
        "fires": {**rule.fires},
        "holds": [{**each} for each in rule.holds],
    }
