"""Parameters of RULES.md: each compiled rule beside its prose, with values about its threshold."""

from collections.abc import Mapping

from generators.engine.model.ruling import RuleSpec
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import Row
from generators.patterns.documents import heading, signal_rows


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the rules.

    Raises:
        RefusalError: the schema states none.
    """
    if not context.ruling.rules:
        raise RefusalError(
            "RULES.md is listed, but the schema states no condition",
            "state governance.escalationpolicy, or drop the document from generatedocs",
        )
    return {
        **heading(context),
        "rules": [_rule(rule, context) for rule in context.ruling.rules],
        "signals": signal_rows(context),
    }


def _rule(rule: RuleSpec, context: PatternContext) -> Row:
    anchors = ", ".join(context.agent.governance.anchors)
    return {
        "id": rule.rule_id,
        "kind": rule.kind,
        "severity": rule.severity,
        "text": rule.text,
        "expression": rule.expression,
        "source": f"{context.agent.name}#{rule.pointer}",
        "told": rule.target or anchors,
        "fires": _values(rule.fires),
        "holds": [_values(values) for values in rule.holds],
    }


def _values(values: Mapping[str, float | bool]) -> str:
    return ", ".join(
        f"{name} = {str(value).lower() if isinstance(value, bool) else f'{value:g}'}"
        for name, value in values.items()
    )
