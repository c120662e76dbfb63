"""Parameters of VIOLATION_CATALOG.md: the kinds of violation, who finds them, and who is told."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import ROLES, Kind, Row, kinds_of
from generators.patterns.documents import heading

_MEANING: Final = {
    "conduct": "A rule of the decision's own agent fired, and the agent asked nobody.",
    "policies": "Policies are inconsistent, unknown, or differ from what was last accepted.",
    "bias": "Declared groups are treated unequally beyond what is tolerated and chance explains.",
    "drift": "An audited quantity has moved from its baseline beyond its threshold.",
    "fraud": "Transactions fit a declared pattern of fraud.",
}
_EVIDENCE: Final = {
    "conduct": "event, rules, confidence, governance status",
    "policies": "flaw and rules",
    "bias": "comparison, gaps with intervals, decisions",
    "drift": "baseline, measures of distance, decisions",
    "fraud": "pattern, transactions, decisions",
}


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the catalogue.

    Raises:
        RefusalError: no module finds violations, or a kind is named by no rule.
    """
    kinds = kinds_of(context)
    if not kinds:
        raise RefusalError(
            "VIOLATION_CATALOG.md is listed, but no module of the agent finds violations",
            "add a checker or detector to generatefiles, or drop the document",
        )
    return {
        **heading(context),
        "kinds": [_kind(kind, context) for kind in kinds],
        "anchors": [*context.agent.governance.anchors],
    }


def _kind(kind: Kind, context: PatternContext) -> Row:
    rules = [rule.rule_id for rule in context.ruling.rules if kind.name in rule.signals]
    return {
        "name": kind.name,
        "meaning": _MEANING[kind.topic],
        "evidence": _EVIDENCE[kind.topic],
        "finder": f"{context.siblings[ROLES[kind.topic]].stem}.py",
        "severity": kind.severity,
        "rules": [*rules],
        "source": f"{context.agent.name}#/{kind.source.replace('.', '/')}",
    }
